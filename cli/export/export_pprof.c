// SPDX-License-Identifier: GPL-2.0-only
/*
 * pprof's profile: a sample for each row, with its count and its time, kernel
 * frames before user frames. Strings, functions, locations and mappings are
 * written when the first sample needs them and referred to by number.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "export/export.h"
#include "export/export_pack.h"
#include "profile/group.h"
#include "util/intern.h"
#include "profile/names.h"
#include "proto/pprof.pb-c.h"
#include "util/utf8.h"

#define MAX_LABELS 12

/**
 * struct pprof - a profile being written
 * @gz: where to
 * @pack: room for a message
 * @strings: by text; a string's number is its place
 * @functions: by numbers of name and file, as the next ones from 1 on
 * @locations: by mapping, address and lines
 * @mappings: by where they are and numbers of path and build id
 * @ids: locations of the sample being made
 * @nr_ids: their number
 * @size_ids: their room
 * @error: -ENOMEM or -EIO; nothing is written any more
 */
struct pprof {
	gzFile gz;
	struct export_pack pack;
	struct intern strings;
	struct intern functions;
	struct intern locations;
	struct intern mappings;
	uint64_t *ids;
	size_t nr_ids;
	size_t size_ids;
	int error;
};

static void put(struct pprof *to, const struct Pprof__Profile *part)
{
	if (!to->error)
		to->error = export_pack(&to->pack, &part->base);
	if (!to->error && to->pack.nr &&
	    gzwrite(to->gz, to->pack.bytes, (unsigned int)to->pack.nr) != (int)to->pack.nr)
		to->error = errno ? -errno : -EIO;
}

static int64_t number(struct pprof *to, struct intern *table, const void *key, size_t len,
		      bool *is_new)
{
	int64_t nr = intern_get(table, key, len, is_new);

	if (nr >= 0)
		return nr;
	to->error = -ENOMEM;
	*is_new = false;
	return 0;
}

static int64_t string(struct pprof *to, const char *text)
{
	char clean[EXPORT_NAME_LEN], *strings[] = { clean };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	bool is_new;
	int64_t nr;

	utf8_clean(clean, sizeof(clean), text ? text : "", sizeof(clean));
	nr = number(to, &to->strings, clean, strlen(clean), &is_new);
	part.n_string_table = 1;
	part.string_table = strings;
	if (is_new)
		put(to, &part);
	return nr;
}

/* Without a file all files are taken for one with its own names. */
static uint64_t function(struct pprof *to, const struct symbol_frame *f, bool is_kernel)
{
	char name[EXPORT_NAME_LEN];
	const struct export_step step = { .frame = f, .is_kernel = is_kernel };
	int64_t key[] = { string(to, export_step_name(name, sizeof(name), &step)),
			  string(to, f->file) };
	struct Pprof__Function function = PPROF__FUNCTION__INIT, *functions[] = { &function };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	bool is_new;

	function.id = (uint64_t)number(to, &to->functions, key, sizeof(key), &is_new) + 1;
	function.name = key[0];
	function.system_name = key[0];
	function.filename = key[1];
	part.n_function = 1;
	part.function = functions;
	if (is_new)
		put(to, &part);
	return function.id;
}

/* Frames of the kernel and of what is not mapped have a file without a place. */
static uint64_t mapping(struct pprof *to, const struct symbol_frame *f, bool is_kernel)
{
	const struct symbol_map *map = f->map, none = { 0 };
	const char *path = map ? map->path : f->module;
	struct Pprof__Mapping mapping = PPROF__MAPPING__INIT, *mappings[] = { &mapping };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	char name[EXPORT_NAME_LEN];
	bool is_new;

	if (!path || !*path)
		return 0;
	if (!map)
		map = &none;
	if (is_kernel)
		snprintf(name, sizeof(name), "[%s]", path);
	uint64_t key[] = { map->start, map->end, map->offset,
			   (uint64_t)string(to, is_kernel ? name : path),
			   (uint64_t)string(to, map->build_id) };

	mapping.id = (uint64_t)number(to, &to->mappings, key, sizeof(key), &is_new) + 1;
	mapping.memory_start = key[0];
	mapping.memory_limit = key[1];
	mapping.file_offset = key[2];
	mapping.filename = (int64_t)key[3];
	mapping.build_id = (int64_t)key[4];
	/* All that can be known is: nobody needs to look at the file. */
	mapping.has_functions = true;
	mapping.has_filenames = true;
	mapping.has_line_numbers = true;
	mapping.has_inline_frames = true;
	part.n_mapping = 1;
	part.mapping = mappings;
	if (is_new)
		put(to, &part);
	return mapping.id;
}

