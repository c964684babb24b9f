/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_INFER_H
#define WAITPROF_CLI_INFER_H

#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "linux/waitprof.h"
#include "profile/stacks.h"
#include "proc/task.h"

uint32_t infer_class(const struct stack *stack, const struct client_point *points, size_t nr);
void infer_syscall(struct waitprof_open *wait, const struct task_syscall *syscall);

#endif
