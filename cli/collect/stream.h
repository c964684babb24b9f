/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_STREAM_H
#define WAITPROF_CLI_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/collect.h"
#include "options/options.h"
#include "collect/records.h"
#include "profile/report.h"

/**
 * struct stream - the waits of a session, one by one
 * @c: collect; its session keeps every wait
 * @options: options
 * @each: is called for each wait, in the order of their ends
 * @flush: is called after some of them; both return 0, or -errno, which ends it
 * @arg: for both
 * @others: --follow: somebody lives beside the processes and threads given
 * @records: read and not handed on yet
 * @nr_read: waits read in all
 * @nr_lost: waits lost, as last told to the user
 * @polled_ns: when the last reading began
 * @told_ns: when it was last looked for losses
 * @report: for the counters at the end; set are what was left out and @duration_ns
 * @output: what @each or @flush ended it with
 */
struct stream {
	struct collect *c;
	const struct options *options;
	int (*each)(const struct report_record *record, void *arg);
	int (*flush)(void *arg);
	void *arg;
	bool others;
	struct records records;
	uint64_t nr_read;
	uint64_t nr_lost;
	uint64_t polled_ns;
	uint64_t told_ns;
	struct report report;
	int output;
};

int stream_run(struct stream *s);

#endif
