/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_WAIT_H
#define WP_WAIT_H

#include <linux/types.h>
#include <linux/waitprof.h>

struct pt_regs;
struct wp_call;
struct wp_open;
struct wp_point;
struct wp_point_args;
struct wp_stack;

#define WP_END_ASK	WAITPROF_NR_ENDS

/**
 * struct wp_hit - a hook that fired
 * @regs: at the entry of the function that waits; at the end, those of a kretprobe
 *	at its return or of what follows it; NULL: the hook is a call (a tracepoint)
 *	from inside the code that waits
 * @call: of a call: what that code goes on with
 * @return_addr: at the end, but of a call: where the function returned to
 * @args: of a call that begins a wait: what is waited for, but for the owner,
 *	who is looked up if anybody wants the wait
 * @ended: at the end: WAITPROF_END_*, or WP_END_ASK: the point tells
 */
struct wp_hit {
	struct pt_regs *regs;
	const struct wp_call *call;
	unsigned long return_addr;
	struct wp_point_args *args;
	u32 ended;
};

int wp_wait_init(void);
void wp_wait_exit(void);
struct wp_stack *wp_wait_scratch(void);
struct wp_open *wp_wait_begin(struct wp_point *point, const struct wp_hit *hit);
void wp_wait_end(struct wp_point *point, struct wp_open *wait, u32 seq,
		 const struct wp_hit *hit);

#endif
