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

uint64_t follow_now(void);
void follow_catch_signals(void);
bool follow_stopped(void);
enum follow_end follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
			     int (*tick)(void *arg), void *arg);

#endif
