/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_KINDS_H
#define LOCKS_KINDS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/types.h>
#include <linux/ww_mutex.h>

struct seq_file;

#define NR_SETS 2

/* One of each; crossing needs two. */
struct lock_set {
	struct mutex mutex; /* of the plain kind */
	struct ww_mutex ww_mutex;
	struct rw_semaphore rwsem;
	struct rt_mutex rt_mutex;
	struct semaphore semaphore;
	struct percpu_rw_semaphore percpu_rwsem;
};

/* A way to take a kind of lock, and to release it. */
struct lock_op {
	const char *name;
	int (*lock)(struct lock_set *set, unsigned int ms);
	void (*unlock)(struct lock_set *set);
};

/* Where a holder and its waiters meet. */
struct lock_stage {
	struct list_head waiters;
	int nr_waiters;
	pid_t holder_tid;
	u64 asleep_ns;
	u64 ended_ns;
	int crossed;
};

/**
 * struct lock_kind - a kind of lock and the ways to take it
 * @name: as in commands
 * @offset: in struct lock_set
 * @ops: end with a NULL name
 * @stage: of the first one of it
 */
struct lock_kind {
	const char *name;
	size_t offset;
	const struct lock_op *ops;
	struct lock_stage stage;
};

extern struct lock_set lock_sets[NR_SETS];

int kinds_init(void);
void kinds_exit(void);
int kinds_find(const char *name, const char *op_name, struct lock_kind **kind,
	       const struct lock_op **op);
int locks_show(struct seq_file *file, void *unused);

#endif
