// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON objects key by key, with the rules that hold everywhere: what is unknown
 * is null, an id of 0 is unknown, an address is a string ("0x..."), because many
 * readers keep numbers as doubles.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "keys.h"
#include "names.h"

/**
 * keys_put() - add a key
 * @to: object
 * @key: its name
 * @value: owned by @to from here on; NULL is null
 */
void keys_put(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

/**
 * keys_put_u64() - add a number
 * @to: object
 * @key: its name
 * @value: number
 */
void keys_put_u64(struct json_object *to, const char *key, uint64_t value)
{
	keys_put(to, key, json_object_new_uint64(value));
}

/**
 * keys_put_id() - add an id
 * @to: object
 * @key: its name
 * @id: id, 0 is null
 */
void keys_put_id(struct json_object *to, const char *key, uint32_t id)
{
	keys_put(to, key, id ? json_object_new_int64(id) : NULL);
}

/**
 * keys_put_string() - add a string
 * @to: object
 * @key: its name
 * @value: string; NULL and empty are null
 */
void keys_put_string(struct json_object *to, const char *key, const char *value)
{
	keys_put(to, key, value && value[0] ? json_object_new_string(value) : NULL);
}

/**
 * keys_put_comm() - add the name of a thread
 * @to: object
 * @key: its name
 * @comm: WAITPROF_COMM_LEN bytes; empty is null
 */
void keys_put_comm(struct json_object *to, const char *key, const char *comm)
{
	keys_put(to, key,
		 comm[0] ? json_object_new_string_len(comm, (int)strnlen(comm, WAITPROF_COMM_LEN)) :
			   NULL);
}

/**
 * keys_put_address() - add an address
 * @to: object
 * @key: its name
 * @value: address
 */
void keys_put_address(struct json_object *to, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	keys_put_string(to, key, text);
}

/**
 * keys_counters() - counters of a class
 * @c: counters
 *
 * Return: the object.
 */
struct json_object *keys_counters(const struct report_counters *c)
{
	struct json_object *to = json_object_new_object();

	keys_put_u64(to, "begun", c->counters.begun);
	keys_put_u64(to, "ended", c->counters.ended);
	keys_put_u64(to, "open", c->counters.open);
	keys_put_u64(to, "reported", c->counters.reported);
	keys_put_u64(to, "filtered", c->counters.filtered);
	keys_put_u64(to, "lost", c->counters.lost);
	keys_put_u64(to, "missed", c->missed + c->nmissed);
	keys_put_u64(to, "unpaired", c->unpaired);
	keys_put_u64(to, "unattributed", c->counters.unattributed);
	keys_put_u64(to, "nohist", c->counters.nohist);
	keys_put_u64(to, "clamped", c->counters.clamped);
	keys_put_u64(to, "clipped", c->counters.clipped);
	return to;
}

/**
 * keys_report() - what every report has
 * @report: report
 * @new_one: makes the object of a row
 *
 * Return: the object.
 */
struct json_object *keys_report(const struct report *report,
				struct json_object *(*new_one)(const struct report_row *))
{
	struct json_object *to = json_object_new_object(), *rows = json_object_new_array(),
			   *counters = json_object_new_object(), *left_out = NULL;

	keys_put_string(to, "version", report->version);
	keys_put_string(to, "kernel", report->kernel);
	keys_put_u64(to, "duration_ns", report->duration_ns);
	if (report->has_left_out) {
		left_out = json_object_new_object();
		keys_put_u64(left_out, "count", report->left_out);
		keys_put_u64(left_out, "total_ns", report->left_out_ns);
	}
	keys_put(to, "left_out", left_out);
	for (size_t i = 0; i < report->nr_rows; i++)
		json_object_array_add(rows, new_one(&report->rows[i]));
	keys_put(to, "rows", rows);
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (report->classes & 1U << id)
			keys_put(counters, names_class(id), keys_counters(&report->counters[id]));
	keys_put(to, "counters", counters);
	return to;
}

/**
 * keys_print() - print an object on one line, and give it up
 * @out: where to
 * @object: object
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int keys_print(FILE *out, struct json_object *object)
{
	int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, ret = 0;
	const char *text = json_object_to_json_string_ext(object, flags);

	if (!text)
		ret = -ENOMEM;
	else if (fprintf(out, "%s\n", text) < 0)
		ret = -EIO;
	json_object_put(object);
	return ret;
}
