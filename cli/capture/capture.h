/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What 'waitprof record' has written, read back: for every command that shows,
 * compares or exports a capture. Nothing in the file is trusted, nothing of the
 * machine that it was recorded on is needed.
 *
 * Functions return 0 or -errno and print nothing: -EBADMSG is a damaged file,
 * -ENOMEM no memory; capture_error() says it in words.
 */
#ifndef WAITPROF_CLI_CAPTURE_H
#define WAITPROF_CLI_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "profile/naming.h"
#include "options/options.h"
#include "profile/budget.h"
#include "profile/profile.h"
#include "profile/report.h"

struct capture;

struct capture_slice {
	uint64_t start_ns;
	uint64_t duration_ns;
};

/**
 * struct capture_info - what and how was recorded
 * @path: the file
 * @version: of the program that wrote it
 * @module_version: of the module
 * @abi: of the module
 * @kernel: its release
 * @nr_cpus: possible CPUs
 * @module_flags: WAITPROF_INFO_*
 * @session_flags: WAITPROF_SESSION_F_*: what its rows are made of
 * @classes: mask of the classes recorded
 * @min_wait_ns: shorter waits were left out
 * @filter: which waits, in words
 * @user_stacks: "rules", "fp" or "none"
 * @command: what was started and recorded, or empty
 * @begun_wall_ns: when it began, CLOCK_REALTIME
 * @begun_ns: likewise, CLOCK_MONOTONIC
 * @duration_ns: of all slices
 * @slice_ns: length of a slice as asked for; the last one may be shorter
 * @work: units of work that were done meanwhile, 0 = not given
 * @is_finished: it was ended properly; else it was cut off: the last second may be
 *	missing, and what of names is there was looked up now
 * @nr_records: single waits; 0 without --records
 * @points: wait points, as they were at the end
 * @nr_points: their number
 * @slices: when they were: @start_ns since the beginning
 * @nr_slices: their number
 */
struct capture_info {
	const char *path;
	char version[32];
	char module_version[32];
	uint32_t abi;
	char kernel[72];
	uint32_t nr_cpus;
	uint32_t module_flags;
	uint32_t session_flags;
	uint32_t classes;
	uint64_t min_wait_ns;
	char filter[512];
	char user_stacks[16];
	char command[512];
	uint64_t begun_wall_ns;
	uint64_t begun_ns;
	uint64_t duration_ns;
	uint64_t slice_ns;
	uint64_t work;
	bool is_finished;
	uint64_t nr_records;
	struct client_point *points;
	size_t nr_points;
	struct capture_slice *slices;
	size_t nr_slices;
};

/* Slices from the first one to the last one. */
#define CAPTURE_ALL SIZE_MAX

int capture_open(struct capture **capture, const char *path);
void capture_close(struct capture *capture);
const char *capture_error(const struct capture *capture);
const char *capture_next(const struct capture *capture);
const struct capture_info *capture_info(const struct capture *capture);

int capture_slice(struct capture *capture, size_t slice, struct profile *p);
int capture_window(struct capture *capture, size_t from, size_t to, struct profile *p,
		   uint64_t *duration_ns);
bool capture_takes(const struct options *options, const struct waitprof_row *row);
struct naming *capture_naming(struct capture *capture);
void capture_counters(struct capture *capture, struct report *report);
int capture_report(struct capture *capture, const struct options *options, size_t from, size_t to,
		   struct report *report);
int capture_budget(struct capture *capture, const struct options *options, size_t from, size_t to,
		   struct budget_report *report);
int capture_blocked(struct capture *capture, const struct options *options, struct report *report);
int capture_records(struct capture *capture, const struct options *options,
		    int (*each)(const struct report_record *record, void *arg), void *arg);

#endif
