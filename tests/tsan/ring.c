// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings of records: one writer each, one reader of all of them, and somebody who
 * looks how full they are. A record says its number in every field, so one read
 * while it was written shows it; numbers come without holes or twice, and what
 * found no room is known to the writer. Short rounds are about fresh rings, a
 * long run is about full ones; every room is odd, so that the slots wrap anywhere.
 */
#include <stdio.h>
#include <string.h>

#include "../../kmod/ring.c"

#include "stress.h"

#define NR_RINGS  2
#define ROUND	  200
#define MAX_BURST 64

static const u32 rooms[NR_RINGS] = { 17, 1 };
static struct wp_ring rings[NR_RINGS];

/* By the writer of the ring alone, and by the reader alone. */
static u64 stored[NR_RINGS], full[NR_RINGS];
static u64 taken[NR_RINGS];
static u64 all_stored, all_full, looks;

static void put_one(u32 id)
{
	u64 number = stored[id];
	u32 low = number;
	char comm[WAITPROF_COMM_LEN] = {};
	struct wp_sample sample = {
		.key = { .class_id = low,
			 .op = low + 1,
			 .tgid = low + 2,
			 .kstack = low + 3,
			 .ustack = low + 4,
			 .waker_kstack = low + 5 },
		.end_ns = number,
		.duration_ns = number * 3,
		.own_ns = number * 2,
		.parts = { .blocked_ns = number + 1,
			   .runqueue_ns = number + 2,
			   .spin_ns = number + 3 },
		.ended = low + 6,
		.owner_tid = low + 7,
		.tid = low + 8,
		.point = low + 9,
		.object = number << 20,
		.comm = comm,
	};

	snprintf(comm, sizeof(comm), "%llu", number);
	if (wp_ring_put(&rings[id], &sample))
		stored[id]++;
	else
		full[id]++;
}

/* Bursts, so that the ring is met empty, full and in between. */
static void writer(u32 id)
{
	u32 i, nr = stress_random() % MAX_BURST;

	for (i = 0; i < nr; i++)
		put_one(id);
	for (i = 0; i < nr * 8; i++)
		stress_point();
}

static void check_record(const struct waitprof_record *r, u32 id, u64 number)
{
	char comm[WAITPROF_COMM_LEN] = {};
	u32 low = number;

	if (r->end_ns != number) {
		stress_fail("ring %u: record %llu where %llu is due", id, r->end_ns, number);
		return;
	}
	snprintf(comm, sizeof(comm), "%llu", number);
	if (r->duration_ns != number * 3 || r->inner_ns != number || r->blocked_ns != number + 1 ||
	    r->runqueue_ns != number + 2 || r->spin_ns != number + 3 || r->class_id != low ||
	    r->op != low + 1 || r->tgid != low + 2 || r->kstack != low + 3 ||
	    r->ustack != low + 4 || r->waker_kstack != low + 5 || r->ended != low + 6 ||
	    r->owner_tid != low + 7 || r->tid != low + 8 || r->point != low + 9 ||
	    r->object != number << 20 || r->cpu != id || memcmp(r->comm, comm, sizeof(comm)))
		stress_fail("ring %u: record %llu is torn", id, number);
}

/* As the dump does it: reads a part of what lies there, then gives it back. */
static void take_some(u32 id)
{
	const struct waitprof_record *first;
	u32 i, nr = wp_ring_peek(&rings[id], &first);

	if (nr > rooms[id])
		stress_fail("ring %u: %u records in a room of %u", id, nr, rooms[id]);
	if (nr && stress_random() & 1)
		nr = 1 + stress_random() % nr;
	for (i = 0; i < nr; i++)
		check_record(&first[i], id, taken[id]++);
	wp_ring_take(&rings[id], nr);
}

static void reader(u32 unused)
{
	take_some(stress_random() % NR_RINGS);
}

static void watcher(u32 unused)
{
	u32 id = stress_random() % NR_RINGS;

	if (wp_ring_pending(&rings[id]) > rooms[id])
		stress_fail("ring %u: more pending than there is room for", id);
	looks++;
}

static void begin(u64 round)
{
	u32 i;

	memset(rings, 0, sizeof(rings));
	memset(stored, 0, sizeof(stored));
	memset(full, 0, sizeof(full));
	memset(taken, 0, sizeof(taken));
	for (i = 0; i < NR_RINGS; i++)
		if (wp_ring_init(&rings[i], rooms[i], i, 0))
			stress_fail("no memory");
}

static void end(u64 round)
{
	u32 i;

	for (i = 0; i < NR_RINGS; i++) {
		if (wp_ring_pending(&rings[i]) != stored[i] - taken[i])
			stress_fail("ring %u: %u pending, %llu stored, %llu taken", i,
				    wp_ring_pending(&rings[i]), stored[i], taken[i]);
		while (wp_ring_pending(&rings[i]))
			take_some(i);
		if (taken[i] != stored[i])
			stress_fail("ring %u: %llu stored, %llu taken", i, stored[i], taken[i]);
		all_stored += stored[i];
		all_full += full[i];
		wp_ring_exit(&rings[i]);
	}
}

static void write_round(u32 id)
{
	u32 i;

	for (i = 0; i < ROUND; i++)
		put_one(id);
}

static void read_round(u32 unused)
{
	u32 i;

	for (i = 0; i < ROUND; i++)
		reader(0);
}

int main(int argc, char **argv)
{
	static const struct stress_role rounds[] = {
		{ write_round, 0 },
		{ write_round, 1 },
		{ read_round, 0 },
	};
	static const struct stress_role endless[] = {
		{ writer, 0 },
		{ writer, 1 },
		{ reader, 0 },
		{ watcher, 0 },
	};
	double seconds = stress_seconds(argc, argv);

	stress_pause(64);
	stress_rounds(rounds, 3, seconds / 2, begin, end);
	stress_pause(0);
	begin(0);
	stress_run(endless, 4, seconds / 2);
	end(0);
	if (!stress_failed() && (!all_full || !all_stored))
		stress_fail("no ring was ever full");
	return stress_end("ring", "%llu records stored and read, %llu found no room, %llu looks",
			  all_stored, all_full, looks);
}
