// SPDX-License-Identifier: GPL-2.0-only
/*
 * A budget as text: a bar and the parts of each process, a bar and a line for each
 * thread, what is to be known about the figures, and the question to ask next.
 */
#include <inttypes.h>
#include <string.h>

#include "profile/budget.h"
#include "render/columns.h"
#include "util/format.h"
#include "render/render.h"
#include "util/term.h"

#define PROCESS_CELLS 60
#define THREAD_CELLS  20

/* Parts below this are not worth their name in a thread's line. */
#define SMALL 0.0005

/* What a cell of a bar is drawn with: letters, as there may be no colour. */
static char mark(const struct budget_part *part)
{
	static const char classes[] = {
		[WAITPROF_CLASS_NONE] = '-',	     [WAITPROF_CLASS_FUTEX] = 'F',
		[WAITPROF_CLASS_MUTEX] = 'M',	     [WAITPROF_CLASS_RWSEM] = 'W',
		[WAITPROF_CLASS_RTMUTEX] = 'T',	     [WAITPROF_CLASS_SEMAPHORE] = 'S',
		[WAITPROF_CLASS_PERCPU_RWSEM] = 'P', [WAITPROF_CLASS_IO] = 'I',
		[WAITPROF_CLASS_JOURNAL] = 'J',	     [WAITPROF_CLASS_BLOCK] = 'B',
	};

	switch (part->type) {
	case BUDGET_ON_CPU:
		return '#';
	case BUDGET_RUN_QUEUE:
		return '=';
	case BUDGET_WAIT:
		return part->class_id <= WAITPROF_CLASS_MAX ? classes[part->class_id] : '-';
	case BUDGET_SLEEP:
		return '.';
	case BUDGET_UNACCOUNTED:
		break;
	}
	return '?';
}

/* Cell by cell, whatever part its middle lies in: no rounding can add a cell. */
static void print_bar(FILE *out, const struct budget *b, unsigned int cells)
{
	uint64_t end_ns = b->nr ? b->parts[0].ns : 0;
	size_t part = 0;

	fprintf(out, "[%s", term_colour(TERM_BAR));
	for (unsigned int i = 0; i < cells && b->nr; i++) {
		uint64_t at_ns = (uint64_t)(((double)i + 0.5) / cells * (double)b->wall_ns);

		while (at_ns >= end_ns && part + 1 < b->nr)
			end_ns += b->parts[++part].ns;
		fputc(mark(&b->parts[part]), out);
	}
	fprintf(out, "%s]", term_colour(TERM_PLAIN));
}

static void title(FILE *out, const char *text)
{
	fprintf(out, "%s%s%s\n", term_colour(TERM_TITLE), text, term_colour(TERM_PLAIN));
}

static const char *part_name(char *buf, size_t size, const struct budget_part *part)
{
	budget_part_name(buf, size, part);
	if (part->inferred_ns)
		strncat(buf, "*", size - strlen(buf) - 1);
	columns_clean(buf);
	return buf;
}

static void print_process(FILE *out, const struct budget_process *process)
{
	char comm[WAITPROF_COMM_LEN + 1], line[160], name[BUDGET_FUNCTION_LEN + 16];
	char length[FORMAT_LEN], share[FORMAT_LEN];
	const struct budget *b = &process->budget;

	snprintf(comm, sizeof(comm), "%.*s", WAITPROF_COMM_LEN, process->comm);
	columns_clean(comm);
	snprintf(line, sizeof(line), "process %u %s: %zu thread%s, %s of wall time", process->tgid,
		 comm, process->nr_threads, process->nr_threads == 1 ? "" : "s",
		 format_duration(length, sizeof(length), b->wall_ns));
	title(out, line);
	fputs("  ", out);
	print_bar(out, b, PROCESS_CELLS);
	fputc('\n', out);
	for (size_t i = 0; i < b->nr; i++) {
		const struct budget_part *part = &b->parts[i];

		if (!part->ns && part->type != BUDGET_UNACCOUNTED)
			continue;
		fprintf(out, "  %c %7s %9s  %s", mark(part),
			format_share(share, sizeof(share), part->ns, b->wall_ns),
			format_duration(length, sizeof(length), part->ns),
			part_name(name, sizeof(name), part));
		if (part->type == BUDGET_SLEEP)
			fprintf(out, " (%" PRIu64 " samples)", part->samples);
		fputc('\n', out);
	}
}

static void add_text(char *line, size_t size, const char *text)
{
	strncat(line, text, size - strlen(line) - 1);
}

