/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_PRIVILEGE_H
#define WAITPROF_CLI_PRIVILEGE_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

/* A set of capabilities; CAP_* of the kernel's header. */
#define PRIVILEGE(cap) (1ULL << (cap))

uint64_t privilege_held(void);
int privilege_keep(uint64_t kept);

#endif
