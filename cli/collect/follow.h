/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FOLLOW_H
#define WAITPROF_CLI_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "options/options.h"

enum follow_end {
	FOLLOW_TIME, /* the time is over */
	FOLLOW_STOPPED, /* the user wants to end */
	FOLLOW_ENDED, /* every followed process has ended */
	FOLLOW_FAILED, /* tick() failed */
	FOLLOW_INPUT, /* input() has found something to do */
};

/**
 * struct follow_watch - what is to be done during the sleep; each may be NULL
 * @tick: called about once a second; with --follow at every step. Negative: failed;
 *	positive: nobody is followed beside the given processes
 * @tick_arg: for @tick
 * @poll: returns when it wants to be called next, CLOCK_MONOTONIC; 0 = never
 * @poll_arg: for @poll
 * @input: called after each step, soon after something can be read from the
 *	terminal; true ends the sleep
 * @input_arg: for @input
 */
struct follow_watch {
	int (*tick)(void *arg);
	void *tick_arg;
	uint64_t (*poll)(void *arg);
	void *poll_arg;
	bool (*input)(void *arg);
	void *input_arg;
};

uint64_t follow_now(void);
void follow_catch_signals(void);
void follow_stop(void);
bool follow_stopped(void);
enum follow_end follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
			     const struct follow_watch *watch);

#endif
