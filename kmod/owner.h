/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_OWNER_H
#define WP_OWNER_H

#include <linux/types.h>
#include <linux/waitprof.h>

/**
 * struct wp_owner - who holds a lock
 * @tid: thread, 0 = unknown or nobody
 * @tgid: its process
 * @reader: one of perhaps many readers, the last that took it: a hint
 * @task: its structure, which may go away with the RCU read section
 */
struct wp_owner {
	u32 tid;
	u32 tgid;
	bool reader;
	const void *task;
};

bool wp_owner_mutex(struct wp_owner *owner, unsigned long lock);
bool wp_owner_rwsem(struct wp_owner *owner, unsigned long lock);
bool wp_owner_rtmutex(struct wp_owner *owner, unsigned long lock);
void wp_owner_comm(const struct wp_owner *owner, char *comm);

#endif
