/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_OPEN_H
#define WP_OPEN_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/types.h>
#include <linux/waitprof.h>
#include <asm/barrier.h>

#include "parts.h"

/**
 * struct wp_open - one open wait
 * @seq: odd while the wait is open and the fields stand still; the odd value
 *	also names this stay of the slot (a session's side entry repeats it)
 * @next_free: next slot of the free list + 1, while free
 * @return_addr: lower half of where the probed function returns to, 0 = not known
 * @self: reference of this slot (wp_open_ref()), constant
 * @outer: reference of the open wait this one lies in, 0 = none
 * @map_pos: where in the map of waiting tasks this task stands
 * @class_id: WAITPROF_CLASS_*
 * @op: WAITPROF_OP_*
 * @object_type: WAITPROF_OBJECT_*
 * @tid: thread
 * @tgid: process
 * @owner_tid: owner of the lock at begin, 0 = unknown
 * @owner_tgid: its process
 * @begin_ns: when it began
 * @object: what is waited on
 * @arg: two values the wait point keeps from begin to end
 * @sp: kernel stack pointer at the entry of the probed function, or not below it
 * @mark: the scheduler's figures at begin
 * @comm: name of the thread
 */
struct wp_open {
	u32 seq;
	union {
		u32 next_free;
		u32 return_addr;
	};
	u32 self;
	u32 outer;
	u32 map_pos;
	u16 class_id;
	u8 op;
	u8 object_type;
	u32 tid;
	u32 tgid;
	u32 owner_tid;
	u32 owner_tgid;
	u64 begin_ns;
	u64 object;
	unsigned long arg[2];
	unsigned long sp;
	struct wp_mark mark;
	char comm[WAITPROF_COMM_LEN];
} ____cacheline_aligned;

/**
 * struct wp_open_free - one CPU's free slots
 * @spare: the one it gave back last, if nobody has taken it; only its CPU puts one
 * @head: of the list of the others: tag << 32 | slot + 1
 * @end: this CPU has taken no slot from here on from a list; only it writes
 */
struct wp_open_free {
	struct wp_open *spare;
	atomic64_t head;
	u32 end;
} ____cacheline_aligned;

/**
 * struct wp_open_table - the open waits of one wait point
 * @slots: one a wait
 * @free: free lists, one a possible CPU
 * @nr_slots: the limit
 * @nr_cpus: free lists
 */
struct wp_open_table {
	struct wp_open *slots;
	struct wp_open_free *free;
	u32 nr_slots;
	u32 nr_cpus;
};

#define WP_OPEN_MAX_SLOTS	BIT(20)

/* A reference names a slot of any table: (table << 20 | slot) + 1, 0 = none. */
static inline u32 wp_open_ref(u32 table, u32 slot)
{
	return ((table << 20) | slot) + 1;
}

static inline u32 wp_open_ref_table(u32 ref)
{
	return (ref - 1) >> 20;
}

static inline u32 wp_open_ref_slot(u32 ref)
{
	return (ref - 1) & (WP_OPEN_MAX_SLOTS - 1);
}

int wp_open_table_init(struct wp_open_table *table, u32 table_id, u32 nr_slots,
		       u32 nr_cpus);
void wp_open_table_exit(struct wp_open_table *table);
u64 wp_open_table_bytes(const struct wp_open_table *table);
u32 wp_open_table_end(const struct wp_open_table *table);
bool wp_open_any(const struct wp_open_table *table);
struct wp_open *wp_open_get(struct wp_open_table *table, u32 cpu);
void wp_open_put(struct wp_open_table *table, struct wp_open *wait, u32 cpu);
bool wp_open_read(const struct wp_open *slot, struct wp_open *copy);
bool wp_open_same(const struct wp_open *slot, const struct wp_open *copy);

int wp_open_map_init(u32 nr_tasks);
void wp_open_map_exit(void);
u64 wp_open_map_bytes(void);
u32 wp_open_map_find(u32 tid, u32 *pos);
u32 wp_open_map_innermost(u32 tid);
bool wp_open_map_push(struct wp_open *wait);
u32 wp_open_map_pop(struct wp_open *wait);

/**
 * wp_open_publish() - let readers see an open wait
 * @wait: filled in
 *
 * Context: probe, interrupts off.
 */
static inline void wp_open_publish(struct wp_open *wait)
{
	/* Pairs with the acquire in wp_open_read(). */
	smp_store_release(&wait->seq, wait->seq + 1);
}

/**
 * wp_open_retire() - the wait has ended, readers shall not see it any more
 * @wait: published
 *
 * Context: probe, interrupts off.
 */
static inline void wp_open_retire(struct wp_open *wait)
{
	/* Ordered before the next stay's fields by the barrier in get. */
	smp_store_release(&wait->seq, wait->seq + 1);
}

#endif
