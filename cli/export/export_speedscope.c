// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file format of speedscope: a profile of all waits, then one for each class.
 * A sample is the stack of a row, its weight the row's time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "util/intern.h"
#include "render/keys.h"
#include "profile/names.h"

#define ALL_CLASSES 0

struct speedscope {
	struct keys *keys;
	struct intern frames; /* name, line and file of each, as add_frame() makes them */
	struct export_steps steps;
	int error;
};

/* The number of a frame. Those with equal words are one. */
static int64_t frame_number(struct speedscope *to, const struct export_step *step,
			    const char *instead)
{
	char buf[EXPORT_NAME_LEN], key[3 * EXPORT_NAME_LEN];
	const char *name = instead ? instead : export_step_name(buf, sizeof(buf), step);
	const struct symbol_frame *f = step ? step->frame : NULL;
	const char *file = f ? f->file ? f->file : f->module : NULL;
	int line = f && f->file ? f->line : 0, len;
	int64_t number;

	len = snprintf(key, sizeof(key), "%d%c%s%c%s", line, '\0', file ? file : "", '\0', name);
	if (len >= (int)sizeof(key))
		len = sizeof(key) - 1;
	number = intern_get(&to->frames, key, (size_t)len + 1, NULL);
	if (number < 0)
		to->error = -ENOMEM;
	return number;
}

static bool is_of(const struct report_row *row, uint32_t class_id)
{
	return export_is_wait(row) && row->sum.total_ns &&
	       (class_id == ALL_CLASSES || row->sum.class_id == class_id);
}

static void put_number(struct speedscope *to, int64_t number)
{
	if (number >= 0)
		keys_put_u64(to->keys, NULL, (uint64_t)number);
}

static void put_sample(struct speedscope *to, const struct report_row *row)
{
	char name[32];

	if (export_steps_of(&to->steps, row))
		to->error = -ENOMEM;
	snprintf(name, sizeof(name), "[%s]", names_class(row->sum.class_id));
	keys_array(to->keys, NULL);
	for (size_t i = 0; !to->error && i < to->steps.nr; i++)
		put_number(to, frame_number(to, &to->steps.steps[i], NULL));
	if (!to->steps.nr)
		put_number(to, frame_number(to, NULL, name));
	keys_array_end(to->keys);
}

static void put_profile(struct speedscope *to, const struct report *report, uint32_t class_id)
{
	struct keys *keys = to->keys;
	uint64_t total = 0;

	keys_object(keys, NULL);
	keys_put_string(keys, "type", "sampled");
	keys_put_string(keys, "name", class_id ? names_class(class_id) : "all waits");
	keys_put_string(keys, "unit", "nanoseconds");
	keys_array(keys, "samples");
	for (size_t i = 0; !to->error && i < report->nr_rows; i++)
		if (is_of(&report->rows[i], class_id))
			put_sample(to, &report->rows[i]);
	keys_array_end(keys);
	keys_array(keys, "weights");
	for (size_t i = 0; i < report->nr_rows; i++) {
		if (!is_of(&report->rows[i], class_id))
			continue;
		keys_put_u64(keys, NULL, report->rows[i].sum.total_ns);
		total += report->rows[i].sum.total_ns;
	}
	keys_array_end(keys);
	keys_put_u64(keys, "startValue", 0);
	keys_put_u64(keys, "endValue", total);
	keys_object_end(keys);
}

static void put_frames(struct speedscope *to)
{
	struct keys *keys = to->keys;

	keys_object(keys, "shared");
	keys_array(keys, "frames");
	for (size_t i = 0; i < to->frames.nr; i++) {
		const char *line = to->frames.keys[i].bytes;
		const char *file = line + strlen(line) + 1, *name = file + strlen(file) + 1;

		keys_object(keys, NULL);
		keys_put_string(keys, "name", name);
		if (*file)
			keys_put_string(keys, "file", file);
		if (atoi(line) > 0)
			keys_put_u64(keys, "line", (uint64_t)atoi(line));
		keys_object_end(keys);
	}
	keys_array_end(keys);
	keys_object_end(keys);
}

static void put_document(struct speedscope *to, const struct report *report)
{
	struct keys *keys = to->keys;
	uint32_t classes = 0;
	char exporter[64];

	snprintf(exporter, sizeof(exporter), "waitprof %s", report->version);
	for (size_t i = 0; i < report->nr_rows; i++)
		if (is_of(&report->rows[i], ALL_CLASSES))
			classes |= 1U << report->rows[i].sum.class_id;
	keys_object(keys, NULL);
	keys_put_string(keys, "$schema", "https://www.speedscope.app/file-format-schema.json");
	keys_put_string(keys, "exporter", exporter);
	keys_put_string(keys, "name", "waits");
	keys_put_u64(keys, "activeProfileIndex", 0);
	keys_array(keys, "profiles");
	put_profile(to, report, ALL_CLASSES);
	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX; id++)
		if (classes & 1U << id)
			put_profile(to, report, id);
	keys_array_end(keys);
	put_frames(to);
	keys_object_end(keys);
}

/**
 * export_speedscope() - a file that speedscope opens
 * @out: where to
 * @report: rows with their own stacks
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int export_speedscope(FILE *out, const struct report *report)
{
	struct speedscope to = { .keys = keys_new(out) };
	int ret;

	if (!to.keys)
		return -ENOMEM;
	put_document(&to, report);
	ret = keys_finish(to.keys);
	intern_free(&to.frames);
	export_steps_free(&to.steps);
	return to.error ? to.error : ret;
}
