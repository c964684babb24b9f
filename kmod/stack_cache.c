// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of kernel stacks: unwinding costs hundreds of instructions a frame,
 * recognising a stack that was unwound before a handful. One table a CPU, 4-way
 * set-associative; a set is chosen by the code at the hook, the address its
 * function returns to and the number of the system call. Neither by depth nor by
 * distance to the top of the stack: each system call shifts its stack at random. A
 * way matches only if all of its recipe does (stack_recipe.c says why that is
 * exact); ways are taken in turn.
 *
 * A hook inside a function does not know where the function returns to before the
 * stack is unwound once; how the first return address was found then is remembered
 * by code address. A wrong memory chooses another set, no more.
 *
 * Code that goes with its module may be followed by other code at its addresses,
 * so each module that comes or goes begins a new epoch, and what was seen in
 * another one does not count.
 *
 * A CPU's table is touched by its probes with interrupts off only; its counters
 * are read at any time.
 *
 * Memory, from the first session that wants kernel stacks until the module goes:
 * sizeof(struct cache) = 100,336 B for each possible CPU.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include "params.h"
#include "stack_cache.h"

#define WP_CACHE_BITS	6
#define WP_CACHE_SETS	BIT(WP_CACHE_BITS)
#define WP_CACHE_WAYS	4U
#define WP_HINT_BITS	4

struct cache_set {
	u32 tag[WP_CACHE_WAYS];
	u32 next;
};

/*
 * Where the first return address lies: above sp, or else as bp tells. And the stack
 * that a hook there had last: it is tried before a set is looked for.
 */
struct hint {
	struct wp_cached *last;
	unsigned long ip;
	u16 off;
	u8 cfa;
	bool by_bp;
};

struct cache {
	struct waitprof_stack_cache stats;
	u64 until_check;
	struct hint hints[BIT(WP_HINT_BITS)];
	struct cache_set sets[WP_CACHE_SETS];
	struct wp_cached ways[WP_CACHE_SETS][WP_CACHE_WAYS];
	struct wp_recipe room;
};

static struct cache **caches;
static atomic_t epoch;

static struct cache *this_cache(void)
{
	return caches[smp_processor_id()];
}

/* Only this CPU adds; readers on others look at any time. */
static void count(u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

static void free_caches(struct cache **from)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vfree(from[cpu]);
	kfree(from);
}

/**
 * wp_stack_cache_get() - allocate the cache, unless it is there or not wanted
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0 or -ENOMEM.
 */
int wp_stack_cache_get(void)
{
	struct cache **made;
	int cpu;

	BUILD_BUG_ON(sizeof(struct cache) != 100336);
	if (caches || !wp_param_stack_cache())
		return 0;
	made = kcalloc(nr_cpu_ids, sizeof(*made), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		made[cpu] = vzalloc_node(sizeof(**made), cpu_to_node(cpu));
		if (!made[cpu]) {
			free_caches(made);
			return -ENOMEM;
		}
		made[cpu]->until_check = wp_param_stack_check();
	}
	/* Probes of sessions that are open already look at all of it. */
	smp_store_release(&caches, made);
	return 0;
}

/**
 * wp_stack_cache_exit() - free the cache
 *
 * Context: process; no probe can run any more.
 */
void wp_stack_cache_exit(void)
{
	if (caches)
		free_caches(caches);
	caches = NULL;
}

/**
 * wp_stack_cache_bytes() - memory of the cache
 *
 * Context: serialised with wp_stack_cache_get() by the caller.
 * Return: bytes.
 */
u64 wp_stack_cache_bytes(void)
{
	return caches ? (u64)num_possible_cpus() * sizeof(struct cache) : 0;
}

/**
 * wp_stack_cache_flush() - the kernel's code is about to change
 *
 * Context: any.
 */
void wp_stack_cache_flush(void)
{
	atomic_inc(&epoch);
}

/**
 * wp_stack_cache_stats() - what the cache has done so far
 * @sum: over all CPUs
 *
 * Context: process; serialised with wp_stack_cache_get() by the caller.
 */
void wp_stack_cache_stats(struct waitprof_stack_cache *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	if (!caches)
		return;
	for_each_possible_cpu(cpu) {
		const struct waitprof_stack_cache *stats = &caches[cpu]->stats;

		sum->hits += READ_ONCE(stats->hits);
		sum->misses += READ_ONCE(stats->misses);
		sum->evictions += READ_ONCE(stats->evictions);
		sum->uncacheable += READ_ONCE(stats->uncacheable);
		sum->checks += READ_ONCE(stats->checks);
		sum->disagreements += READ_ONCE(stats->disagreements);
	}
}

/**
 * wp_stack_cache_on() - is there a cache?
 *
 * Context: probe.
 * Return: true if the other functions may be called.
 */
bool wp_stack_cache_on(void)
{
	return smp_load_acquire(&caches); /* pairs with wp_stack_cache_get() */
}

static struct hint *hint_of(struct cache *cache, unsigned long ip)
{
	return &cache->hints[hash_long(ip, WP_HINT_BITS)];
}