static void print_thread(FILE *out, const struct budget_thread *thread, int width)
{
	char comm[WAITPROF_COMM_LEN + 1], line[1024] = "", name[BUDGET_FUNCTION_LEN + 16];
	char length[FORMAT_LEN], share[FORMAT_LEN], head[80];
	const struct budget *b = &thread->budget;
	int room;

	snprintf(comm, sizeof(comm), "%.*s", WAITPROF_COMM_LEN, thread->comm);
	columns_clean(comm);
	snprintf(head, sizeof(head), "  %7u  %-15s  %9s%c ", thread->tid, comm,
		 format_duration(length, sizeof(length), b->wall_ns),
		 thread->began || thread->ended ? '<' : ' ');
	for (size_t i = 0; i < b->nr; i++) {
		const struct budget_part *part = &b->parts[i];

		if ((double)part->ns < SMALL * (double)b->wall_ns &&
		    part->type != BUDGET_UNACCOUNTED)
			continue;
		add_text(line, sizeof(line), line[0] ? ", " : "");
		add_text(line, sizeof(line), part_name(name, sizeof(name), part));
		add_text(line, sizeof(line), " ");
		add_text(line, sizeof(line),
			 format_share(share, sizeof(share), part->ns, b->wall_ns));
	}
	room = width - (int)strlen(head) - THREAD_CELLS - 4;
	if (width && room > 0 && strlen(line) > (size_t)room)
		line[room] = '\0';
	fputs(head, out);
	print_bar(out, b, THREAD_CELLS);
	fprintf(out, "  %s\n", line);
}

static void print_threads(FILE *out, const struct budget_report *report, uint32_t tgid, int width)
{
	fprintf(out, "%s      TID  COMM                  WALL%s\n", term_colour(TERM_HEADER),
		term_colour(TERM_PLAIN));
	for (size_t i = 0; i < report->nr_threads; i++)
		if (report->threads[i].tgid == tgid)
			print_thread(out, &report->threads[i], width);
}

static void print_excess(FILE *out, const struct budget_report *report)
{
	uint64_t excess_ns = 0, wall_ns = 0;
	char share[FORMAT_LEN];

	for (size_t i = 0; i < report->nr_processes; i++) {
		excess_ns += report->processes[i].budget.excess_ns;
		wall_ns += report->processes[i].budget.wall_ns;
	}
	if ((double)excess_ns < SMALL * (double)wall_ns)
		return;
	fprintf(out,
		"%s%s more was measured than there is wall time (the scheduler's figures are up to "
		"a tick behind): parts made smaller in proportion%s\n",
		term_colour(TERM_WARNING), format_share(share, sizeof(share), excess_ns, wall_ns),
		term_colour(TERM_PLAIN));
}

static void print_notes(FILE *out, const struct budget_report *report)
{
	bool short_lived = false, inferred = false;
	char length[FORMAT_LEN];

	for (size_t i = 0; i < report->nr_threads; i++) {
		const struct budget_thread *thread = &report->threads[i];

		short_lived |= thread->began || thread->ended;
		for (size_t k = 0; k < thread->budget.nr; k++)
			inferred |= thread->budget.parts[k].inferred_ns;
	}
	fprintf(out,
		"other sleep: what is left, as far as %" PRIu64 " looks at each thread bear "
		"it out, and named by them\n",
		report->samples);
	if (short_lived)
		fputs("< began or ended in the window: charged for its own life\n", out);
	if (inferred)
		fputs("* begun unseen: class and time inferred from /proc\n", out);
	print_excess(out, report);
	if (report->unseen)
		fprintf(out,
			"%s%" PRIu64
			" threads lived too short to be looked at; they were blocked for "
			"%s%s\n",
			term_colour(TERM_WARNING), report->unseen,
			format_duration(length, sizeof(length), report->unseen_ns),
			term_colour(TERM_PLAIN));
	if (report->unattributed_ns)
		fprintf(out, "%swaits of %s are in no thread's row: table full%s\n",
			term_colour(TERM_WARNING),
			format_duration(length, sizeof(length), report->unattributed_ns),
			term_colour(TERM_PLAIN));
	render_losses(out, &report->report);
}

/**
 * render_budget() - bars, parts, and the next question
 * @out: where to
 * @report: the budget
 * @view: its title and width
 */
void render_budget(FILE *out, const struct budget_report *report, const struct render_view *view)
{
	if (view->title)
		title(out, view->title);
	fputc('\n', out);
	for (size_t i = 0; i < report->nr_processes; i++) {
		print_process(out, &report->processes[i]);
		fputc('\n', out);
		print_threads(out, report, report->processes[i].tgid, view->width);
		fputc('\n', out);
	}
	if (!report->nr_processes)
		fputs("no thread lived long enough to be looked at\n\n", out);
	print_notes(out, report);
	if (report->next[0][0])
		fputc('\n', out);
	for (size_t i = 0; i < 2; i++)
		if (report->next[i][0])
			fprintf(out, "%s\n", report->next[i]);
}