static void add_id(struct pprof *to, uint64_t id)
{
	if (to->nr_ids == to->size_ids) {
		size_t size = 2 * to->size_ids + 64;
		uint64_t *ids = reallocarray(to->ids, size, sizeof(*ids));

		if (!ids) {
			to->error = -ENOMEM;
			return;
		}
		to->ids = ids;
		to->size_ids = size;
	}
	to->ids[to->nr_ids++] = id;
}

/* A location is all frames of one address: the inlined ones, then their function. */
static size_t add_location(struct pprof *to, const struct symbol_frame *frames, size_t nr,
			   bool is_kernel)
{
	uint64_t key[2 + 2 * EXPORT_MAX_INLINED];
	struct Pprof__Line lines[EXPORT_MAX_INLINED], *line_list[EXPORT_MAX_INLINED];
	struct Pprof__Location location = PPROF__LOCATION__INIT, *locations[] = { &location };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	size_t nr_lines = 0;
	bool is_new;

	key[0] = mapping(to, frames, is_kernel);
	key[1] = frames[0].addr;
	do {
		const struct symbol_frame *f = &frames[nr_lines];
		struct Pprof__Line *line = &lines[nr_lines];

		pprof__line__init(line);
		line->function_id = function(to, f, is_kernel);
		line->line = f->line > 0 ? f->line : 0;
		key[2 + 2 * nr_lines] = line->function_id;
		key[3 + 2 * nr_lines] = (uint64_t)line->line;
		line_list[nr_lines] = line;
		nr_lines++;
	} while (nr_lines < nr && nr_lines < EXPORT_MAX_INLINED && frames[nr_lines - 1].inlined);
	location.id = (uint64_t)number(to, &to->locations, key, (2 + 2 * nr_lines) * sizeof(*key),
				       &is_new) +
		      1;
	location.mapping_id = key[0];
	location.address = key[1];
	location.n_line = nr_lines;
	location.line = line_list;
	part.n_location = 1;
	part.location = locations;
	if (is_new)
		put(to, &part);
	add_id(to, location.id);
	return nr_lines;
}

static void add_stack(struct pprof *to, const struct stack *stack, bool is_kernel)
{
	for (size_t i = 0; stack && !to->error && i < stack->nr;)
		i += add_location(to, &stack->frames[i], stack->nr - i, is_kernel);
}

struct labels {
	struct Pprof__Label labels[MAX_LABELS];
	struct Pprof__Label *list[MAX_LABELS];
	size_t nr;
};

static void text_label(struct pprof *to, struct labels *labels, const char *key, const char *text)
{
	struct Pprof__Label *label = &labels->labels[labels->nr];

	if (!text || !*text)
		return;
	pprof__label__init(label);
	label->key = string(to, key);
	label->str = string(to, text);
	labels->list[labels->nr++] = label;
}

/* A text, too: pprof would take a number for one of the values' unit. */
static void id_label(struct pprof *to, struct labels *labels, const char *key, uint32_t id)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, id);
	text_label(to, labels, key, id ? text : NULL);
}

static void add_labels(struct pprof *to, struct labels *labels, const struct report_row *row)
{
	bool is_cut = (row->kstack && row->kstack->truncated) ||
		      (row->ustack && row->ustack->truncated);
	char comm[WAITPROF_COMM_LEN + 1], object[32];

	snprintf(comm, sizeof(comm), "%.*s", WAITPROF_COMM_LEN, row->sum.comm);
	text_label(to, labels, "class", names_class(row->sum.class_id));
	text_label(to, labels, "kind", kind_name(row->kind));
	text_label(to, labels, "op", names_op(row->sum.op));
	text_label(to, labels, "thread", comm);
	id_label(to, labels, "pid", row->sum.tgid);
	id_label(to, labels, "tid", row->sum.tid);
	text_label(to, labels, "object", export_object(object, sizeof(object), &row->sum));
	text_label(to, labels, "object_name", names_lock(row));
	text_label(to, labels, "callsite", row->site);
	text_label(to, labels, "inferred", row->inferred ? "yes" : NULL);
	text_label(to, labels, "truncated", is_cut ? "yes" : NULL);
}

