#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tree may hold: text with a licence line, no binaries, no files grown
# out of hand, no paths of somebody's machine.
set -u
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 125
n=0
bad=0

result() {
	((n++))
	if [[ $2 ]]; then
		((bad++))
		echo "not ok $n - tree__$1"
		while IFS= read -r line; do echo "# $line"; done <<<"$2"
		echo "# repeat: selftests/static/tree.sh"
	else
		echo "ok $n - tree__$1"
	fi
}

mapfile -t files < <(git ls-files -co --exclude-standard | while read -r f; do [[ -f $f ]] && echo "$f"; done)

licence() {
	local f
	for f in "${files[@]}"; do
		case $f in
		LICENSES/* | *.md | *.tsv | *.json | selftests/fuzz/corpus/*) continue ;;
		esac
		head -n 5 "$f" | grep -q 'SPDX-License-Identifier' || echo "$f has no SPDX line"
	done
}

long() {
	local f lines
	for f in "${files[@]}"; do
		[[ $f =~ \.(c|h|sh|py)$ && ! $f =~ _gen\.[ch]$ && $f != */itp_netlink.h ]] || continue
		lines=$(wc -l <"$f")
		((lines <= 800)) || echo "$f has $lines lines"
	done
}

echo 1..4
result no_binary "$(grep -lIL . "${files[@]}" 2>/dev/null | xargs -r -I{} find {} -size +0)"
result licence "$(licence)"
result files_short "$(long)"
result no_machine_path "$(grep -nE '/(home|root|work|farm)/[a-z]' "${files[@]}" | grep -v '^selftests/static/tree.sh')"
exit $((bad > 0))
