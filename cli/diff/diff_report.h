/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A comparison with what stands around it: whose recordings, in which ways they
 * were made differently, and what it comes to in words.
 */
#ifndef WAITPROF_CLI_DIFF_REPORT_H
#define WAITPROF_CLI_DIFF_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "capture/capture.h"
#include "diff/diff.h"
#include "profile/report.h"

#define DIFF_WORDS_LEN 256

/**
 * struct diff_recording - one capture
 * @side: before or after
 * @info: what and how was recorded
 * @counters: what was lost
 */
struct diff_recording {
	enum diff_side side;
	const struct capture_info *info;
	const struct report *counters;
};

/**
 * struct diff_report - what is shown
 * @diff: compared
 * @recordings: captures
 * @nr_recordings: their number
 * @width: columns of the terminal, 0 = without limit
 * @max_rows: call sites shown, 0 = all
 */
struct diff_report {
	const struct diff *diff;
	const struct diff_recording *recordings;
	size_t nr_recordings;
	int width;
	size_t max_rows;
};

typedef void (*diff_warn_fn)(void *arg, const char *text);

void diff_environment(const struct diff_report *report, diff_warn_fn warn, void *arg);

const char *diff_name(char *buf, size_t size, const struct diff_row *row);
const char *diff_class(char *buf, size_t size, const struct diff_row *row);
const char *diff_change(char *buf, size_t size, const struct stats_result *r);
const char *diff_percent(char *buf, size_t size, double ratio);
const char *diff_p(char *buf, size_t size, double p);
const char *diff_rate(char *buf, size_t size, enum diff_value value, double rate);
const char *diff_too_little(char *buf, size_t size, const struct stats_result *r);
void diff_summary(FILE *out, const struct diff *d);

void render_diff(FILE *out, const struct diff_report *report);
int render_json_diff(FILE *out, const struct diff_report *report);

#endif
