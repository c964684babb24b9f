// SPDX-License-Identifier: GPL-2.0-only
/*
 * top as text: who is blocked right now, what cost most, how much
 * of the wall time that explains, and what was lost.
 */
#include <inttypes.h>

#include "columns.h"
#include "format.h"
#include "names.h"
#include "render.h"
#include "term.h"

static size_t limit(size_t nr, size_t max)
{
	return max && nr > max ? max : nr;
}

static void title(FILE *out, const char *text)
{
	fprintf(out, "%s%s%s\n", term_colour(TERM_TITLE), text, term_colour(TERM_PLAIN));
}

static void print_coverage(FILE *out, const struct report *report, int width)
{
	const struct report_coverage *c = &report->coverage;
	uint64_t waits = c->waits_ns < c->wall_ns ? c->waits_ns : c->wall_ns;
	uint64_t outside = c->wall_ns - waits;
	uint64_t cpu = c->cpu_ns < outside ? c->cpu_ns : outside;
	uint64_t runqueue = c->runqueue_ns < outside - cpu ? c->runqueue_ns : outside - cpu;
	char wall[FORMAT_LEN], length[FORMAT_LEN], s[4][FORMAT_LEN];

	if (c->system_wide) {
		fputs("coverage: not known system-wide; follow processes with --pid\n", out);
		return;
	}
	if (!c->nr_threads) {
		fputs("coverage: not known, the followed threads have ended\n", out);
		return;
	}
	fprintf(out, "coverage: %" PRIu64 " threads x %s = %s wall; waits shown %s,%soutside: ",
		c->nr_threads, format_duration(length, FORMAT_LEN, report->duration_ns),
		format_duration(wall, FORMAT_LEN, c->wall_ns),
		format_share(s[0], FORMAT_LEN, waits, c->wall_ns),
		width && width < 140 ? "\n          " : " ");
	fprintf(out, "on-CPU %s, run-queue %s, other sleep or idle %s\n",
		format_share(s[1], FORMAT_LEN, cpu, c->wall_ns),
		format_share(s[2], FORMAT_LEN, runqueue, c->wall_ns),
		format_share(s[3], FORMAT_LEN, outside - cpu - runqueue, c->wall_ns));
	if (c->ended_ns)
		fprintf(out, "          and waits of %s by threads that have ended\n",
			format_duration(wall, FORMAT_LEN, c->ended_ns));
}

static void print_rest(FILE *out, const struct report *report, size_t shown)
{
	char rest[FORMAT_LEN];
	uint64_t rest_ns = 0;

	for (size_t i = shown; i < report->nr_rows; i++)
		rest_ns += report->rows[i].sum.total_ns;
	if (shown < report->nr_rows)
		fprintf(out, "... %zu more rows, %s\n", report->nr_rows - shown,
			format_duration(rest, sizeof(rest), rest_ns));
}

/**
 * render_top() - one refresh of top
 * @out: where to
 * @report: with @blocked, @rows and @coverage
 * @view: how much of it
 */
void render_top(FILE *out, const struct report *report, const struct render_view *view)
{
	size_t blocked = limit(report->nr_blocked, view->max_blocked);
	size_t rows = limit(report->nr_rows, view->max_rows);
	uint32_t table = columns_table(view->by);
	char line[128];

	if (report->has_wakers)
		table |= COLUMNS_WAKERS;
	if (view->title)
		title(out, view->title);
	snprintf(line, sizeof(line), "Blocked right now: %zu", report->nr_blocked);
	title(out, line);
	if (blocked)
		render_table(out, report, report->blocked, blocked, COLUMNS_BLOCKED, view->width);
	if (blocked < report->nr_blocked)
		fprintf(out, "... %zu more, shorter\n", report->nr_blocked - blocked);
	fputc('\n', out);
	snprintf(line, sizeof(line), "Waits by %s", group_by_name(view->by));
	title(out, line);
	if (rows)
		render_table(out, report, report->rows, rows, table, view->width);
	else
		fputs("no waits\n", out);
	print_rest(out, report, rows);
	fputc('\n', out);
	print_coverage(out, report, view->width);
	render_legend(out, report, report->rows, rows, rows > 0);
	render_losses(out, report);
}
