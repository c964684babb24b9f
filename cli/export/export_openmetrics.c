// SPDX-License-Identifier: GPL-2.0-only
/*
 * OpenMetrics, in the part of it that Prometheus' older text format reads as well:
 * one set of series for each class and process. Metrics that end in _total have no
 * TYPE line, because the two formats spell the type of a counter differently; in
 * both it is then "unknown" or "untyped", which changes nothing but the label.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "export/export.h"
#include "export/metric_sets.h"
#include "profile/names.h"

/* Sets and where they go. */
struct sets {
	FILE *out;
	struct metric_sets all;
};

static void head(FILE *out, const char *name, const char *type, const char *unit, const char *help)
{
	fprintf(out, "# HELP %s %s\n", name, help);
	if (type)
		fprintf(out, "# TYPE %s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
}

/* Seconds, exact to the nanosecond. */
static void put_seconds(FILE *out, uint64_t ns)
{
	char text[32];
	size_t len = (size_t)snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / 1000000000,
				      ns % 1000000000);

	while (text[len - 1] == '0' && text[len - 2] != '.')
		len--;
	fprintf(out, "%.*s", (int)len, text);
}

/* The end of a line: bracket and value. */
static void put_value(FILE *out, uint64_t value)
{
	fprintf(out, "} %" PRIu64 "\n", value);
}

static uint64_t value_at(const void *structure, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)structure + offset, sizeof(value));
	return value;
}

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",%s=\"", name);
	put_escaped(out, value);
	fputc('"', out);
}

/* name{class="futex",pid="12",comm="shop", without the closing bracket */
static void put_series(FILE *out, const char *name, const char *suffix,
		       const struct metric_set *set)
{
	char device[64];

	fprintf(out, "%s%s{class=\"%s\",pid=\"%" PRIu32 "\"", name, suffix,
		names_class(set->key.class_id), set->key.tgid);
	put_label(out, "comm", set->name);
	if (set->key.class_id != WAITPROF_CLASS_BLOCK)
		return;
	names_object(device, sizeof(device), WAITPROF_OBJECT_DEV, set->key.device);
	put_label(out, "device", device);
	put_label(out, "op", names_op(set->key.op) ? names_op(set->key.op) : "");
}

static void put_histogram(FILE *out, const char *name, const struct metric_set *set)
{
	uint64_t under = 0;

	for (int i = 0; i < METRIC_NR_BOUNDS; i++) {
		under += set->under[i];
		put_series(out, name, "_bucket", set);
		fputs(",le=\"", out);
		put_seconds(out, 1ULL << (METRIC_FIRST_BOUND + i));
		fputc('"', out);
		put_value(out, under);
	}
	put_series(out, name, "_bucket", set);
	fputs(",le=\"+Inf\"", out);
	put_value(out, set->sum.count);
	put_series(out, name, "_sum", set);
	fputs("} ", out);
	put_seconds(out, set->sum.total_ns + set->sum.inner_ns);
	fputc('\n', out);
	put_series(out, name, "_count", set);
	put_value(out, set->sum.count);
}

static bool is_request(const struct metric_set *set)
{
	return set->key.class_id == WAITPROF_CLASS_BLOCK;
}

static void put_histograms(const struct sets *sets, const char *name, const char *help,
			   bool of_requests)
{
	bool any = false;

	for (size_t i = 0; i < sets->all.keys.nr; i++) {
		if (is_request(&sets->all.sets[i]) != of_requests)
			continue;
		if (!any)
			head(sets->out, name, "histogram", "seconds", help);
		any = true;
		put_histogram(sets->out, name, &sets->all.sets[i]);
	}
}

/* Sums of time, each a metric. */
static const struct {
	const char *name;
	const char *help;
	size_t offset;
} times[] = {
	{ "waitprof_wait_own_seconds_total",
	  "Time in waits, without that of other waits inside them.",
	  offsetof(struct waitprof_row, total_ns) },
	{ "waitprof_wait_blocked_seconds_total", "Part of own time: asleep.",
	  offsetof(struct waitprof_row, blocked_ns) },
	{ "waitprof_wait_runqueue_seconds_total", "Part of own time: woken, not yet running.",
	  offsetof(struct waitprof_row, runqueue_ns) },
	{ "waitprof_wait_spin_seconds_total", "Part of own time: spinning on a CPU.",
	  offsetof(struct waitprof_row, spin_ns) },
};

