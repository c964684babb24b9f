// SPDX-License-Identifier: GPL-2.0-only
/*
 * A capture of one window that has been read already: a recording with a single
 * slice. Counters are those of the session, which may be older than the window.
 */
#include <time.h>

#include "collect/follow.h"
#include "capture/recording.h"

static uint64_t wall_ns(uint64_t begin_ns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec -
	       (follow_now() - begin_ns);
}

static int put_facts(const struct recording *r, const struct report *report, uint64_t begin_ns)
{
	const struct report_coverage *c = &report->coverage;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "begun_ns", begin_ns },
		{ "begun_wall_ns", wall_ns(begin_ns) },
		{ "slice_ns", report->duration_ns },
		{ "coverage_threads", c->nr_threads },
		{ "coverage_wall_ns", c->wall_ns },
		{ "coverage_waits_ns", c->waits_ns },
		{ "coverage_ended_ns", c->ended_ns },
		{ "coverage_cpu_ns", c->cpu_ns },
		{ "coverage_runqueue_ns", c->runqueue_ns },
		{ "coverage_system_wide", c->system_wide },
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ret = capture_put_number(r->w, numbers[i].name, numbers[i].value);
	return ret;
}

/**
 * recording_window() - record a window that has been read
 * @r: recording, with an open session and an empty capture, not begun
 * @window: its rows
 * @report: what is said of it: length, counters, coverage
 * @begin_ns: when it began, CLOCK_MONOTONIC
 *
 * Return: 0 or -errno of the capture.
 */
int recording_window(struct recording *r, const struct profile *window, const struct report *report,
		     uint64_t begin_ns)
{
	int ret = recording_begin(r);

	if (!ret)
		ret = put_facts(r, report, begin_ns);
	if (!ret)
		ret = capture_put_slice(r->w, 0, 0, report->duration_ns, window);
	if (!ret)
		ret = recording_open(r, begin_ns, true);
	if (!ret)
		ret = capture_put_stacks(r->w, r->c->stacks);
	if (!ret)
		ret = capture_put_counters(r->w, report);
	if (!ret)
		ret = capture_commit(r->w);
	return ret ? ret : recording_finish(r);
}
