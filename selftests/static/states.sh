#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# states.sh [--check]
#
# Writes kmod/engine/states.md: the state diagram out of kmod/engine/states.def,
# and what each event does in each state out of selftests/states.tsv.
#
#   --check   compare only; exit status 1 on a difference
set -u
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 125
def=kmod/engine/states.def
tsv=selftests/states.tsv
to=kmod/engine/states.md

# The rows of a macro in a .def: its arguments, tab-separated.
rows() {
	sed -n "s/^$1(\(.*\))$/\1/p" "$def" |
		sed -e 's/,[[:space:]]*"\([^"]*\)"/\t\1/g' -e 's/,[[:space:]]*/\t/g'
}

diagram() {
	echo '```mermaid'
	echo 'stateDiagram-v2'
	rows ITP_STATE | awk -F'\t' '{ printf "    state \"%s\" as %s\n", $3, $1 }'
	# one arrow per pair of states
	rows ITP_TRANSITION | awk -F'\t' '
	{
		pair = $1 " --> " $2
		cause = tolower($3)
		gsub("_", " ", cause)
		if (!(pair in causes)) {
			order[++n] = pair
			causes[pair] = cause
		} else if (index(", " causes[pair] ",", ", " cause ",") == 0) {
			causes[pair] = causes[pair] ", " cause
		}
	}
	END {
		for (i = 1; i <= n; i++)
			printf "    %s : %s\n", order[i], causes[order[i]]
	}'
	echo '```'
}

transitions() {
	echo '| from | to | because | RFC |'
	echo '|---|---|---|---|'
	rows ITP_TRANSITION | awk -F'\t' '
	function name(s) { gsub("_", "-", s); sub("WAIT1", "WAIT-1", s);
			   sub("WAIT2", "WAIT-2", s);
			   return s == "SYN-RECV" ? "SYN-RECEIVED" : s }
	{ printf "| %s | %s | %s | %s |\n", name($1), name($2), $5, $4 }'
}

# matrix LETTER: the events whose names begin with it.
matrix() {
	echo
	echo '| | CL | LI | SS | SR | ES | F1 | F2 | CW | CG | LA | TW |'
	echo '|---|---|---|---|---|---|---|---|---|---|---|---|'
	awk -F'\t' -v letter="$1" '
	BEGIN { states = split("CL LI SS SR ES F1 F2 CW CG LA TW", state, " ") }
	function first(field) { sub(/ [|] .*/, "", field); return field }
	NR > 1 && substr($2, 1, 1) == letter {
		text = first($5)
		if (text == "-")
			text = $5 == "-" && $7 == "-" && $8 != "-" && $8 !~ /\|/ &&
			       $8 ~ /^returns/ ? substr($8, 9) : ""
		next_state = first($6)
		if (next_state != $3)
			text = text (text == "" ? "" : " ") "→ " next_state
		if (text == "")
			text = "-"
		if (($5 "\t" $6) ~ / [|] /)
			text = text " …"
		cell[$2, $3] = text
		if (!($2 in seen)) {
			seen[$2] = 1
			order[++n] = $2
		}
	}
	END {
		for (i = 1; i <= n; i++) {
			printf "| **%s** |", order[i]
			for (s = 1; s <= states; s++) {
				key = order[i] SUBSEP state[s]
				printf " %s |", key in cell ? cell[key] : ""
			}
			printf "\n"
		}
	}' "$tsv"
}

document() {
	cat <<'EOF'
# States of a connection

Made by `selftests/static/states.sh` from `states.def` and
`selftests/states.tsv`; edit those.

## Moves

Arrows carry causes as `causes.def` names them. The engine makes no move that is
not here.

EOF
	diagram
	echo
	transitions
	cat <<'EOF'

## What each event does in each state

CL CLOSED, LI LISTEN, SS SYN-SENT, SR SYN-RECEIVED (half-open entry of a listener,
or a socket after simultaneous open), ES ESTABLISHED, F1 FIN-WAIT-1, F2 FIN-WAIT-2,
CW CLOSE-WAIT, CG CLOSING, LA LAST-ACK, TW TIME-WAIT.

A field says what is sent and, after an arrow, the next state; `-` is nothing and
no move, an empty field cannot happen, `…` says that the row has more than one
form. The whole of it, every variable that moves, what the program is told, and
why, stands in `selftests/states.tsv`; `selftests/unit/test_states` drives it.

| word | a segment |
|---|---|
| `ACK` | `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>` |
| `CHA` | the same, but not more often than `invalid_ratelimit` allows |
| `RSTa` | `<SEQ=SEG.ACK><CTL=RST>`, for a segment with ACK |
| `RST0` | `<SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>`, for one without |
| `RSTn` | `<SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>`, our own |
| `SYN`, `SYNACK`, `FIN` | these, for the first time or again |
| `TEXT n`, `AGAIN n` | n octets from SND.NXT on; from SND.UNA on, again |
| `PROBE` | `ACK` with `SEQ=SND.UNA-1` |

In the column `given` of the table, `RIGHT` is the right edge of our window; words
before a colon say more about the state: `active`, `passive` (both if neither is
said), `orphan` (closed, not shut down), `full` (our buffer), `shut` (the peer's
window), `flight` (text is outstanding), `owed` (a delayed ACK is), `keepalive`,
`linger2`, tunables. Forms of a row are separated by `|`. `by` names what shows
the row: `unit`, a script of `selftests/wire`, a case of `selftests/kselftest`.

### Calls of the program

U1 connect(), U2 listen(), U3 send(), U4 recv(), U5 close() or shutdown(SHUT_WR),
U6 close() with text unread, U7 close() with SO_LINGER 0 or connect(AF_UNSPEC),
U8 ITP_INFO.
EOF
	matrix U
	cat <<'EOF'

### Segments and ICMP errors

| event | |
|---|---|
| S0 | wrong checksum, data offset below 5, truncated |
| S1, S2, S3 | RST that is valid, in the window but not at RCV.NXT, outside |
| S4, S5 | SYN: a new one, that of this connection again |
| S6, S7 | SYN and ACK: acceptable, not |
| S8, S9 | ACK of new text, of our FIN |
| S10, S11, S12 | ACK that is a duplicate, older than SND.UNA-MAX.SND.WND, beyond SND.NXT |
| S13 | neither ACK, SYN nor RST |
| S14, S15, S16, S17 | text at RCV.NXT, beyond a gap, outside the window, while the window is 0 |
| S18, S19, S20 | FIN at RCV.NXT, the same with the ACK of ours, beyond a gap |
| S21 | urgent pointer |
| S22 | timestamp from an old time (PAWS) |
| S23, S24, S25 | ICMP: soft error, hard error, packet too big |
EOF
	matrix S
	cat <<'EOF'

### Time

T1 retransmission, T2 the last of them (R2, user timeout), T3 zero-window probe,
T4 keep-alive, T5 FIN-WAIT-2 without a program, T6 2 MSL, T7 delayed ACK, T8 SYN-ACK
of a half-open entry.
EOF
	matrix T
}

case ${1-} in
'') document >"$to" ;;
--check)
	diff -u "$to" <(document) >&2 || {
		echo "states.sh: $to differs from what its tables give" >&2
		exit 1
	}
	;;
*)
	echo "usage: states.sh [--check]" >&2
	exit 2
	;;
esac
