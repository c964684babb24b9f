// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of kernel stacks: a thread is a CPU, whose hooks look up stacks of one pool,
 * laid out in its own memory, and add those that are not there. One more thread makes
 * the cache while they already ask for it, changes "the kernel's code" and reads the
 * counters. What is found must be the stack that was laid out, be from no older code
 * than there was before, and be counted: the sums agree, and no reading goes back.
 */
#include <stdlib.h>
#include <string.h>

#include "../../kmod/stack_recipe.c"

#include "../../kmod/stack_cache.c"

#include "stress.h"

#define NR_CPUS	    3
#define NR_STACKS   600 /* more than a CPU remembers */
#define NR_HOOKS    24
#define MAX_FRAMES  12
#define MAX_GAP	    6
#define TURNS	    500 /* of a CPU in a round */
#define CHECK_EVERY 3
#define SESSION	    7
#define TEXT	    0xffffffff81000000UL
#define TRAMPOLINE  0xffffffff80abc123UL

/* A kernel stack as it lies in memory, user space's registers at its top. */
struct laid_out {
	unsigned long words[MAX_FRAMES * MAX_GAP];
	struct pt_regs regs;
};

/* One of the pool; equal ones do not occur: the first word says which it is. */
struct known {
	unsigned long ip;
	u32 nr;
	u32 gap[MAX_FRAMES];
	unsigned long to[MAX_FRAMES];
	u32 size;
	unsigned long call;
};

const int nr_cpu_ids = NR_CPUS;
static __thread int this_cpu;
static __thread struct laid_out own;
static struct known pool[NR_STACKS];
static struct {
	u64 asked, none, wrong;
} done[NR_CPUS];
static struct waitprof_stack_cache last;
static u64 all_hits, all_replaced, all_flushed;

int smp_processor_id(void)
{
	return this_cpu;
}

bool wp_param_stack_cache(void)
{
	return true;
}

u32 wp_param_stack_check(void)
{
	return CHECK_EVERY;
}

static void pool_fill(void)
{
	u32 i, j;

	for (i = 0; i < NR_STACKS; i++) {
		struct known *known = &pool[i];

		known->ip = TEXT + 16 * (i % NR_HOOKS);
		known->nr = 1 + i % MAX_FRAMES;
		known->size = 0;
		known->call = i % 5;
		for (j = 0; j < known->nr; j++) {
			/* The distance to the first one follows from the code at the hook. */
			known->gap[j] = 1 + (j ? stress_random() : i % NR_HOOKS) % MAX_GAP;
			known->size += known->gap[j];
			known->to[j] = TEXT + 0x10000 + stress_random() % 0x1000;
		}
		known->to[known->nr - 1] = TEXT + 0x100000 + 8 * i;
	}
}

/* A return address may have been replaced by a kretprobe's, whose wait knows it. */
static void lay_out(const struct known *known, struct wp_stack_at *at)
{
	u32 i, word = sizeof(own.words) / sizeof(long) - known->size;

	memset(at, 0, sizeof(*at));
	at->ip = known->ip;
	at->sp = (unsigned long)&own.words[word];
	at->top = (unsigned long)&own.regs;
	own.regs.orig_ax = known->call;
	for (i = 0; i < known->nr; i++) {
		word += known->gap[i] - 1;
		own.words[word] = known->to[i];
		if (!at->nr_calls && i && stress_random() % 16 == 0) {
			at->slot[0] = (unsigned long)&own.words[word];
			at->return_addr[0] = known->to[i];
			at->nr_calls = 1;
			own.words[word] = TRAMPOLINE;
		}
		word++;
	}
}

/* As an unwinder goes over it, by the stack pointer alone. */
static const struct wp_recipe *unwind(const struct known *known, const struct wp_stack_at *at)
{
	struct wp_recipe_maker maker;
	struct wp_recipe_step step = { .by = WP_RECIPE_BY_SP, .next_sp = at->sp };
	u32 i;

	wp_recipe_begin(&maker, wp_stack_cache_room(), at);
	for (i = 0; i < known->nr; i++) {
		step.sp = step.next_sp;
		step.next_sp += known->gap[i] * sizeof(long);
		step.next_ip = known->to[i];
		wp_recipe_add(&maker, &step);
	}
	wp_recipe_end(&maker, step.next_sp);
	return maker.recipe;
}

