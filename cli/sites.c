// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of call sites, found once for each pair of stacks: thousands of
 * threads wait through few of them, and the search tries every pattern of
 * callsite.c on every frame. A slot that is taken by another pair is taken over.
 */
#include <stdlib.h>
#include <string.h>

#include "callsite.h"
#include "report.h"
#include "sites.h"

#define NR_SLOTS 4096

struct site {
	const struct stack *kstack;
	const struct stack *ustack;
	uint32_t class_id;
	char name[REPORT_SITE_LEN];
};

struct sites {
	struct site slots[NR_SLOTS];
};

/**
 * sites_new() - make an empty table
 *
 * Return: the table, NULL without memory.
 */
struct sites *sites_new(void)
{
	return calloc(1, sizeof(struct sites));
}

/**
 * sites_free() - give it up
 * @sites: table, may be NULL
 */
void sites_free(struct sites *sites)
{
	free(sites);
}

static struct site *slot_of(struct sites *sites, uint32_t class_id, const struct stack *kstack,
			    const struct stack *ustack)
{
	uint64_t hash = (uint64_t)(uintptr_t)kstack * 0x9e3779b97f4a7c15ULL;

	hash = (hash ^ (uint64_t)(uintptr_t)ustack ^ class_id) * 0x9e3779b97f4a7c15ULL;
	return &sites->slots[(hash >> 32) % NR_SLOTS];
}

/**
 * sites_name() - the call site of a wait in one line
 * @sites: table; goes with the stacks, which must live as long
 * @class_id: WAITPROF_CLASS_*, 0 = unknown
 * @kstack: kernel stack, or NULL
 * @ustack: user stack, or NULL
 * @buf: result, empty without a frame
 * @size: its room
 */
void sites_name(struct sites *sites, uint32_t class_id, const struct stack *kstack,
		const struct stack *ustack, char *buf, size_t size)
{
	struct site *site = slot_of(sites, class_id, kstack, ustack);

	if (!kstack && !ustack) {
		buf[0] = '\0';
		return;
	}
	if (site->kstack != kstack || site->ustack != ustack || site->class_id != class_id) {
		const struct symbol_frame *frame;

		frame = callsite_find(class_id, kstack ? kstack->frames : NULL,
				      kstack ? kstack->nr : 0, ustack ? ustack->frames : NULL,
				      ustack ? ustack->nr : 0);
		callsite_name(site->name, sizeof(site->name), frame);
		site->kstack = kstack;
		site->ustack = ustack;
		site->class_id = class_id;
	}
	memcpy(buf, site->name, size < sizeof(site->name) ? size : sizeof(site->name));
	buf[size - 1] = '\0';
}
