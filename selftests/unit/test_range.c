// SPDX-License-Identifier: GPL-2.0-only
/*
 * range.c against a model that is an ordered array, and its promise that a
 * peer cannot make an operation expensive.
 */
#include "tap.h"

#define MODEL_MAX	256
#define BIG		4096

static u64 rnd_state;

static u32 rnd(u32 below)
{
	rnd_state = rnd_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(rnd_state >> 33) % below;
}

/* Height by walking down both sides without recursion: check every node. */
static void check_tree(const struct itp_rangemap *map)
{
	const struct itp_range *r;
	const struct itp_range *prev = NULL;
	u32 n = 0;

	for (r = itp_range_first(map); r; r = itp_range_next(r)) {
		int l = r->child[0] ? r->child[0]->weight : 0;
		int h = r->child[1] ? r->child[1]->weight : 0;

		CHECK_EQ(r->weight, (l > h ? l : h) + 1);
		CHECK(l - h <= 1 && h - l <= 1);
		CHECK(!r->child[0] || r->child[0]->parent == r);
		CHECK(!r->child[1] || r->child[1]->parent == r);
		CHECK(r->parent || map->root == r);
		CHECK(itp_range_prev(r) == prev);
		CHECK(!prev || seq_le(prev->end, r->start));
		prev = r;
		n++;
	}
	CHECK_EQ(n, map->count);
	CHECK(itp_range_last(map) == prev);
}

static struct itp_range *model[MODEL_MAX];
static int model_nr;

static struct itp_range *model_find(u32 seq)
{
	int i;

	for (i = 0; i < model_nr; i++) {
		if (seq_gt(model[i]->end, seq))
			return model[i];
	}
	return NULL;
}

static void model_insert(struct itp_range *r)
{
	int i;

	for (i = model_nr++; i > 0 && seq_gt(model[i - 1]->start, r->start); i--)
		model[i] = model[i - 1];
	model[i] = r;
}

static void model_erase(int at)
{
	model_nr--;
	memmove(model + at, model + at + 1,
		(model_nr - at) * sizeof(model[0]));
}

/* Where [seq, ...) could go, up to the next range; 0 if it is taken. */
static u32 model_room(u32 seq, u32 most)
{
	struct itp_range *r = model_find(seq);

	if (!r)
		return most;
	if (seq_le(r->start, seq))
		return 0;
	return min(most, r->start - seq);
}

static void one_operation(struct itp_rangemap *map, u32 base, u32 span)
{
	u32 seq = base + rnd(span);
	struct itp_range *r;
	u32 room;
	int at;

	switch (rnd(4)) {
	case 0:
	case 1:
		room = model_room(seq, 1 + rnd(span / 64));
		if (!room || model_nr == MODEL_MAX)
			return;
		r = itp_env_range_alloc(false);
		r->start = seq;
		r->end = seq + room;
		itp_range_insert(map, r);
		model_insert(r);
		return;
	case 2:
		if (!model_nr)
			return;
		at = rnd(model_nr);
		r = model[at];
		itp_range_erase(map, r);
		model_erase(at);
		itp_env_range_free(r);
		return;
	default:
		CHECK(itp_range_find(map, seq) == model_find(seq));
		CHECK(itp_range_first(map) == (model_nr ? model[0] : NULL));
		CHECK(itp_range_last(map) ==
		      (model_nr ? model[model_nr - 1] : NULL));
	}
}

static void free_all(struct itp_rangemap *map)
{
	struct itp_range *r;

	while ((r = itp_range_first(map))) {
		itp_range_erase(map, r);
		itp_env_range_free(r);
	}
	CHECK(!map->root && !map->count);
	model_nr = 0;
}

static void against_model(u32 base, u32 span, u32 rounds)
{
	struct itp_rangemap map = { 0 };
	u32 i;

	tap_what = "operation";
	for (i = 0; i < rounds; i++) {
		tap_round = i;
		one_operation(&map, base, span);
		CHECK_EQ(map.count, model_nr);
		if (i % 97 == 0)
			check_tree(&map);
	}
	check_tree(&map);
	free_all(&map);
}

TEST(range__empty)
{
	struct itp_rangemap map = { 0 };

	CHECK(!itp_range_first(&map));
	CHECK(!itp_range_last(&map));
	CHECK(!itp_range_find(&map, 0));
	CHECK(!itp_range_find(&map, 0xffffffff));
}

TEST(range_find__edges)
{
	struct itp_rangemap map = { 0 };
	struct itp_range r = { .start = 100, .end = 200 };
	struct itp_range s = { .start = 200, .end = 201 };

	itp_range_insert(&map, &r);
	itp_range_insert(&map, &s);
	CHECK(itp_range_find(&map, 50) == &r);
	CHECK(itp_range_find(&map, 100) == &r);
	CHECK(itp_range_find(&map, 199) == &r);
	CHECK(itp_range_find(&map, 200) == &s);
	CHECK(!itp_range_find(&map, 201));
	CHECK(itp_range_next(&r) == &s);
	CHECK(itp_range_prev(&s) == &r);
	CHECK(!itp_range_next(&s));
	CHECK(!itp_range_prev(&r));
}

TEST(range__model_low)
{
	rnd_state = 1;
	against_model(1000, 1 << 16, 400000);
}

TEST(range__model_wrap)
{
	rnd_state = 2;
	against_model(0xffff8000, 1 << 16, 400000);
}

TEST(range__model_half_space)
{
	rnd_state = 3;
	against_model(0xc0000000, 0x7ffffff0, 100000);
}

TEST(range__model_dense)
{
	rnd_state = 4;
	against_model(0xffffffc0, 128, 100000);
}

/* Orders that degrade a tree without balance, at the wrap. */
static u32 slot(int order, u32 i)
{
	switch (order) {
	case 0:
		return i;
	case 1:
		return BIG - 1 - i;
	case 2:
		return i & 1 ? BIG - 1 - i / 2 : i / 2;
	default:
		return i * 1103515245U % BIG;
	}
}

static u64 steps_of(u64 *before)
{
	u64 n = itp_range_steps - *before;

	*before = itp_range_steps;
	return n;
}

TEST(range__steps_bounded)
{
	static struct itp_range node[BIG];
	struct itp_rangemap map;
	u64 mark = itp_range_steps;
	int order;
	u32 i;

	tap_what = "order";
	for (order = 0; order < 4; order++) {
		tap_round = order;
		memset(&map, 0, sizeof(map));
		for (i = 0; i < BIG; i++) {
			struct itp_range *r = &node[slot(order, i)];

			r->start = 0xffffe000 + slot(order, i) * 4;
			r->end = r->start + 3;
			itp_range_insert(&map, r);
			CHECK_LE(steps_of(&mark), 2 * 17);
		}
		CHECK_EQ(map.count, BIG);
		check_tree(&map);
		steps_of(&mark);
		for (i = 0; i < BIG; i++) {
			CHECK(itp_range_find(&map, node[i].start + 1) ==
			      &node[i]);
			CHECK_LE(steps_of(&mark), 17);
			itp_range_next(&node[i]);
			CHECK_LE(steps_of(&mark), 17);
		}
		for (i = 0; i < BIG; i++) {
			itp_range_erase(&map, &node[slot(order ^ 1, i)]);
			CHECK_LE(steps_of(&mark), 2 * 17);
		}
		CHECK(!map.root);
	}
}
