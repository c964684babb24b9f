// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distributions as text: a block for each row with its percentiles and a bar
 * chart over ranges that are even on a log scale.
 */
#include <inttypes.h>
#include <string.h>

#include "profile/buckets.h"
#include "util/format.h"
#include "profile/lock_sites.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"

#define MAX_LINES 20

/* Requests to devices are rows of their own, by device, operation and size. */
static void print_request(FILE *out, const struct waitprof_row *row, const char *device)
{
	const char *op = names_op(row->op);
	char size[FORMAT_LEN];

	fprintf(out, "  %s %s %s", device[0] ? device : "-", op ? op : "-",
		names_size(size, sizeof(size), row->size_log2));
}

static void print_name(FILE *out, const struct report_row *row, enum group_by by)
{
	char object[LOCK_SITES_LEN], waker[NAMES_WAKER_LEN], pid[FORMAT_LEN];

	fputs(term_colour(TERM_TITLE), out);
	fprintf(out, "%s", names_class(row->sum.class_id));
	if (by != GROUP_BY_CLASS && row->sum.class_id == WAITPROF_CLASS_BLOCK)
		print_request(out, &row->sum, row->site);
	if (by != GROUP_BY_CLASS && row->sum.tgid)
		fprintf(out, "  pid %s", names_pid(pid, sizeof(pid), &row->sum));
	if (by == GROUP_BY_THREAD && row->sum.tid)
		fprintf(out, " tid %u", row->sum.tid);
	if (by != GROUP_BY_CLASS && row->sum.comm[0])
		fprintf(out, " %.*s", WAITPROF_COMM_LEN, row->sum.comm);
	if (by == GROUP_BY_OBJECT && row->sum.class_id != WAITPROF_CLASS_BLOCK &&
	    !names_object(object, sizeof(object), row->sum.object_type, row->sum.object))
		fprintf(out, "  on %s", lock_sites_text(object, sizeof(object), row));
	if ((by == GROUP_BY_CALLSITE || by == GROUP_BY_WAKER) && row->site[0] &&
	    row->sum.class_id != WAITPROF_CLASS_BLOCK)
		fprintf(out, "  at %s", row->site);
	fprintf(out, "%s%s\n", row->inferred ? " *" : "", term_colour(TERM_PLAIN));
	if (row->waker.flags)
		fprintf(out, "  ended%s by %s at %s\n", by == GROUP_BY_WAKER ? "" : ", above all,",
			names_waker(waker, sizeof(waker), &row->waker),
			row->waker.site[0] ? row->waker.site : "-");
}

static void print_percentiles(FILE *out, const struct report_row *row)
{
	static const struct {
		const char *name;
		unsigned int per_mille;
	} rows[] = { { "p50", 500 }, { "p90", 900 }, { "p99", 990 }, { "p99.9", 999 } };
	char value[FORMAT_LEN];

	fputs("  ", out);
	for (size_t i = 0; row->buckets && i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(out, "%s %s  ", rows[i].name,
			format_duration(value, sizeof(value),
					buckets_percentile(row->buckets, rows[i].per_mille,
							   row->sum.max_ns)));
	fprintf(out, "max %s%s\n", row->max_bound ? "~" : "",
		format_duration(value, sizeof(value), row->sum.max_ns));
}

static void print_line(FILE *out, const struct buckets_line *line, uint64_t most, int bar_width)
{
	char low[FORMAT_LEN], high[FORMAT_LEN] = "", count[FORMAT_LEN];
	uint64_t width = line->count ? line->count * (uint64_t)bar_width / most : 0;

	/* What is there is seen, however little it is. */
	if (line->count && !width)
		width = 1;
	if (line->high_ns != UINT64_MAX)
		format_duration(high, sizeof(high), line->high_ns);
	fprintf(out, "  %9s .. %9s  %8s  ", format_duration(low, sizeof(low), line->low_ns), high,
		format_count(count, sizeof(count), line->count));
	fputs(term_colour(TERM_BAR), out);
	while (width--)
		fputc('#', out);
	fprintf(out, "%s\n", term_colour(TERM_PLAIN));
}

/**
 * render_distribution() - one row: name, percentiles, chart
 * @out: where to
 * @row: the row, with its histogram
 * @view: @width and @by
 */
void render_distribution(FILE *out, const struct report_row *row, const struct render_view *view)
{
	struct buckets_line lines[MAX_LINES];
	int bar_width = view->width > 50 ? view->width - 38 : 40;
	char total[FORMAT_LEN], count[FORMAT_LEN];
	uint64_t most = 1, in_bars = 0;
	size_t nr = 0;

	print_name(out, row, view->by);
	fprintf(out, "  %s %s%s, %s in all\n", format_count(count, sizeof(count), group_count(row)),
		row->sum.class_id == WAITPROF_CLASS_BLOCK ? "request" : "wait",
		group_count(row) == 1 ? "" : "s",
		format_duration(total, sizeof(total), row->sum.total_ns));
	print_percentiles(out, row);
	if (row->buckets)
		nr = buckets_lines(row->buckets, lines, MAX_LINES);
	for (size_t i = 0; i < nr; i++) {
		in_bars += lines[i].count;
		if (lines[i].count > most)
			most = lines[i].count;
	}
	for (size_t i = 0; i < nr; i++)
		print_line(out, &lines[i], most, bar_width > 60 ? 60 : bar_width);
	if (in_bars < group_count(row))
		fprintf(out,
			"  not in the chart: %" PRIu64 " (%" PRIu64 " still open, the others began "
			"before the session or had no histogram)\n",
			group_count(row) - in_bars, row->open);
	fputc('\n', out);
}

/**
 * render_hist() - distributions, a block for each row
 * @out: where to
 * @report: the report
 * @view: @title, @width, @max_rows and @by
 */
void render_hist(FILE *out, const struct report *report, const struct render_view *view)
{
	size_t nr = report->nr_rows;

	if (view->title)
		fprintf(out, "%s%s%s\n\n", term_colour(TERM_TITLE), view->title,
			term_colour(TERM_PLAIN));
	if (view->max_rows && nr > view->max_rows)
		nr = view->max_rows;
	for (size_t i = 0; i < nr; i++)
		render_distribution(out, &report->rows[i], view);
	if (!nr)
		fputs("no waits\n", out);
	if (nr < report->nr_rows)
		fprintf(out, "... %zu more rows\n", report->nr_rows - nr);
	render_legend(out, report, report->rows, nr, nr > 0);
	render_losses(out, report);
}
