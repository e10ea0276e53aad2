// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that all connections hold together: the host's limits, what each
 * connection may hold whatever they say. Not here: the buffers of one connection
 * (stream.c, rx.c), limits of a namespace (minisock.c).
 */
#include <linux/mm.h>
#include <linux/swap.h>
#include <net/sock.h>
#include "itp.h"

/* One sum for the host, as the core's accounting has it: in pages. */
atomic_long_t itp_memory_allocated;
DEFINE_PER_CPU(int, itp_memory_fw_alloc);
unsigned long itp_memory_pressure;
long itp_mem_limits[3];
int itp_wmem_min[3] = { PAGE_SIZE, PAGE_SIZE, PAGE_SIZE };
int itp_rmem_min[3] = { PAGE_SIZE, PAGE_SIZE, PAGE_SIZE };
/* What the limits are by themselves: a share of the host's memory. */
static long mem_share[3];

void itp_memory_enter_pressure(struct sock *sk)
{
	WRITE_ONCE(itp_memory_pressure, 1);
}

void itp_memory_leave_pressure(struct sock *sk)
{
	WRITE_ONCE(itp_memory_pressure, 0);
}

/**
 * itp_memory_init - as TCP has it: pressure from a sixteenth of memory on
 */
void itp_memory_init(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	mem_share[0] = limit / 4 * 3;
	mem_share[1] = limit;
	mem_share[2] = mem_share[0] * 2;
	memcpy(itp_mem_limits, mem_share, sizeof(mem_share));
}

/**
 * itp_memory_tuned - tunables of the host's memory may have changed
 * @tun: values of the first namespace
 *
 * The core reads them here whenever memory is charged.
 */
void itp_memory_tuned(const struct itp_tunables *tun)
{
	WRITE_ONCE(itp_mem_limits[0], itp_tun(tun, mem_low) ? : mem_share[0]);
	WRITE_ONCE(itp_mem_limits[1],
		   itp_tun(tun, mem_pressure) ? : mem_share[1]);
	WRITE_ONCE(itp_mem_limits[2], itp_tun(tun, mem_high) ? : mem_share[2]);
	WRITE_ONCE(itp_rmem_min[0], (int)itp_tun(tun, rmem_min));
	WRITE_ONCE(itp_wmem_min[0], (int)itp_tun(tun, wmem_min));
}

/*
 * Charge @size whatever the limits say. The core does so for what a full send
 * buffer asks for, and exports nothing else that does (control groups are
 * charged, too): so the buffer is full for a moment.
 */
static bool mem_force(struct sock *sk, int size)
{
	u8 locks = sk->sk_userlocks;
	int sndbuf = sk->sk_sndbuf;
	bool ok;

	/* Locked: the core must not make it smaller for good. */
	sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	WRITE_ONCE(sk->sk_sndbuf, min(sndbuf, sk->sk_wmem_queued + 1));
	ok = sk_wmem_schedule(sk, size);
	WRITE_ONCE(sk->sk_sndbuf, sndbuf);
	sk->sk_userlocks = locks;
	/* poll() may have looked at that moment. */
	sk->sk_write_space(sk);
	return ok;
}

/**
 * itp_wmem_schedule - is there memory for text that a program writes?
 * @sk: the socket, locked
 * @size: how much is wanted, octets
 *
 * A connection may hold wmem_min octets beyond all limits of the host: else it
 * would stand still until others end.
 *
 * Return: how much there is, at most @size; sk_mem_charge() may follow for it.
 */
int itp_wmem_schedule(struct sock *sk, int size)
{
	int left = READ_ONCE(itp_wmem_min[0]) - sk->sk_wmem_queued;

	/* The core refuses no write that is larger than the send buffer. */
	if (size > sk->sk_forward_alloc &&
	    atomic_long_read(&itp_memory_allocated) >
	    READ_ONCE(itp_mem_limits[2])) {
		itp_memory_enter_pressure(sk);
		size = min(size, left);
	}
	if (size <= 0)
		return 0;
	if (sk_wmem_schedule(sk, size))
		return size;
	left = min(size, left);
	return left > 0 && mem_force(sk, left) ? left : 0;
}

/**
 * itp_rmem_schedule - is there memory for text that was received?
 * @sk: the socket, locked
 * @skb: the segment
 * @next: its text is the next that the program reads
 *
 * As itp_wmem_schedule(): rmem_min octets, and the one segment that a program
 * waits for.
 */
bool itp_rmem_schedule(struct sock *sk, struct sk_buff *skb, bool next)
{
	int size = skb->truesize;

	if (sk_rmem_schedule(sk, skb, size))
		return true;
	if (atomic_read(&sk->sk_rmem_alloc) + size <=
	    READ_ONCE(itp_rmem_min[0]) ||
	    (next && skb_queue_empty(&sk->sk_receive_queue)))
		return mem_force(sk, size);
	return false;
}
