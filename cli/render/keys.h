/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_KEYS_H
#define WAITPROF_CLI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/report.h"

#define KEYS_KEPT 256

/**
 * struct keys - JSON being written
 * @out: where it goes
 * @text: what has not gone there yet
 * @nr: its length
 * @size: its room
 * @comma: something stands before the next value
 * @depth: open objects and arrays
 * @capturing: @text must stay, a part of it is to be kept
 * @error: -ENOMEM or -EIO; nothing is written any more
 * @kept: texts of what comes again and again
 */
struct keys {
	FILE *out;
	char *text;
	size_t nr;
	size_t size;
	bool comma;
	unsigned int depth;
	bool capturing;
	int error;
	struct keys_kept {
		const void *id;
		char *text;
		size_t nr;
	} kept[KEYS_KEPT];
};

struct keys *keys_new(FILE *out);
int keys_finish(struct keys *to);
void keys_object(struct keys *to, const char *key);
void keys_object_end(struct keys *to);
void keys_array(struct keys *to, const char *key);
void keys_array_end(struct keys *to);
void keys_put_null(struct keys *to, const char *key);
void keys_put_bool(struct keys *to, const char *key, bool value);
void keys_put_u64(struct keys *to, const char *key, uint64_t value);
void keys_put_double(struct keys *to, const char *key, double value);
void keys_put_number(struct keys *to, const char *key, bool known, uint64_t value);
void keys_put_id(struct keys *to, const char *key, uint32_t id);
void keys_put_string(struct keys *to, const char *key, const char *value);
void keys_put_comm(struct keys *to, const char *key, const char *comm);
void keys_put_address(struct keys *to, const char *key, uint64_t value);
void keys_put_kept(struct keys *to, const char *key, const void *id,
		   void (*put)(struct keys *to, const char *key, const void *id));
void keys_put_stopped(struct keys *to, const struct waitprof_losses *losses);
void keys_put_counters(struct keys *to, const char *key, const struct report_counters *c,
		       bool of_points);
void keys_put_report(struct keys *to, const struct report *report,
		     void (*put_row)(struct keys *to, const struct report_row *row));

#endif
