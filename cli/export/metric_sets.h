/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_METRIC_SETS_H
#define WAITPROF_CLI_METRIC_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/intern.h"
#include "profile/report.h"
#include "util/utf8.h"

/* Powers of two of nanoseconds: bounds of 1.024 us to 18.3 min. */
#define METRIC_FIRST_BOUND 10
#define METRIC_LAST_BOUND  40
#define METRIC_NR_BOUNDS   (METRIC_LAST_BOUND - METRIC_FIRST_BOUND + 1)

/* What the series of a set have in common; of waits @device and @op are 0. */
struct metric_key {
	uint32_t class_id;
	uint32_t tgid;
	uint64_t device;
	uint32_t op;
	uint32_t pad;
};

/**
 * struct metric_set - the sums of one class of one process
 * @key: which
 * @name: of the process, or of its costliest thread
 * @is_main: @name is that of the process
 * @sum: sums
 * @open: waits that have not ended
 * @under: waits shorter than each bound, and not shorter than the one before
 */
struct metric_set {
	struct metric_key key;
	char name[UTF8_CLEAN_LEN(WAITPROF_COMM_LEN)];
	bool is_main;
	struct waitprof_row sum;
	uint64_t open;
	uint64_t under[METRIC_NR_BOUNDS];
};

/* Sets of a report, in the order of its rows. */
struct metric_sets {
	struct intern keys;
	struct metric_set *sets; /* by number in @keys */
};

int metric_sets_add(struct metric_sets *to, const struct report_row *row);
void metric_sets_free(struct metric_sets *sets);

#endif
