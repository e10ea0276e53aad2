#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What itprun refuses, and its exit statuses, as far as that goes without the
# module; and its library by itself. TAP.
#	itprun.sh DIRECTORY-OF-PROGRAMS

set -u
# shellcheck source=tap.sh
. "$(dirname "$0")/tap.sh"
itprun=$1/itprun
library=$1/libitprun.so
CC=${CC:-gcc}
cd "$(dirname "$0")" || exit 1
case $itprun in /*) ;; *) itprun=$OLDPWD/$itprun library=$OLDPWD/$library ;; esac
dir=$tap_dir

cat >"$dir/probe.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
int main(int argc, char **argv)
{
	int fd = socket(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]));
	int type = -1, protocol = -1;
	socklen_t len = sizeof(int);

	(void)argc;
	if (fd < 0) {
		perror("socket");
		return 1;
	}
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
	printf("type %d protocol %d\n", type, protocol);
	return 0;
}
C
$CC -o "$dir/dynamic" "$dir/probe.c"
$CC -static -o "$dir/static" "$dir/probe.c"
cp "$dir/dynamic" "$dir/setuid" && chmod u+s "$dir/setuid"
cp "$dir/dynamic" "$dir/setgid" && chmod g+s "$dir/setgid"
printf '#!%s\n' "$dir/static" >"$dir/script-static"
printf '#!/usr/bin/env -S static\n' >"$dir/script-env"
printf '#!/bin/sh\nexit 3\n' >"$dir/script"
printf '#!\n' >"$dir/script-empty"
printf 'hello' >"$dir/text"
printf '\177ELF' >"$dir/short"
head -c 100 "$dir/dynamic" >"$dir/cut"
: >"$dir/empty"
printf '#!%s/loop\n' "$dir" >"$dir/loop"
objcopy --add-section .go.buildinfo="$dir/text" "$dir/dynamic" "$dir/go"
# The same with the class of the other word size.
{ printf '\177ELF\001'; tail -c +6 "$dir/dynamic"; } >"$dir/elf32"
chmod +x "$dir"/script* "$dir"/text "$dir"/short "$dir"/cut "$dir"/empty \
	"$dir"/loop "$dir"/go "$dir"/elf32
printf '#!/bin/sh\n' >"$dir/not-executable"

expect "no program" 125 "" "a program is missing" "$itprun"
expect "--help" 0 "^Usage: itprun" "" "$itprun" --help
expect "-V" 0 "^itprun [0-9]" "" "$itprun" -V
expect "unknown option" 125 "" "option --foo is unknown" "$itprun" --foo true
expect "not found in PATH" 127 "" "no-such: No such file" "$itprun" no-such
expect "not found" 127 "" "No such file" "$itprun" ./no-such
expect "not found, --or-tcp" 127 "" "No such file" \
	"$itprun" --or-tcp no-such
expect "not executable" 126 "" "Permission denied" \
	"$itprun" "$dir/not-executable"
expect "a directory" 126 "" "Permission denied" "$itprun" --or-tcp "$dir"

refused() {
	expect "refused: $1" 125 "" "$2" env PATH="$dir:$PATH" \
		"$itprun" "$dir/$1" 2 1 0
}
refused static "linked statically"
refused setuid "is set-uid"
refused setgid "is set-gid"
refused script-static "static is linked statically"
refused script-env "static is linked statically"
refused script-empty "names no interpreter"
refused text "neither ELF nor a script"
refused short "neither ELF|another machine"
refused cut "linked statically|another machine"
refused empty "cannot be read"
refused loop "too many interpreters"
refused go "is a Go program"
refused elf32 "another machine"
if [ ! -d /sys/module/itp ]; then
	refused dynamic "the module itp is not loaded"
	refused script "the module itp is not loaded"
	expect "--or-tcp says so and runs" 0 "protocol 6" "running over TCP" \
		"$itprun" --or-tcp "$dir/dynamic" 2 1 0
	expect "--or-tcp with a static program" 0 "protocol 6" \
		"linked statically; running over TCP" \
		"$itprun" --or-tcp "$dir/static" 2 1 0
	expect "--or-tcp passes the exit status" 3 "" "running over TCP" \
		"$itprun" --or-tcp "$dir/script"
fi

# The library asks for the number that it is told: MPTCP's stands in for ITP's
# where the kernel has it, else a refusal shows that it asked.
# shellcheck disable=SC2317 # called by expect
preload() {
	env LD_PRELOAD="$library" "$@"
}
if "$dir/dynamic" 2 1 262 >/dev/null 2>&1; then
	got='protocol 262' status=0 err=
else
	got='' status=1 err='Protocol not'
fi
expect "stream, protocol 0" $status "$got" "$err" \
	preload ITPRUN_PROTOCOL=262 "$dir/dynamic" 2 1 0
expect "stream, TCP" $status "$got" "$err" \
	preload ITPRUN_PROTOCOL=262 "$dir/dynamic" 2 1 6
expect "stream, non-blocking, close on exec" $status "$got" "$err" \
	preload ITPRUN_PROTOCOL=262 "$dir/dynamic" 2 $((1 | 04000 | 02000000)) 0
expect "IPv6" $status "$got" "$err" \
	preload ITPRUN_PROTOCOL=262 "$dir/dynamic" 10 1 0
expect "datagrams stay" 0 "protocol 17" "" \
	preload ITPRUN_PROTOCOL=199 "$dir/dynamic" 2 2 0
expect "Unix sockets stay" 0 "type 1 protocol 0" "" \
	preload ITPRUN_PROTOCOL=199 "$dir/dynamic" 1 1 0
expect "no fall-back" 1 "" "Protocol not supported" \
	preload ITPRUN_PROTOCOL=199 "$dir/dynamic" 2 1 0
expect "fall-back when told" 0 "protocol 6" "" \
	preload ITPRUN_PROTOCOL=199 ITPRUN_OR_TCP=1 "$dir/dynamic" 2 1 0
tap_end
