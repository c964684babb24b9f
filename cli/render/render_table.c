// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text tables and what stands below them: the legend of the marks in use and
 * the losses, in words.
 */
#include <inttypes.h>
#include <string.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"

static void print_cell(char *cell, const struct column *column, const struct report_row *row,
		       const struct report *report)
{
	column->print(cell, COLUMNS_CELL, row, report);
	columns_clean(cell);
}

/* Bytes are taken for columns: only names of programs can be anything else. */
static int column_width(const struct column *column, const struct report *report,
			const struct report_row *rows, size_t nr)
{
	char cell[COLUMNS_CELL];
	int width = column->width, len;

	for (size_t i = 0; i < nr; i++) {
		print_cell(cell, column, &rows[i], report);
		len = (int)strlen(cell);
		if (len > width)
			width = len;
	}
	return width;
}

static void append(char *line, size_t size, const char *cell, int width, bool right)
{
	size_t used = strlen(line);

	snprintf(line + used, size - used, right ? "%*s  " : "%-*s  ", width, cell);
}

static void cut(char *line, int width)
{
	size_t len = strlen(line);

	while (len && line[len - 1] == ' ')
		line[--len] = '\0';
	if (width > 0 && len > (size_t)width)
		line[width] = '\0';
}

/**
 * render_table() - print rows under a heading
 * @out: where to
 * @report: the report that the rows belong to
 * @rows: rows
 * @nr: their number
 * @table: which columns
 * @width: cut lines to it; 0 = never
 */
void render_table(FILE *out, const struct report *report, const struct report_row *rows, size_t nr,
		  uint32_t table, int width)
{
	char line[1024], cell[COLUMNS_CELL];
	int widths[32];

	line[0] = '\0';
	for (size_t i = 0; i < nr_columns; i++) {
		if (!(columns[i].tables & table))
			continue;
		widths[i] = column_width(&columns[i], report, rows, nr);
		append(line, sizeof(line), columns[i].title, widths[i], columns[i].right);
	}
	cut(line, width);
	fprintf(out, "%s%s%s\n", term_colour(TERM_HEADER), line, term_colour(TERM_PLAIN));
	for (size_t r = 0; r < nr; r++) {
		line[0] = '\0';
		for (size_t i = 0; i < nr_columns; i++) {
			if (!(columns[i].tables & table))
				continue;
			print_cell(cell, &columns[i], &rows[r], report);
			append(line, sizeof(line), cell, widths[i], columns[i].right);
		}
		cut(line, width);
		fprintf(out, "%s\n", line);
	}
}

/**
 * render_legend() - explain the marks that are in use, and only those
 * @out: where to
 * @report: the report
 * @rows: the rows shown
 * @nr: their number
 * @counts: the table has counts
 */
void render_legend(FILE *out, const struct report *report, const struct report_row *rows, size_t nr,
		   bool counts)
{
	bool inferred = false, bound = false, cut_stack = false, no_waker = false;
	uint64_t open = 0;

	for (size_t i = 0; i < nr; i++) {
		inferred |= rows[i].inferred;
		bound |= rows[i].max_bound;
		cut_stack |= rows[i].ustack && rows[i].ustack->truncated;
		cut_stack |= rows[i].waker.ustack && rows[i].waker.ustack->truncated;
		no_waker |= report->has_wakers && !rows[i].waker.flags;
		open += rows[i].open;
	}
	if (counts)
		fputs("a wait is one sleep: a lock that is woken and sleeps again counts twice",
		      out);
	if (counts && open)
		fprintf(out, "; %" PRIu64 " still open", open);
	if (counts)
		fputc('\n', out);
	if (inferred)
		fputs("* began unseen: class and time inferred from /proc\n", out);
	if (bound)
		fputs("~ at most: the longest of this interval is only known by its bucket\n", out);
	if (no_waker)
		fputs("no waker: still open, never slept, or nobody was seen\n", out);
	if (cut_stack)
		fputs("? user stack not known to be whole: frames may be missing\n", out);
}

/* Before all else: what comes after that moment is not there. */
static void print_stopped(FILE *out, const struct waitprof_losses *l)
{
	char age[FORMAT_LEN], share[FORMAT_LEN], limit[FORMAT_LEN];

	if (!l->stopped_ns)
		return;
	fprintf(out,
		"%sstopped by its guard after %s: its hooks took %s of a CPU, more than %s; "
		"narrow the filter or raise the limit with --guard%s\n",
		term_colour(TERM_WARNING), format_duration(age, sizeof(age), l->stopped_ns),
		format_ppm(share, sizeof(share), l->stopped_share),
		format_ppm(limit, sizeof(limit), l->guard_limit), term_colour(TERM_PLAIN));
}

