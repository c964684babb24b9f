/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_FOLLOW_H
#define WP_FOLLOW_H

#include <linux/atomic.h>
#include <linux/types.h>

struct wp_follow_bucket;

/**
 * struct wp_follow - the tasks that a session follows
 * @buckets: hash table of words
 * @bits: log2 of their number
 * @limit: tasks there is room for, beside the given ones
 * @nr: of these, in the table
 * @full: tasks not followed for want of room
 * @threads: threads may be in it, too, not only processes
 * @closed: nothing is told of tasks any more, and nobody is in it
 */
struct wp_follow {
	struct wp_follow_bucket *buckets;
	u32 bits;
	u32 limit;
	atomic_t nr;
	atomic64_t full;
	bool threads;
	bool closed;
};

struct wp_follow *wp_follow_new(u32 limit, u32 nr_given, bool threads);
void wp_follow_close(struct wp_follow *set);
void wp_follow_free(struct wp_follow *set);
u64 wp_follow_bytes(u32 limit, u32 nr_given);
bool wp_follow_has(const struct wp_follow *set, const void *key);
bool wp_follow_give(struct wp_follow *set, const void *key);
bool wp_follow_add(struct wp_follow *set, const void *key);
void wp_follow_end(struct wp_follow *set, const void *key);
void wp_follow_remove(struct wp_follow *set, const void *key);
u32 wp_follow_count(const struct wp_follow *set);

#endif
