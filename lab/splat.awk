# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v allow=FILE -f splat.awk LOG: prints the reports of trouble in a kernel
# log and exits with 1 if there are any that FILE does not allow (splat-allow
# says in which form). After a line "lab: kmemleak" everything counts.
#
# A report starts at a line that names trouble and runs to the next start or to
# the end of its trace, 120 lines at most.

function trouble(s) {
	return s ~ /WARNING: (CPU|possible|suspicious|inconsistent|bad|held|lock|Nested|nested|kernel|chain|can't|at)/ ||
		s ~ /(^|[^a-zA-Z_])BUG[: ]/ || s ~ /kernel BUG at/ || s ~ /Oops[: ]/ ||
		s ~ /general protection fault/ || s ~ /double fault/ || s ~ /Kernel panic/ ||
		s ~ /Kernel mode fault/ || s ~ /Segfault with no mm/ ||
		s ~ /UBSAN:/ || s ~ /KASAN:/ || s ~ /KCSAN:/ || s ~ /KFENCE:/ || s ~ /ODEBUG:/ ||
		s ~ /DEBUG_LOCKS_WARN_ON/ || s ~ /refcount_t:/ || s ~ /ref_tracker:/ ||
		s ~ /INFO: (task|possible|trying to register|Slab|Object|lockdep)/ ||
		s ~ /rcu: INFO:/ || s ~ /detected stall/ || s ~ /soft lockup/ ||
		s ~ /scheduling while atomic/ || s ~ /sleeping function called/ ||
		s ~ /unregister_netdevice: waiting/ || s ~ /Attempt to release alive/ ||
		s ~ /list_(add|del) corruption/ || s ~ /Slab cache still has objects/ ||
		s ~ /still has objects/ || s ~ /Object already free/ || s ~ /Poison overwritten/ ||
		s ~ /[0-9]+ new suspected memory leaks/ || s ~ /unreferenced object/ ||
		s ~ /kmemleak: (Cannot|Memory pool|Kernel memory leak detector disabled)/ ||
		s ~ /page allocation failure/ || s ~ /invoked oom-killer/ ||
		s ~ /(initcall|preemption) imbalance/ || s ~ /IRQs not enabled as expected/ ||
		s ~ /NETDEV WATCHDOG/ || s ~ /Dead loop on virtual device/ ||
		s ~ /cannot create duplicate/ || s ~ /Unknown symbol/ || s ~ /Call Trace:/
}

function flush_report(    i, k, n, ok, part) {
	if (report == "")
		return
	ok = 0
	for (i = 1; i <= rules && !ok; i++) {
		n = split(rule[i], part, "|")
		ok = 1
		for (k = 1; k <= n; k++) {
			gsub(/^[ \t]+|[ \t]+$/, "", part[k])
			if (index(report, part[k]) == 0)
				ok = 0
		}
	}
	if (!ok) {
		printf "%s", report
		bad = 1
	}
	report = ""
}

BEGIN {
	while ((getline line < allow) > 0) {
		sub(/[ \t]*#.*/, "", line)
		if (line ~ /[^ \t]/)
			rule[++rules] = line
	}
}

{
	text = $0
	sub(/^(<[0-9]+>)?\[[ 0-9.]+\] ?(\[[ CT0-9]+\] ?)?/, "", text)
}

/^lab: kmemleak$/ { flush_report(); leaks = 1; next }

leaks {
	if (text ~ /[^ \t]/) {
		if (text ~ /^unreferenced object/)
			flush_report()
		report = report $0 "\n"
	}
	next
}

# The lines that only frame a report belong to it, but do not make one.
text ~ /^(=+|-+\[ cut here \]-+)$/ {
	if (report != "" && traced)
		flush_report()
	if (report == "")
		frame = $0 "\n"
	else
		report = report $0 "\n"
	next
}

report == "" {
	if (trouble(text)) {
		report = frame $0 "\n"
		lines = 1
		traced = (text ~ /Call Trace:/)
	}
	frame = ""
	next
}

# In a report: after its trace, the first line that is not part of one ends it.
{
	if (text ~ /Call Trace:/)
		traced = 1
	else if (traced && text !~ /^[ \t]/ && text !~ /^(---\[|R[A-Z0-9][A-Z0-9]?:|Code:|CR2|FS:|CS:|Modules linked|CPU:|Hardware)/ && text != "") {
		flush_report()
		if (trouble(text)) {
			report = $0 "\n"
			lines = 1
			traced = 0
		}
		next
	}
	report = report $0 "\n"
	if (text ~ /^---\[ end trace/ || ++lines > 120)
		flush_report()
}

END {
	flush_report()
	exit bad
}
