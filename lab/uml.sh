# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest as a process of the machine: User-Mode Linux with the checkers on.
# Sourced by lab. Not here: building it (uml-build.sh), what runs in it
# (guest-init).
# What lab/lab sets and reads; commas are part of arguments.
# shellcheck disable=SC2034,SC2054

# uml_prepare: sets release, modules and uml_kernel.
uml_prepare() {
	local dir
	dir=$(uml_ensure) || exit "$LAB_FAILED"
	release=$(cat "$dir/release")
	modules=  # all built in
	uml_kernel=$dir/linux
}

# uml_command RUN: fills the array `guest` with the command line. The lines are
# descriptors 11 to 14, which uml_start opens.
uml_command() {
	local run=$1
	guest=("$uml_kernel" mem=2048M root=/dev/root rootfstype=hostfs rootflags=/ ro
		"init=$run/init" "itp.run=$run" "uml_dir=$run/" umid=uml
		con0=null,fd:1 con=null
		ssl0=null,fd:11 ssl1=null,fd:12 ssl2=null,fd:13 ssl3=null,fd:14 ssl=null
		log_buf_len=4M panic=-1)
	[[ ${LAB_TIME-} != virtual ]] || guest+=(time-travel=inf-cpu)
	if [[ $interactive ]]; then
		guest+=(con1=fd:0,fd:15)
		guest_tty=tty1
	fi
}
