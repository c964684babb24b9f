/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_NAMING_H
#define WAITPROF_CLI_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "group.h"
#include "kind.h"
#include "profile.h"
#include "report.h"
#include "sites.h"
#include "stacks.h"

/**
 * struct naming - where names come from
 * @stacks: stacks by id
 * @sites: names of call sites found so far
 * @backends: by class, WAITPROF_BACKEND_*
 * @comm: writes the name of a thread; returns 0 or -errno
 * @arg: for @comm
 */
struct naming {
	struct stacks *stacks;
	struct sites *sites;
	uint32_t backends[WAITPROF_CLASS_MAX + 1];
	int (*comm)(void *arg, uint32_t tid, char *buf, size_t size);
	void *arg;
};

void naming_backends(struct naming *n, const struct client_point *points, size_t nr);
void naming_site(struct naming *n, struct report_row *to);
void naming_row(const struct profile_row *from, struct report_row *to, void *naming);
enum kind naming_kind(struct naming *n, uint32_t class_id, uint32_t kstack);
bool naming_left_out(uint32_t kinds, enum kind kind);
void naming_label(struct naming *n, struct profile *window, uint32_t kinds, struct report *report);
int naming_report(struct naming *n, struct profile *window, uint32_t kinds, enum group_by by,
		  struct report *report);
void naming_record(struct naming *n, const struct waitprof_record *record, uint32_t backend,
		   uint32_t kinds, struct report_record *to);

#endif
