// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON written key by key, with the rules that hold everywhere: what is unknown
 * is null, an id of 0 is unknown, an address is a string ("0x..."), because many
 * readers keep numbers as doubles.
 *
 * It is written as it comes, without a tree in memory: ten thousand blocked
 * threads are as many objects of thirty keys. What repeats from row to row, the
 * stacks, is made once and copied. The first error stays; keys_finish() tells it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/keys.h"
#include "profile/names.h"
#include "util/utf8.h"

#define FLUSH_BYTES 65536

/**
 * keys_new() - begin to write
 * @out: where to
 *
 * Return: the writer, to be given up by keys_finish(); NULL without memory.
 */
struct keys *keys_new(FILE *out)
{
	struct keys *to = calloc(1, sizeof(*to));

	if (to)
		to->out = out;
	return to;
}

static void flush(struct keys *to)
{
	if (!to->error && to->nr && fwrite(to->text, 1, to->nr, to->out) != to->nr)
		to->error = -EIO;
	to->nr = 0;
}

static char *room(struct keys *to, size_t more)
{
	size_t size = 2 * (to->nr + more) + 256;
	char *text;

	if (to->nr + more <= to->size)
		return to->text + to->nr;
	text = realloc(to->text, size);
	if (!text) {
		to->error = -ENOMEM;
		return NULL;
	}
	to->text = text;
	to->size = size;
	return text + to->nr;
}

static void add(struct keys *to, const char *text, size_t nr)
{
	char *at = to->error ? NULL : room(to, nr);

	if (!at)
		return;
	memcpy(at, text, nr);
	to->nr += nr;
}

/**
 * keys_finish() - end the line and give the writer up
 * @to: writer
 *
 * Return: 0, or the first error: -ENOMEM, -EIO.
 */
int keys_finish(struct keys *to)
{
	int ret;

	add(to, "\n", 1);
	flush(to);
	ret = to->error;
	for (size_t i = 0; i < KEYS_KEPT; i++)
		free(to->kept[i].text);
	free(to->text);
	free(to);
	return ret;
}

