# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The file systems every Linux has. Sourced by initramfs-init (busybox, where it
# costs a tenth of what the same costs later under emulation) and by guest-init
# (UML, which has no initramfs).

# mount_all ROOT: ROOT is empty or the mount point of the root to be.
mount_all() {
	mount -t proc proc "$1/proc"
	mount -t sysfs sys "$1/sys"
	mount -t devtmpfs dev "$1/dev"
	mkdir -p "$1/dev/pts" "$1/dev/shm"
	mount -t devpts -o ptmxmode=666 devpts "$1/dev/pts"
	[ -e "$1/dev/fd" ] || ln -s /proc/self/fd "$1/dev/fd"
	[ -e "$1/dev/stdin" ] || ln -s fd/0 "$1/dev/stdin"
	[ -e "$1/dev/stdout" ] || ln -s fd/1 "$1/dev/stdout"
	[ -e "$1/dev/stderr" ] || ln -s fd/2 "$1/dev/stderr"
	mount -t tmpfs shm "$1/dev/shm"
	mount -t tmpfs run "$1/run"
	mkdir -p "$1/run/lock" "$1/run/lab/bin"
	mount -t debugfs debugfs "$1/sys/kernel/debug" 2>/dev/null
	mount -t tracefs tracefs "$1/sys/kernel/tracing" 2>/dev/null
	mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup" 2>/dev/null
	echo itp-lab >"$1/proc/sys/kernel/hostname"
}
