// SPDX-License-Identifier: GPL-2.0-only
/*
 * A comparison as text: a table for the time and one for the number of waits,
 * each with the sums first; what differs between the recordings above, what it
 * comes to below.
 */
#include <math.h>
#include <string.h>

#include "render/columns.h"
#include "diff/diff_report.h"
#include "util/format.h"
#include "util/term.h"

enum { BEFORE, AFTER, CHANGE, INTERVAL, P, CLASS, SITE, NR_COLUMNS };

static const struct {
	const char *title;
	bool right;
} titles[NR_COLUMNS] = {
	{ "BEFORE", true }, { "AFTER", true },	{ "CHANGE", true },	{ "95 % INTERVAL", true },
	{ "P", true },	    { "CLASS", false }, { "CALL SITE", false },
};

/* A row of a table; @remark goes over the columns from CHANGE to P. */
struct line {
	char cells[NR_COLUMNS][COLUMNS_CELL];
	char remark[DIFF_WORDS_LEN];
	const struct stats_result *result;
};

static void get_interval(char *cell, size_t size, const struct stats_result *r)
{
	char low[FORMAT_LEN], high[FORMAT_LEN], *percent;

	if (isnan(r->low) || isinf(r->high))
		snprintf(cell, size, "-");
	else
		snprintf(cell, size, "%s .. %s", diff_percent(low, sizeof(low), r->low),
			 diff_percent(high, sizeof(high), r->high));
	/* Once is enough: "-3.1 .. +2.0 %". */
	percent = strstr(cell, " % ..");
	if (percent && strchr(percent + 2, '%'))
		memmove(percent, percent + 2, strlen(percent + 2) + 1);
}

static void get_line(struct line *line, const struct diff *d, const struct diff_row *row,
		     enum diff_value value)
{
	const struct stats_result *r = &row->results[d->per][value];

	*line = (struct line){ .result = r };
	diff_rate(line->cells[BEFORE], COLUMNS_CELL, value, r->before);
	diff_rate(line->cells[AFTER], COLUMNS_CELL, value, r->after);
	diff_class(line->cells[CLASS], COLUMNS_CELL, row);
	if (row->key.level == DIFF_SITE)
		snprintf(line->cells[SITE], COLUMNS_CELL, "%s%s",
			 row->key.site[0] ? row->key.site : "-", row->merged ? " *" : "");
	columns_clean(line->cells[SITE]);
	if (r->verdict == STATS_TOO_LITTLE) {
		diff_too_little(line->remark, sizeof(line->remark), r);
		return;
	}
	diff_change(line->cells[CHANGE], COLUMNS_CELL, r);
	get_interval(line->cells[INTERVAL], COLUMNS_CELL, r);
	diff_p(line->cells[P], COLUMNS_CELL, r->p);
}

/* The call sites that are shown, or all sums. */
static bool is_shown(const struct diff_report *report, const struct diff_row *row, size_t *nr_sites,
		     enum diff_value value)
{
	if (row->key.level == DIFF_PART && value == DIFF_WAITS)
		return false;
	if (row->key.level != DIFF_SITE)
		return true;
	++*nr_sites;
	return !report->max_rows || *nr_sites <= report->max_rows;
}

static int span(const int widths[NR_COLUMNS])
{
	return widths[CHANGE] + widths[INTERVAL] + widths[P] + 4;
}

static void find_widths(const struct diff_report *report, enum diff_value value,
			int widths[NR_COLUMNS])
{
	const struct diff *d = report->diff;
	size_t nr_sites = 0;
	struct line line;
	int remark = 0;

	for (int c = 0; c < NR_COLUMNS; c++)
		widths[c] = (int)strlen(titles[c].title);
	for (size_t i = 0; i < d->nr; i++) {
		if (!is_shown(report, &d->rows[i], &nr_sites, value))
			continue;
		get_line(&line, d, &d->rows[i], value);
		for (int c = 0; c < NR_COLUMNS; c++)
			if ((int)strlen(line.cells[c]) > widths[c])
				widths[c] = (int)strlen(line.cells[c]);
		if ((int)strlen(line.remark) > remark)
			remark = (int)strlen(line.remark);
	}
	if (remark > span(widths))
		widths[INTERVAL] += remark - span(widths);
}

static void print_cells(FILE *out, const struct line *line, const int widths[NR_COLUMNS],
			enum term_role role, int width)
{
	char text[NR_COLUMNS * COLUMNS_CELL + DIFF_WORDS_LEN] = "";
	size_t len = 0;

	for (int c = 0; c < NR_COLUMNS; c++) {
		if (c == CHANGE && line->remark[0]) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%-*s  ",
						span(widths), line->remark);
			c = P;
			continue;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					titles[c].right ? "%*s  " : "%-*s  ", widths[c],
					line->cells[c]);
	}
	while (len && text[len - 1] == ' ')
		text[--len] = '\0';
	if (width > 0 && len > (size_t)width)
		text[width] = '\0';
	fprintf(out, "%s%s%s\n", term_colour(role), text,
		role == TERM_PLAIN ? "" : term_colour(TERM_PLAIN));
}

