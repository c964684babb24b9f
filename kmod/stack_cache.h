/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_STACK_CACHE_H
#define WP_STACK_CACHE_H

#include <linux/types.h>
#include <linux/waitprof.h>

#include "stack_recipe.h"

/**
 * struct wp_cached - a kernel stack seen before
 * @recipe: how to recognise it; nr_words 0 = none
 * @epoch: of the kernel's code it was seen in
 * @ids: by session: id of the session (never reused) and of the stack in it
 */
struct wp_cached {
	struct wp_recipe recipe;
	u32 epoch;
	struct {
		u32 session;
		u32 stack;
	} ids[WAITPROF_MAX_SESSIONS];
};

int wp_stack_cache_get(void);
void wp_stack_cache_exit(void);
u64 wp_stack_cache_bytes(void);
void wp_stack_cache_flush(void);
void wp_stack_cache_stats(struct waitprof_stack_cache *sum);
bool wp_stack_cache_on(void);
struct wp_cached *wp_stack_cache_find(const struct wp_stack_at *at, bool readable, bool *check);
struct wp_recipe *wp_stack_cache_room(void);
struct wp_cached *wp_stack_cache_add(const struct wp_stack_at *at,
				     const struct wp_recipe *recipe);
void wp_stack_cache_disagree(struct wp_cached *cached);

/* The id of a cached stack in a session; 0 = not known. */
static inline u32 wp_cached_id(const struct wp_cached *cached, u32 index, u32 session)
{
	return cached->ids[index].session == session ? cached->ids[index].stack : 0;
}

static inline void wp_cached_set_id(struct wp_cached *cached, u32 index, u32 session, u32 stack)
{
	cached->ids[index].session = session;
	cached->ids[index].stack = stack;
}

#endif
