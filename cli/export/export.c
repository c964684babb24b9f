// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of formats, and what they have in common: a row's stack as one list of
 * frames from the outermost to the leaf, user frames first, and names for them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "profile/names.h"
#include "render/render.h"

static const struct export_format formats[] = {
	{ "folded", false, export_folded },	      { "pprof", true, export_pprof },
	{ "json", false, render_json_hist },	      { "csv", false, export_csv },
	{ "speedscope", false, export_speedscope },   { "perfetto", true, NULL },
	{ "openmetrics", false, export_openmetrics },
};

/**
 * export_find() - a format by its name
 * @name: as the user types it
 *
 * Return: the format, or NULL.
 */
const struct export_format *export_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

/**
 * export_list() - the names of all formats, for messages
 */
const char *export_list(void)
{
	return "folded, pprof, json, csv, speedscope, perfetto, openmetrics";
}

/**
 * export_is_wait() - is a row one of a thread's waits
 * @row: row
 *
 * A request to a device is none: its time is not the thread's, and it has no stack.
 */
bool export_is_wait(const struct report_row *row)
{
	return row->sum.class_id != WAITPROF_CLASS_BLOCK;
}

static int add_stack(struct export_steps *to, const struct stack *stack, bool is_kernel)
{
	size_t need = to->nr + (stack ? stack->nr + 1 : 0);

	if (!stack || !stack->nr)
		return 0;
	if (need > to->size) {
		struct export_step *steps = reallocarray(to->steps, 2 * need, sizeof(*steps));

		if (!steps)
			return -ENOMEM;
		to->steps = steps;
		to->size = 2 * need;
	}
	if (stack->truncated)
		to->steps[to->nr++] = (struct export_step){ .is_kernel = is_kernel };
	for (size_t i = stack->nr; i-- > 0;)
		to->steps[to->nr++] =
			(struct export_step){ .frame = &stack->frames[i], .is_kernel = is_kernel };
	return 0;
}

/**
 * export_steps_of() - the frames of a row, the outermost first
 * @to: result, in place of what was in it; none when the row has no stack
 * @row: row
 *
 * Return: 0 or -ENOMEM.
 */
int export_steps_of(struct export_steps *to, const struct report_row *row)
{
	to->nr = 0;
	return add_stack(to, row->ustack, false) || add_stack(to, row->kstack, true) ? -ENOMEM : 0;
}

/**
 * export_steps_free() - give up the room
 * @steps: steps
 */
void export_steps_free(struct export_steps *steps)
{
	free(steps->steps);
	memset(steps, 0, sizeof(*steps));
}

/**
 * export_step_name() - what a frame is called
 * @buf: room, may be used
 * @size: its length
 * @step: frame
 *
 * Without a symbol this is the place in its file, which is the same in every
 * process and run, where that is known.
 */
const char *export_step_name(char *buf, size_t size, const struct export_step *step)
{
	const struct symbol_frame *f = step->frame;
	const char *file;

	if (!f)
		return "[truncated]";
	if (f->symbol && f->symbol[0])
		return f->symbol;
	file = f->module && strrchr(f->module, '/') ? strrchr(f->module, '/') + 1 : f->module;
	if (file && f->offset)
		snprintf(buf, size, "[%s+0x%" PRIx64 "]", file, f->offset);
	else if (file)
		snprintf(buf, size, "0x%" PRIx64 " [%s]", f->addr, file);
	else
		snprintf(buf, size, "0x%" PRIx64, f->addr);
	return buf;
}

/**
 * export_object() - what a row's waits, or the latest of them, waited on
 * @buf: result, empty when it is not known
 * @size: its room
 * @row: row
 *
 * Return: @buf.
 */
const char *export_object(char *buf, size_t size, const struct waitprof_row *row)
{
	if (names_object(buf, size, row->object_type, row->object))
		names_object(buf, size, row->last_object_type, row->last_object);
	return buf;
}
