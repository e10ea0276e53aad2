/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that ITP builds for. ITP_HAVE_* come
 * from probes of the headers in Kbuild, not from version numbers: stable
 * branches take over interfaces of later kernels.
 */
#ifndef _ITP_COMPAT_H
#define _ITP_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/net_namespace.h>
#include <linux/uaccess.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/sock.h>

/* The oldest kernel that was ever tried; the newest is in main.c. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "ITP needs Linux 6.1 or newer"
#endif

/* proto.connect, proto.pre_connect */
#ifdef ITP_HAVE_SOCKADDR_UNSIZED
#define itp_sockaddr struct sockaddr_unsized
#else
#define itp_sockaddr struct sockaddr
#endif

/* proto.accept */
struct sock *itp_accept(struct sock *sk, int flags, int *err);

#ifdef ITP_HAVE_ACCEPT_ARG
static inline struct sock *itp_proto_accept(struct sock *sk,
					    struct proto_accept_arg *arg)
{
	return itp_accept(sk, arg->flags, &arg->err);
}
#else
static inline struct sock *itp_proto_accept(struct sock *sk, int flags,
					    int *err, bool kern)
{
	return itp_accept(sk, flags, err);
}
#endif

/* proto.ioctl; who copies the result to the program */
int itp_ioctl(struct sock *sk, int cmd, int *karg);

#ifdef ITP_HAVE_IOCTL_KARG
static inline int itp_proto_ioctl(struct sock *sk, int cmd, int *karg)
{
	return itp_ioctl(sk, cmd, karg);
}
#else
static inline int itp_proto_ioctl(struct sock *sk, int cmd, unsigned long arg)
{
	int val = 0;
	int err = itp_ioctl(sk, cmd, &val);

	return err ? err : put_user(val, (int __user *)arg);
}
#endif

/* proto.ipv6_pinfo_offset; older kernels compute it from obj_size */
#ifdef ITP_HAVE_PINFO_OFFSET
#define ITP_PINFO_OFFSET(type, member) \
	.ipv6_pinfo_offset = offsetof(type, member),
#else
#define ITP_PINFO_OFFSET(type, member)
#endif

/* proto_ops.sendpage went away in 6.5 */
#ifdef ITP_HAVE_SENDPAGE
#define ITP_SENDPAGE(fn) .sendpage = (fn),
#else
#define ITP_SENDPAGE(fn)
#endif

/* proto_ops.splice_eof came with 6.5, and with stable releases before */
#ifdef ITP_HAVE_SPLICE_EOF
#define ITP_SPLICE_EOF(fn) .splice_eof = (fn),
#else
#define ITP_SPLICE_EOF(fn)
#endif

/* Flags of inet_sock: bit fields, later bits of inet_flags */
#ifdef ITP_HAVE_INET_FLAGS
#define itp_inet_recverr(sk)		inet_test_bit(RECVERR, sk)
#define itp_inet6_recverr(sk)		inet6_test_bit(RECVERR6, sk)
#define itp_inet6_sndflow(sk)		inet6_test_bit(SNDFLOW, sk)
#define itp_inet_transparent(sk)	inet_test_bit(TRANSPARENT, sk)
#else
#define itp_inet_recverr(sk)		(inet_sk(sk)->recverr)
#define itp_inet6_recverr(sk)		(inet6_sk(sk)->recverr)
#define itp_inet6_sndflow(sk)		(inet6_sk(sk)->sndflow)
#define itp_inet_transparent(sk)	(inet_sk(sk)->transparent)
#endif

/* Start of the IPv4 identification of a connection. */
#ifdef ITP_HAVE_ATOMIC_ID
#define itp_inet_id_set(sk, id)		atomic_set(&inet_sk(sk)->inet_id, id)
#else
#define itp_inet_id_set(sk, id)		(inet_sk(sk)->inet_id = (id))
#endif

/* Flow labels that a socket of AF_INET6 leased. */
#ifdef ITP_HAVE_INET_FL_LIST
#define itp_inet_fl_list(sk)		(&inet_sk(sk)->ipv6_fl_list)
#else
#define itp_inet_fl_list(sk)		(&inet6_sk(sk)->ipv6_fl_list)
#endif

/* A macro, in 6.12 and in later releases of 6.1 */
#ifdef dst_rt6_info
#define itp_dst_rt6(dst)		dst_rt6_info(dst)
#else
#define itp_dst_rt6(dst)		container_of(dst, struct rt6_info, dst)
#endif

#ifdef ITP_HAVE_SK_UID
#define itp_sk_uid(sk)			sk_uid(sk)
#else
#define itp_sk_uid(sk)			((sk)->sk_uid)
#endif

/* cgroup hooks of connect() */
#ifdef ITP_HAVE_CONNECT_LEN
#define itp_cgroup_connect4(sk, addr, len) \
	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr, len)
#define itp_cgroup_connect6(sk, addr, len) \
	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr, len)
#else
#define itp_cgroup_connect4(sk, addr, len) \
	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr)
#define itp_cgroup_connect6(sk, addr, len) \
	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr)
#endif

#ifndef ITP_HAVE_HRTIMER_SETUP
static inline void
hrtimer_setup(struct hrtimer *timer,
	      enum hrtimer_restart (*fn)(struct hrtimer *timer),
	      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

#ifndef ITP_HAVE_TIMER_CONTAINER_OF
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

/* Handlers of sysctls get a const table from 6.11 on. */
#ifdef ITP_HAVE_CONST_CTL
#define ITP_CTL_CONST const
#else
#define ITP_CTL_CONST
#endif

/* Older kernels find the end of @table by an empty row. */
static inline struct ctl_table_header *
itp_register_net_sysctl(struct net *net, const char *path,
			struct ctl_table *table, size_t rows)
{
#ifdef ITP_HAVE_SYSCTL_SZ
	return register_net_sysctl_sz(net, path, table, rows);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* Debugging aid of 6.1: sockets of a protocol, counted by hand. */
#ifdef ITP_HAVE_REFCNT_DEBUG
#define itp_refcnt_debug_dec(sk) sk_refcnt_debug_dec(sk)
#else
#define itp_refcnt_debug_dec(sk) do { } while (0)
#endif

/* inet_diag_handler.owner; before, inet_diag took no reference to the module */
#ifdef ITP_HAVE_DIAG_OWNER
#define ITP_DIAG_OWNER .owner = THIS_MODULE,
#else
#define ITP_DIAG_OWNER
#endif

#endif /* _ITP_COMPAT_H */
