// SPDX-License-Identifier: GPL-2.0-only
/*
 * cookie.c: what a SYN cookie says, how long, and what it does not say.
 */
#include "drive.h"

static struct itp_seg_in syn;

static u32 sealed(u16 mss)
{
	syn = (struct itp_seg_in){
		.seq = P_ISS, .flags = S, .wnd = 30000, .hdr_len = 24,
		.opts = ITP_OPT_MSS, .mss = mss,
	};
	return itp_cookie_data(&syn, &d.env);
}

/* The class comes back for every period and every mask. */
TEST(cookie__round_trip)
{
	u32 data, back, cookie, i;

	drive_init();
	tap_what = "round";
	for (i = 0; i < 2000; i++) {
		tap_round = i;
		d.env.now_us = i * 17 * SEC;
		data = sealed(i * 7);
		cookie = itp_cookie_seal(data, i * 0x9e3779b9U, i * 0x85ebca6bU);
		CHECK(itp_cookie_open(cookie, i * 0x9e3779b9U, &d.env, &back));
		CHECK_EQ(back, data);
		CHECK(itp_cookie_match(cookie, i * 0x85ebca6bU));
	}
	drive_end();
}

/* One to two minutes, and no wrap brings it back. */
TEST(cookie__life)
{
	u64 born, age;
	u32 data, back, cookie;
	bool good;

	drive_init();
	for (born = 0; born < 300; born += 13) {
		d.env.now_us = born * SEC;
		data = sealed(1460);
		cookie = itp_cookie_seal(data, 77, 99);
		for (age = 0; age < 1000; age++) {
			d.env.now_us = (born + age) * SEC;
			good = itp_cookie_open(cookie, 77, &d.env, &back) &&
			       back == data;
			if (age <= 60)
				CHECK(good);
			if (age >= 120)
				CHECK(!good);
		}
	}
	drive_end();
}

/* Every bit counts: in age, class and hash. */
TEST(cookie__forged)
{
	u32 data, back, cookie, bit, said;

	drive_init();
	d.env.now_us = 1000 * SEC;
	data = sealed(1460);
	cookie = itp_cookie_seal(data, 0x12345678, 0x07654321);
	for (bit = 0; bit < 32; bit++) {
		said = cookie ^ 1U << bit;
		if (itp_cookie_open(said, 0x12345678, &d.env, &back) &&
		    back == data)
			CHECK(!itp_cookie_match(said, 0x07654321));
	}
	/* another age or class asks for another hash */
	CHECK(itp_cookie_open(cookie ^ 1U << 27, 0x12345678, &d.env, &back));
	CHECK_NE(back, data);
	drive_end();
}

/* The next class below: never more than the peer takes. */
TEST(cookie__mss_classes)
{
	static const u16 table[][2] = {
		{ 0, 48 }, { 48, 48 }, { 255, 48 }, { 256, 256 }, { 535, 256 },
		{ 536, 536 }, { 1219, 536 }, { 1220, 1220 }, { 1400, 1300 },
		{ 1440, 1440 }, { 1459, 1440 }, { 1460, 1460 },
		{ 8939, 1460 }, { 8940, 8940 }, { 65535, 8940 },
	};
	struct itp_seg_in ack = { .seq = P_ISS + 1, .ack = D_ISS + 1,
				  .flags = A, .wnd = 400 };
	struct itp_req r;
	u32 i;

	drive_init();
	tap_what = "MSS";
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		tap_round = table[i][0];
		itp_cookie_req(&r, 9, &ack, &d.env, sealed(table[i][0]));
		CHECK_EQ(r.mss_peer, table[i][1]);
	}
	syn.opts = 0;
	itp_cookie_req(&r, 9, &ack, &d.env, itp_cookie_data(&syn, &d.env));
	CHECK_EQ(r.mss_peer, 536);
	d.env.v6 = true;
	itp_cookie_req(&r, 9, &ack, &d.env, itp_cookie_data(&syn, &d.env));
	CHECK_EQ(r.mss_peer, 1220);
	drive_end();
}

/* No option that nobody would remember; text on the SYN is not acknowledged. */
TEST(cookie__synack)
{
	struct itp_seg_out out;

	drive_init();
	sealed(1460);
	syn.len = 20;
	syn.opts = ITP_OPT_MSS | ITP_OPT_WSCALE | ITP_OPT_SACKOK | ITP_OPT_TS;
	syn.wscale = 7;
	d.tun.window_scaling = 1;
	itp_cookie_synack(&syn, &d.env, 12345, &out);
	CHECK_EQ(out.flags, SA);
	CHECK_EQ(out.seq, 12345);
	CHECK_EQ(out.ack, P_ISS + 1);
	CHECK_EQ(out.opts, ITP_OPT_MSS);
	CHECK_EQ(out.mss, MSS);
	drive_end();
}

