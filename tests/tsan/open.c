// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open waits: threads take slots of any CPU's list, fill them in, publish, retire and
 * give them back, each as a CPU of its own, while readers copy all slots.
 * Together they want more slots than there are. No slot may be held twice, none
 * may be lost, and what a reader calls whole must be one wait.
 *
 * Two phases. In the first a slot is used once, so a reader never meets a change:
 * ThreadSanitizer sees all reads and thereby whether publishing orders them. In
 * the second slots are used again under readers' eyes; their copies are plain
 * and racy by design, thrown away when seq has moved, and so not looked at: the
 * checksum in the fields judges those that are kept.
 */
#include <stdio.h>
#include <string.h>

#include "../../kmod/open.c"

#include "stress.h"

#define NR_WRITERS 4
#define NR_LISTS   NR_WRITERS
#define NR_SLOTS   48
#define HELD_MAX   20 /* by one writer: together more than there are */
#define TABLE_ID   3

static struct wp_open_table table;
static u32 holder[NR_SLOTS];
static struct wp_open *held[NR_WRITERS][HELD_MAX];
static u64 nr_waits, nr_missed, nr_copies, nr_torn;

static u32 slot_of(const struct wp_open *wait)
{
	return wait - table.slots;
}

static void fill(struct wp_open *wait)
{
	u64 random = stress_random();

	wait->class_id = random;
	wait->op = random >> 8;
	wait->object_type = random >> 16;
	wait->tid = random >> 24;
	wait->tgid = wait->tid + 1;
	wait->owner_tid = wait->tid + 2;
	wait->owner_tgid = wait->tid + 3;
	wait->begin_ns = random;
	wait->object = ~random;
	wait->arg[0] = random + 1;
	wait->arg[1] = random + 2;
	wait->sp = random + 3;
	wait->mark.switches = random + 4;
	wait->mark.run_delay_ns = random + 5;
	wait->mark.sum_exec_ns = random + 6;
	wait->mark.since_exec_ns = random + 7;
	snprintf(wait->comm, sizeof(wait->comm), "%u", wait->tid);
}

static void check_whole(u32 slot, const struct wp_open *copy)
{
	char comm[WAITPROF_COMM_LEN];
	u64 random = copy->begin_ns;

	snprintf(comm, sizeof(comm), "%u", copy->tid);
	if (copy->tid == (u32)(random >> 24) && copy->class_id == (u16)random &&
	    copy->op == (u8)(random >> 8) && copy->object_type == (u8)(random >> 16) &&
	    copy->tgid == copy->tid + 1 && copy->owner_tid == copy->tid + 2 &&
	    copy->owner_tgid == copy->tid + 3 && copy->object == ~random &&
	    copy->arg[0] == random + 1 && copy->arg[1] == random + 2 && copy->sp == random + 3 &&
	    copy->mark.switches == random + 4 && copy->mark.run_delay_ns == random + 5 &&
	    copy->mark.sum_exec_ns == random + 6 && copy->mark.since_exec_ns == (s64)(random + 7) &&
	    !strcmp(copy->comm, comm) && copy->self == wp_open_ref(TABLE_ID, slot))
		return;
	stress_fail("slot %u, seq %u: torn: begin %llx, tid %x, object %llx, name %.16s", slot,
		    copy->seq, random, copy->tid, copy->object, copy->comm);
}

static bool wait_begin(u32 id, struct wp_open **at)
{
	struct wp_open *wait = wp_open_get(&table, id);
	u32 before;

	if (!wait) {
		__atomic_fetch_add(&nr_missed, 1, __ATOMIC_RELAXED);
		return false;
	}
	before = __atomic_exchange_n(&holder[slot_of(wait)], id + 1, __ATOMIC_RELAXED);
	if (before)
		stress_fail("slot %u given to %u, %u has it", slot_of(wait), id + 1, before);
	fill(wait);
	wp_open_publish(wait);
	if (slot_of(wait) >= wp_open_table_end(&table))
		stress_fail("slot %u is in use, readers stop before it", slot_of(wait));
	*at = wait;
	__atomic_fetch_add(&nr_waits, 1, __ATOMIC_RELAXED);
	return true;
}