static void loss(FILE *out, uint64_t n, const char *what)
{
	if (n)
		fprintf(out, "%s%" PRIu64 " %s%s\n", term_colour(TERM_WARNING), n, what,
			term_colour(TERM_PLAIN));
}

static void class_losses(FILE *out, uint32_t class_id, const struct report_counters *c)
{
	const struct {
		uint64_t n;
		const char *what;
	} rows[] = {
		{ c->missed, "waits missed: no room to follow them" },
		{ c->nmissed, "waits or more missed by the probe itself" },
		{ c->unpaired, "ends without a begin" },
		{ c->counters.lost, "waits lost: ended, no room to store them" },
		{ c->counters.filtered, "waits left out: shorter than the minimum" },
		{ c->counters.unattributed,
		  "waits in totals only: no row free for their call site" },
		{ c->counters.nohist, "waits in the histogram of the class only" },
		{ c->counters.clamped, "waits with a part that had to be clamped" },
		{ c->counters.clipped, "waits began before the session: charged from its start" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n)
			fprintf(out, "%s%s: %" PRIu64 " %s%s\n", term_colour(TERM_WARNING),
				names_class(class_id), rows[i].n, rows[i].what,
				term_colour(TERM_PLAIN));
}

static void left_out(FILE *out, const char *what, uint64_t count, uint64_t ns)
{
	char length[FORMAT_LEN];

	fprintf(out, "left out by --%s: %" PRIu64 " waits", what, count);
	if (ns)
		fprintf(out, ", %s", format_duration(length, sizeof(length), ns));
	fputc('\n', out);
}

/* Whoever leaves something out is told how much that leaves unseen. */
static void print_left_out(FILE *out, const struct report *report)
{
	if (report->has_left_out)
		left_out(out, "kind", report->left_out, report->left_out_ns);
	if (report->has_idle)
		left_out(out, "idle", report->idle, report->idle_ns);
}

/* User stacks that are not whole, and why, where the module walked them by rules. */
static void print_cut_stacks(FILE *out, const struct report *report)
{
	const struct waitprof_losses *l = &report->losses;
	const struct {
		uint64_t n;
		const char *why;
	} causes[] = {
		{ l->ustack_space, "before their rules came" },
		{ l->ustack_stale, "while code was unmapped" },
		{ l->ustack_address, "in code that was new" },
		{ l->ustack_table, "in files whose rules did not come" },
		{ l->ustack_stop, "where no rule leads on" },
		{ l->ustack_bad, "where a rule leads nowhere" },
		{ l->ustack_deep, "deeper than ustack_depth of the module" },
	};
	const char *colour = term_colour(TERM_WARNING), *sep = ": ";

	if (l->ustack_truncated) {
		fprintf(out, "%s%" PRIu64 " user stacks not known to be whole", colour,
			(uint64_t)l->ustack_truncated);
		for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
			if (!causes[i].n)
				continue;
			fprintf(out, "%s%" PRIu64 " %s", sep, causes[i].n, causes[i].why);
			sep = ", ";
		}
		fprintf(out, "%s\n", term_colour(TERM_PLAIN));
	}
	if (l->ustack_truncated && report->no_rules && report->no_rules[0])
		fprintf(out, "%sno unwind rules: %s%s\n", colour, report->no_rules,
			term_colour(TERM_PLAIN));
	loss(out, l->unknown_full, "times no room to ask for the rules of a place");
	loss(out, l->spaces_forgotten, "processes' rules forgotten: too many, or no memory");
}

/**
 * render_losses() - everything that was lost or cut, in words; nothing if nothing
 * @out: where to
 * @report: with the counters
 */
void render_losses(FILE *out, const struct report *report)
{
	const struct waitprof_losses *l = &report->losses;

	print_stopped(out, l);
	print_left_out(out, report);
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (report->classes & 1U << id)
			class_losses(out, id, &report->counters[id]);
	loss(out, l->stack_full, "stacks not stored: table full");
	loss(out, l->stack_busy, "stacks not stored: too many writers at once");
	loss(out, l->kstack_truncated, "kernel stacks cut or not reliable");
	print_cut_stacks(out, report);
	loss(out, l->ustack_fault, "user stacks ended at memory that could not be read");
	loss(out, l->ustack_compat, "waits of 32-bit tasks: user stack not walked");
	loss(out, l->nest_deep, "waits nested too deep to subtract");
	loss(out, l->follow_full, "tasks not followed: no room, see follow_limit of the module");
	if (report->blind && report->blind[0])
		fprintf(out, "%sblind on this kernel: %s%s\n", term_colour(TERM_WARNING),
			report->blind, term_colour(TERM_PLAIN));
}
