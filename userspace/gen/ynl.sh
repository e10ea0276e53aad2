#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Generate uapi/linux/itp_netlink.h and kmod/netlink_gen.[ch] from uapi/itp.yaml
# with the generator of Linux 6.12 (lab/kernel-scripts); nothing of it lies in this
# tree.
#
#	ynl.sh		write the files
#	ynl.sh --check	compare only; exit status 1 on a difference

set -eu

tree=$(cd "$(dirname "$0")/../.." && pwd)
files="uapi/linux/itp_netlink.h kmod/netlink_gen.h kmod/netlink_gen.c"

die() { echo "ynl.sh: $*" >&2; exit 2; }

# gen MODE HEADER-OR-SOURCE OUTPUT: the generator names the spec by its place
# in the kernel's tree, and headers as if there. Its multicast groups are left
# out: it cannot give them flags, so netlink.c has them by hand.
gen() {
	(cd "$src" && python3 tools/net/ynl/ynl-gen-c.py --mode "$1" "--$2" \
		--spec "$spec" -o "$3") || die "the generator failed"
	sed -i -e 's@Documentation/netlink/specs/itp.yaml@uapi/itp.yaml@' \
		-e 's@<uapi/\(linux/itp_netlink.h\)>@"../uapi/\1"@' \
		-e '/^static const struct genl_multicast_group/,/^};/d' "$3"
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$3"
}

case ${1-} in
''|--check) ;;
*) die "usage: ynl.sh [--check]" ;;
esac
[ $# -le 1 ] || die "usage: ynl.sh [--check]"

python3 -c 'import yaml, jsonschema' 2>/dev/null ||
	die "needs the packages python3-yaml and python3-jsonschema"
kernel=$("$tree/lab/kernel-scripts") || die "no source of the generator"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# Its own copy: two may run at once.
src=$out/src
mkdir "$src"
cp -R "$kernel/tools" "$kernel/Documentation" "$kernel/MAINTAINERS" "$src/"
spec=$src/Documentation/netlink/specs/itp.yaml
cp "$tree/uapi/itp.yaml" "$spec"
mkdir -p "$out/uapi/linux" "$out/kmod"
gen uapi header "$out/uapi/linux/itp_netlink.h"
gen kernel header "$out/kmod/netlink_gen.h"
gen kernel source "$out/kmod/netlink_gen.c"

status=0
for f in $files; do
	if [ "${1-}" != --check ]; then
		cp "$out/$f" "$tree/$f"
	elif ! diff -u "$tree/$f" "$out/$f" >&2; then
		echo "ynl.sh: $f differs from what uapi/itp.yaml gives" >&2
		status=1
	fi
done
exit $status