static void wait_end(u32 id, struct wp_open **at)
{
	struct wp_open *wait = *at;
	u32 before;

	*at = NULL;
	wp_open_retire(wait);
	before = __atomic_exchange_n(&holder[slot_of(wait)], 0, __ATOMIC_RELAXED);
	if (before != id + 1)
		stress_fail("slot %u is %u's, not %u's", slot_of(wait), before, id + 1);
	/* A slot is taken from any CPU's list when one's own is empty, but given back to it. */
	wp_open_put(&table, wait, id);
}

static void writer(u32 id)
{
	struct wp_open **at = &held[id][stress_random() % HELD_MAX];

	if (*at)
		wait_end(id, at);
	else
		wait_begin(id, at);
}

static void read_slot(void)
{
	u32 end = wp_open_table_end(&table), slot = end ? stress_random() % end : 0;
	struct wp_open copy = {};

	if (!wp_open_read(&table.slots[slot], &copy)) {
		__atomic_fetch_add(&nr_torn, copy.seq & 1, __ATOMIC_RELAXED);
		return;
	}
	check_whole(slot, &copy);
	wp_open_same(&table.slots[slot], &copy);
	__atomic_fetch_add(&nr_copies, 1, __ATOMIC_RELAXED);
}

static void reader(u32 id)
{
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	read_slot();
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
}

/* --- slots used once --- */

static void once_begin(u64 round)
{
	memset(held, 0, sizeof(held));
	memset(holder, 0, sizeof(holder));
	if (wp_open_table_init(&table, TABLE_ID, NR_SLOTS, NR_LISTS))
		stress_fail("no memory");
}

static void once_write(u32 id)
{
	u32 i;

	for (i = 0; i < HELD_MAX; i++)
		wait_begin(id, &held[id][i]);
}

static void once_read(u32 id)
{
	u32 i;

	for (i = 0; i < 10 * NR_SLOTS; i++)
		read_slot();
}

/* All slots are in use, each one once. */
static void once_end(u64 round)
{
	u32 slot;

	for (slot = 0; slot < NR_SLOTS; slot++)
		if (!holder[slot] && !stress_failed())
			stress_fail("slot %u is free, and yet a wait was missed", slot);
	wp_open_table_exit(&table);
}

/* --- slots used again and again --- */

/* The limit is exact: so many are to be had, and no more. */
static void check_all_free(void)
{
	u32 i, j, nr = 0;

	for (i = 0; i < NR_WRITERS; i++)
		for (j = 0; j < HELD_MAX; j++)
			if (held[i][j])
				wait_end(i, &held[i][j]);
	while (nr <= NR_SLOTS && wp_open_get(&table, nr % NR_LISTS))
		nr++;
	if (nr != NR_SLOTS)
		stress_fail("%u slots are free, not %u", nr, NR_SLOTS);
}

int main(int argc, char **argv)
{
	static const struct stress_role once[] = {
		{ once_write, 0 }, { once_write, 1 }, { once_write, 2 },
		{ once_write, 3 }, { once_read, 0 },  { once_read, 1 },
	};
	static const struct stress_role again[] = {
		{ writer, 0 }, { writer, 1 }, { writer, 2 },
		{ writer, 3 }, { reader, 0 }, { reader, 1 },
	};
	double seconds = stress_seconds(argc, argv);
	u64 rounds = stress_rounds(once, 6, seconds / 3, once_begin, once_end);

	once_begin(0);
	nr_missed = 0;
	stress_pause(64);
	stress_run(again, 6, seconds * 2 / 3);
	if (!stress_failed()) {
		check_all_free();
		if (!nr_missed)
			stress_fail("the table was never full");
	}
	wp_open_table_exit(&table);
	return stress_end("open", "%llu waits in %llu rounds, %llu missed, %llu read, %llu torn",
			  nr_waits, rounds, nr_missed, nr_copies, nr_torn);
}
