// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that a state does not allow, or that say something else in each: the
 * cells U1 to U5 of selftests/states.tsv that the shell answers.
 */
#include <string.h>
#include <unistd.h>
#include "wire.h"

#define IN_ANY (IN_SYN_SENT | IN_SYN_RECV | IN_SYNC | IN_TIME_WAIT)

static bool is_in(unsigned int states)
{
	return in_state & states;
}

static bool opening(void)
{
	return is_in(IN_SYN_SENT | IN_SYN_RECV);
}

/* A listener's half-open entry has none. */
static bool no_socket(void)
{
	return opening() && !active;
}

static void stays(void)
{
	expect_silence(20);
	expect_state(state_name(in_state));
}

static int connect_again(void)
{
	struct sockaddr_storage ss;
	socklen_t len = sockaddr_of(&ss, &P->addr, P->port);

	return connect(fd, (struct sockaddr *)&ss, len) ? errno : 0;
}

/* With connect() having said that it is done. */
static void reach_time_wait(void)
{
	open_plain();
	if (active)
		check_eq(connect_again(), 0);
	user_shutdown();
	peer_expect("FA");
	peer_send("A");
	peer_send("FA");
	peer_expect("A");
	expect_state("TIME-WAIT");
}

/* U1 */
SCRIPT_IN(call_connect, ROLES, IN_ANY)
{
	int err;

	if (no_socket())
		return;
	if (is_in(IN_TIME_WAIT))
		reach_time_wait();
	else
		reach(in_state);
	err = connect_again();
	/* the first one after the handshake is told that it worked */
	if (!err && active)
		err = connect_again();
	check_eq(err, opening() ? EALREADY : EISCONN);
	stays();
}

/* U2 */
SCRIPT_IN(call_listen, ROLES, IN_ANY)
{
	if (no_socket())
		return;
	reach(in_state);
	check_eq(listen(fd, 5), -1);
	check_eq(errno, EINVAL);
	stays();
}

/* U3, U4 */
SCRIPT(call_listener, 0)
{
	char b;

	user_listen(5);
	check_eq(send(lfd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT), -1);
	check_eq(errno, EPIPE);
	check_eq(recv(lfd, &b, 1, MSG_DONTWAIT), -1);
	check_eq(errno, ENOTCONN);
	expect_silence(20);
	peer_send("S p0");
	peer_expect("SA d0,p0+1");
}

/* U3 */
SCRIPT_IN(call_write, ROLES, IN_SYN_SENT | IN_SYN_RECV | IN_FIN_WAIT1 |
	  IN_FIN_WAIT2 | IN_CLOSING | IN_LAST_ACK | IN_TIME_WAIT)
{
	if (no_socket())
		return;
	reach(in_state);
	user_write_fails(opening() ? EAGAIN : EPIPE);
	stays();
}

/* The peer sends 10 octets before its FIN. */
static void reach_with_text(void)
{
	tunable("rto_min_us", 5000000);
	reach(is_in(IN_CLOSING) ? IN_FIN_WAIT1 :
	      is_in(IN_TIME_WAIT) ? IN_FIN_WAIT2 : IN_ESTABLISHED);
	peer_send("AP len 10");
	peer_expect_within(0, 200, "A");
	peer_send("FA");
	peer_expect_within(0, 200, "A");
	if (is_in(IN_LAST_ACK)) {
		user_shutdown();
		peer_expect("FA");
	}
	expect_state(state_name(in_state));
}

/* U4 */
SCRIPT_IN(call_read, ROLES, IN_ANY)
{
	if (no_socket())
		return;
	if (opening()) {
		reach(in_state);
		user_read_fails(EAGAIN);
	} else if (is_in(IN_ESTABLISHED | IN_FIN_WAIT1 | IN_FIN_WAIT2)) {
		reach(in_state);
		user_read_fails(EAGAIN);
		peer_send("AP len 10");
		peer_expect_within(0, 200, "A");
		user_read(10);
		user_read_fails(EAGAIN);
	} else {
		reach_with_text();
		user_read(10);
		user_read_eof();
		user_read_eof();
	}
	stays();
}

/* U5 */
SCRIPT_IN(call_shutdown, ROLES, IN_CLOSING | IN_LAST_ACK | IN_TIME_WAIT)
{
	reach(in_state);
	if (is_in(IN_TIME_WAIT)) {
		check_eq(shutdown(fd, SHUT_WR), -1);
		check_eq(errno, ENOTCONN);
	} else {
		check_eq(shutdown(fd, SHUT_WR), 0);
	}
	stays();
	user_close();
	stays();
}
