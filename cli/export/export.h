/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports to the formats of other tools. Like renderers, these print what they are
 * given. Each returns 0, -ENOMEM or -EIO.
 */
#ifndef WAITPROF_CLI_EXPORT_H
#define WAITPROF_CLI_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/report.h"

#define EXPORT_NAME_LEN 512
/* Inlined functions at one address; of more, the inner ones are kept. */
#define EXPORT_MAX_INLINED 64

/**
 * struct export_format - a format
 * @name: as the user types it
 * @is_binary: nothing for a terminal
 * @write: writes a report whose rows have their own stacks each; NULL = the format
 *	is made of single waits, see export_perfetto_new()
 */
struct export_format {
	const char *name;
	bool is_binary;
	int (*write)(FILE *out, const struct report *report);
};

const struct export_format *export_find(const char *name);
const char *export_list(void);

/**
 * struct export_step - a frame on the way from the outermost to the leaf
 * @frame: the frame; NULL = here frames are missing
 * @is_kernel: of the kernel
 */
struct export_step {
	const struct symbol_frame *frame;
	bool is_kernel;
};

/* Room for the steps of one row after the other. */
struct export_steps {
	struct export_step *steps;
	size_t nr;
	size_t size;
};

int export_steps_of(struct export_steps *to, const struct report_row *row);
void export_steps_free(struct export_steps *steps);
const char *export_step_name(char *buf, size_t size, const struct export_step *step);
const char *export_object(char *buf, size_t size, const struct waitprof_row *row);
bool export_is_wait(const struct report_row *row);

int export_folded(FILE *out, const struct report *report);
int export_pprof(FILE *out, const struct report *report);
int export_csv(FILE *out, const struct report *report);
int export_speedscope(FILE *out, const struct report *report);
int export_openmetrics(FILE *out, const struct report *report);

struct export_perfetto;

struct export_perfetto *export_perfetto_new(FILE *out);
int export_perfetto_add(struct export_perfetto *to, const struct report_record *record);
int export_perfetto_finish(struct export_perfetto *to);

#endif
