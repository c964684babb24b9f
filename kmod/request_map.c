// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block requests by their address: which slot of the open waits one in flight has,
 * and who inserted one that an I/O scheduler holds back.
 *
 * Both are hash tables of fixed size, of which a request is looked for at
 * WP_MAP_WINDOW places. The block layer hands a request from one CPU to the next
 * in order, so no two CPUs ever do something for the same request at once; a
 * place is claimed by compare-and-swap, as others may want it for theirs.
 *
 * A request in flight stays until it is removed: one that finds no place is the
 * caller's to count. Submitters may be forgotten: an insert may be followed by no
 * issue at all (the request is merged into another), so the oldest of a full
 * window makes room. With four places a request that can be in flight that
 * happens to stale ones first.
 *
 * Memory: (16 + 40) B * 4 for each request that can be in flight, rounded up to a
 * power of two.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>

#include "request_map.h"

#define WP_MAP_WINDOW		16
#define WP_MAP_PLACES		4	/* for each request */
#define BUSY			1UL	/* no request lies there */

struct in_flight {
	unsigned long request;
	u32 ref;
};

struct inserted {
	unsigned long request;
	struct wp_submitter by;
};

static struct {
	struct in_flight *in_flight;
	struct inserted *inserted;
	u32 bits;
} map;

/**
 * wp_request_map_init() - allocate both tables
 * @nr_requests: that can be in flight
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_request_map_init(u32 nr_requests)
{
	u32 nr = roundup_pow_of_two(max_t(u32, nr_requests * WP_MAP_PLACES, 64));

	map.in_flight = vzalloc(array_size(nr, sizeof(*map.in_flight)));
	map.inserted = vzalloc(array_size(nr, sizeof(*map.inserted)));
	map.bits = ilog2(nr);
	if (map.in_flight && map.inserted)
		return 0;
	wp_request_map_exit();
	return -ENOMEM;
}

/**
 * wp_request_map_exit() - free both tables
 *
 * Context: process; no probe can run any more.
 */
void wp_request_map_exit(void)
{
	vfree(map.in_flight);
	vfree(map.inserted);
	map.in_flight = NULL;
	map.inserted = NULL;
}

/**
 * wp_request_map_clear() - forget all requests
 *
 * Context: process; no probe runs.
 */
void wp_request_map_clear(void)
{
	memset(map.in_flight, 0, sizeof(*map.in_flight) << map.bits);
	memset(map.inserted, 0, sizeof(*map.inserted) << map.bits);
}

/**
 * wp_request_map_bytes() - memory of both tables
 *
 * Return: bytes.
 */
u64 wp_request_map_bytes(void)
{
	return (sizeof(*map.in_flight) + sizeof(*map.inserted)) << map.bits;
}

static u32 place(unsigned long request, u32 step)
{
	return (hash_long(request, map.bits) + step) & ((1U << map.bits) - 1);
}

static struct in_flight *find(unsigned long request)
{
	u32 step;

	for (step = 0; step < WP_MAP_WINDOW; step++) {
		struct in_flight *at = &map.in_flight[place(request, step)];

		if (READ_ONCE(at->request) == request)
			return at;
	}
	return NULL;
}

/**
 * wp_request_map_find() - the slot of a request in flight
 * @request: its address
 *
 * Context: probe, interrupts off.
 * Return: reference of the slot, 0 = it has none.
 */
u32 wp_request_map_find(unsigned long request)
{
	struct in_flight *at = find(request);

	return at ? READ_ONCE(at->ref) : 0;
}

/**
 * wp_request_map_add() - a request is in flight
 * @request: its address; it has no slot so far
 * @ref: its slot
 *
 * Context: probe, interrupts off.
 * Return: false if there is no room.
 */
bool wp_request_map_add(unsigned long request, u32 ref)
{
	u32 step;

	for (step = 0; step < WP_MAP_WINDOW; step++) {
		struct in_flight *at = &map.in_flight[place(request, step)];

		if (READ_ONCE(at->request) || cmpxchg(&at->request, 0, request))
			continue;
		WRITE_ONCE(at->ref, ref);
		return true;
	}
	return false;
}

/**
 * wp_request_map_remove() - a request is in flight no more
 * @request: its address
 *
 * Context: probe, interrupts off.
 */
void wp_request_map_remove(unsigned long request)
{
	struct in_flight *at = find(request);

	if (at)
		smp_store_release(&at->request, 0); /* pairs with the cmpxchg in add */
}

static bool claim(struct inserted *at, unsigned long holds)
{
	return cmpxchg(&at->request, holds, BUSY) == holds;
}

static u64 when_ns(const struct inserted *at)
{
	/* One that is being written is chosen for nothing: then the claim fails. */
	return data_race(READ_ONCE(at->by.when_ns));
}

/* The place to write to, claimed; NULL: others are faster everywhere. */
static struct inserted *place_for(unsigned long request)
{
	struct inserted *free = NULL, *oldest = NULL;
	unsigned long oldest_holds = 0;
	u32 step;

	for (step = 0; step < WP_MAP_WINDOW; step++) {
		struct inserted *at = &map.inserted[place(request, step)];
		unsigned long holds = READ_ONCE(at->request);

		if (holds == request)
			return claim(at, request) ? at : NULL;
		if (!holds && !free)
			free = at;
		if (holds > BUSY && (!oldest || when_ns(at) < when_ns(oldest))) {
			oldest = at;
			oldest_holds = holds;
		}
	}
	if (free && claim(free, 0))
		return free;
	return oldest && claim(oldest, oldest_holds) ? oldest : NULL;
}

/**
 * wp_submitter_put() - remember who inserted a request
 * @request: its address
 * @by: who
 *
 * Context: probe, interrupts off.
 */
void wp_submitter_put(unsigned long request, const struct wp_submitter *by)
{
	struct inserted *at = place_for(request);

	if (!at)
		return;
	at->by = *by;
	smp_store_release(&at->request, request); /* pairs with the cmpxchg in claim() */
}

/**
 * wp_submitter_take() - who inserted a request; forgets it
 * @request: its address
 * @by: filled in
 *
 * Context: probe, interrupts off.
 * Return: false if nobody is remembered.
 */
bool wp_submitter_take(unsigned long request, struct wp_submitter *by)
{
	u32 step;

	for (step = 0; step < WP_MAP_WINDOW; step++) {
		struct inserted *at = &map.inserted[place(request, step)];

		if (READ_ONCE(at->request) != request || !claim(at, request))
			continue;
		*by = at->by;
		smp_store_release(&at->request, 0); /* pairs with the cmpxchg in claim() */
		return true;
	}
	return false;
}
