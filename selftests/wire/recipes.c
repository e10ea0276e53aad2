// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bringing D into each state, with a fresh connection, in either role.
 */
#include <string.h>
#include "wire.h"

bool patient = true;
const char *reach_options = "";

static const struct {
	unsigned int state;
	const char *name;
} state_names[] = {
	{ IN_SYN_SENT, "SYN-SENT" },
	{ IN_SYN_RECV, "SYN-RECEIVED" },
	{ IN_ESTABLISHED, "ESTABLISHED" },
	{ IN_FIN_WAIT1, "FIN-WAIT-1" },
	{ IN_FIN_WAIT2, "FIN-WAIT-2" },
	{ IN_CLOSE_WAIT, "CLOSE-WAIT" },
	{ IN_CLOSING, "CLOSING" },
	{ IN_LAST_ACK, "LAST-ACK" },
	{ IN_TIME_WAIT, "TIME-WAIT" },
};

const char *state_name(unsigned int state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(state_names); i++)
		if (state_names[i].state == state)
			return state_names[i].name;
	return "?";
}

void open_with_(const char *opts)
{
	if (active) {
		user_connect_();
		peer_expect_(0, 0, "S d0");
		peer_send_("SA p0,d0+1 %s", opts);
		peer_expect_(0, 0, "A");
		user_connected_();
		return;
	}
	if (lfd < 0)
		user_listen_(16);
	peer_send_("S p0 %s", opts);
	peer_expect_(0, 0, "SA d0,p0+1");
	peer_send_("A p0+1,d0+1");
	user_accept_();
}

static void reach_syn_recv(void)
{
	if (active) {
		user_connect_();
		peer_expect_(0, 0, "S d0");
		/* TCP forgets that this SYN offers no scaling. */
		peer_send_("S p0 mss 1460 %s", tcp ? "ws 2" : "");
	} else {
		if (lfd < 0)
			user_listen_(16);
		peer_send_("S p0");
	}
	peer_expect_(0, 0, "SA d0,p0+1");
}

/* The socket stays open where the state allows that. */
static void reach_closing(unsigned int state)
{
	if (state == IN_CLOSE_WAIT || state == IN_LAST_ACK) {
		peer_send_("FA");
		peer_expect_(0, 0, "A");
	}
	if (state == IN_CLOSE_WAIT)
		return;
	user_shutdown_();
	peer_expect_(0, 0, "FA");
	if (state & (IN_FIN_WAIT1 | IN_CLOSING | IN_LAST_ACK))
		peer_hold("d0+1");
	if (state == IN_FIN_WAIT2 || state == IN_TIME_WAIT)
		peer_send_("A");
	if (state == IN_TIME_WAIT || state == IN_CLOSING) {
		peer_send_("FA");
		peer_expect_(0, 0, "A");
	}
}

void reach_(unsigned int state)
{
	switch (state) {
	case IN_SYN_SENT:
		user_connect_();
		peer_expect_(0, 0, "S d0");
		break;
	case IN_SYN_RECV:
		reach_syn_recv();
		break;
	default:
		if (patient && (state & (IN_FIN_WAIT1 | IN_CLOSING |
					 IN_LAST_ACK)))
			tunable_("rto_min_us", 5000000);
		open_with_(reach_options);
		if (state != IN_ESTABLISHED)
			reach_closing(state);
	}
	expect_state_(state_name(state));
}
