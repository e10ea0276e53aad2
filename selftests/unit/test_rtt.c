// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtt.c and Karn's rule in ack.c: RFC 6298.
 */
#include "drive.h"
#include "internal.h"

static u32 rto_of(u64 srtt, u64 var4)
{
	return srtt + (var4 > 200000 ? var4 : 200000);
}

TEST(rtt__initial_rto)
{
	drive_init();
	CHECK_EQ(d.c.rto_us, SEC);
	drive_end();
}

/* RFC 6298 2.2, 2.3 against the formula in floating point. */
TEST(rtt__formula)
{
	double srtt = 0, var = 0;
	u32 i;

	drive_init();
	srand(5);
	tap_what = "sample";
	for (i = 0; i < 1000; i++) {
		u32 r = 1000 + rand() % 400000;
		double diff;

		tap_round = i;
		itp_rtt_sample(&d.c, &d.env, r);
		if (!i) {
			srtt = r;
			var = r / 2.0;
		} else {
			diff = srtt > r ? srtt - r : r - srtt;
			var += (diff - var) / 4;
			srtt += (r - srtt) / 8;
		}
		CHECK_LE(d.c.srtt_us / 8.0 - srtt, 8);
		CHECK_LE(srtt - d.c.srtt_us / 8.0, 8);
		CHECK_LE(d.c.rttvar_us / 4.0 - var, 8);
		CHECK_LE(var - d.c.rttvar_us / 4.0, 8);
		CHECK_EQ(d.c.rto_us, rto_of(d.c.srtt_us >> 3, d.c.rttvar_us));
	}
	drive_end();
}

TEST(rtt__bounds)
{
	drive_init();
	itp_rtt_sample(&d.c, &d.env, 0);
	CHECK_GE(d.c.rto_us, 200000);
	CHECK_LE(d.c.rto_us, 200010);
	d.c.srtt_valid = false;
	itp_rtt_sample(&d.c, &d.env, 3000ULL * SEC);
	CHECK_EQ(d.c.rto_us, 120 * SEC);
	itp_rtt_sample(&d.c, &d.env, ~0ULL);
	CHECK_EQ(d.c.rto_us, 120 * SEC);
	drive_end();
}

TEST(rtt__sample_of_the_handshake)
{
	drive_init();
	drive_connect();
	pass(50 * MS);
	rx_opt(SA, 0, 1, 60000, MSS, -1);
	CHECK_EQ(d.c.srtt_us >> 3, 50 * MS);
	CHECK_EQ(d.c.rttvar_us >> 2, 25 * MS);
	CHECK_EQ(d.c.rto_us, 250 * MS);
	CHECK_EQ(d.c.min_rtt_us, 50 * MS);
	drive_end();
}

/* Karn: RFC 6298 section 3. */
TEST(rtt__none_of_what_went_twice)
{
	drive_init();
	drive_connect();
	pass(1500 * MS);
	rx_opt(SA, 0, 1, 60000, MSS, -1);
	CHECK(!d.c.srtt_valid);
	/* RFC 6298 5.7 */
	CHECK_EQ(d.c.rto_us, 3 * SEC);
	drive_end();

	drive_established(60000);
	d.c.rto_us = 200 * MS;
	d.c.srtt_valid = false;
	app_write(500);
	pass(300 * MS);
	rx(A, 1, 501, 0);
	CHECK(!d.c.srtt_valid);
	drive_end();
}

/* RFC 6298 section 5: the back-off stays until there is a new sample. */
TEST(rtt__backed_off_until_a_sample)
{
	drive_established(60000);
	d.c.rto_us = 200 * MS;
	app_write(500);
	pass(300 * MS);
	CHECK_EQ(d.c.backoff, 1);
	rx(A, 1, 501, 0);
	app_write(500);
	CHECK_EQ(d.c.timers[ITP_TIMER_RTO], d.env.now_us +
		 ((u64)d.c.rto_us << d.c.backoff));
	pass(10 * MS);
	rx(A, 1, 1001, 0);
	CHECK_EQ(d.c.backoff, 0);
	drive_end();
}

TEST(rtt__sample_per_ack_of_text)
{
	drive_established(60000);
	app_write(1000);
	pass(30 * MS);
	rx(A, 1, 1001, 0);
	CHECK(d.c.srtt_valid);
	CHECK_LE(d.c.min_rtt_us, 1);
	app_write(1000);
	app_write(1000);
	pass(70 * MS);
	rx(A, 1, 3001, 0);
	CHECK_GT(d.c.srtt_us >> 3, 1000);
	drive_end();
}

TEST(rtt__rto_min_tunable)
{
	drive_init();
	d.tun.rto_min_us = 1000;
	drive_connect();
	pass(10 * MS);
	rx_opt(SA, 0, 1, 60000, MSS, -1);
	CHECK_EQ(d.c.rto_us, 30 * MS);
	drive_end();
}
