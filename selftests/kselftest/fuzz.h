/* SPDX-License-Identifier: GPL-2.0-only */
/* What both fuzzers do to the namespace that they made. */
#ifndef KSELFTEST_FUZZ_H
#define KSELFTEST_FUZZ_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Orphans hold the namespace: not for minutes after the run. */
static inline void fuzz_impatient(void)
{
	int fd = open("/proc/sys/net/itp/orphan_retries", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "2", 1) != 1) {
		perror("net.itp.orphan_retries");
		exit(2);
	}
	close(fd);
}

#endif
