/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WAKER_H
#define WP_WAKER_H

#include <linux/types.h>
#include <linux/waitprof.h>

struct netlink_ext_ack;
struct wp_open;
struct wp_sample;
struct wp_session;

/**
 * struct wp_waker - who woke a task
 * @gen: seq of the stay of the slot that was woken; 0 = none yet
 * @tid: thread; 0 for an interrupt
 * @tgid: its process
 * @kstack: stack id
 * @ustack: stack id
 * @flags: WAITPROF_WAKER_F_*
 * @pad: 0
 * @comm: its name; empty for an interrupt
 */
struct wp_waker {
	u32 gen;
	u32 tid;
	u32 tgid;
	u32 kstack;
	u32 ustack;
	u16 flags;
	u16 pad;
	char comm[WAITPROF_COMM_LEN];
};

/**
 * struct wp_waker_entry - who woke the task of an open wait last, for one session
 * @version: odd while somebody writes
 * @waker: who
 */
struct wp_waker_entry {
	u32 version;
	struct wp_waker waker;
};

int wp_waker_init(void);
void wp_waker_exit(void);
int wp_waker_arm(struct netlink_ext_ack *extack);
void wp_waker_disarm(void);
void wp_waker_tell(const struct wp_session *session, const struct wp_open *wait,
		   struct wp_sample *sample);

#endif
