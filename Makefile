# SPDX-License-Identifier: GPL-2.0-only
#
# The front door: what a person types. Each target calls the part that knows
# how; `make help` lists them.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
NEEDS := ./lab/deps

.PHONY: all modules tools lab check check-full check-user check-static deps \
	install modules_install clean help

all: tools modules

# The module, for the running kernel or for KDIR=. Without headers the tools
# alone are still worth having, so this says what is missing and goes on.
modules:
	@if [ -e "$(KDIR)/Makefile" ]; then \
		$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules; \
	else \
		echo "itp: no kernel headers at $(KDIR): the module was not built." >&2; \
		echo "itp: install linux-headers-$$(uname -r), or name a build tree: make KDIR=/path" >&2; \
	fi

tools:
	$(MAKE) -C userspace

# A guest with two hosts, `client` and `server`. CMD='...' runs one command
# line on client; without a terminal and without CMD the guided tour runs.
lab:
	@$(NEEDS) lab kbuild tools test >&2
ifdef CMD
	@./lab/lab run $(call shell-quote,$(CMD))
else
	@./lab/lab
endif

check: ; @./selftests/check
check-full: ; @./selftests/check --full
check-user: ; @./selftests/check --only user
check-static: ; @./selftests/check --only static

deps:
	@$(NEEDS) lab kbuild tools test check

install: tools
	$(MAKE) -C userspace install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

modules_install:
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules_install

clean:
	$(MAKE) -C userspace clean
	$(MAKE) -C selftests clean
	@! [ -e "$(KDIR)/Makefile" ] || $(MAKE) -C "$(KDIR)" M="$(CURDIR)" clean

help:
	@echo "make                 build the tools, and the module for the running kernel (or KDIR=)"
	@echo "make lab             a guest with two hosts; without a terminal: the guided tour"
	@echo "make lab CMD='...'   one command on host client ('on server COMMAND' reaches the other)"
	@echo "                     LAB_KERNEL=6.1|6.12|debug  LAB_TIME=virtual"
	@echo "make check           all tests; ends with 'N passed, M failed, K skipped'"
	@echo "make check-full      the same with everything long (an hour or more)"
	@echo "make check-user      only what needs no guest"
	@echo "make check-static    only compilers' and checkers' warnings"
	@echo "make install         the tools, below PREFIX=$(PREFIX)"
	@echo "make modules_install the module, for KDIR"
	@echo "make deps            install the Debian packages that all this needs"
	@echo "make clean"

# 'it'\''s' for the shell
shell-quote = '$(subst ','\'',$(1))'
