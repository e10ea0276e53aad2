// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Talking to the module over generic netlink. Errors come back as negative
 * errno, with the kernel's own words (extended ACK) in nl->text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "nl.h"

#define RECV_SIZE 32768
#define RCVBUF_SIZE (8 << 20)

/**
 * itp_nl_uint - value of an integer attribute, whatever its width
 * @attr: attribute, or NULL
 */
uint64_t itp_nl_uint(const struct nlattr *attr)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 8:
		memcpy(&u64, mnl_attr_get_payload(attr), 8);
		return u64;
	case 4:
		memcpy(&u32, mnl_attr_get_payload(attr), 4);
		return u32;
	case 2:
		memcpy(&u16, mnl_attr_get_payload(attr), 2);
		return u16;
	case 1:
		return *(uint8_t *)mnl_attr_get_payload(attr);
	default:
		return 0;
	}
}

/**
 * itp_nl_string - value of a string attribute
 * @attr: attribute, or NULL
 *
 * Return: the string; "" for one that is missing or has no end.
 */
const char *itp_nl_string(const struct nlattr *attr)
{
	if (!attr || !memchr(mnl_attr_get_payload(attr), '\0',
			     mnl_attr_get_payload_len(attr)))
		return "";
	return mnl_attr_get_str(attr);
}

/* Unknown types are left out: a newer module has them. */
static void parse(const struct nlattr *attr, size_t len,
		  const struct nlattr **tb, size_t max)
{
	memset(tb, 0, sizeof(*tb) * (max + 1));
	while (mnl_attr_ok(attr, (int)len)) {
		size_t step = MNL_ALIGN(attr->nla_len);

		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
		if (step >= len)
			break;
		len -= step;
		attr = mnl_attr_next(attr);
	}
}

/**
 * itp_nl_parse - sort the attributes of a message by their types
 * @nlh: message
 * @tb: gets @max + 1 pointers
 * @max: highest type that the caller knows
 */
void itp_nl_parse(const struct nlmsghdr *nlh, const struct nlattr **tb,
		  size_t max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < GENL_HDRLEN)
		memset(tb, 0, sizeof(*tb) * (max + 1));
	else
		parse(mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN),
		      len - GENL_HDRLEN, tb, max);
}

/**
 * itp_nl_parse_nest - sort the attributes of a nest by their types
 * @nest: the nest, or NULL
 * @tb: gets @max + 1 pointers
 * @max: highest type that the caller knows
 */
void itp_nl_parse_nest(const struct nlattr *nest, const struct nlattr **tb,
		       size_t max)
{
	if (nest)
		parse(mnl_attr_get_payload(nest),
		      mnl_attr_get_payload_len(nest), tb, max);
	else
		memset(tb, 0, sizeof(*tb) * (max + 1));
}

/* ---- answers ---- */

struct answer {
	struct itp_nl *nl;
	itp_nl_show_t show;
	void *arg;
	int err;
};

/* Words of the kernel behind @skip octets of an error or end message. */
static void read_text(struct itp_nl *nl, const struct nlmsghdr *nlh,
		      size_t skip)
{
	const struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || len <= skip)
		return;
	parse(mnl_nlmsg_get_payload_offset(nlh, skip), len - MNL_ALIGN(skip),
	      tb, NLMSGERR_ATTR_MAX);
	snprintf(nl->text, sizeof(nl->text), "%s",
		 itp_nl_string(tb[NLMSGERR_ATTR_MSG]));
}

static int on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	struct answer *a = data;
	size_t skip = sizeof(*e);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e)) {
		a->err = -EBADMSG;
		return MNL_CB_STOP;
	}
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&e->msg);
	read_text(a->nl, nlh, skip);
	a->err = e->error;
	return MNL_CB_STOP;
}

static int on_done(const struct nlmsghdr *nlh, void *data)
{
	struct answer *a = data;
	int err = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	read_text(a->nl, nlh, sizeof(err));
	a->err = err < 0 ? err : 0;
	return MNL_CB_STOP;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	struct answer *a = data;

	a->err = a->show ? a->show(nlh, a->arg) : 0;
	return a->err ? MNL_CB_STOP : MNL_CB_OK;
}

static mnl_cb_t controls[] = {
	[NLMSG_ERROR] = on_error,
	[NLMSG_DONE] = on_done,
};

/**
 * itp_nl_request - begin a request
 * @nl: socket
 * @buf: ITP_NL_REQUEST_SIZE octets
 * @cmd: ITP_CMD_*
 * @flags: NLM_F_DUMP for a dump, else 0
 *
 * Return: the message; attributes are appended with mnl_attr_put_*().
 */
struct nlmsghdr *itp_nl_request(struct itp_nl *nl, void *buf, uint8_t cmd,
				uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (flags ? flags : NLM_F_ACK);
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = ITP_FAMILY_VERSION;
	return nlh;
}

/**
 * itp_nl_talk - send a request and take the whole answer
 * @nl: socket
 * @nlh: what itp_nl_request() began
 * @show: gets each message of the answer, or NULL
 * @arg: for @show
 *
 * Return: 0, what @show returned, or negative errno with nl->text.
 */
