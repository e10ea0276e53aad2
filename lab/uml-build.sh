# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the debug kernel (User-Mode Linux with debug.config) once into the
# cache and keeps what is needed to run it and to build modules against it.
# Sourced. Not here: starting it (uml.sh).
#
# It is 6.12, the default kernel's series, so that the module under the checkers
# is compiled against the same interfaces as in the default lab.

# uml_dir: where this checkout's debug kernel lies (built or not). The key is
# everything that decides what comes out.
uml_dir() {
	local source key
	source=$(source_ensure) || return 1
	key=$(cat "$LAB_DIR/debug.config" "$LAB_DIR/uml-build.sh" "$source/version" | sha256sum)
	printf '%s\n' "$ITP_CACHE/uml/${key:0:16}"
}

# uml_ensure: build unless it is there; prints the directory.
uml_ensure() {
	local dir
	dir=$(uml_dir) || exit "$LAB_FAILED"
	[[ -e $dir/done ]] || with_lock uml uml_build "$dir" >&2 || exit "$LAB_FAILED"
	printf '%s\n' "$dir"
}

uml_build() {
	local dir=$1 log=$1.log source start=$SECONDS
	[[ ! -e $dir/done ]] || return 0  # another lab built it while we waited
	need make gcc flex bison bc xz tar
	source=$(source_ensure) || exit "$LAB_FAILED"
	rm -rf "$dir"
	mkdir -p "$dir/src"
	note "building the debug kernel ($(<"$source/version")), once: 10 to 20 minutes on two cores; log: $log"
	tar -xJf "$source/$KERNEL_SOURCE.tar.xz" -C "$dir/src" --strip-components=1 ||
		die "cannot unpack the kernel source"
	uml_configure "$dir/src" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "the debug kernel's configuration failed: $log"
	}
	nice -n 10 make -C "$dir/src" ARCH=um SUBARCH=x86_64 -j"$(nproc)" linux modules >>"$log" 2>&1 || {
		grep -nE 'error|Error|undefined' "$log" | tail -n 20 >&2
		die "the debug kernel did not build: $log"
	}
	uml_prune "$dir/src"
	make -s -C "$dir/src" ARCH=um SUBARCH=x86_64 kernelrelease >"$dir/release" || die "no kernel release"
	date >"$dir/done"
	note "debug kernel built in $((SECONDS - start)) s"
	# Kernels of other keys are of no use to this checkout, and weigh.
	find "$ITP_CACHE/uml" -mindepth 1 -maxdepth 1 -type d ! -path "$dir" -mtime +14 -exec rm -rf {} +
}

# tinyconfig plus the fragment; every line of it must hold afterwards, or a
# checker would be missing without anybody noticing.
uml_configure() (
	cd "$1" || exit 1
	export ARCH=um SUBARCH=x86_64
	make -s tinyconfig || exit 1
	scripts/kconfig/merge_config.sh -m .config "$LAB_DIR/debug.config" >/dev/null || exit 1
	make -s olddefconfig || exit 1
	bad=0
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%n}" .config ;;
		CONFIG_*) grep -qxF "$line" .config ;;
		esac || { echo "debug.config: '$line' does not hold"; bad=1; }
	done <"$LAB_DIR/debug.config"
	exit "$bad"
)

# 6 GB of objects and sources shrink to what a module build reads: headers,
# scripts, makefiles.
uml_prune() (
	cd "$1" || exit 1
	mv linux ../linux
	rm -rf block certs crypto drivers fs init io_uring ipc kernel lib mm net rust \
		samples security sound usr virt vmlinux* .tmp* System.map
	find arch -mindepth 1 -maxdepth 1 -type d ! -name um ! -name x86 -exec rm -rf {} +
	find tools -mindepth 1 -maxdepth 1 ! -name include -exec rm -rf {} +
	rm -rf Documentation
	find arch -type f \( -name '*.o' -o -name '*.a' -o -name '*.c' \) -delete
)