static void print_table(FILE *out, const struct diff_report *report, enum diff_value value)
{
	const struct diff *d = report->diff;
	struct line line = { 0 };
	int widths[NR_COLUMNS];
	size_t nr_sites = 0;

	fprintf(out, "%s%s per %s%s\n", term_colour(TERM_TITLE),
		value == DIFF_TIME ? "Wait time" : "Waits",
		d->per == DIFF_UNIT ? "unit of work" : "second", term_colour(TERM_PLAIN));
	find_widths(report, value, widths);
	for (int c = 0; c < NR_COLUMNS; c++)
		snprintf(line.cells[c], COLUMNS_CELL, "%s", titles[c].title);
	print_cells(out, &line, widths, TERM_HEADER, report->width);
	for (size_t i = 0; i < d->nr; i++) {
		if (!is_shown(report, &d->rows[i], &nr_sites, value))
			continue;
		get_line(&line, d, &d->rows[i], value);
		print_cells(out, &line, widths, TERM_PLAIN, report->width);
	}
	if (report->max_rows && nr_sites > report->max_rows)
		fprintf(out, "... %zu more call sites (--json has all)\n",
			nr_sites - report->max_rows);
	fputc('\n', out);
}

static void print_side(FILE *out, const struct diff_report *report, enum diff_side side)
{
	const struct diff *d = report->diff;
	char length[FORMAT_LEN], count[FORMAT_LEN];
	double seconds = 0, work = 0;
	size_t nr = 0, slices = 0;

	fputs(side == DIFF_BEFORE ? "before: " : "after:  ", out);
	for (size_t i = 0; i < report->nr_recordings; i++)
		if (report->recordings[i].side == side)
			fprintf(out, "%s%s", nr++ ? ", " : "", report->recordings[i].info->path);
	for (size_t i = 0; i < d->nr_runs; i++) {
		if (d->runs[i].side != side)
			continue;
		seconds += d->runs[i].seconds;
		work += d->runs[i].work;
		slices += d->runs[i].nr;
	}
	fprintf(out, " (%s, %zu slices",
		format_duration(length, sizeof(length), (uint64_t)(seconds * 1e9 + 0.5)), slices);
	if (work > 0)
		fprintf(out, ", %s units of work",
			format_count(count, sizeof(count), (uint64_t)(work + 0.5)));
	fputs(")\n", out);
}

static void print_warning(void *out, const char *text)
{
	char clean[DIFF_WORDS_LEN * 4];

	snprintf(clean, sizeof(clean), "%s", text);
	columns_clean(clean);
	fprintf(out, "%swarning:%s %s\n", term_colour(TERM_WARNING), term_colour(TERM_PLAIN),
		clean);
}

static void sum_left_out(const struct diff_report *report, enum diff_side side, struct report *sum)
{
	for (size_t i = 0; i < report->nr_recordings; i++) {
		const struct report *counters = report->recordings[i].counters;

		if (report->recordings[i].side != side || !counters)
			continue;
		sum->has_left_out |= counters->has_left_out;
		sum->left_out_ns += counters->left_out_ns;
		sum->has_idle |= counters->has_idle;
		sum->idle_ns += counters->idle_ns;
	}
}

/* Whoever leaves something out is told how much that leaves unseen. */
static void print_left_out(FILE *out, const struct diff_report *report)
{
	struct report before = { 0 }, after = { 0 };
	char times[2][FORMAT_LEN];

	sum_left_out(report, DIFF_BEFORE, &before);
	sum_left_out(report, DIFF_AFTER, &after);
	if (before.has_left_out)
		fprintf(out, "left out by --kind: %s before, %s after\n",
			format_duration(times[0], FORMAT_LEN, before.left_out_ns),
			format_duration(times[1], FORMAT_LEN, after.left_out_ns));
	if (before.has_idle)
		fprintf(out, "left out by --idle: %s before, %s after\n",
			format_duration(times[0], FORMAT_LEN, before.idle_ns),
			format_duration(times[1], FORMAT_LEN, after.idle_ns));
}

static void print_legend(FILE *out, const struct diff_report *report)
{
	const struct diff *d = report->diff;
	bool merged = false, by_runs = false, by_chance = false;

	for (size_t i = 0; i < d->nr; i++) {
		const struct stats_result *results = d->rows[i].results[d->per];

		merged |= d->rows[i].merged;
		for (size_t v = 0; v < DIFF_NR_VALUES; v++) {
			by_runs |= results[v].by_runs;
			by_chance |= results[v].verdict == STATS_NOTHING &&
				     results[v].p < STATS_LEVEL;
		}
	}
	fprintf(out,
		"~ no change shown; the interval holds what there may be of one; %s were compared\n",
		by_runs ? "recordings" : "slices of time");
	if (by_chance)
		fputs("P is of one row alone: among so many rows one as small as beside ~ comes by "
		      "chance\n",
		      out);
	if (merged)
		fputs("* call sites of this function are not the same before and after: taken "
		      "together\n",
		      out);
}

/**
 * render_diff() - a comparison as text
 * @out: where to
 * @report: the comparison
 */
void render_diff(FILE *out, const struct diff_report *report)
{
	fprintf(out, "%swaitprof diff%s\n", term_colour(TERM_TITLE), term_colour(TERM_PLAIN));
	print_side(out, report, DIFF_BEFORE);
	print_side(out, report, DIFF_AFTER);
	diff_environment(report, print_warning, out);
	fputc('\n', out);
	if (report->diff->nr) {
		print_table(out, report, DIFF_TIME);
		print_table(out, report, DIFF_WAITS);
		print_legend(out, report);
	}
	print_left_out(out, report);
	diff_summary(out, report->diff);
	fputc('\n', out);
}