static void put_times(const struct sets *sets)
{
	for (size_t k = 0; sets->all.keys.nr && k < sizeof(times) / sizeof(times[0]); k++) {
		head(sets->out, times[k].name, NULL, NULL, times[k].help);
		for (size_t i = 0; i < sets->all.keys.nr; i++) {
			const struct metric_set *set = &sets->all.sets[i];

			if (is_request(set))
				continue;
			put_series(sets->out, times[k].name, "", set);
			fputs("} ", sets->out);
			put_seconds(sets->out, value_at(&set->sum, times[k].offset));
			fputc('\n', sets->out);
		}
	}
}

static void put_ends(const struct sets *sets)
{
	static const char ended[] = "waitprof_waits_ended_total", open[] = "waitprof_open_waits";

	if (!sets->all.keys.nr)
		return;
	head(sets->out, ended, NULL, NULL, "Waits by how they ended.");
	for (size_t i = 0; i < sets->all.keys.nr; i++) {
		for (uint32_t end = 0; end < WAITPROF_NR_ENDS && !is_request(&sets->all.sets[i]);
		     end++) {
			put_series(sets->out, ended, "", &sets->all.sets[i]);
			put_label(sets->out, "by", names_end(end));
			put_value(sets->out, sets->all.sets[i].sum.ended[end]);
		}
	}
	head(sets->out, open, "gauge", NULL, "Waits that had not ended when the window did.");
	for (size_t i = 0; i < sets->all.keys.nr; i++) {
		if (is_request(&sets->all.sets[i]))
			continue;
		put_series(sets->out, open, "", &sets->all.sets[i]);
		put_value(sets->out, sets->all.sets[i].open);
	}
}

/* Conservation and losses, by class. */
static const struct {
	const char *name;
	const char *help;
	size_t offset;
} counts[] = {
	{ "waitprof_begun_total", "Waits that passed the filter when they began.",
	  offsetof(struct report_counters, counters.begun) },
	{ "waitprof_reported_total", "Waits that ended and are in the figures.",
	  offsetof(struct report_counters, counters.reported) },
	{ "waitprof_filtered_total", "Waits that ended and were too short.",
	  offsetof(struct report_counters, counters.filtered) },
	{ "waitprof_lost_total", "Waits that ended and had no room.",
	  offsetof(struct report_counters, counters.lost) },
	{ "waitprof_unattributed_total", "Waits that are in a class's sums only.",
	  offsetof(struct report_counters, counters.unattributed) },
	{ "waitprof_missed_total", "Waits that could not be followed, no room.",
	  offsetof(struct report_counters, missed) },
	{ "waitprof_unpaired_total", "Ends of waits without their begin, or the reverse.",
	  offsetof(struct report_counters, unpaired) },
};

static void put_counts(FILE *out, const struct report *report)
{
	for (size_t k = 0; report->classes && k < sizeof(counts) / sizeof(counts[0]); k++) {
		head(out, counts[k].name, NULL, NULL, counts[k].help);
		for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++) {
			if (!(report->classes & 1U << id))
				continue;
			fprintf(out, "%s{class=\"%s\"", counts[k].name, names_class(id));
			put_value(out, value_at(&report->counters[id], counts[k].offset));
		}
	}
}

static void put_about(FILE *out, const struct report *report)
{
	static const char about[] = "waitprof_build_info", window[] = "waitprof_window_seconds";

	head(out, about, "gauge", NULL, "Version of waitprof and of the kernel.");
	fprintf(out, "%s{version=\"", about);
	put_escaped(out, report->version ? report->version : "");
	fputc('"', out);
	put_label(out, "kernel", report->kernel ? report->kernel : "");
	fputs("} 1\n", out);
	head(out, window, "gauge", "seconds", "Time that the figures are of.");
	fprintf(out, "%s ", window);
	put_seconds(out, report->duration_ns);
	fputc('\n', out);
}

/**
 * export_openmetrics() - metrics by class and process
 * @out: where to
 * @report: rows with their own stacks
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int export_openmetrics(FILE *out, const struct report *report)
{
	struct sets sets = { .out = out };
	int ret = 0;

	for (size_t i = 0; !ret && i < report->nr_rows; i++)
		ret = metric_sets_add(&sets.all, &report->rows[i]);
	if (!ret) {
		put_about(out, report);
		put_histograms(
			&sets, "waitprof_wait_seconds",
			"Duration of waits; its sum has the time so far of those still open.",
			false);
		put_times(&sets);
		put_ends(&sets);
		put_histograms(&sets, "waitprof_request_seconds",
			       "Duration of requests to block devices.", true);
		put_counts(out, report);
		fputs("# EOF\n", out);
	}
	metric_sets_free(&sets.all);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
