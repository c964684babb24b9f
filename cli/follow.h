/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FOLLOW_H
#define WAITPROF_CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

enum follow_end {
	FOLLOW_TIME, /* the time is over */
	FOLLOW_STOPPED, /* the user wants to end */
	FOLLOW_ENDED, /* every followed process has ended */
	FOLLOW_FAILED, /* tick() failed */
};

/**
 * struct follow_watch - what is to be done during the sleep; either may be NULL
 * @tick: called about once a second; with --follow at every step. Negative: failed;
 *	positive: nobody is followed beside the given processes
 * @tick_arg: for @tick
 * @poll: returns when it wants to be called next, CLOCK_MONOTONIC; 0 = never
 * @poll_arg: for @poll
 */
struct follow_watch {
	int (*tick)(void *arg);
	void *tick_arg;
	uint64_t (*poll)(void *arg);
	void *poll_arg;
};

uint64_t follow_now(void);
void follow_catch_signals(void);
bool follow_stopped(void);
enum follow_end follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
			     const struct follow_watch *watch);

#endif
