// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: the waits of one session that have ended on one CPU, one by one, until
 * the reader takes them. A ring of fixed size; a wait that finds it full is not
 * stored, so what is stored never changes under the reader.
 *
 * One writer: the CPU that owns the ring, with interrupts off. One reader: the
 * session's dump of records, of which its socket has no more than one at a time.
 * Neither waits for the other:
 *
 *	writer					reader
 *	taken, acquire: is there room?		stored, acquire: is there a record?
 *	fill the slot				copy the slot
 *	stored + 1, release			taken + n, release
 *
 * Each acquire pairs with the release of the same counter: the reader sees whole
 * records, the writer reuses a slot only after it has been copied. The counters
 * are of 64 bits and never wrap; slots are counted apart, so that the room is
 * exactly what was asked for and not a power of two.
 *
 * Memory a CPU: nr_records * sizeof(struct waitprof_record) (168 bytes).
 *
 * Also built in user space under ThreadSanitizer (tests/tsan).
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>

#include "ring.h"
#include "totals.h"

/**
 * wp_ring_init() - allocate one CPU's ring
 * @ring: to set up, zeroed
 * @nr_records: room
 * @cpu: the CPU that will write
 * @node: memory node
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int wp_ring_init(struct wp_ring *ring, u32 nr_records, u32 cpu, int node)
{
	ring->records = vzalloc_node(array_size(nr_records, sizeof(*ring->records)), node);
	if (!ring->records)
		return -ENOMEM;
	ring->nr_records = nr_records;
	ring->cpu = cpu;
	return 0;
}

/**
 * wp_ring_exit() - free one CPU's ring
 * @ring: not reachable by probes; one that was never set up is fine
 *
 * Context: process; may sleep.
 */
void wp_ring_exit(struct wp_ring *ring)
{
	vfree(ring->records);
	ring->records = NULL;
}

/**
 * wp_ring_bytes() - memory of one CPU's ring, beside struct wp_ring
 * @nr_records: room
 *
 * Return: bytes.
 */
u64 wp_ring_bytes(u32 nr_records)
{
	return (u64)nr_records * sizeof(struct waitprof_record);
}

static void fill(struct waitprof_record *record, const struct wp_sample *sample, u32 cpu)
{
	*record = (struct waitprof_record){
		.end_ns = sample->end_ns,
		.duration_ns = sample->duration_ns,
		.blocked_ns = sample->parts.blocked_ns,
		.runqueue_ns = sample->parts.runqueue_ns,
		.spin_ns = sample->parts.spin_ns,
		.inner_ns = sample->duration_ns - sample->own_ns,
		.class_id = sample->key.class_id,
		.op = sample->key.op,
		.ended = sample->ended,
		.flags = sample->clipped ? WAITPROF_WAIT_F_CLIPPED : 0,
		.tgid = sample->key.tgid,
		.tid = sample->tid,
		.kstack = sample->key.kstack,
		.ustack = sample->key.ustack,
		.object = sample->object,
		.object_type = sample->object_type,
		.point = sample->point,
		.owner_tid = sample->owner_tid,
		.owner_tgid = sample->owner_tgid,
		.waker_tid = sample->waker_tid,
		.waker_tgid = sample->key.waker_tgid,
		.waker_kstack = sample->key.waker_kstack,
		.waker_ustack = sample->key.waker_ustack,
		.waker_flags = sample->key.waker_flags,
		.size_log2 = sample->key.size_log2,
		.cpu = cpu,
		.ns_tgid = sample->ns_tgid,
	};
	memcpy(record->comm, sample->comm, sizeof(record->comm));
	memcpy(record->waker_comm, sample->waker_comm, sizeof(record->waker_comm));
}

/**
 * wp_ring_put() - store a finished wait
 * @ring: this CPU's
 * @sample: the wait
 *
 * Context: probe, interrupts off, on the CPU that owns @ring.
 * Return: false when the ring is full.
 */
bool wp_ring_put(struct wp_ring *ring, const struct wp_sample *sample)
{
	u64 stored = ring->stored;

	/* Pairs with wp_ring_take(). */
	if (stored - smp_load_acquire(&ring->taken) >= ring->nr_records)
		return false;
	fill(&ring->records[ring->put_slot], sample, ring->cpu);
	if (++ring->put_slot == ring->nr_records)
		ring->put_slot = 0;
	smp_store_release(&ring->stored, stored + 1); /* pairs with wp_ring_peek() */
	return true;
}

/**
 * wp_ring_pending() - records waiting to be taken
 * @ring: any CPU's
 *
 * Context: any; of the moment, unless called by the reader, for whom it is the
 * least number.
 * Return: how many, at most the ring's room.
 */
u32 wp_ring_pending(const struct wp_ring *ring)
{
	/* In this order it may be too many, but is never negative. */
	u64 taken = READ_ONCE(ring->taken);
	u64 stored = smp_load_acquire(&ring->stored); /* pairs with wp_ring_put() */

	return stored - taken < ring->nr_records ? stored - taken : ring->nr_records;
}

/**
 * wp_ring_peek() - the oldest records
 * @ring: any CPU's
 * @first: set to the oldest one when there is one
 *
 * Context: the ring's reader.
 * Return: how many lie there in a row; more may follow at the ring's start.
 */
u32 wp_ring_peek(const struct wp_ring *ring, const struct waitprof_record **first)
{
	u32 pending = wp_ring_pending(ring), in_a_row = ring->nr_records - ring->take_slot;

	*first = ring->records + ring->take_slot;
	return pending < in_a_row ? pending : in_a_row;
}

/**
 * wp_ring_take() - give the slots of the oldest records back
 * @ring: any CPU's
 * @nr: how many, no more than wp_ring_peek() told; they have been copied
 *
 * Context: the ring's reader.
 */
void wp_ring_take(struct wp_ring *ring, u32 nr)
{
	ring->take_slot += nr;
	if (ring->take_slot == ring->nr_records)
		ring->take_slot = 0;
	smp_store_release(&ring->taken, ring->taken + nr); /* pairs with wp_ring_put() */
}
