#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A SYN flood, and what it leaves (flood.c): 3 s of it, 30 s in the full form. In
# virtual time a guest sends what it is told, however long that takes: there the
# short form is content with 2000 SYNs a second.
#
#	flood.sh [--list | PATTERN...]

here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

[[ -x $here/bin/flood ]] || make -s -C "$here" bin/flood >&2 || exit 125
[[ ${1-} != --list ]] || exec "$here/bin/flood" --list
[[ -c /dev/net/tun ]] || modprobe tun || exit 125
[[ ${KST_SIZE-} != full ]] || export FLOOD_SECONDS=${FLOOD_SECONDS:-30}
[[ ${KST_SIZE-} == full || ${LAB_TIME-} != virtual ]] || export FLOOD_RATE=${FLOOD_RATE:-2000}
exec "$here/bin/flood" "$@"
