/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talking to the module: a generic netlink socket, requests, dumps and
 * notifications, on libmnl. What attributes mean is not here.
 */
#ifndef ITP_NL_H
#define ITP_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/itp_netlink.h>

/* Enough for every request. */
#define ITP_NL_REQUEST_SIZE 1024

/**
 * struct itp_nl - a socket and what it has learnt
 * @sk: the socket
 * @portid: its address
 * @seq: number of the last request
 * @family: number of the family `itp`
 * @conn: number of the group `conn`
 * @mgmt: number of the group `mgmt`
 * @text: why the last call failed, in words; "" if there is nothing to say
 */
struct itp_nl {
	struct mnl_socket *sk;
	unsigned int portid;
	unsigned int seq;
	uint16_t family;
	uint32_t conn;
	uint32_t mgmt;
	char text[256];
};

/* Gets each message of an answer; non-zero ends the call with that value. */
typedef int (*itp_nl_show_t)(const struct nlmsghdr *nlh, void *arg);

int itp_nl_open(struct itp_nl *nl);
void itp_nl_close(struct itp_nl *nl);
struct nlmsghdr *itp_nl_request(struct itp_nl *nl, void *buf, uint8_t cmd,
				uint16_t flags);
int itp_nl_talk(struct itp_nl *nl, struct nlmsghdr *nlh, itp_nl_show_t show,
		void *arg);
int itp_nl_subscribe(struct itp_nl *nl, uint32_t group);
int itp_nl_listen(struct itp_nl *nl, bool wait, itp_nl_show_t show, void *arg);

void itp_nl_parse(const struct nlmsghdr *nlh, const struct nlattr **tb,
		  size_t max);
void itp_nl_parse_nest(const struct nlattr *nest, const struct nlattr **tb,
		       size_t max);
uint64_t itp_nl_uint(const struct nlattr *attr);
const char *itp_nl_string(const struct nlattr *attr);

#endif
