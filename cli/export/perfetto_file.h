/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_PERFETTO_FILE_H
#define WAITPROF_CLI_PERFETTO_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "export/export_pack.h"
#include "util/intern.h"
#include "proto/perfetto.pb-c.h"

/**
 * struct perfetto_file - a file being written
 * @out: where to
 * @pack: room for a packet
 * @categories: texts that have a number, as the next three; it is one more in the file
 * @names: of slices
 * @keys: names of arguments
 * @values: of arguments
 * @begun: the first packet is written
 * @error: -ENOMEM or -EIO; nothing is written any more
 */
struct perfetto_file {
	FILE *out;
	struct export_pack pack;
	struct intern categories;
	struct intern names;
	struct intern keys;
	struct intern values;
	bool begun;
	int error;
};

void perfetto_file_put(struct perfetto_file *to, struct Perfetto__TracePacket *packet);
uint64_t perfetto_file_category(struct perfetto_file *to, const char *text);
uint64_t perfetto_file_name(struct perfetto_file *to, const char *text);
uint64_t perfetto_file_key(struct perfetto_file *to, const char *text);
uint64_t perfetto_file_value(struct perfetto_file *to, const char *text);
void perfetto_file_free(struct perfetto_file *file);

#endif
