// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stacks say of a wait, found once for each pair of them: thousands of
 * threads wait through few of them, and the search tries every pattern of
 * callsite.c and kind*.c on every frame. A slot that is taken by another pair is
 * taken over.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/callsite.h"
#include "linux/waitprof.h"
#include "profile/sites.h"

#define NR_SLOTS 4096

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

/*
 * A stripped libc has no names for its inner functions, and those that it exports may
 * have left no frame: whom did the first frame outside of it call?
 */
static enum kind kind_by_call(const struct sites_ask *ask, const struct stack *ustack, pid_t pid)
{
	struct symbol_frame called = { 0 };
	const char *module = ustack->nr ? ustack->frames[0].module : NULL;

	if (!ask->called || !module || ustack->frames[0].inlined)
		return KIND_NONE;
	for (size_t i = 1; i < ustack->nr; i++) {
		const struct symbol_frame *f = &ustack->frames[i];

		if (f->module && !strcmp(f->module, module))
			continue;
		called.symbol = ask->called(ask->arg, pid, f->addr);
		return kind_of_futex(&called, 1);
	}
	return KIND_NONE;
}

static enum kind kind_of(const struct site *site, const struct sites_ask *ask, pid_t pid)
{
	const struct stack *k = site->kstack, *u = site->ustack;
	enum kind kind = KIND_NONE;

	switch (site->class_id) {
	case WAITPROF_CLASS_IO:
		return kind_of_io(k ? k->frames : NULL, k ? k->nr : 0);
	case WAITPROF_CLASS_FUTEX:
		if (u)
			kind = kind_of_futex(u->frames, u->nr);
		if (u && kind == KIND_NONE)
			kind = kind_by_call(ask, u, pid);
		return kind == KIND_NONE ? KIND_OTHER : kind;
	default:
		return KIND_NONE;
	}
}

static void name_site(struct site *site)
{
	const struct stack *k = site->kstack, *u = site->ustack;
	const struct symbol_frame *frame;

	frame = callsite_find(site->class_id, k ? k->frames : NULL, k ? k->nr : 0,
			      u ? u->frames : NULL, u ? u->nr : 0);
	callsite_name(site->name, sizeof(site->name), frame);
	site->function = callsite_function(site->class_id, frame);
}

/**
 * sites_find() - what stacks say of a wait
 * @sites: table; goes with the stacks, which must live as long
 * @ask: who knows more; always the same
 * @class_id: WAITPROF_CLASS_*, 0 = unknown
 * @kstack: kernel stack, or NULL
 * @ustack: user stack, or NULL
 * @pid: whose that is
 *
 * Return: good until the next call.
 */
const struct site *sites_find(struct sites *sites, const struct sites_ask *ask, uint32_t class_id,
			      const struct stack *kstack, const struct stack *ustack, pid_t pid)
{
	struct site *site = slot_of(sites, class_id, kstack, ustack);

	/* An empty slot says nothing of the waits without stacks. */
	if (site->kstack == kstack && site->ustack == ustack && site->class_id == class_id &&
	    (kstack || ustack))
		return site;
	site->kstack = kstack;
	site->ustack = ustack;
	site->class_id = class_id;
	name_site(site);
	site->kind = kind_of(site, ask, pid);
	site->is_idle = (kstack && idle_matches(ask->idle, kstack->frames, kstack->nr)) ||
			(ustack && idle_matches(ask->idle, ustack->frames, ustack->nr));
	return site;
}
