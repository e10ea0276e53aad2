/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside itp_diag.ko: the filter of a dump. The rest is diag.c's.
 */
#ifndef _ITP_DIAG_H
#define _ITP_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include "snapshot.h"

/* diag_filter.c: is @snap among what the dump @req asks for? */
bool itp_diag_match(const struct itp_snap *snap,
		    const struct inet_diag_req_v2 *req,
		    const struct nlattr *bytecode);

#endif /* _ITP_DIAG_H */