static void put_row(struct pprof *to, const struct report_row *row)
{
	int64_t values[] = { (int64_t)group_count(row), (int64_t)row->sum.total_ns };
	struct Pprof__Sample sample = PPROF__SAMPLE__INIT, *samples[] = { &sample };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	struct labels labels = { .nr = 0 };
	char name[32];
	const struct symbol_frame none = { .symbol = name };

	to->nr_ids = 0;
	add_stack(to, row->kstack, true);
	add_stack(to, row->ustack, false);
	/* pprof forgets samples without a stack. */
	if (!to->nr_ids) {
		snprintf(name, sizeof(name), "[%s]", names_class(row->sum.class_id));
		add_location(to, &none, 1, false);
	}
	add_labels(to, &labels, row);
	sample.n_location_id = to->nr_ids;
	sample.location_id = to->ids;
	sample.n_value = 2;
	sample.value = values;
	sample.n_label = labels.nr;
	sample.label = labels.list;
	part.n_sample = 1;
	part.sample = samples;
	put(to, &part);
}

static void put_head(struct pprof *to, const struct report *report)
{
	struct Pprof__ValueType types[2] = { PPROF__VALUE_TYPE__INIT, PPROF__VALUE_TYPE__INIT };
	struct Pprof__ValueType *type_list[] = { &types[0], &types[1] };
	struct Pprof__Profile part = PPROF__PROFILE__INIT;
	char made_by[EXPORT_NAME_LEN];
	int64_t comment;

	string(to, "");
	snprintf(made_by, sizeof(made_by), "waitprof %s on Linux %s", report->version,
		 report->kernel);
	comment = string(to, made_by);
	types[0].type = string(to, "contentions");
	types[0].unit = string(to, "count");
	types[1].type = string(to, "delay");
	types[1].unit = string(to, "nanoseconds");
	part.n_sample_type = 2;
	part.sample_type = type_list;
	part.default_sample_type = types[1].type;
	part.time_nanos = (int64_t)report->begin_unix_ns;
	part.duration_nanos = (int64_t)report->duration_ns;
	part.n_comment = 1;
	part.comment = &comment;
	put(to, &part);
}

/* What lies first gives the profile its name: a program, not the kernel. */
static void put_first_mapping(struct pprof *to, const struct report *report)
{
	for (size_t i = 0; i < report->nr_rows; i++) {
		const struct stack *stack = report->rows[i].ustack;

		if (!stack || !stack->nr || !export_is_wait(&report->rows[i]))
			continue;
		mapping(to, &stack->frames[stack->nr - 1], false);
		return;
	}
}

/**
 * export_pprof() - a profile that pprof reads
 * @out: where to
 * @report: rows with their own stacks
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int export_pprof(FILE *out, const struct report *report)
{
	struct pprof to = { 0 };
	int fd = fflush(out) ? -1 : dup(fileno(out));

	to.gz = fd >= 0 ? gzdopen(fd, "wb") : NULL;
	if (!to.gz) {
		if (fd >= 0)
			close(fd);
		return fd >= 0 ? -ENOMEM : -EIO;
	}
	errno = 0;
	put_head(&to, report);
	put_first_mapping(&to, report);
	for (size_t i = 0; !to.error && i < report->nr_rows; i++)
		if (export_is_wait(&report->rows[i]))
			put_row(&to, &report->rows[i]);
	if (gzclose(to.gz) != Z_OK && !to.error)
		to.error = errno ? -errno : -EIO;
	intern_free(&to.strings);
	intern_free(&to.functions);
	intern_free(&to.locations);
	intern_free(&to.mappings);
	export_pack_free(&to.pack);
	free(to.ids);
	return to.error;
}
