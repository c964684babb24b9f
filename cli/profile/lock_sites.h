/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_LOCK_SITES_H
#define WAITPROF_CLI_LOCK_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/report.h"

/* Room for lock_sites_text(). */
#define LOCK_SITES_LEN 400

/* Functions, each with its time. */
struct lock_sites {
	struct lock_site *sites;
	size_t nr;
};

bool lock_sites_wanted(const struct report_row *row);
bool lock_sites_has_waker(const struct waitprof_row *row);
int lock_sites_add(struct lock_sites *to, const char *function, const char *site, uint64_t ns);
void lock_sites_take(struct lock_sites *from, struct report_sites *to);
int lock_sites_owners(struct report *report);
const char *lock_sites_text(char *buf, size_t size, const struct report_row *row);

#endif
