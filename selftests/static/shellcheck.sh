#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every shell script of the tree, found by its first line, through shellcheck.
set -u
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 125
mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r f; do
	[[ -f $f ]] && head -n 1 "$f" | grep -qE '^#!.*(ba)?sh|^# shellcheck shell=' && echo "$f"
done)
((${#scripts[@]} > 0)) || exit 1
echo "# ${#scripts[@]} scripts"
shellcheck -x -P SCRIPTDIR "${scripts[@]}"
