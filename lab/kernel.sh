# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Debian's stock kernels and their headers, unpacked in the cache: nothing is
# installed into the system. Sourced. Not here: the debug kernel (uml-build.sh),
# building the module (build-module).
#
#   kernels/SERIES/            the newest release of the series when first fetched
#     release                  e.g. 6.12.117+deb12-amd64
#     image/                   linux-image: /boot, /lib/modules, depmod run
#     headers/                 linux-headers, -common, linux-kbuild
# To move on to a newer release, delete kernels/SERIES.

# SERIES is 6.1 or 6.12; with -oldest the oldest release that the archive still
# has, to build for only: headers differ within a series.

# stock_release SERIES: the newest release the package lists know, or the oldest.
stock_release() {
	local re which="tail"
	case ${1%-oldest} in
	6.1) re='^linux-headers-6\.1\.0-[0-9]+-amd64$' ;;
	6.12) re='^linux-headers-6\.12\.[0-9.]+\+deb12-amd64$' ;;
	*) die "no such stock kernel: $1" ;;
	esac
	[[ $1 != *-oldest ]] || which="head"
	archive_apt apt-cache pkgnames "linux-headers-${1%-oldest}" | grep -E "$re" | sort -V | "$which" -n 1 |
		sed 's/^linux-headers-//'
}

# stock_ensure SERIES image|headers: fetches unless there; prints kernels/SERIES.
stock_ensure() {
	local dir=$ITP_CACHE/kernels/$1
	[[ -e $dir/$2/done ]] || with_lock "kernel-$1" "stock_fetch_$2" "$dir" "$1" >&2 || exit "$LAB_FAILED"
	printf '%s\n' "$dir"
}

stock_name() {  # DIR SERIES: settles the release once for image and headers
	local rel
	mkdir -p "$1"
	if [[ ! -s $1/release ]]; then
		rel=$(stock_release "$2")
		[[ $rel ]] || die "no Debian kernel $2 in the package lists"
		printf '%s\n' "$rel" >"$1/release"
	fi
	cat "$1/release"
}

stock_fetch_image() {
	local dir=$1/image rel
	[[ ! -e $dir/done ]] || return 0
	need depmod xz
	rel=$(stock_name "$@") || exit "$LAB_FAILED"
	rm -rf "$dir"
	fetch_package "$dir" "linux-image-$rel"
	depmod -b "$dir" "$rel" || die "depmod failed for $rel"
	[[ -s $dir/boot/vmlinuz-$rel ]] || die "no kernel in linux-image-$rel"
	touch "$dir/done"
}

stock_fetch_headers() {
	local dir=$1/headers rel common kbuild
	[[ ! -e $dir/done ]] || return 0
	rel=$(stock_name "$@") || exit "$LAB_FAILED"
	common=${rel%-amd64}-common
	# 6.1's helper programs are shared by all its releases, 6.12's are not.
	kbuild=$(archive_apt apt-cache depends "linux-headers-$rel" | sed -n 's/.*Depends: \(linux-kbuild-.*\)/\1/p')
	[[ $kbuild ]] || die "cannot tell which linux-kbuild linux-headers-$rel needs"
	rm -rf "$dir"
	fetch_package "$dir" "linux-headers-$rel" "linux-headers-$common" "$kbuild"
	# The makefiles name their installed place.
	grep -rlIF /usr/src/linux-headers "$dir/usr/src/linux-headers-$rel" --include=Makefile --include='*.mk' |
		xargs -r sed -i "s|/usr/src/linux-headers|$dir/usr/src/linux-headers|g"
	[[ -s $dir/usr/src/linux-headers-$rel/Module.symvers ]] || die "no headers in linux-headers-$rel"
	touch "$dir/done"
}
