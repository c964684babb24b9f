// SPDX-License-Identifier: GPL-2.0-only
/*
 * blocked as text. What a hang needs first comes first: threads that wait for
 * each other, with their stacks; then who holds up whom; then every wait.
 */
#include <inttypes.h>
#include <string.h>

#include "util/format.h"
#include "profile/lock_sites.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"

#define MAX_CHAINS 20

/* Among how many stacks printed before a row looks for its own. */
#define LOOK_BACK 64

/**
 * render_stack() - a stack, a frame a line
 * @out: where to
 * @name: "kernel" or "user"
 * @stack: stack, NULL prints nothing
 */
void render_stack(FILE *out, const char *name, const struct stack *stack)
{
	if (!stack || !stack->nr)
		return;
	fprintf(out, "    %s stack%s%s:\n", name, stack->from_proc ? ", from /proc" : "",
		stack->truncated ? ", frames may be missing" : "");
	for (size_t i = 0; i < stack->nr; i++) {
		const struct symbol_frame *f = &stack->frames[i];

		fprintf(out, "        %s", f->symbol ? f->symbol : "?");
		if (f->symbol && !f->inlined)
			fprintf(out, "+0x%" PRIx64, f->offset);
		else if (!f->symbol)
			fprintf(out, " 0x%" PRIx64, f->addr);
		if (f->file)
			fprintf(out, "  %s:%d", f->file, f->line);
		if (f->module && strcmp(f->module, "kernel"))
			fprintf(out, "  [%s]", f->module);
		fprintf(out, "%s\n", f->inlined ? "  (inlined)" : "");
	}
}

static bool same_stacks(const struct report_row *a, const struct report_row *b)
{
	return (a->kstack || a->ustack) && a->kstack == b->kstack && a->ustack == b->ustack;
}

/* The rows whose stacks were printed last, to be referred to. */
struct printed {
	const struct report_row *rows[LOOK_BACK];
	size_t nr;
};

static const struct report_row *find_printed(const struct printed *printed,
					     const struct report_row *row)
{
	for (size_t i = 0; i < LOOK_BACK && i < printed->nr; i++)
		if (same_stacks(row, printed->rows[i]))
			return printed->rows[i];
	return NULL;
}

static void print_stacks(FILE *out, const struct report_row *row, struct printed *printed)
{
	const struct report_row *above = find_printed(printed, row);

	if (row->site[0])
		fprintf(out, "    at %s\n", row->site);
	if (above) {
		fprintf(out, "    the same stacks as tid %u above\n", above->sum.tid);
		return;
	}
	render_stack(out, "kernel", row->kstack);
	render_stack(out, "user", row->ustack);
	printed->rows[printed->nr++ % LOOK_BACK] = row;
}

static void print_owner(FILE *out, const struct report_row *row)
{
	if (row->sum.owner_tid)
		fprintf(out, " %u %.*s (%s)%s%s%s", row->sum.owner_tid, WAITPROF_COMM_LEN,
			row->owner_comm, owner_by_name(row->owner_by),
			row->lock.owner[0] ? " in " : "", row->lock.owner,
			row->owner_reader ? " and perhaps other readers" : "");
}

static void print_what(FILE *out, const struct report_row *row)
{
	bool is_plain = row->sum.op == WAITPROF_OP_WAIT || row->sum.op == WAITPROF_OP_WAIT_BITSET;
	bool is_told = row->kind != KIND_NONE && row->kind != KIND_OTHER;
	const char *op = row->sum.op ? names_op(row->sum.op) : kind_name(row->kind);

	/* What a futex wait is for says more than how it was called. */
	if (is_plain && is_told)
		op = kind_name(row->kind);

	fprintf(out, "%s%s%s", row->sum.class_id ? names_class(row->sum.class_id) : "class unknown",
		op ? " " : "", op ? op : "");
}

/* Whoever made the file named it: it may hold anything. */
static void print_file(FILE *out, const char *file)
{
	if (!file)
		return;
	fputs("  file ", out);
	for (; *file; file++)
		fputc((unsigned char)*file < ' ' || *file == 0x7f ? '?' : *file, out);
}

static void print_wait(FILE *out, const struct report_row *row, struct printed *printed)
{
	char since[FORMAT_LEN], object[LOCK_SITES_LEN], pid[FORMAT_LEN];

	fprintf(out, "%s%s%s  ", term_colour(TERM_TITLE),
		format_duration(since, sizeof(since), row->since_ns), row->inferred ? "*" : "");
	print_what(out, row);
	fprintf(out, "  pid %s tid %u %.*s%s", names_pid(pid, sizeof(pid), &row->sum), row->sum.tid,
		WAITPROF_COMM_LEN, row->sum.comm, term_colour(TERM_PLAIN));
	if (!names_object(object, sizeof(object), row->sum.object_type, row->sum.object))
		fprintf(out, "  on %s", lock_sites_text(object, sizeof(object), row));
	print_file(out, row->file);
	if (row->sum.owner_tid)
		fputs("  owned by", out);
	print_owner(out, row);
	fprintf(out, "  (%s)\n", names_task_state(row->state));
	if (row->owner_note)
		fprintf(out, "    %s\n", row->owner_note);
	print_stacks(out, row, printed);
}