static void hint_set(struct hint *hint, const struct wp_recipe *recipe)
{
	hint->ip = recipe->ip;
	hint->by_bp = !recipe->part_end[0];
	hint->cfa = recipe->part_cfa[0];
	hint->off = recipe->off[0];
}

/* Where the function at the hook returns to; 0 = not known. */
static unsigned long return_addr(const struct hint *hint, const struct wp_stack_at *at)
{
	unsigned long base = at->sp;

	if (hint->ip != at->ip)
		return 0;
	if (hint->by_bp) {
		base = at->bp - hint->cfa * sizeof(long);
		if (!wp_stack_has(at, base))
			return 0;
		if (hint->cfa)
			base = wp_recipe_read(base) - 2 * sizeof(long);
	}
	base += hint->off * sizeof(long);
	return wp_stack_has(at, base) ? wp_recipe_read(base) : 0;
}

static u32 tag_of(const struct hint *hint, const struct wp_stack_at *at)
{
	u32 to = return_addr(hint, at);
	u64 hash = (at->ip << 32 | to) ^ (u64)((struct pt_regs *)at->top)->orig_ax << 20;

	return (u32)((hash * 0x9e3779b97f4a7c15ULL) >> 32) | 1;
}

static noinline struct wp_cached *find_in_set(struct cache *cache, struct hint *hint,
					      const struct wp_stack_at *at, u32 now)
{
	u32 tag = tag_of(hint, at), set = tag >> (32 - WP_CACHE_BITS), way;

	for (way = 0; way < WP_CACHE_WAYS; way++) {
		struct wp_cached *cached = &cache->ways[set][way];

		if (cache->sets[set].tag[way] != tag || cached->epoch != now ||
		    cached == hint->last || !wp_recipe_match(&cached->recipe, at))
			continue;
		hint->last = cached;
		return cached;
	}
	return NULL;
}

/* Shall this hit be checked against a full unwind? */
static bool is_due(struct cache *cache)
{
	if (likely(!cache->until_check) || --cache->until_check)
		return false;
	cache->until_check = wp_param_stack_check();
	count(&cache->stats.checks);
	return true;
}

/**
 * wp_stack_cache_find() - has this stack been seen before?
 * @at: the hook
 * @readable: it stands on the task's own stack
 * @check: of one that has: it shall be checked against a full unwind, as every
 *	stack_check-th one
 *
 * Context: probe, interrupts off.
 * Return: it, until the next wp_stack_cache_add() on this CPU, or NULL.
 */
struct wp_cached *wp_stack_cache_find(const struct wp_stack_at *at, bool readable, bool *check)
{
	struct cache *cache = this_cache();
	u32 now = atomic_read(&epoch);
	struct hint *hint = hint_of(cache, at->ip);
	struct wp_cached *cached = hint->last;

	if (unlikely(!readable))
		cached = NULL;
	else if (unlikely(!cached) || cached->epoch != now ||
		 !wp_recipe_match(&cached->recipe, at))
		cached = find_in_set(cache, hint, at, now);
	if (unlikely(!cached)) {
		count(&cache->stats.misses);
		return NULL;
	}
	count(&cache->stats.hits);
	*check = is_due(cache);
	return cached;
}

/**
 * wp_stack_cache_room() - room for a recipe under construction
 *
 * Context: probe, interrupts off.
 * Return: this CPU's.
 */
struct wp_recipe *wp_stack_cache_room(void)
{
	return &this_cache()->room;
}

/**
 * wp_stack_cache_add() - remember a stack that was not found
 * @at: the hook
 * @recipe: its recipe; NULL = it has none
 *
 * Context: probe, interrupts off.
 * Return: where it is remembered, as wp_stack_cache_find(), or NULL.
 */
struct wp_cached *wp_stack_cache_add(const struct wp_stack_at *at,
				     const struct wp_recipe *recipe)
{
	struct cache *cache = this_cache();
	struct hint *hint = hint_of(cache, at->ip);
	struct wp_cached *cached;
	struct cache_set *set;
	u32 tag, way;

	if (!recipe) {
		count(&cache->stats.uncacheable);
		return NULL;
	}
	hint_set(hint, recipe);
	tag = tag_of(hint, at);
	set = &cache->sets[tag >> (32 - WP_CACHE_BITS)];
	way = set->next;
	set->next = (way + 1) % WP_CACHE_WAYS;
	cached = &cache->ways[tag >> (32 - WP_CACHE_BITS)][way];
	if (set->tag[way] && cached->epoch == (u32)atomic_read(&epoch))
		count(&cache->stats.evictions);
	set->tag[way] = tag;
	cached->recipe = *recipe;
	cached->epoch = atomic_read(&epoch);
	memset(cached->ids, 0, sizeof(cached->ids));
	hint->last = cached;
	return cached;
}

/**
 * wp_stack_cache_disagree() - a full unwind has shown another stack
 * @cached: what had matched; forgotten
 *
 * Context: probe, interrupts off.
 */
void wp_stack_cache_disagree(struct wp_cached *cached)
{
	count(&this_cache()->stats.disagreements);
	/* No hook is at address 0. */
	cached->recipe.ip = 0;
}
