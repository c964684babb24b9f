/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CGROUP_H
#define WAITPROF_CLI_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int cgroup_mount(FILE *mounts, char *buf, size_t size);
int cgroup_id(const char *mount, const char *path, uint64_t *id);

#endif
