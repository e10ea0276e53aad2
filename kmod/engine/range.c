// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ordered map of range.h: an AVL tree with parent pointers, weight being
 * the height of the subtree. No recursion, no allocation; a range of 2^32
 * records would be 46 levels high, one of 4096 at most 17.
 *
 * What a range means, and when ranges split or merge, is not here.
 */
#include <env.h>

#ifdef ITP_RANGE_STEPS
u64 itp_range_steps;
#define STEP() (itp_range_steps++)
#else
#define STEP() do { } while (0)
#endif

enum { LEFT = 0, RIGHT = 1 };

static u8 height(const struct itp_range *r)
{
	return r ? r->weight : 0;
}

static void set_height(struct itp_range *r)
{
	u8 l = height(r->child[LEFT]);
	u8 h = height(r->child[RIGHT]);

	r->weight = (l > h ? l : h) + 1;
}

/* The outermost range below @r on side @dir. */
static struct itp_range *outermost(struct itp_range *r, int dir)
{
	while (r && r->child[dir]) {
		STEP();
		r = r->child[dir];
	}
	return r;
}

/* The neighbour of @r on side @dir. */
static struct itp_range *neighbour(const struct itp_range *r, int dir)
{
	struct itp_range *up;

	if (r->child[dir])
		return outermost(r->child[dir], !dir);
	up = r->parent;
	while (up && r == up->child[dir]) {
		STEP();
		r = up;
		up = up->parent;
	}
	return up;
}

struct itp_range *itp_range_first(const struct itp_rangemap *map)
{
	return outermost(map->root, LEFT);
}

struct itp_range *itp_range_last(const struct itp_rangemap *map)
{
	return outermost(map->root, RIGHT);
}

struct itp_range *itp_range_next(const struct itp_range *r)
{
	return neighbour(r, RIGHT);
}

struct itp_range *itp_range_prev(const struct itp_range *r)
{
	return neighbour(r, LEFT);
}

struct itp_range *itp_range_find(const struct itp_rangemap *map, u32 seq)
{
	struct itp_range *r = map->root;
	struct itp_range *found = NULL;

	while (r) {
		STEP();
		if (seq_gt(r->end, seq)) {
			found = r;
			r = r->child[LEFT];
		} else {
			r = r->child[RIGHT];
		}
	}
	return found;
}

/* Put @new where @old hangs; @new may be NULL. The children stay. */
static void replace(struct itp_rangemap *map, struct itp_range *old,
		    struct itp_range *new)
{
	struct itp_range *up = old->parent;

	if (!up)
		map->root = new;
	else
		up->child[up->child[RIGHT] == old] = new;
	if (new)
		new->parent = up;
}

/* Lift the child of @r on side !@dir above it; returns that child. */
static struct itp_range *rotate(struct itp_rangemap *map, struct itp_range *r,
				int dir)
{
	struct itp_range *top = r->child[!dir];
	struct itp_range *moved = top->child[dir];

	replace(map, r, top);
	r->child[!dir] = moved;
	if (moved)
		moved->parent = r;
	top->child[dir] = r;
	r->parent = top;
	set_height(r);
	set_height(top);
	return top;
}

/* Heights changed at @r's children: repair from there towards the root. */
static void rebalance(struct itp_rangemap *map, struct itp_range *r)
{
	for (; r; r = r->parent) {
		int skew = height(r->child[LEFT]) - height(r->child[RIGHT]);
		struct itp_range *child;
		u8 before = r->weight;
		int deep;

		STEP();
		if (skew >= -1 && skew <= 1) {
			set_height(r);
			if (r->weight == before)
				return;
			continue;
		}
		deep = skew > 0 ? LEFT : RIGHT;
		child = r->child[deep];
		if (height(child->child[!deep]) > height(child->child[deep]))
			rotate(map, child, deep);
		r = rotate(map, r, !deep);
		if (r->weight == before)
			return;
	}
}

void itp_range_insert(struct itp_rangemap *map, struct itp_range *r)
{
	struct itp_range *up = NULL;
	struct itp_range *at = map->root;
	int dir = LEFT;

	while (at) {
		STEP();
		up = at;
		dir = seq_lt(r->start, at->start) ? LEFT : RIGHT;
		at = at->child[dir];
	}
	r->child[LEFT] = NULL;
	r->child[RIGHT] = NULL;
	r->parent = up;
	r->weight = 1;
	if (up)
		up->child[dir] = r;
	else
		map->root = r;
	map->count++;
	rebalance(map, up);
}

/* Put the successor of @r, which has two children, in its place. */
static struct itp_range *swap_out(struct itp_rangemap *map, struct itp_range *r)
{
	struct itp_range *heir = outermost(r->child[RIGHT], LEFT);
	struct itp_range *from = heir->parent;

	if (from == r) {
		from = heir;
	} else {
		replace(map, heir, heir->child[RIGHT]);
		heir->child[RIGHT] = r->child[RIGHT];
		heir->child[RIGHT]->parent = heir;
	}
	heir->child[LEFT] = r->child[LEFT];
	heir->child[LEFT]->parent = heir;
	heir->weight = r->weight;
	replace(map, r, heir);
	return from;
}

void itp_range_erase(struct itp_rangemap *map, struct itp_range *r)
{
	struct itp_range *from = r->parent;

	if (r->child[LEFT] && r->child[RIGHT])
		from = swap_out(map, r);
	else
		replace(map, r, r->child[r->child[LEFT] ? LEFT : RIGHT]);
	r->child[LEFT] = NULL;
	r->child[RIGHT] = NULL;
	r->parent = NULL;
	map->count--;
	rebalance(map, from);
}
