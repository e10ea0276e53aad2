// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded by itprun: socket() for TCP becomes socket() for ITP. Nothing else
 * needs a change, the module takes TCP's options as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/itp.h>
#include "itprun.h"

#define TYPE_MASK 0xf		/* what is above are SOCK_CLOEXEC and so on */

static int protocol_number;
static bool or_tcp;
static int (*next_socket)(int domain, int type, int protocol);

/* Before main(), so that nobody changes the environment meanwhile. */
__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv(ITPRUN_PROTOCOL);

	if (next_socket)
		return;
	protocol_number = number ? atoi(number) : IPPROTO_ITP;
	or_tcp = getenv(ITPRUN_OR_TCP);
	*(void **)&next_socket = dlsym(RTLD_NEXT, "socket");
}

static int do_socket(int domain, int type, int protocol)
{
	if (next_socket)
		return next_socket(domain, type, protocol);
	return (int)syscall(SYS_socket, domain, type, protocol);
}

__attribute__((visibility("default")))
int socket(int domain, int type, int protocol)
{
	int fd;

	begin();
	if ((domain != AF_INET && domain != AF_INET6) ||
	    (type & TYPE_MASK) != SOCK_STREAM ||
	    (protocol != 0 && protocol != IPPROTO_TCP))
		return do_socket(domain, type, protocol);
	fd = do_socket(domain, type, protocol_number);
	if (fd < 0 && or_tcp && errno == EPROTONOSUPPORT)
		return do_socket(domain, type, protocol);
	return fd;
}
