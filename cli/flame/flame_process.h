/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FLAME_PROCESS_H
#define WAITPROF_CLI_FLAME_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "profile/report.h"

struct flame_process {
	uint32_t tgid;
	const struct report_row *named_by;
};

/* The processes of a report, by id. */
struct flame_processes {
	struct flame_process *all;
	size_t nr;
};

int flame_processes_find(struct flame_processes *p, const struct report *report);
const char *flame_process_name(const struct flame_processes *p, uint32_t tgid, char *buf,
			       size_t size);
void flame_processes_free(struct flame_processes *p);

#endif
