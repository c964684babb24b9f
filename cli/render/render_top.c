// SPDX-License-Identifier: GPL-2.0-only
/*
 * top as text: who is blocked right now, what cost most, how much
 * of the wall time that explains, and what was lost.
 */
#include <inttypes.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"

static size_t limit(size_t nr, size_t max)
{
	return max && nr > max ? max : nr;
}

static void title(FILE *out, const char *text)
{
	fprintf(out, "%s%s%s\n", term_colour(TERM_TITLE), text, term_colour(TERM_PLAIN));
}

/**
 * render_coverage() - how the wall time of the followed threads divides
 * @out: where to
 * @report: with @coverage
 * @width: of the terminal, 0 = without limit
 */
void render_coverage(FILE *out, const struct report *report, int width)
{
	const struct report_coverage *c = &report->coverage;
	uint64_t waits = c->waits_ns < c->wall_ns ? c->waits_ns : c->wall_ns;
	uint64_t outside = c->wall_ns - waits;
	uint64_t cpu = c->cpu_ns < outside ? c->cpu_ns : outside;
	uint64_t runqueue = c->runqueue_ns < outside - cpu ? c->runqueue_ns : outside - cpu;
	char wall[FORMAT_LEN], length[FORMAT_LEN], s[4][FORMAT_LEN];

	/* A part of a capture: what its threads did beside is not known. */
	if (report->is_captured && !c->nr_threads)
		return;
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

static void print_rest(FILE *out, const struct report_row *rows, size_t nr, size_t shown)
{
	char rest[FORMAT_LEN];
	uint64_t rest_ns = 0;

	for (size_t i = shown; i < nr; i++)
		rest_ns += rows[i].sum.total_ns;
	if (shown < nr)
		fprintf(out, "... %zu more rows, %s\n", nr - shown,
			format_duration(rest, sizeof(rest), rest_ns));
}

static void print_blocked(FILE *out, const struct report *report, const struct render_view *view)
{
	size_t shown = limit(report->nr_blocked, view->max_blocked);
	char line[128];

	snprintf(line, sizeof(line), "Blocked right now: %zu", report->nr_blocked);
	title(out, line);
	if (shown)
		render_table(out, report, report->blocked, shown, COLUMNS_BLOCKED, view->width);
	if (shown < report->nr_blocked)
		fprintf(out, "... %zu more, shorter\n", report->nr_blocked - shown);
	fputc('\n', out);
}

/* Returns how many rows are shown. */
static size_t print_waits(FILE *out, const struct report *report, size_t nr,
			  const struct render_view *view)
{
	uint32_t table = columns_table(view->by);
	size_t shown = limit(nr, view->max_rows);
	char line[128];

	if (report->has_wakers)
		table |= COLUMNS_WAKERS;
	snprintf(line, sizeof(line), "Waits by %s", group_by_name(view->by));
	title(out, line);
	if (shown)
		render_table(out, report, report->rows, shown, table, view->width);
	else
		fputs("no waits\n", out);
	print_rest(out, report->rows, nr, shown);
	fputc('\n', out);
	return shown;
}

/* The time of devices, which is no thread's. */
static void print_requests(FILE *out, const struct report *report, size_t from,
			   const struct render_view *view)
{
	const struct report_row *rows = report->rows + from;
	size_t nr = report->nr_rows - from, shown = limit(nr, view->max_rows);
	uint32_t table = COLUMNS_REQUESTS;

	if (view->by != GROUP_BY_OBJECT && view->by != GROUP_BY_CLASS)
		table |= COLUMNS_SUBMITTERS;
	if (view->by == GROUP_BY_THREAD)
		table |= COLUMNS_THREADS;
	title(out, "Requests to devices, from issue to completion");
	if (shown)
		render_table(out, report, rows, shown, table, view->width);
	else
		fputs("no requests\n", out);
	print_rest(out, rows, nr, shown);
	fputc('\n', out);
}

/**
 * render_top() - one refresh of top
 * @out: where to
 * @report: with @blocked, @rows (sorted) and @coverage
 * @view: how much of it
 */
void render_top(FILE *out, const struct report *report, const struct render_view *view)
{
	size_t nr_waits = group_nr_waits(report->rows, report->nr_rows), shown = 0;
	bool has_requests = report->classes & 1U << WAITPROF_CLASS_BLOCK;
	bool has_waits = !has_requests || report->classes != 1U << WAITPROF_CLASS_BLOCK;

	if (view->title)
		title(out, view->title);
	if (has_waits) {
		if (!report->is_captured)
			print_blocked(out, report, view);
		shown = print_waits(out, report, nr_waits, view);
	}
	if (has_requests)
		print_requests(out, report, nr_waits, view);
	if (has_waits) {
		render_coverage(out, report, view->width);
		render_legend(out, report, report->rows, shown, shown > 0);
	}
	render_losses(out, report);
}
