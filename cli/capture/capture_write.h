/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture being written. Functions return 0 or -errno and print nothing;
 * capture_write_error() has the words. What was committed stays, whatever happens.
 */
#ifndef WAITPROF_CLI_CAPTURE_WRITE_H
#define WAITPROF_CLI_CAPTURE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "profile/naming.h"
#include "profile/profile.h"
#include "profile/report.h"
#include "symbol/symbol.h"

struct capture_writer;

int capture_writer_new(struct capture_writer **writer, const char *path);
void capture_writer_ask(struct capture_writer *w, struct naming *naming);
bool capture_writer_replaced(const struct capture_writer *w);
const char *capture_write_error(const struct capture_writer *w);
const char *capture_write_next(const struct capture_writer *w);
uint64_t capture_writer_bytes(const struct capture_writer *w);

bool capture_writer_has(const struct capture_writer *w, const struct profile_row *row);
int capture_put_number(struct capture_writer *w, const char *name, uint64_t value);
int capture_put_text(struct capture_writer *w, const char *name, const char *value);
int capture_put_points(struct capture_writer *w, const struct client_point *points, size_t nr);
int capture_put_counters(struct capture_writer *w, const struct report *report);
int capture_put_slice(struct capture_writer *w, uint32_t slice, uint64_t start_ns,
		      uint64_t duration_ns, const struct profile *p);
int capture_put_records(struct capture_writer *w, const struct waitprof_record *rows, size_t nr);
int capture_put_stacks(struct capture_writer *w, const struct stacks *stacks);
int capture_put_mappings(struct capture_writer *w, struct symbols *symbols);
int capture_put_names(struct capture_writer *w, struct symbols *symbols);
int capture_commit(struct capture_writer *w);
int capture_writer_finish(struct capture_writer *w);
void capture_writer_free(struct capture_writer *w);

#endif
