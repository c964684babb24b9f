/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_LOG_H
#define LOCKS_LOG_H

#include <linux/types.h>

struct seq_file;

/**
 * struct locks_wait - one logged wait
 * @kind: of the lock
 * @op: how it was asked for
 * @ended: wake, timeout, signal, kill; NULL = not yet
 * @object: address of the lock
 * @begin_ns: before the call
 * @end_ns: after it
 * @cpu_ns: time on a CPU in between
 * @waker_ns: stamp of whoever ended it, or the timeout
 * @asleep_ns: when a holder that kept its CPU began to sleep, 0 = it did not
 * @tid: of the waiter
 * @tgid: of the waiter
 * @owner_tid: who held the lock
 * @sleeps: growth of the waiter's voluntary context switches
 */
struct locks_wait {
	const char *kind;
	const char *op;
	const char *ended;
	unsigned long object;
	u64 begin_ns;
	u64 end_ns;
	u64 cpu_ns;
	u64 waker_ns;
	u64 asleep_ns;
	pid_t tid;
	pid_t tgid;
	pid_t owner_tid;
	unsigned long sleeps;
};

struct locks_wait *wait_new(const char *kind, const char *op, unsigned long object);
void wait_begin(struct locks_wait *wait);
void wait_end(struct locks_wait *wait, const char *ended);
const char *ended_by(int ret);
void log_reset(void);
int log_show(struct seq_file *file, void *unused);

#endif
