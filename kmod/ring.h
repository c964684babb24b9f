/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_RING_H
#define WP_RING_H

#include <linux/cache.h>
#include <linux/types.h>
#include <linux/waitprof.h>

struct wp_sample;

/**
 * struct wp_ring - one CPU's records of one session
 * @records: @nr_records slots
 * @nr_records: how many it has room for, 0 = the session keeps none
 * @cpu: the CPU that writes
 * @stored: records stored ever; written by the CPU
 * @put_slot: where the next one goes; the CPU's own
 * @taken: records handed out ever; written by the reader
 * @take_slot: where the next one is; the reader's own
 */
struct wp_ring {
	struct waitprof_record *records;
	u32 nr_records;
	u32 cpu;
	u64 stored ____cacheline_aligned;
	u32 put_slot;
	u64 taken ____cacheline_aligned;
	u32 take_slot;
};

int wp_ring_init(struct wp_ring *ring, u32 nr_records, u32 cpu, int node);
void wp_ring_exit(struct wp_ring *ring);
u64 wp_ring_bytes(u32 nr_records);
bool wp_ring_put(struct wp_ring *ring, const struct wp_sample *sample);
u32 wp_ring_pending(const struct wp_ring *ring);
u32 wp_ring_peek(const struct wp_ring *ring, const struct waitprof_record **first);
void wp_ring_take(struct wp_ring *ring, u32 nr);

#endif