static void check_found(const struct wp_cached *cached, u32 number, u32 before)
{
	const struct known *known = &pool[number];
	u32 i;

	if ((s32)(cached->epoch - before) < 0)
		stress_fail("stack %u is of code %u, there was %u before", number, cached->epoch,
			    before);
	if (wp_cached_id(cached, 0, SESSION) != number + 1)
		stress_fail("stack %u is known as %u", number, wp_cached_id(cached, 0, SESSION));
	if (wp_recipe_nr(&cached->recipe) != known->nr)
		stress_fail("stack %u has %u frames", number, wp_recipe_nr(&cached->recipe));
	for (i = 1; i < known->nr && i < wp_recipe_nr(&cached->recipe); i++)
		if (wp_recipe_frame(&cached->recipe, i) != known->to[i])
			stress_fail("stack %u has another frame %u", number, i);
}

static void hook(u32 cpu)
{
	/* Mostly what was there a moment ago. */
	u32 number = stress_random() % (stress_random() % 4 ? NR_STACKS / 20 : NR_STACKS);
	const struct wp_recipe *recipe;
	struct wp_cached *cached;
	struct wp_stack_at at;
	bool check = false;
	u32 before;

	lay_out(&pool[number], &at);
	before = atomic_read(&epoch);
	cached = wp_stack_cache_find(&at, true, &check);
	done[cpu].asked++;
	if (cached) {
		check_found(cached, number, before);
		if (at.nr_calls)
			__atomic_fetch_add(&all_replaced, 1, __ATOMIC_RELAXED);
		/* As if another one had been unwound. */
		if (check && stress_random() % 32 == 0) {
			wp_stack_cache_disagree(cached);
			done[cpu].wrong++;
		}
		return;
	}
	recipe = stress_random() % 64 ? unwind(&pool[number], &at) : NULL;
	done[cpu].none += !recipe;
	cached = wp_stack_cache_add(&at, recipe);
	if (cached)
		wp_cached_set_id(cached, 0, SESSION, number + 1);
}

static void turn(u32 cpu)
{
	u32 i;

	this_cpu = cpu;
	for (i = 0; i < TURNS; i++)
		if (wp_stack_cache_on())
			hook(cpu);
}

static void read_all(struct waitprof_stack_cache *now)
{
	wp_stack_cache_stats(now);
	if (now->hits < last.hits || now->misses < last.misses || now->evictions < last.evictions ||
	    now->uncacheable < last.uncacheable || now->checks < last.checks ||
	    now->disagreements < last.disagreements)
		stress_fail("a counter went back");
	last = *now;
}

/* Requests, one after the other. */
static void turn_requests(u32 id)
{
	struct waitprof_stack_cache now;
	u32 i;

	stress_point();
	if (wp_stack_cache_get())
		stress_fail("no memory");
	for (i = 0; i < TURNS / 4; i++) {
		read_all(&now);
		if (stress_random() % 64 == 0) {
			wp_stack_cache_flush();
			all_flushed++;
		}
	}
}

static void begin_round(u64 round)
{
	pool_fill();
	memset(&last, 0, sizeof(last));
	memset(done, 0, sizeof(done));
	/* Epochs of 32 bits come round. */
	epoch.counter = round % 2 ? -5 : 0;
	stress_pause(round % 3 ? 64 : 0);
}

static void end_round(u64 round)
{
	struct waitprof_stack_cache now;
	u64 asked = 0, none = 0, wrong = 0;
	u32 cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		asked += done[cpu].asked;
		none += done[cpu].none;
		wrong += done[cpu].wrong;
	}
	read_all(&now);
	if (now.hits + now.misses != asked)
		stress_fail("%llu hits and %llu misses of %llu", now.hits, now.misses, asked);
	if (now.uncacheable != none || now.disagreements != wrong)
		stress_fail("%llu without a recipe, %llu disagreements, counted %llu and %llu",
			    none, wrong, now.uncacheable, now.disagreements);
	if (now.checks > now.hits / CHECK_EVERY || now.checks + NR_CPUS < now.hits / CHECK_EVERY)
		stress_fail("%llu checks of %llu hits", now.checks, now.hits);
	all_hits += now.hits;
	wp_stack_cache_exit();
}

int main(int argc, char **argv)
{
	static const struct stress_role roles[] = {
		{ turn, 0 },
		{ turn, 1 },
		{ turn, 2 },
		{ turn_requests, 0 },
	};
	u64 rounds = stress_rounds(roles, 4, stress_seconds(argc, argv), begin_round, end_round);

	if ((!all_hits || !all_replaced || !all_flushed) && !stress_failed())
		stress_fail("nothing was found, replaced or flushed");
	return stress_end(
		"cache",
		"%llu found, %llu with a replaced address, %llu changes of code, %llu rounds",
		all_hits, all_replaced, all_flushed, rounds);
}
