# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The emulated guest: stock kernels, two processors, real NIC drivers. Sourced by
# lab. Not here: the kernels (kernel.sh), what runs in the guest (initramfs-init,
# guest-init).
# What lab/lab sets and reads; commas are part of arguments.
# shellcheck disable=SC2034,SC2054

# What the initramfs loads: by name; dependencies are added.
STAGE1_MODULES=(virtio_pci virtio_console 9pnet_virtio 9p overlay virtio_net e1000e)

# qemu_prepare SERIES: sets release, modules, and what qemu_command needs.
qemu_prepare() {
	local dir
	need qemu-system-x86_64 busybox cpio xz modprobe
	dir=$(stock_ensure "$1" image) || exit "$LAB_FAILED"
	release=$(cat "$dir/release")
	modules=$dir/image/lib/modules/$release
	qemu_kernel=$dir/image/boot/vmlinuz-$release
	qemu_initramfs=$(initramfs_ensure "$dir/image") || exit "$LAB_FAILED"
	qemu_accel=$(choose_accel) || exit "$LAB_FAILED"
}

# The initramfs, uncompressed (unpacking under emulation costs a second), named
# by what it is made of.
initramfs_ensure() {
	local image=$1 key file busybox
	busybox=$(command -v busybox)
	key=$({
		echo "$release ${STAGE1_MODULES[*]}"
		cat "$LAB_DIR"/{initramfs-init,guest-mounts.sh,qemu.sh} "$busybox"
	} | sha256sum)
	file=$ITP_CACHE/initramfs/$release-${key:0:16}
	[[ -e $file ]] || with_lock initramfs initramfs_build "$file" "$image" "$busybox" || return 1
	printf '%s\n' "$file"
}

initramfs_build() {
	local file=$1 image=$2 busybox=$3 dir module path
	dir=$file.dir
	rm -rf "$dir"
	mkdir -p "$dir"/{bin,modules,proc,dev}
	cp "$busybox" "$dir/bin/busybox" || return 1
	# A dynamically linked busybox would find no libraries in there.
	LC_ALL=C grep -qa '/lib64/ld-linux' "$busybox" && { note "busybox is not static: install busybox-static"; return 1; }
	cp "$LAB_DIR/initramfs-init" "$dir/init"
	cp "$LAB_DIR/guest-mounts.sh" "$dir/"
	chmod +x "$dir/init"
	for module in "${STAGE1_MODULES[@]}"; do
		modprobe -d "$image" -S "$release" --show-depends "$module" || return 1
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$dir/list" || return 1
	while read -r path; do
		module=$(basename "$path")
		case $module in
		*.xz) module=${module%.xz}; xz -dc "$path" >"$dir/modules/$module" ;;
		*) cp "$path" "$dir/modules/$module" ;;
		esac || return 1
		echo "$module" >>"$dir/modules/order"
	done <"$dir/list"
	rm "$dir/list"
	(cd "$dir" && find . | cpio -o -H newc --quiet) >"$file.new" || return 1
	rm -rf "$dir"
	mv "$file.new" "$file"
}

# KVM only where it is known to work: the processor shows virtualisation and a
# probe boot came up. Machines exist that offer /dev/kvm and then hang. Virtual
# time counts instructions and so needs emulation.
choose_accel() {
	local probe
	probe=$ITP_CACHE/kvm-probe-$release-$(uname -r)
	if [[ ${LAB_TIME-} == virtual || ! -w /dev/kvm ]] || ! grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo tcg
		return
	fi
	[[ -s $probe ]] || {
		note "trying KVM, once"
		# The initramfs finds no root to mount and powers off: that is enough.
		if timeout 30 qemu-system-x86_64 -M q35 -accel kvm -cpu max -smp 2 -m 256 -nodefaults \
			-no-user-config -nographic -no-reboot -serial stdio -kernel "$qemu_kernel" \
			-initrd "$qemu_initramfs" -append "console=ttyS0 panic=-1" </dev/null 2>&1 |
			grep -q 'lab: initramfs:'; then
			echo kvm
		else
			echo tcg
		fi >"$probe"
	}
	cat "$probe"
}

# qemu_command RUN: fills the array `guest` with the command line.
qemu_command() {
	local run=$1 name append
	append="console=ttyS0 loglevel=5 log_buf_len=8M panic=-1 oops=panic mitigations=off nokaslr"
	append+=" tsc=reliable no_timer_check random.trust_cpu=on net.ifnames=0 itp.run=$run"
	# A loaded machine stalls the guest; that is not the guest's fault.
	append+=" watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
	append+=" sysctl.kernel.hung_task_timeout_secs=360 sysctl.net.core.netdev_unregister_timeout_secs=60"
	# The idle clock jumps to the next timer, also while a file of the machine is
	# being read: a steady tick keeps those jumps to 4 ms.
	[[ ${LAB_TIME-} != virtual ]] || append+=" nohz=off"
	# On a loaded machine the guest misjudges how fast an emulated TSC counts, by
	# any factor, at boot and for good. The HPET says itself how fast it is.
	[[ $qemu_accel != tcg || ${LAB_TIME-} == virtual ]] || append+=" clocksource=hpet"
	guest=(qemu-system-x86_64 -M q35 -cpu max -m 1024 -nodefaults -no-user-config
		-display none -no-reboot -monitor none
		-kernel "$qemu_kernel" -initrd "$qemu_initramfs" -append "$append"
		-fsdev local,id=fs0,path=/,security_model=none,readonly=on,multidevs=remap
		-device virtio-9p-pci,fsdev=fs0,mount_tag=hostroot
		-netdev hubport,id=client,hubid=0 -netdev hubport,id=server,hubid=0
		-device virtio-net-pci,netdev=client,mac=52:54:00:53:00:01,romfile=
		-device e1000e,netdev=server,mac=52:54:00:53:00:02,romfile=
		-chardev "file,id=console,path=$run/console.log" -serial chardev:console
		-device virtio-serial-pci)
	if [[ ${LAB_TIME-} == virtual ]]; then
		guest+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -smp 1)
	else
		guest+=(-accel "$qemu_accel" -smp 2)
	fi
	for name in ctl log out err; do
		guest+=(-chardev "file,id=$name,path=$run/$name"
			-device "virtserialport,chardev=$name,name=itp.$name")
	done
	if [[ $interactive ]]; then
		guest+=(-chardev "stdio,id=tty,signal=off" -device "virtconsole,chardev=tty")
		guest_tty=hvc0
	fi
}
