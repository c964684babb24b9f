/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_TOP_LIVE_H
#define WAITPROF_CLI_TOP_LIVE_H

#include "collect/collect.h"
#include "collect/coverage.h"
#include "options/options.h"

/**
 * struct top_live - the session that a full screen shows
 * @c: collect
 * @options: of the command; grouping and wakers change when the session is another
 * @is_open: there is a session
 * @coverage: of the last window
 * @whole: of all of the session
 * @last: the last window
 * @since: what was added since the baseline
 * @last_ns: length of the last window
 * @baseline: reading that sums begin with
 * @baseline_ns: when that was
 */
struct top_live {
	struct collect *c;
	struct options *options;
	bool is_open;
	struct coverage *coverage;
	struct coverage *whole;
	struct profile last;
	struct profile since;
	uint64_t last_ns;
	struct profile baseline;
	uint64_t baseline_ns;
};

int top_live(struct top_live *live);
void top_live_free(struct top_live *live);

#endif
