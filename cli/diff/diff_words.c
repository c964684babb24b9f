// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a comparison says, in words and figures that text and JSON share.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff_report.h"
#include "util/format.h"
#include "profile/names.h"

/**
 * diff_class() - which waits a row is about, but for their call site
 * @buf: result
 * @size: its room
 * @row: row
 *
 * Return: @buf.
 */
const char *diff_class(char *buf, size_t size, const struct diff_row *row)
{
	static const char *const parts[] = { "blocked", "run-queue", "spin" };
	const char *more = names_op(row->key.op);

	if (!more && row->key.kind != KIND_OTHER)
		more = kind_name(row->key.kind);
	if (row->key.level == DIFF_ALL)
		snprintf(buf, size, "all waits");
	else if (row->key.level == DIFF_PART)
		snprintf(buf, size, "- %s", parts[row->key.part]);
	else
		snprintf(buf, size, "%s%s%s",
			 row->key.class_id ? names_class(row->key.class_id) : "?", more ? " " : "",
			 more ? more : "");
	return buf;
}

/**
 * diff_name() - a row in one line
 * @buf: result
 * @size: its room
 * @row: row
 *
 * Return: @buf.
 */
const char *diff_name(char *buf, size_t size, const struct diff_row *row)
{
	size_t used;

	diff_class(buf, size, row);
	if (row->key.level == DIFF_PART)
		memmove(buf, buf + 2, strlen(buf) - 1);
	used = strlen(buf);
	if (row->key.level == DIFF_SITE)
		snprintf(buf + used, size - used, " %s", row->key.site[0] ? row->key.site : "-");
	return buf;
}

/**
 * diff_percent() - a factor as a change: "-37.5 %", "+120 %", "x 34.2"
 * @buf: result
 * @size: its room
 * @ratio: factor
 *
 * Return: @buf.
 */
const char *diff_percent(char *buf, size_t size, double ratio)
{
	double percent = 100 * (ratio - 1);

	if (ratio >= 9.995) {
		snprintf(buf, size, ratio < 99.95 ? "x %.1f" : "x %.0f", ratio);
		return buf;
	}
	snprintf(buf, size, fabs(percent) < 99.95 ? "%+.1f %%" : "%+.0f %%", percent);
	/* No sign where there is nothing. */
	if (!strcmp(buf, "-0.0 %") || !strcmp(buf, "+0.0 %"))
		snprintf(buf, size, "0.0 %%");
	return buf;
}

/**
 * diff_change() - the change as far as one is shown
 * @buf: result
 * @size: its room
 * @r: comparison
 *
 * Return: @buf.
 */
const char *diff_change(char *buf, size_t size, const struct stats_result *r)
{
	if (r->verdict == STATS_TOO_LITTLE)
		snprintf(buf, size, "?");
	else if (r->verdict == STATS_NOTHING)
		snprintf(buf, size, "~");
	else if (!(r->before > 0))
		snprintf(buf, size, "new");
	else if (!(r->after > 0))
		snprintf(buf, size, "gone");
	else
		diff_percent(buf, size, r->ratio);
	return buf;
}

/**
 * diff_p() - a probability
 * @buf: result
 * @size: its room
 * @p: probability, NAN = not known
 *
 * Return: @buf.
 */
const char *diff_p(char *buf, size_t size, double p)
{
	if (isnan(p))
		snprintf(buf, size, "-");
	else if (p < 0.001)
		snprintf(buf, size, "<0.001");
	else
		snprintf(buf, size, "%.3f", p);
	return buf;
}

/**
 * diff_rate() - how much there is of something
 * @buf: result
 * @size: its room
 * @value: of what
 * @rate: seconds of time, or a number, per second or unit of work
 *
 * Return: @buf.
 */
const char *diff_rate(char *buf, size_t size, enum diff_value value, double rate)
{
	/* A file may say anything. */
	rate = fmin(rate, 1e10);
	if (value == DIFF_TIME && rate * 1e9 < 999.5 && rate > 0)
		snprintf(buf, size, "%.3g ns", rate * 1e9);
	else if (value == DIFF_TIME)
		format_duration(buf, size, (uint64_t)(rate * 1e9 + 0.5));
	else if (rate < 99999.5)
		snprintf(buf, size, rate < 99.995 ? "%.2f" : "%.1f", rate);
	else
		format_count(buf, size, (uint64_t)(rate + 0.5));
	return buf;
}

/* A length that a person would choose, no shorter. */
static double round_length(double seconds)
{
	static const double steps[] = { 1, 1.5, 2, 3, 4, 5, 6, 8, 10 };
	double scale = 1;

	while (scale * 10 < seconds)
		scale *= 10;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] * scale >= seconds * 0.999 && steps[i] * scale >= 1)
			return steps[i] * scale;
	return seconds;
}

/**
 * diff_too_little() - why there is no verdict, and what to do about it
 * @buf: result
 * @size: its room
 * @r: comparison without a verdict
 *
 * Return: @buf.
 */
const char *diff_too_little(char *buf, size_t size, const struct stats_result *r)
{
	static const char *const names[][2] = {
		[STATS_WANT_SLICES] = { "slice", "slices" },
		[STATS_WANT_WAITS] = { "wait", "waits" },
		[STATS_WANT_BUSY] = { "burst of waits", "bursts of waits" },
	};
	char has[64] = "half or twice as much, both possible";
	size_t used;

	if (r->want == STATS_WANT_NOTHING)
		snprintf(has, sizeof(has), "no waits");
	else if (r->want != STATS_WANT_WIDTH)
		snprintf(has, sizeof(has), "%.0f %s", r->has, names[r->want][r->has != 1]);
	used = (size_t)snprintf(buf, size, "not enough data: %s; ", has);
	if (used >= size)
		return buf;
	if (r->runs)
		snprintf(buf + used, size - used, "make about %zu recordings a side", r->runs);
	else if (r->want && r->seconds < 86400)
		snprintf(buf + used, size - used, "record about %.0f s", round_length(r->seconds));
	else
		snprintf(buf + used, size - used, "record longer");
	return buf;
}
