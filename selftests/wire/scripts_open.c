// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening: RFC 9293 section 3.5.
 */
#include "wire.h"

SCRIPT(open_passive, 0)
{
	user_listen(5);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
	expect_state("SYN-RECEIVED");
	peer_send("A p0+1,d0+1");
	expect_state("ESTABLISHED");
	user_accept();
	expect_state("ESTABLISHED");
	expect_silence(100);
}

SCRIPT(open_active, 0)
{
	user_connect();
	peer_expect("S d0");
	expect_state("SYN-SENT");
	peer_send("SA p0,d0+1");
	peer_expect("A d0+1,p0+1");
	user_connected();
	expect_state("ESTABLISHED");
	expect_silence(100);
}

SCRIPT_IN(reach_state, ROLES, IN_SYN_RECV | IN_SYNC | IN_TIME_WAIT)
{
	reach(in_state);
}
