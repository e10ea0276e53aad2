# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the interactive lab says first. Sourced by guest-init.

cat <<TEXT

  ITP lab: kernel $LAB_RELEASE, two hosts on one wire
    client  10.53.0.1  fd53::1   eth0   <- you are here
    server  10.53.0.2  fd53::2   eth0   on server COMMAND [ARGUMENT...]
  The machine's files are all here; what you write lies in memory and goes
  with the lab. The module: $ITP_KO
  First steps:
    ping -c 1 10.53.0.2
    on server itprun ncat -lk 10.53.0.2 8080 &
    itprun ncat 10.53.0.2 8080            (in it: type, end with Ctrl-D)
    itpctl conn show                      on server itpctl conn show
    tcpdump -ni eth0 ip proto 253
  Leave with Ctrl-D.

TEXT
