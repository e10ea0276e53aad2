// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a script runs: a network namespace of its own, in which D owns one
 * address of each family on a TUN device and P all others behind it. A TUN
 * device has no link layer, so nobody asks for neighbours.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "wire.h"

#define DEV "wire0"

struct in6_addr tun_daddr, tun_paddr;
u64 event_us;
static int tun = -1;

u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

void event_now(void)
{
	event_us = now_us();
}

static void must(int result, const char *what)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
}

static void quiet_ipv6(const char *dev)
{
	static const char *const names[] = {
		"accept_ra", "router_solicitations", "accept_dad",
	};
	char path[128];
	unsigned int i;
	int f;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s",
			 dev, names[i]);
		f = open(path, O_WRONLY);
		if (f < 0)
			continue;
		if (write(f, "0", 1) != 1)
			trace("# %s stays as it is", path);
		close(f);
	}
}

static void set_address(int s, unsigned long req, const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, DEV);
	inet_pton(AF_INET, addr, &sin.sin_addr);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	must(ioctl(s, req, &ifr), "address of the device");
}

static void if_up(int s, const char *dev)
{
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, dev);
	must(ioctl(s, SIOCGIFFLAGS, &ifr), "flags of the device");
	ifr.ifr_flags |= IFF_UP;
	must(ioctl(s, SIOCSIFFLAGS, &ifr), "bringing the device up");
}

static void set_addresses(void)
{
	/* struct in6_ifreq; its header does not go with <linux/if.h> */
	struct {
		struct in6_addr addr;
		u32 prefix;
		int index;
	} ifr6 = { .prefix = 64 };
	struct ifreq ifr = { 0 };
	int s4 = socket(AF_INET, SOCK_DGRAM, 0);
	int s6 = socket(AF_INET6, SOCK_DGRAM, 0);

	must(s4, "socket");
	must(s6, "socket");
	if_up(s4, "lo");
	set_address(s4, SIOCSIFADDR, "192.0.2.1");
	set_address(s4, SIOCSIFNETMASK, "255.255.255.0");
	if_up(s4, DEV);
	strcpy(ifr.ifr_name, DEV);
	must(ioctl(s4, SIOCGIFINDEX, &ifr), "index of the device");
	ifr6.index = ifr.ifr_ifindex;
	inet_pton(AF_INET6, "2001:db8:1::1", &ifr6.addr);
	must(ioctl(s6, SIOCSIFADDR, &ifr6), "IPv6 address of the device");
	close(s4);
	close(s6);
	inet_pton(AF_INET6, v6 ? "2001:db8:1::1" : "::ffff:192.0.2.1",
		  &tun_daddr);
	inet_pton(AF_INET6, v6 ? "2001:db8:1::2" : "::ffff:192.0.2.2",
		  &tun_paddr);
}

/* An address is of no use while the kernel calls it tentative. */
static bool tentative(void)
{
	FILE *f = fopen("/proc/net/if_inet6", "r");
	char addr[33], dev[32];
	unsigned int flags;
	bool yes = true;

	if (!f)
		fail("/proc/net/if_inet6: %s", strerror(errno));
	while (fscanf(f, "%32s %*x %*x %*x %x %31s", addr, &flags, dev) == 3)
		if (!strcmp(dev, DEV) && !strncmp(addr, "20010db8", 8))
			yes = flags & 0x40;
	fclose(f);
	return yes;
}

void tun_open(void)
{
	int tries = 5000;

	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	must(unshare(CLONE_NEWNET), "a network namespace (root, or unshare -rn)");
	quiet_ipv6("all");
	quiet_ipv6("default");
	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	must(tun, "/dev/net/tun (modprobe tun)");
	strcpy(ifr.ifr_name, DEV);
	must(ioctl(tun, TUNSETIFF, &ifr), "TUNSETIFF");
	quiet_ipv6(DEV);
	set_addresses();
	while (tentative() && tries--)
		usleep(1000);
}

void tun_mtu(int mtu)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = { .ifr_mtu = mtu };

	strcpy(ifr.ifr_name, DEV);
	must(ioctl(s, SIOCSIFMTU, &ifr), "MTU of the device");
	close(s);
}

void shell_(const char *command)
{
	trace("$ %s", command);
	if (system(command))
		fail_("%s", command);
	/* How long it took says nothing of the module. */
	event_now();
}

void tun_send(const void *packet, size_t len)
{
	if (write(tun, packet, len) != (ssize_t)len)
		fail("write to the TUN device: %s", strerror(errno));
}

size_t tun_recv(void *buf, size_t size, u64 deadline_us)
{
	struct pollfd p = { .fd = tun, .events = POLLIN };
	struct timespec ts;
	ssize_t n;
	u64 now;

	for (;;) {
		n = read(tun, buf, size);
		if (n > 0)
			return n;
		now = now_us();
		if (now >= deadline_us)
			return 0;
		ts.tv_sec = (deadline_us - now) / 1000000;
		ts.tv_nsec = (deadline_us - now) % 1000000 * 1000;
		ppoll(&p, 1, &ts, NULL);
	}
}