int itp_nl_talk(struct itp_nl *nl, struct nlmsghdr *nlh, itp_nl_show_t show,
		void *arg)
{
	struct answer a = { .nl = nl, .show = show, .arg = arg };
	unsigned int seq = nlh->nlmsg_seq;
	char *buf;
	ssize_t len;
	int ret;

	nl->text[0] = '\0';
	if (mnl_socket_sendto(nl->sk, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	buf = malloc(RECV_SIZE);
	if (!buf)
		return -ENOMEM;
	do {
		len = mnl_socket_recvfrom(nl->sk, buf, RECV_SIZE);
		if (len < 0) {
			a.err = -errno;
			break;
		}
		ret = mnl_cb_run2(buf, (size_t)len, seq, nl->portid, on_message,
				  &a, controls,
				  sizeof(controls) / sizeof(controls[0]));
		if (ret < 0 && !a.err)
			a.err = -errno;
	} while (ret > MNL_CB_STOP);
	free(buf);
	return a.err;
}

/* ---- the family ---- */

static void learn_groups(struct itp_nl *nl, const struct nlattr *nest)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	const struct nlattr *group;

	if (!nest)
		return;
	mnl_attr_for_each_nested(group, nest) {
		const char *name;
		uint32_t id;

		itp_nl_parse_nest(group, tb, CTRL_ATTR_MCAST_GRP_MAX);
		name = itp_nl_string(tb[CTRL_ATTR_MCAST_GRP_NAME]);
		id = (uint32_t)itp_nl_uint(tb[CTRL_ATTR_MCAST_GRP_ID]);
		if (!strcmp(name, ITP_MCGRP_CONN))
			nl->conn = id;
		else if (!strcmp(name, ITP_MCGRP_MGMT))
			nl->mgmt = id;
	}
}

static int learn_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct itp_nl *nl = arg;

	itp_nl_parse(nlh, tb, CTRL_ATTR_MAX);
	nl->family = (uint16_t)itp_nl_uint(tb[CTRL_ATTR_FAMILY_ID]);
	learn_groups(nl, tb[CTRL_ATTR_MCAST_GROUPS]);
	return 0;
}

static int resolve(struct itp_nl *nl)
{
	char buf[ITP_NL_REQUEST_SIZE];
	struct nlmsghdr *nlh;
	int err;

	nl->family = GENL_ID_CTRL;
	nlh = itp_nl_request(nl, buf, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, ITP_FAMILY_NAME);
	err = itp_nl_talk(nl, nlh, learn_family, nl);
	if (err == -ENOENT)
		snprintf(nl->text, sizeof(nl->text),
			 "the module itp is not loaded");
	return err;
}

/**
 * itp_nl_open - open a socket and find the family
 * @nl: gets the socket
 *
 * Return: 0 or negative errno with nl->text; then there is nothing to close.
 */
int itp_nl_open(struct itp_nl *nl)
{
	int one = 1;
	int err;

	memset(nl, 0, sizeof(*nl));
	nl->sk = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sk)
		return -errno;
	if (mnl_socket_bind(nl->sk, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		goto fail;
	}
	nl->portid = mnl_socket_get_portid(nl->sk);
	mnl_socket_setsockopt(nl->sk, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sk, NETLINK_CAP_ACK, &one, sizeof(one));
	err = resolve(nl);
	if (err)
		goto fail;
	return 0;
fail:
	itp_nl_close(nl);
	return err;
}

/**
 * itp_nl_close - close the socket
 * @nl: socket
 */
void itp_nl_close(struct itp_nl *nl)
{
	if (nl->sk)
		mnl_socket_close(nl->sk);
	nl->sk = NULL;
}

/* ---- notifications ---- */

/**
 * itp_nl_subscribe - join a group; from now on the socket only listens
 * @nl: socket
 * @group: nl->conn or nl->mgmt
 *
 * Return: 0 or negative errno.
 */
int itp_nl_subscribe(struct itp_nl *nl, uint32_t group)
{
	int fd = mnl_socket_get_fd(nl->sk);
	int size = RCVBUF_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return mnl_socket_setsockopt(nl->sk, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)) < 0 ? -errno : 0;
}

/**
 * itp_nl_listen - take the next notifications
 * @nl: socket that subscribed
 * @wait: wait for the first
 * @show: gets each
 * @arg: for @show
 *
 * Return: 0, what @show returned, -EAGAIN if there is none, -ENOBUFS if some
 * were lost, or another negative errno.
 */
int itp_nl_listen(struct itp_nl *nl, bool wait, itp_nl_show_t show, void *arg)
{
	struct answer a = { .nl = nl, .show = show, .arg = arg };
	static char buf[RECV_SIZE] __attribute__((aligned(8)));
	ssize_t len;

	do {
		len = recv(mnl_socket_get_fd(nl->sk), buf, sizeof(buf),
			   wait ? 0 : MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (mnl_cb_run2(buf, (size_t)len, 0, 0, on_message, &a, controls,
			sizeof(controls) / sizeof(controls[0])) < 0 && !a.err)
		return -errno;
	return a.err;
}
