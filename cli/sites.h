/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SITES_H
#define WAITPROF_CLI_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "stacks.h"

struct sites;

struct sites *sites_new(void);
void sites_free(struct sites *sites);
void sites_name(struct sites *sites, uint32_t class_id, const struct stack *kstack,
		const struct stack *ustack, char *buf, size_t size);

#endif