static void add_escaped(struct keys *to, const char *text, size_t nr)
{
	static const char named[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	size_t plain = 0;

	add(to, "\"", 1);
	for (size_t i = 0; i < nr; i++) {
		unsigned char c = (unsigned char)text[i];
		const char *name;
		char escape[8];
		int len;

		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\')
			continue;
		if (c >= 0x80 && utf8_length(text + i, nr - i)) {
			i += utf8_length(text + i, nr - i) - 1;
			continue;
		}
		add(to, text + plain, i - plain);
		plain = i + 1;
		name = c ? strchr(named, c) : NULL;
		/* No character: what stands for one that cannot be shown. */
		len = name ? snprintf(escape, sizeof(escape), "\\%c", letters[name - named]) :
			     snprintf(escape, sizeof(escape), "\\u%04x", c < 0x80 ? c : 0xfffd);
		add(to, escape, (size_t)len);
	}
	add(to, text + plain, nr - plain);
	add(to, "\"", 1);
}

/* Keys are names of ours: nothing in them needs an escape. */
static void begin_value(struct keys *to, const char *key)
{
	if (to->comma)
		add(to, ",", 1);
	to->comma = true;
	if (!key)
		return;
	add(to, "\"", 1);
	add(to, key, strlen(key));
	add(to, "\":", 2);
}

static void begin(struct keys *to, const char *key, const char *bracket)
{
	begin_value(to, key);
	add(to, bracket, 1);
	to->comma = false;
	to->depth++;
}

static void end(struct keys *to, const char *bracket)
{
	add(to, bracket, 1);
	to->comma = true;
	to->depth--;
	if (to->nr >= FLUSH_BYTES && !to->capturing)
		flush(to);
}

/**
 * keys_object() - begin an object
 * @to: writer
 * @key: its key, NULL in an array and outermost
 */
void keys_object(struct keys *to, const char *key)
{
	begin(to, key, "{");
}

/**
 * keys_object_end() - end an object
 * @to: writer
 */
void keys_object_end(struct keys *to)
{
	end(to, "}");
}

/**
 * keys_array() - begin an array; what is put into it has no keys
 * @to: writer
 * @key: its key
 */
void keys_array(struct keys *to, const char *key)
{
	begin(to, key, "[");
}

/**
 * keys_array_end() - end an array
 * @to: writer
 */
void keys_array_end(struct keys *to)
{
	end(to, "]");
}

/**
 * keys_put_null() - add what is not known
 * @to: writer
 * @key: its name
 */
void keys_put_null(struct keys *to, const char *key)
{
	begin_value(to, key);
	add(to, "null", 4);
}

/**
 * keys_put_bool() - add true or false
 * @to: writer
 * @key: its name
 * @value: which
 */
void keys_put_bool(struct keys *to, const char *key, bool value)
{
	begin_value(to, key);
	add(to, value ? "true" : "false", value ? 4 : 5);
}

/**
 * keys_put_u64() - add a number
 * @to: writer
 * @key: its name
 * @value: number
 */
void keys_put_u64(struct keys *to, const char *key, uint64_t value)
{
	char text[24], *at = text + sizeof(text);

	begin_value(to, key);
	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	add(to, at, (size_t)(text + sizeof(text) - at));
}

/**
 * keys_put_double() - add a number that need not be whole
 * @to: writer
 * @key: key, NULL in an array
 * @value: number; null when it is none, or infinite
 */
void keys_put_double(struct keys *to, const char *key, double value)
{
	char text[40];

	if (!isfinite(value)) {
		keys_put_null(to, key);
		return;
	}
	begin_value(to, key);
	add(to, text, (size_t)snprintf(text, sizeof(text), "%.9g", value));
}

/**
 * keys_put_number() - add a number, if there is one
 * @to: writer
 * @key: its name
 * @known: else it is null
 * @value: number
 */
void keys_put_number(struct keys *to, const char *key, bool known, uint64_t value)
{
	if (known)
		keys_put_u64(to, key, value);
	else
		keys_put_null(to, key);
}

/**
 * keys_put_id() - add an id
 * @to: writer
 * @key: its name
 * @id: id, 0 is null
 */
void keys_put_id(struct keys *to, const char *key, uint32_t id)
{
	keys_put_number(to, key, id, id);
}

static void put_text(struct keys *to, const char *key, const char *text, size_t nr)
{
	if (!nr) {
		keys_put_null(to, key);
		return;
	}
	begin_value(to, key);
	add_escaped(to, text, nr);
}

/**
 * keys_put_string() - add a string
 * @to: writer
 * @key: its name
 * @value: string; NULL and empty are null
 */
void keys_put_string(struct keys *to, const char *key, const char *value)
{
	put_text(to, key, value, value ? strlen(value) : 0);
}

/**
 * keys_put_comm() - add the name of a thread
 * @to: writer
 * @key: its name
 * @comm: WAITPROF_COMM_LEN bytes; empty is null
 */
void keys_put_comm(struct keys *to, const char *key, const char *comm)
{
	put_text(to, key, comm, strnlen(comm, WAITPROF_COMM_LEN));
}

/**
 * keys_put_address() - add an address
 * @to: writer
 * @key: its name
 * @value: address
 */
void keys_put_address(struct keys *to, const char *key, uint64_t value)
{
	char text[24];
	int nr = snprintf(text, sizeof(text), "0x%" PRIx64, value);

	put_text(to, key, text, (size_t)nr);
}

/**
 * keys_put_kept() - add something that comes again and does not change
 * @to: writer
 * @key: its name, always the same for an @id
 * @id: what it is
 * @put: writes one value under that key
 */
void keys_put_kept(struct keys *to, const char *key, const void *id,
		   void (*put)(struct keys *to, const char *key, const void *id))
{
	uint64_t hash = ((uint64_t)(uintptr_t)id * 0x9e3779b97f4a7c15ULL) >> 32;
	struct keys_kept *kept = &to->kept[hash % KEYS_KEPT];
	bool was_capturing = to->capturing;
	size_t from;

	if (kept->id == id) {
		begin_value(to, NULL);
		add(to, kept->text, kept->nr);
		return;
	}
	begin_value(to, NULL);
	from = to->nr;
	to->comma = false;
	to->capturing = true;
	put(to, key, id);
	to->capturing = was_capturing;
	if (to->error)
		return;
	free(kept->text);
	kept->nr = to->nr - from;
	kept->text = malloc(kept->nr + 1);
	kept->id = kept->text ? id : NULL;
	if (kept->text)
		memcpy(kept->text, to->text + from, kept->nr);
}

/**
 * keys_put_counters() - add the counters of a class
 * @to: writer
 * @key: name of the class
 * @c: counters
 * @of_points: with those of the wait points, which no single session has
 */
void keys_put_counters(struct keys *to, const char *key, const struct report_counters *c,
		       bool of_points)
{
	keys_object(to, key);
	keys_put_u64(to, "begun", c->counters.begun);
	keys_put_u64(to, "ended", c->counters.ended);
	keys_put_u64(to, "open", c->counters.open);
	keys_put_u64(to, "reported", c->counters.reported);
	keys_put_u64(to, "filtered", c->counters.filtered);
	keys_put_u64(to, "lost", c->counters.lost);
	if (of_points) {
		keys_put_u64(to, "missed", c->missed + c->nmissed);
		keys_put_u64(to, "unpaired", c->unpaired);
	}
	keys_put_u64(to, "unattributed", c->counters.unattributed);
	keys_put_u64(to, "nohist", c->counters.nohist);
	keys_put_u64(to, "clamped", c->counters.clamped);
	keys_put_u64(to, "clipped", c->counters.clipped);
	keys_object_end(to);
}

/**
 * keys_put_stopped() - add whether a session was stopped for what it cost
 * @to: writer
 * @losses: of the session
 */
void keys_put_stopped(struct keys *to, const struct waitprof_losses *losses)
{
	if (!losses->stopped_ns) {
		keys_put_null(to, "stopped");
		return;
	}
	keys_object(to, "stopped");
	keys_put_u64(to, "after_ns", losses->stopped_ns);
	keys_put_double(to, "share", (double)losses->stopped_share / 1e6);
	keys_put_double(to, "limit", (double)losses->guard_limit / 1e6);
	keys_object_end(to);
}

/**
 * keys_put_report() - add what every report has
 * @to: writer, in the outermost object
 * @report: report
 * @put_row: adds the object of a row; NULL = no rows
 */
void keys_put_report(struct keys *to, const struct report *report,
		     void (*put_row)(struct keys *to, const struct report_row *row))
{
	keys_put_string(to, "version", report->version);
	keys_put_string(to, "kernel", report->kernel);
	keys_put_u64(to, "duration_ns", report->duration_ns);
	if (report->has_left_out || report->has_idle) {
		keys_object(to, "left_out");
		keys_put_u64(to, "count", report->left_out);
		keys_put_u64(to, "total_ns", report->left_out_ns);
		keys_put_u64(to, "idle_count", report->idle);
		keys_put_u64(to, "idle_ns", report->idle_ns);
		keys_object_end(to);
	} else {
		keys_put_null(to, "left_out");
	}
	keys_put_stopped(to, &report->losses);
	if (put_row) {
		keys_array(to, "rows");
		for (size_t i = 0; i < report->nr_rows; i++)
			put_row(to, &report->rows[i]);
		keys_array_end(to);
	}
	keys_object(to, "counters");
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (report->classes & 1U << id)
			keys_put_counters(to, names_class(id), &report->counters[id], true);
	keys_object_end(to);
}
