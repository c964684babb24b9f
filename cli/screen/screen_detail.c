// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of one row: its figures, its histogram, whole stacks. It is written
 * by the renderers of text that other commands use, and stays with its row from
 * one window to the next.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/lock_sites.h"
#include "profile/names.h"
#include "render/render.h"
#include "screen/screen.h"

static void print_parts(FILE *out, const struct report_row *row)
{
	char part[4][FORMAT_LEN];

	fprintf(out, "  blocked %s, run-queue %s, spin %s",
		format_duration(part[0], FORMAT_LEN, row->sum.blocked_ns),
		format_duration(part[1], FORMAT_LEN, row->sum.runqueue_ns),
		format_duration(part[2], FORMAT_LEN, row->sum.spin_ns));
	if (row->sum.inner_ns)
		fprintf(out, "; waits inside it %s",
			format_duration(part[3], FORMAT_LEN, row->sum.inner_ns));
	fputs("\n  ended by:", out);
	for (uint32_t i = 0; i < WAITPROF_NR_ENDS; i++)
		if (row->sum.ended[i])
			fprintf(out, " %s %" PRIu64, names_end(i), (uint64_t)row->sum.ended[i]);
	if (row->open)
		fprintf(out, " still open %" PRIu64, row->open);
	fputc('\n', out);
}

static void print_object(FILE *out, const struct report_row *row)
{
	char object[LOCK_SITES_LEN];

	if (!names_object(object, sizeof(object), row->sum.object_type, row->sum.object))
		fprintf(out, "  object: %s\n", lock_sites_text(object, sizeof(object), row));
	else if (!names_object(object, sizeof(object), row->sum.last_object_type,
			       row->sum.last_object))
		fprintf(out, "  object of the longest wait: %s\n", object);
	if (row->sum.owner_tid)
		fprintf(out, "  owner: %u %.*s%s%s%s%s\n", row->sum.owner_tid, WAITPROF_COMM_LEN,
			row->owner_comm, row->owner_reader ? " and perhaps other readers" : "",
			row->owner_by == OWNER_BY_KERNEL ? " (kernel)" : "",
			row->lock.owner[0] ? ", in " : "", row->lock.owner);
	if (row->owner_note)
		fprintf(out, "  owner: %s\n", row->owner_note);
}

static void print_open_wait(FILE *out, const struct report_row *row)
{
	char since[FORMAT_LEN], class[COLUMNS_CELL];

	columns_class(class, sizeof(class), row);
	fprintf(out, "%s  pid %u  tid %u  %.*s\n", class, row->sum.tgid, row->sum.tid,
		WAITPROF_COMM_LEN, row->sum.comm);
	fprintf(out, "  blocked for %s%s (%s)\n",
		format_duration(since, sizeof(since), row->since_ns), row->inferred ? "*" : "",
		names_task_state(row->state));
	print_object(out, row);
	if (row->site[0])
		fprintf(out, "  at %s\n", row->site);
	if (row->inferred)
		fputs("  * began unseen: class and age inferred from /proc\n", out);
}

static void print_waits(FILE *out, const struct screen *s, const struct report_row *row)
{
	const struct render_view view = { .width = s->width, .by = s->by };

	render_distribution(out, row, &view);
	print_parts(out, row);
	print_object(out, row);
	if (row->inferred)
		fputs("  * began unseen: class and time inferred from /proc\n", out);
	if (row->max_bound)
		fputs("  ~ at most: the longest of this interval is only known by its bucket\n",
		      out);
}

static void print_row(FILE *out, const struct screen *s, const struct report_row *row)
{
	if (s->detail_panel == SCREEN_BLOCKED)
		print_open_wait(out, row);
	else
		print_waits(out, s, row);
	if (row->sum.class_id == WAITPROF_CLASS_BLOCK)
		return;
	fputc('\n', out);
	if (!row->kstack && !row->ustack)
		fputs("    no stack was kept\n", out);
	if (s->detail_panel != SCREEN_BLOCKED && (row->kstack || row->ustack))
		fputs("  of the costliest part of the row:\n", out);
	render_stack(out, "kernel", row->kstack);
	render_stack(out, "user", row->ustack);
	if (!row->waker.kstack && !row->waker.ustack)
		return;
	fputs("  of who ended the waits:\n", out);
	render_stack(out, "kernel", row->waker.kstack);
	render_stack(out, "user", row->waker.ustack);
}

static const struct report_row *find(const struct screen *s, const struct report_row *rows,
				     size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (screen_row_id(&rows[i], s->detail_panel, s->by) == s->detail_id)
			return &rows[i];
	return NULL;
}

/* Rows of that class once more, with their histograms. */
static int group_again(const struct screen *s, uint32_t class_id, struct report *with)
{
	struct profile chosen = { 0 };
	int ret;

	chosen.rows = calloc(s->window->nr ? s->window->nr : 1, sizeof(*chosen.rows));
	if (!chosen.rows)
		return -ENOMEM;
	for (size_t i = 0; i < s->window->nr; i++) {
		const struct profile_row *row = &s->window->rows[i];

		if (row->row.class_id == class_id && !row->left_out && !row->idle &&
		    !screen_hidden(s, row->row.class_id, row->kind))
			chosen.rows[chosen.nr++] = *row;
	}
	ret = group_profile(&chosen, s->by, s->name, s->name_arg, with);
	free(chosen.rows);
	return ret;
}

static int print(FILE *out, const struct screen *s)
{
	const struct report *r = &s->report;
	const struct report_row *row;
	struct report with = { 0 };
	int ret = 0;

	if (s->detail_panel == SCREEN_BLOCKED) {
		row = find(s, r->blocked, r->nr_blocked);
	} else {
		row = find(s, r->rows, r->nr_rows);
		if (row)
			ret = group_again(s, row->sum.class_id, &with);
		if (row && !ret)
			row = find(s, with.rows, with.nr_rows);
	}
	if (row && !ret)
		print_row(out, s, row);
	report_free(&with);
	return row || ret ? ret : -ENOENT;
}

/**
 * screen_detail() - write the page of a row
 * @s: screen, with @detail_id and @detail_panel
 *
 * A row that is not in this window leaves the page as it was, and says so.
 *
 * Return: 0 or -ENOMEM.
 */
int screen_detail(struct screen *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = print(out, s);
	if (fclose(out))
		ret = -ENOMEM;
	if (!ret)
		return screen_text_set(&s->detail, text, s->width);
	free(text);
	if (ret != -ENOENT)
		return ret;
	screen_message(s, s->detail_panel == SCREEN_BLOCKED ?
				  "this wait has ended; what is shown is its last" :
				  "no such row in this window; what is shown is its last");
	return 0;
}
