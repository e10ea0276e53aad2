// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables by which the kernel finds ITP's sockets. No code of the protocol.
 */
#include <linux/module.h>
#include <net/inet_common.h>
#include <net/protocol.h>
#include <net/transp_v6.h>
#include "itp.h"

struct percpu_counter itp_sockets_allocated;

#define ITP_PROTO_COMMON						\
	.owner = THIS_MODULE,						\
	.close = itp_close,						\
	.disconnect = itp_disconnect,					\
	.accept = itp_proto_accept,					\
	.ioctl = itp_proto_ioctl,					\
	.init = itp_init_sock,						\
	.destroy = itp_destroy,						\
	.shutdown = itp_shutdown,					\
	.setsockopt = itp_setsockopt,					\
	.getsockopt = itp_getsockopt,					\
	.keepalive = itp_keepalive,					\
	.sendmsg = itp_sendmsg,						\
	.recvmsg = itp_recvmsg,						\
	.backlog_rcv = itp_backlog_rcv,					\
	.release_cb = itp_release_cb,					\
	.unhash = itp_unhash,						\
	.get_port = itp_get_port,					\
	.put_port = itp_put_port,					\
	ITP_SPLICE_EOF(itp_splice_eof)					\
	.stream_memory_free = itp_stream_memory_free,			\
	.enter_memory_pressure = itp_memory_enter_pressure,	\
	.leave_memory_pressure = itp_memory_leave_pressure,	\
	.memory_allocated = &itp_memory_allocated,			\
	.per_cpu_fw_alloc = &itp_memory_fw_alloc,			\
	.memory_pressure = &itp_memory_pressure,			\
	.sockets_allocated = &itp_sockets_allocated,			\
	.sysctl_mem = itp_mem_limits,				\
	.sysctl_wmem = itp_wmem_min,				\
	.sysctl_rmem = itp_rmem_min,				\
	.max_header = 128 + MAX_HEADER,					\
	.slab_flags = SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT,		\
	.no_autobind = true

struct proto itp_prot = {
	.name = "ITP",
	.connect = itp_v4_connect,
	.pre_connect = itp_v4_pre_connect,
	.obj_size = sizeof(struct itp_sock),
	ITP_PROTO_COMMON,
};

struct proto itp6_prot = {
	.name = "ITPv6",
	.connect = itp_v6_connect,
	.pre_connect = itp_v6_pre_connect,
	.obj_size = sizeof(struct itp6_sock),
	ITP_PINFO_OFFSET(struct itp6_sock, pinfo)
	ITP_PROTO_COMMON,
};

#define ITP_PROTO_OPS_COMMON						\
	.owner = THIS_MODULE,						\
	.connect = inet_stream_connect,					\
	.socketpair = sock_no_socketpair,				\
	.accept = inet_accept,						\
	.poll = itp_poll,						\
	.gettstamp = sock_gettstamp,					\
	.listen = itp_listen,						\
	.shutdown = inet_shutdown,					\
	.setsockopt = sock_common_setsockopt,				\
	.getsockopt = sock_common_getsockopt,				\
	.sendmsg = inet_sendmsg,					\
	.recvmsg = inet_recvmsg,					\
	.mmap = sock_no_mmap,						\
	ITP_SENDPAGE(sock_no_sendpage)					\
	ITP_SPLICE_EOF(inet_splice_eof)

static const struct proto_ops itp_ops = {
	.family = PF_INET,
	.release = inet_release,
	.bind = inet_bind,
	.getname = inet_getname,
	.ioctl = inet_ioctl,
	ITP_PROTO_OPS_COMMON
};

static const struct proto_ops itp6_ops = {
	.family = PF_INET6,
	.release = inet6_release,
	.bind = inet6_bind,
	.getname = inet6_getname,
	.ioctl = inet6_ioctl,
	ITP_PROTO_OPS_COMMON
};

/* Not INET_PROTOSW_ICSK: these are no inet_connection_socks. */
static struct inet_protosw itp_protosw = {
	.type = SOCK_STREAM,
	.prot = &itp_prot,
	.ops = &itp_ops,
};

static struct inet_protosw itp6_protosw = {
	.type = SOCK_STREAM,
	.prot = &itp6_prot,
	.ops = &itp6_ops,
};

/*
 * A budget per connection, because many are idle. Checkers blow up locks and
 * timers; then it means nothing.
 */
static_assert(sizeof(struct itp_conn) <= 320);
#if !IS_ENABLED(CONFIG_LOCKDEP) && !defined(__CHECKER__)
static_assert(sizeof(struct itp_sock) <= 1408);
#endif
static_assert(offsetof(struct itp_sock, inet) == 0);
static_assert(offsetof(struct itp6_sock, itp) == 0);
static_assert(offsetof(struct itp6_sock, pinfo) +
	      sizeof(struct ipv6_pinfo) == sizeof(struct itp6_sock));
static_assert(sizeof(struct itp_rcv_cb) <= sizeof_field(struct sk_buff, cb));
/* sk_state mirrors the engine's states number by number. */
#define SAME_STATE(a, b) ((int)(a) == (int)(b))
static_assert(SAME_STATE(ITP_CLOSED, TCP_CLOSE) &&
	      SAME_STATE(ITP_ESTABLISHED, TCP_ESTABLISHED) &&
	      SAME_STATE(ITP_SYN_SENT, TCP_SYN_SENT) &&
	      SAME_STATE(ITP_SYN_RECV, TCP_SYN_RECV) &&
	      SAME_STATE(ITP_FIN_WAIT1, TCP_FIN_WAIT1) &&
	      SAME_STATE(ITP_FIN_WAIT2, TCP_FIN_WAIT2) &&
	      SAME_STATE(ITP_TIME_WAIT, TCP_TIME_WAIT) &&
	      SAME_STATE(ITP_CLOSE_WAIT, TCP_CLOSE_WAIT) &&
	      SAME_STATE(ITP_LAST_ACK, TCP_LAST_ACK) &&
	      SAME_STATE(ITP_LISTEN, TCP_LISTEN) &&
	      SAME_STATE(ITP_CLOSING, TCP_CLOSING));

static void protosw_register(void)
{
	itp_protosw.protocol = itp_protocol;
	itp6_protosw.protocol = itp_protocol;
	inet_register_protosw(&itp_protosw);
}

/**
 * itp_proto_init - from now on programs can make sockets
 *
 * Return: 0 or -errno.
 */
int itp_proto_init(void)
{
	int err;

	itp_memory_init();
	err = percpu_counter_init(&itp_sockets_allocated, 0, GFP_KERNEL);
	if (err)
		return err;
	err = proto_register(&itp_prot, 1);
	if (err)
		goto err_counter;
	err = proto_register(&itp6_prot, 1);
	if (err)
		goto err_prot;
	protosw_register();
	err = inet6_register_protosw(&itp6_protosw);
	if (err)
		goto err_protosw;
	return 0;

err_protosw:
	inet_unregister_protosw(&itp_protosw);
	proto_unregister(&itp6_prot);
err_prot:
	proto_unregister(&itp_prot);
err_counter:
	percpu_counter_destroy(&itp_sockets_allocated);
	return err;
}

/**
 * itp_proto_exit - no socket is left, none can be made any more
 */
void itp_proto_exit(void)
{
	inet6_unregister_protosw(&itp6_protosw);
	inet_unregister_protosw(&itp_protosw);
	/* Sockets may wait for a grace period to be freed into their slabs. */
	rcu_barrier();
	proto_unregister(&itp6_prot);
	proto_unregister(&itp_prot);
	percpu_counter_destroy(&itp_sockets_allocated);
}
