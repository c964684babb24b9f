/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SITES_H
#define WAITPROF_CLI_SITES_H

#include "profile/idle.h"
#include "profile/kind.h"
#include "profile/report.h"
#include "profile/stacks.h"

/**
 * struct site - what a pair of stacks says of a wait
 * @kstack: kernel stack, or NULL
 * @ustack: user stack, or NULL
 * @class_id: WAITPROF_CLASS_*
 * @name: call site in one line, empty without a frame
 * @function: its function, see callsite_function()
 * @kind: KIND_NONE for a class without kinds
 * @is_idle: has a function that the user calls idle
 */
struct site {
	const struct stack *kstack;
	const struct stack *ustack;
	uint32_t class_id;
	char name[REPORT_SITE_LEN];
	const char *function;
	enum kind kind;
	bool is_idle;
};

/**
 * struct sites_ask - where more is known than stacks say
 * @idle: functions that the user calls idle, or NULL
 * @called: the name of what was called where a frame of a process returns to, NULL =
 *	nobody knows; may be NULL
 * @arg: for @called
 */
struct sites_ask {
	const struct idle *idle;
	const char *(*called)(void *arg, pid_t pid, uint64_t return_addr);
	void *arg;
};

struct sites;

struct sites *sites_new(void);
void sites_free(struct sites *sites);
const struct site *sites_find(struct sites *sites, const struct sites_ask *ask, uint32_t class_id,
			      const struct stack *kstack, const struct stack *ustack, pid_t pid);

#endif
