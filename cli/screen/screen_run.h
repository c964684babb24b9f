/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SCREEN_RUN_H
#define WAITPROF_CLI_SCREEN_RUN_H

#include "collect/follow.h"
#include "screen/screen.h"

/**
 * struct screen_source - where windows come from; functions return 0 or -errno
 * @open: end the session, if there is one, and open another one that can group by @by.
 *	What was handed over is gone. While it takes long it calls @busy, which tells
 *	the user @what, and returns -EINTR when that returns true
 * @watch: what is to be done between two readings
 * @read: take a reading: a window ends and the next one begins; blocked rows and
 *	counters go into the report
 * @window: hand over the last window, or what was added since the baseline, labelled
 *	and good until the next @read; its length, coverage and what it leaves out go
 *	into the report
 * @baseline: sums begin at the last reading
 * @groups: mask of the groupings that rows can have now
 * @save: write @window into a capture, or say why not. NULL = there is none: figures
 *	go into a file of JSON
 * @name: names a row
 * @name_arg: for @name
 * @arg: for the others
 */
struct screen_source {
	int (*open)(void *arg, enum group_by by, bool (*busy)(void *arg, const char *what),
		    void *busy_arg);
	struct follow_watch watch;
	int (*read)(void *arg, struct report *report);
	int (*window)(void *arg, bool since, const struct profile **window, struct report *report);
	int (*baseline)(void *arg);
	uint32_t (*groups)(void *arg);
	int (*save)(void *arg, const char *path, const struct profile *window,
		    const struct report *report, char *why, size_t size);
	group_name_fn name;
	void *name_arg;
	void *arg;
};

int screen_run(const struct screen_source *source, struct options *options);

/* screen_save.c */
int screen_save(struct screen *s, const struct screen_source *source);

#endif