/* "tid 11 left (pid 7) waits for mutex 0x... held by 12 right (kernel), since 5 min" */
static void print_step(FILE *out, const struct report_row *row)
{
	char since[FORMAT_LEN], object[FORMAT_LEN], pid[FORMAT_LEN];

	fprintf(out, "  tid %u %.*s (pid %s) waits for ", row->sum.tid, WAITPROF_COMM_LEN,
		row->sum.comm, names_pid(pid, sizeof(pid), &row->sum));
	print_what(out, row);
	if (!names_object(object, sizeof(object), row->sum.object_type, row->sum.object))
		fprintf(out, " %s", names_lock(row) ? names_lock(row) : object);
	fputs(" held by", out);
	print_owner(out, row);
	fprintf(out, ", for %s%s\n", format_duration(since, sizeof(since), row->since_ns),
		row->inferred ? "*" : "");
}

static void print_cycle(FILE *out, const struct report *report, size_t nr, struct printed *printed)
{
	const struct graph_path *p = &report->graph.paths[nr];
	const struct report_row *first = &report->rows[p->waits[0]];

	fprintf(out, "%s%s %zu: ", term_colour(TERM_WARNING),
		p->is_sure ? "deadlock" : "possible deadlock", nr + 1);
	if (p->nr == 1)
		fprintf(out, "tid %u waits for itself", first->sum.tid);
	else
		fprintf(out, "%zu threads wait for each other", p->nr);
	fprintf(out, "%s%s\n", p->is_sure ? "" : " (a lock with other readers may come free)",
		term_colour(TERM_PLAIN));
	for (size_t i = 0; i < p->nr; i++) {
		print_step(out, &report->rows[p->waits[i]]);
		print_stacks(out, &report->rows[p->waits[i]], printed);
	}
	fputc('\n', out);
}

static void print_end(FILE *out, const struct report *report, size_t nr)
{
	const struct graph_path *p = &report->graph.paths[nr];
	const struct report_row *last = &report->rows[p->waits[p->nr - 1]];
	const struct report_end *end = &report->ends[nr];

	fprintf(out, "  tid %u %.*s (pid %u) ", last->sum.owner_tid, WAITPROF_COMM_LEN,
		last->owner_comm, last->sum.owner_tgid);
	if (p->into != GRAPH_NONE)
		fprintf(out, "is part of deadlock %zu\n", p->into + 1);
	else
		fprintf(out, "waits for no lock that is seen here; it %s\n",
			names_letter(end->state));
	render_stack(out, "kernel", end->kstack);
}

static void print_chain(FILE *out, const struct report *report, size_t nr)
{
	const struct graph_path *p = &report->graph.paths[nr];

	fprintf(out, "%schain:%s %zu thread%s", term_colour(TERM_TITLE), term_colour(TERM_PLAIN),
		p->nr, p->nr == 1 ? " waits" : "s wait in a row");
	if (p->others)
		fprintf(out, ", and %zu more as the first does", p->others);
	fputc('\n', out);
	for (size_t i = 0; i < p->nr; i++) {
		const struct report_row *row = &report->rows[p->waits[i]];

		print_step(out, row);
		if (row->site[0])
			fprintf(out, "    at %s\n", row->site);
	}
	print_end(out, report, nr);
	fputc('\n', out);
}

static void print_graph(FILE *out, const struct report *report, struct printed *printed)
{
	const struct graph *g = &report->graph;

	for (size_t i = 0; i < g->nr; i++) {
		if (i >= g->nr_cycles + MAX_CHAINS) {
			fprintf(out, "... %zu more chains, shorter waits\n\n", g->nr - i);
			return;
		}
		if (g->paths[i].is_cycle)
			print_cycle(out, report, i, printed);
		else
			print_chain(out, report, i);
	}
}

/**
 * render_blocked() - deadlocks and chains, then every open wait with its stacks
 * @out: where to
 * @report: @rows are open waits, longest first; @graph and @ends
 * @view: @title only
 */
void render_blocked(FILE *out, const struct report *report, const struct render_view *view)
{
	struct printed printed = { .nr = 0 };
	bool inferred = false;

	if (view->title)
		fprintf(out, "%s%s%s\n", term_colour(TERM_TITLE), view->title,
			term_colour(TERM_PLAIN));
	print_graph(out, report, &printed);
	for (size_t i = 0; i < report->nr_rows; i++) {
		print_wait(out, &report->rows[i], &printed);
		inferred |= report->rows[i].inferred;
	}
	if (inferred)
		fputs("* began unseen: class and age inferred from /proc\n", out);
	render_losses(out, report);
}