/*
 * 4987-4: with timestamps nothing is lost: whatever the SYN asked for comes back
 * in the echo, and the time in it is never ahead.
 */
TEST(cookie__options_in_the_timestamp)
{
	struct itp_seg_in ack = { .seq = P_ISS + 1, .ack = D_ISS + 1, .flags = A,
				  .opts = ITP_OPT_TS, .tsval = 78, .wnd = 400 };
	static const u8 scales[] = { 0, 1, 7, 14, 99 };
	struct itp_seg_out out;
	struct itp_req r;
	u32 i, now;

	drive_init();
	d.tun.window_scaling = 1;
	d.tun.sack = 1;
	d.tun.timestamps = 1;
	d.env.rcv_total = 400000;
	d.env.rcv_free = 400000;
	tap_what = "case";
	for (i = 0; i < 6 * 128; i++) {
		tap_round = i;
		d.env.now_us += MS;
		sealed(1460);
		syn.opts |= ITP_OPT_TS | (i & 1 ? ITP_OPT_SACKOK : 0);
		syn.tsval = 77;
		if (i % 6 < 5) {
			syn.opts |= ITP_OPT_WSCALE;
			syn.wscale = scales[i % 6];
		}
		itp_cookie_synack(&syn, &d.env, D_ISS, &out);
		now = drive_clock();
		CHECK(now - out.tsval < 64);
		CHECK_EQ(out.tsecr, 77);
		CHECK_EQ(out.opts, syn.opts);
		ack.tsecr = out.tsval;
		/* up to two periods later */
		d.env.now_us += i % 2 * 119 * SEC;
		itp_cookie_req(&r, 9, &ack, &d.env,
			       itp_cookie_data(&syn, &d.env));
		CHECK_EQ(r.opts, syn.opts);
		CHECK_EQ(r.ts_recent, 78);
		CHECK_EQ(r.ts_offset, D_TS);
		if (!(r.opts & ITP_OPT_WSCALE))
			continue;
		CHECK_EQ(r.snd_wscale, min(scales[i % 6], 14));
		CHECK_EQ(r.rcv_wscale, out.wscale);
	}
	drive_end();
}

/* An echo that is not ours says nothing, nor does one where ours are off. */
TEST(cookie__no_options_from_a_foreign_echo)
{
	struct itp_seg_in ack = { .seq = P_ISS + 1, .ack = D_ISS + 1, .flags = A,
				  .opts = ITP_OPT_TS, .tsval = 78, .wnd = 400 };
	struct itp_req r;
	u32 data;

	drive_init();
	d.tun.timestamps = 1;
	d.tun.sack = 1;
	data = sealed(1460);
	ack.tsecr = 0;
	itp_cookie_req(&r, 9, &ack, &d.env, data);
	CHECK_EQ(r.opts, ITP_OPT_MSS);
	ack.tsecr = drive_clock() + 1;
	itp_cookie_req(&r, 9, &ack, &d.env, data);
	CHECK_EQ(r.opts, ITP_OPT_MSS);
	ack.tsecr = drive_clock();
	ack.opts = 0;
	itp_cookie_req(&r, 9, &ack, &d.env, data);
	CHECK_EQ(r.opts, ITP_OPT_MSS);
	ack.opts = ITP_OPT_TS;
	d.tun.timestamps = 0;
	itp_cookie_req(&r, 9, &ack, &d.env, data);
	CHECK_EQ(r.opts, ITP_OPT_MSS);
	drive_end();
}

/* The ACK makes the connection that the entry would have made. */
TEST(cookie__to_conn)
{
	struct itp_seg_in ack = { .seq = P_ISS + 1, .ack = D_ISS + 1,
				  .flags = PA, .len = 10, .wnd = 30000,
				  .hdr_len = 20 };
	struct itp_req r;

	drive_init();
	d.env.now_us += 50 * MS;
	memset(&r, 0xa5, sizeof(r));
	itp_cookie_req(&r, 9, &ack, &d.env, sealed(1460));
	itp_conn_init(&d.c, 9, d.env.now_us);
	itp_req_to_conn(&r, &d.c, &d.env);
	STATE(SYN_RECV);
	CHECK_EQ(d.c.cause, ITP_CAUSE_RCV_COOKIE);
	/* nobody knows when the SYN-ACK went */
	CHECK(!d.c.srtt_valid);
	CHECK_EQ(d.c.rto_us, 1 * SEC);
	CHECK_EQ(d.c.syn_again, 0);
	itp_input(&d.c, &ack, &d.env, &d.out);
	STATE(ESTABLISHED);
	CHECK_EQ(d.out.place, ITP_PLACE_INORDER);
	CHECK_EQ(d.c.snd_wnd, 30000);
	CHECK_EQ(itp_test_counters[ITP_CNT_cookies_rcvd], 1);
	drive_end();
}
