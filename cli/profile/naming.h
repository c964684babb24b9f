/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_NAMING_H
#define WAITPROF_CLI_NAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "profile/group.h"
#include "profile/kind.h"
#include "profile/profile.h"
#include "profile/report.h"
#include "profile/sites.h"
#include "profile/stacks.h"

/**
 * struct naming - where names come from
 * @stacks: stacks by id
 * @sites: what was found out so far of pairs of stacks
 * @ask: what else to ask about them
 * @backends: by class, WAITPROF_BACKEND_*
 * @comm: writes the name of a thread; returns 0 or -errno
 * @ns_pid: a process's id in its own pid namespace, 0 = unknown; may be NULL
 * @object: writes the name of a device, or of what lies at an address of the kernel;
 *	leaves it empty when there is none; may be NULL
 * @arg: for these
 */
struct naming {
	struct stacks *stacks;
	struct sites *sites;
	struct sites_ask ask;
	uint32_t backends[WAITPROF_CLASS_MAX + 1];
	int (*comm)(void *arg, uint32_t tid, char *buf, size_t size);
	uint32_t (*ns_pid)(void *arg, uint32_t tgid);
	void (*object)(void *arg, uint32_t type, uint64_t object, char *buf, size_t size);
	void *arg;
};

void naming_backends(struct naming *n, const struct client_point *points, size_t nr);
void naming_site(struct naming *n, struct report_row *to);
void naming_ns_pid(struct naming *n, struct report_row *to);
void naming_object(struct naming *n, struct report_row *to);
void naming_row(const struct profile_row *from, struct report_row *to, void *naming);
const struct site *naming_site_of(struct naming *n, uint32_t class_id, uint32_t kstack,
				  uint32_t ustack, uint32_t tgid);
enum kind naming_kind(const struct site *site, uint32_t op);
void naming_label(struct naming *n, struct profile *window, uint32_t kinds, struct report *report);
int naming_report(struct naming *n, struct profile *window, uint32_t kinds, enum group_by by,
		  struct report *report);
void naming_record(struct naming *n, const struct waitprof_record *record, uint32_t backend,
		   uint32_t kinds, struct report_record *to);

#endif
