// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs: they write, read, pause, change options, and end as their plan
 * says. What they read is compared octet by octet in sock_read().
 */
#include "sim.h"

#define PAUSES_MAX	40

/* Something may be possible now; a pause is not cut short. */
void app_wake(struct sock *s)
{
	struct world *w = s->host->w;

	if (!s->app_has || s->app_at)
		return;
	s->app_at = w->now;
	event_push(w, w->now, EV_APP, s->c.id, 0, NULL);
}

static void app_sleep(struct sock *s, u64 us)
{
	struct world *w = s->host->w;

	s->app_at = w->now + us;
	event_push(w, s->app_at, EV_APP, s->c.id, 0, NULL);
}

/* The program is about to let go of the socket: was everything right? */
void app_done(struct sock *s)
{
	struct host *h = s->host;
	struct world *w = h->w;
	const struct plan *peer = &host_peer(h)->plan;

	if (s->app_err == ECONNRESET || s->app_err == EPIPE)
		tally.resets_seen++;
	if (s->app_err == ETIMEDOUT)
		tally.timeouts++;
	if (!w->fair)
		return;
	REQUIRE(w, !s->app_err, "error %d though nobody did wrong", s->app_err);
	REQUIRE(w, s->written == s->plan.write_total, "wrote %u of %u",
		s->written, s->plan.write_total);
	REQUIRE(w, s->read_octets == peer->write_total, "read %u of %u",
		s->read_octets, peer->write_total);
	REQUIRE(w, s->seen_eof || s->plan.end == END_CLOSE, "no end of stream");
	h->completed++;
	tally.completed++;
}

static void app_end(struct sock *s, enum itp_close_how how)
{
	struct host *h = s->host;
	u64 id = s->c.id;

	if (how == ITP_CLOSE_CLOSE && s->rx_unread)
		how = ITP_CLOSE_UNREAD;
	if (how == ITP_CLOSE_ABORT)
		tally.aborts++;
	app_done(s);
	sock_close(s, how);
	/* Too many whom nobody holds: the shell resets some of them. */
	if (how == ITP_CLOSE_CLOSE && !h->w->fair && chance(h->w, 300)) {
		s = host_sock(h, id);
		if (s && s->hashed)
			sock_close(s, ITP_CLOSE_ORPHANS);
	}
}

/* False: the socket is gone. */
static bool app_closing(struct sock *s)
{
	bool wrote = s->written == s->plan.write_total;
	bool done = s->seen_eof && !s->rx_unread;

	if (s->plan.abort_after &&
	    s->read_octets + s->written >= s->plan.abort_after) {
		app_end(s, ITP_CLOSE_ABORT);
		return false;
	}
	if (s->app_err || s->c.state == ITP_CLOSED) {
		if (s->rx_unread || s->app_at || s->eof != s->seen_eof)
			return true;
		app_end(s, ITP_CLOSE_CLOSE);
		return false;
	}
	if (!wrote)
		return true;
	if (s->plan.linger_pause) {
		app_sleep(s, s->plan.linger_pause);
		s->plan.linger_pause = 0;
		return true;
	}
	switch (s->plan.end) {
	case END_ABORT:
		app_end(s, ITP_CLOSE_ABORT);
		return false;
	case END_CLOSE:
		app_end(s, ITP_CLOSE_CLOSE);
		return false;
	case END_SHUTDOWN:
		if (!s->shut) {
			s->shut = true;
			sock_close(s, ITP_CLOSE_SHUTDOWN);
		}
		break;
	default:
		break;
	}
	if (done && !s->app_at) {
		app_end(s, ITP_CLOSE_CLOSE);
		return false;
	}
	return true;
}

/* True: did something. */
static bool app_write(struct sock *s)
{
	struct world *w = s->host->w;
	u32 queued = s->c.write_seq - s->c.snd_una;
	u32 left = s->plan.write_total - s->written;
	u32 n;
	int err;

	if (s->c.state == ITP_CLOSED || s->shut || !left ||
	    queued >= s->plan.sndbuf)
		return false;
	n = min(left, 1 + rnd(w, s->plan.write_max));
	n = min(n, s->plan.sndbuf - queued);
	err = sock_write(s, n, n < left && chance(w, s->plan.more),
			 chance(w, s->plan.oob));
	if (err == -ENOMEM) {
		app_sleep(s, 10 * MSEC);
		return false;
	}
	if (err) {
		REQUIRE(w, !w->fair, "write: error %d", err);
		s->app_err = -err;
		return false;
	}
	return true;
}

static bool app_read(struct sock *s)
{
	struct world *w = s->host->w;
	u32 n;

	if (s->eof && !s->rx_unread && !s->seen_eof) {
		s->seen_eof = true;
		return true;
	}
	if (!s->rx_unread)
		return false;
	n = min(s->rx_unread, 1 + rnd(w, s->plan.read_max));
	sock_read(s, n);
	return true;
}

static void app_impatient(struct sock *s)
{
	struct world *w = s->host->w;

	REQUIRE(w, !w->fair, "stalled in %s: wrote %u of %u, una %u nxt %u, "
		"read %u, peer's plan %u", itp_state_name(s->c.state), s->written,
		s->plan.write_total, s->c.snd_una, s->c.snd_nxt,
		s->read_octets, host_peer(s->host)->plan.write_total);
	s->rx_unread = 0;
	app_end(s, rnd(w, 2) ? ITP_CLOSE_ABORT : ITP_CLOSE_CLOSE);
}

static bool app_opening(struct sock *s)
{
	u8 state = s->c.state;

	if (s->connected)
		return false;
	if (state == ITP_SYN_SENT || state == ITP_SYN_RECV) {
		/* Writing before the connection stands is allowed. */
		if (s->plan.write_total && !s->written &&
		    rnd(s->host->w, 4) == 0)
			app_write(s);
		return true;
	}
	if (!s->app_err && state != ITP_CLOSED) {
		s->connected = true;
		s->host->opened++;
	}
	return false;
}

void app_run(struct sock *s)
{
	struct world *w = s->host->w;
	u64 id = s->c.id;
	struct host *h = s->host;
	int turns = 20;
	bool more = true;

	if (!s->app_has)
		return;
	if (s->sk_err) {
		s->app_err = s->sk_err;
		s->sk_err = 0;
	}
	if (w->now >= s->patience_us) {
		app_impatient(s);
		return;
	}
	if (!app_opening(s)) {
		if (s->plan.start_pause) {
			app_sleep(s, s->plan.start_pause);
			s->plan.start_pause = 0;
			return;
		}
		while (more && turns-- && !s->app_at) {
			if (chance(w, s->plan.fiddle))
				sock_option(s);
			more = app_write(s);
			more |= app_read(s);
			if (more && s->plan.pauses < PAUSES_MAX &&
			    s->plan.pause_max && rnd(w, 2)) {
				s->plan.pauses++;
				app_sleep(s, rnd_us(w, s->plan.pause_max));
			}
		}
		if (!app_closing(s))
			return;
		if (host_sock(h, id) != s || !s->app_has)
			return;
		if (!s->app_at && more)
			app_sleep(s, 1 + rnd(w, 200));
	}
	/* Blocked: the next wake-up, or the end of patience. */
	if (!s->app_at && !s->watched) {
		s->watched = true;
		event_push(w, s->patience_us, EV_PATIENCE, id, 0, NULL);
	}
}
