/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SCHED_TASK_STACK_H
#define SHIM_LINUX_SCHED_TASK_STACK_H

#endif
