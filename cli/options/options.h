/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_OPTIONS_H
#define WAITPROF_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/group.h"
#include "linux/waitprof.h"

/* Which rows of options a command takes. */
#define OPTIONS_FILTER	 (1U << 0)
#define OPTIONS_JSON	 (1U << 1)
#define OPTIONS_GROUP	 (1U << 2) /* --by */
#define OPTIONS_SORT	 (1U << 3)
#define OPTIONS_REFRESH	 (1U << 4) /* -d, -n, -b */
#define OPTIONS_DURATION (1U << 5)
#define OPTIONS_MIN	 (1U << 6)
#define OPTIONS_WAKERS	 (1U << 7)
#define OPTIONS_RECORDS	 (1U << 8)
#define OPTIONS_INPUT	 (1U << 9) /* -i */
#define OPTIONS_OUTPUT	 (1U << 10) /* -o */
#define OPTIONS_BEFORE	 (1U << 11) /* --before */
#define OPTIONS_GUARD	 (1U << 13) /* --guard */
#define OPTIONS_DIFF	 (1U << 14) /* --before, --after */
#define OPTIONS_FORMAT	 (1U << 12) /* --format */

#define OPTIONS_RECORD (1U << 16) /* --records, --slice, --work, --objects */

#define OPTIONS_MAX_ARGS 32
#define OPTIONS_MAX_DIFF 32 /* captures a side */

/* How user stacks are walked. */
enum options_stacks {
	OPTIONS_STACKS_RULES, /* by unwind rules, by frame pointers where there are none */
	OPTIONS_STACKS_FP, /* by frame pointers */
	OPTIONS_STACKS_NONE, /* not at all */
};

struct export_format;

/* Everything that an option of any command can say. */
struct options {
	uint32_t tgids[WAITPROF_MAX_IDS];
	uint32_t nr_tgids;
	uint32_t tids[WAITPROF_MAX_IDS];
	uint32_t nr_tids;
	bool follow; /* what these start, too */
	const char *comm_glob; /* part of argv, as the next */
	const char *cgroup;
	uint64_t cgroup_id; /* set when @cgroup has been looked up; 0 = none */
	uint32_t classes; /* mask, 0 = the default ones */
	uint32_t kinds; /* mask of 1 << enum kind, 0 = all */
	const char *idle; /* file of functions, part of argv */
	struct idle *idle_list; /* set when @idle has been read */
	uint64_t min_wait_ns;
	enum options_stacks user_stacks;
	bool json;
	enum group_by by;
	bool wakers; /* who ended the waits, too */
	enum group_sort sort;
	uint64_t delay_ns;
	uint64_t nr_refreshes; /* 0 = until told to stop */
	bool batch;
	uint64_t duration_ns; /* 0 = until told to stop */
	bool has_guard; /* the session shall not cost more than */
	uint32_t guard_ppm; /* millionths of a CPU; 0 = any */
	uint64_t min_age_ns;
	bool records; /* keep every wait */
	bool objects; /* keep the objects of each row apart */
	uint64_t slice_ns; /* of a recording */
	uint64_t work; /* units of work done meanwhile, 0 = not given */
	uint64_t nr_records; /* each CPU has room for, 0 = the default */
	const char *input; /* part of argv, as the next three: capture to be shown */
	const char *before; /* capture to compare with */
	const char *output; /* file to be written */
	const char *diff[2][OPTIONS_MAX_DIFF]; /* captures before and after a change */
	size_t nr_diff[2];
	const struct export_format *format; /* NULL = not given */
	const char *args[OPTIONS_MAX_ARGS]; /* what is no option */
	size_t nr_args;
	void (*note)(const char *text); /* tells once what takes long; may be NULL */
	/* Instead, again and again meanwhile: true = the user wants to end. NULL = @note. */
	bool (*busy)(void *arg, const char *text);
	void *busy_arg;
	bool help;
	char error[200]; /* what is wrong: why; next step */
};

struct options_command {
	const char *name;
	const char *args; /* for the help */
	size_t max_args; /* takes so many that are no options */
	const char *doc;
	const char *examples; /* lines for the help: command, two spaces or more, what it does */
	uint32_t rows; /* OPTIONS_* */
	enum group_by by; /* default of --by */
	bool glance; /* it looks for a moment: see collect_open() */
	bool records; /* its session keeps every wait */
	int (*check)(struct options *options); /* more to be right; see options_fail(); or NULL */
};

int options_parse(const struct options_command *command, int argc, char **argv,
		  struct options *options);
const char *options_who(const struct options *options, char *buf, size_t size);
void options_help(const struct options_command *command);

#endif
