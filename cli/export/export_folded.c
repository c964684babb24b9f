// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folded stacks, as flame graph tools read them: a line for each distinct stack,
 * "thread;outermost;...;leaf NUMBER", the number being nanoseconds. Kernel frames
 * end in _[k], inlined ones in _[i].
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "util/intern.h"
#include "profile/names.h"
#include "util/utf8.h"

struct line {
	char *text;
	size_t len;
	uint64_t ns;
};

struct folded {
	struct intern texts;
	struct line *lines; /* by number in @texts */
	struct export_steps steps;
	char *text; /* the line being made */
	size_t nr;
	size_t size;
};

static int append(struct folded *to, const char *text, size_t len)
{
	if (to->nr + len + 1 > to->size) {
		size_t size = 2 * (to->nr + len) + 256;
		char *bigger = realloc(to->text, size);

		if (!bigger)
			return -ENOMEM;
		to->text = bigger;
		to->size = size;
	}
	memcpy(to->text + to->nr, text, len);
	to->nr += len;
	return 0;
}

/* A semicolon would be the end of the frame, a line feed that of the line. */
static int append_name(struct folded *to, const char *name, size_t len)
{
	size_t from = to->nr;
	int ret = append(to, name, len);

	for (size_t i = from; !ret && i < to->nr; i++) {
		if (to->text[i] == ';')
			to->text[i] = ':';
		else if ((unsigned char)to->text[i] < ' ')
			to->text[i] = '?';
	}
	return ret;
}

static int append_step(struct folded *to, const struct export_step *step)
{
	const struct symbol_frame *f = step->frame;
	char buf[EXPORT_NAME_LEN];
	const char *name = export_step_name(buf, sizeof(buf), step);
	int ret = append(to, ";", 1);

	if (!ret)
		ret = append_name(to, name, strlen(name));
	if (!ret && f && f->inlined)
		ret = append(to, "_[i]", 4);
	if (!ret && f && step->is_kernel)
		ret = append(to, "_[k]", 4);
	return ret;
}

static int make_line(struct folded *to, const struct report_row *row)
{
	char class[32], comm[UTF8_CLEAN_LEN(WAITPROF_COMM_LEN)];
	int ret;

	to->nr = 0;
	utf8_clean(comm, sizeof(comm), row->sum.comm, WAITPROF_COMM_LEN);
	ret = comm[0] ? append_name(to, comm, strlen(comm)) : append(to, "?", 1);
	if (!ret)
		ret = export_steps_of(&to->steps, row);
	for (size_t i = 0; !ret && i < to->steps.nr; i++)
		ret = append_step(to, &to->steps.steps[i]);
	if (!ret && !to->steps.nr)
		ret = append(to, class,
			     (size_t)snprintf(class, sizeof(class), ";[%s]",
					      names_class(row->sum.class_id)));
	return ret;
}

static int add_row(struct folded *to, const struct report_row *row)
{
	int64_t number;
	bool is_new;
	int ret = make_line(to, row);

	if (ret)
		return ret;
	number = intern_get(&to->texts, to->text, to->nr, &is_new);
	if (number < 0)
		return -ENOMEM;
	if (is_new) {
		struct line *lines = reallocarray(to->lines, to->texts.nr, sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		to->lines = lines;
		lines[number] = (struct line){ .text = to->texts.keys[number].bytes,
					       .len = to->texts.keys[number].len };
	}
	to->lines[number].ns += row->sum.total_ns;
	return 0;
}

static int by_text(const void *va, const void *vb)
{
	const struct line *a = va, *b = vb;
	int c = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return c ? c : a->len < b->len ? -1 : a->len > b->len;
}

/**
 * export_folded() - folded stacks
 * @out: where to
 * @report: rows with their own stacks
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int export_folded(FILE *out, const struct report *report)
{
	struct folded to = { 0 };
	int ret = 0;

	for (size_t i = 0; !ret && i < report->nr_rows; i++)
		if (export_is_wait(&report->rows[i]) && report->rows[i].sum.total_ns)
			ret = add_row(&to, &report->rows[i]);
	if (!ret && to.texts.nr)
		qsort(to.lines, to.texts.nr, sizeof(*to.lines), by_text);
	for (size_t i = 0; !ret && i < to.texts.nr; i++)
		if (fprintf(out, "%.*s %" PRIu64 "\n", (int)to.lines[i].len, to.lines[i].text,
			    to.lines[i].ns) < 0)
			ret = -EIO;
	intern_free(&to.texts);
	export_steps_free(&to.steps);
	free(to.lines);
	free(to.text);
	return ret;
}
