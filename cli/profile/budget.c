// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arithmetic of a budget. Wall time, time on the CPU, time on the run-queue and
 * time in waits are measured, each by itself; what is left is asleep elsewhere, or
 * nobody knows. Samples decide which: a thread that was found asleep elsewhere in k of the
 * samples that found it asleep at all may have been there for as much of its time off the
 * CPU as Wilson's upper bound (z = 3, wrong once in 700 times) allows; what is left beyond
 * that is unaccounted. So is all of it for a thread that was never found asleep elsewhere.
 * Who is found to run is no measure, as whoever looks is woken together with others; but
 * twice what all samples allow is not exceeded.
 *
 * The figures of the scheduler are up to a tick behind, so that a little more can
 * be measured than there is wall time. Then every part is made smaller in
 * proportion, and the excess is kept to be told.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/budget.h"

static bool same_part(const struct budget_part *a, const struct budget_part *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case BUDGET_WAIT:
		return a->class_id == b->class_id && a->kind == b->kind;
	case BUDGET_SLEEP:
		return !strcmp(a->function, b->function);
	default:
		return true;
	}
}

/**
 * budget_add() - add to the part of the same name
 * @b: budget
 * @part: what to add; its name and its figures
 *
 * Return: 0 or -ENOMEM.
 */
int budget_add(struct budget *b, const struct budget_part *part)
{
	struct budget_part *more;

	for (size_t i = 0; i < b->nr; i++) {
		if (!same_part(&b->parts[i], part))
			continue;
		b->parts[i].ns += part->ns;
		b->parts[i].inferred_ns += part->inferred_ns;
		b->parts[i].samples += part->samples;
		return 0;
	}
	more = reallocarray(b->parts, b->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	b->parts = more;
	more[b->nr++] = *part;
	return 0;
}

/**
 * budget_add_measured() - add what the scheduler has counted
 * @b: budget
 * @cpu_ns: on a CPU
 * @runqueue_ns: runnable, without one
 *
 * Return: 0 or -ENOMEM.
 */
int budget_add_measured(struct budget *b, uint64_t cpu_ns, uint64_t runqueue_ns)
{
	const struct budget_part on_cpu = { .type = BUDGET_ON_CPU, .ns = cpu_ns };
	const struct budget_part run_queue = { .type = BUDGET_RUN_QUEUE, .ns = runqueue_ns };
	int ret = budget_add(b, &on_cpu);

	return ret ? ret : budget_add(b, &run_queue);
}

/**
 * budget_add_unseen() - add the rest of a wait whose begin and whose end nobody saw
 * @b: budget
 * @class_id: its class
 * @kind: its kind
 * @ns: so long it was still on
 *
 * Return: 0 or -ENOMEM.
 */
int budget_add_unseen(struct budget *b, uint32_t class_id, enum kind kind, uint64_t ns)
{
	const struct budget_part part = {
		.type = BUDGET_WAIT, .class_id = class_id, .kind = kind, .ns = ns, .inferred_ns = ns
	};

	return budget_add(b, &part);
}

/**
 * budget_sum() - the time of all parts, ns
 * @b: budget
 */
uint64_t budget_sum(const struct budget *b)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < b->nr; i++)
		sum += b->parts[i].ns;
	return sum;
}

/* a * b / c, rounded down; @c is not smaller than @a or @b. */
static uint64_t share(uint64_t a, uint64_t b, uint64_t c)
{
	return c ? (uint64_t)((__uint128_t)a * b / c) : 0;
}

static int by_size(const void *va, const void *vb)
{
	const struct budget_part *a = va, *b = vb;
	bool a_last = a->type == BUDGET_UNACCOUNTED, b_last = b->type == BUDGET_UNACCOUNTED;

	if (a_last != b_last)
		return a_last - b_last;
	if (a->ns != b->ns)
		return a->ns < b->ns ? 1 : -1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->class_id != b->class_id)
		return a->class_id < b->class_id ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->function, b->function);
}

static void sort(struct budget *b)
{
	if (b->nr)
		qsort(b->parts, b->nr, sizeof(*b->parts), by_size);
}

/* More was measured than there is. What rounding leaves goes to the largest part. */
static void shrink(struct budget *b, uint64_t measured)
{
	uint64_t left = b->wall_ns;

	b->excess_ns = measured - b->wall_ns;
	for (size_t i = 0; i < b->nr; i++) {
		struct budget_part *part = &b->parts[i];

		part->ns = share(part->ns, b->wall_ns, measured);
		part->inferred_ns = share(part->inferred_ns, b->wall_ns, measured);
		left -= part->ns;
	}
	sort(b);
	b->parts[0].ns += left;
}

/* The largest share of its time that a thread found there in k of n samples spends there. */
static double upper_bound(uint64_t k, uint64_t n)
{
	const double z = 3;
	double p, middle, half;

	if (!k)
		return 0;
	if (k >= n)
		return 1;
	p = (double)k / (double)n;
	middle = p + z * z / (2 * (double)n);
	half = z * sqrt(p * (1 - p) / (double)n + z * z / (4 * (double)n * (double)n));
	return fmin((middle + half) / (1 + z * z / (double)n), 1);
}

static uint64_t sleep_samples(const struct budget *b)
{
	uint64_t samples = 0;

	for (size_t i = 0; i < b->nr; i++)
		if (b->parts[i].type == BUDGET_SLEEP)
			samples += b->parts[i].samples;
	return samples;
}

static uint64_t blocked_ns(const struct budget *b)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < b->nr; i++)
		if (b->parts[i].type == BUDGET_WAIT)
			ns += b->parts[i].ns;
	return ns;
}

/* Divides what is left between the functions by their samples; returns what it has used. */
static uint64_t spread(struct budget *b, uint64_t rest_ns)
{
	uint64_t samples = sleep_samples(b), sleep_ns, used = 0;
	double off_cpu = upper_bound(samples, samples + b->wait_samples) *
			 ((double)rest_ns + (double)blocked_ns(b));
	double all = 2 * upper_bound(samples, b->samples) * (double)b->wall_ns;
	double bound = off_cpu < all ? off_cpu : all;
	struct budget_part *largest = NULL;

	if (!samples)
		return 0;
	sleep_ns = bound < (double)rest_ns ? (uint64_t)bound : rest_ns;
	for (size_t i = 0; i < b->nr; i++) {
		struct budget_part *part = &b->parts[i];

		if (part->type != BUDGET_SLEEP)
			continue;
		part->ns = share(sleep_ns, part->samples, samples);
		used += part->ns;
		if (!largest || part->samples > largest->samples)
			largest = part;
	}
	largest->ns += sleep_ns - used;
	return sleep_ns;
}

/**
 * budget_close() - make the parts add up to the wall time
 * @b: budget; @wall_ns and @samples are set; of other sleep it has samples, no time
 *
 * Return: 0 or -ENOMEM.
 */
int budget_close(struct budget *b)
{
	struct budget_part rest = { .type = BUDGET_UNACCOUNTED };
	uint64_t measured = budget_sum(b);

	if (measured > b->wall_ns)
		shrink(b, measured);
	else
		rest.ns = b->wall_ns - measured;
	rest.ns -= spread(b, rest.ns);
	if (budget_add(b, &rest))
		return -ENOMEM;
	sort(b);
	return 0;
}

/**
 * budget_merge() - add a thread's budget to its process's
 * @to: sum; closed as @from is
 * @from: closed
 *
 * Return: 0 or -ENOMEM.
 */
int budget_merge(struct budget *to, const struct budget *from)
{
	to->wall_ns += from->wall_ns;
	to->excess_ns += from->excess_ns;
	to->samples += from->samples;
	to->wait_samples += from->wait_samples;
	for (size_t i = 0; i < from->nr; i++)
		if (budget_add(to, &from->parts[i]))
			return -ENOMEM;
	sort(to);
	return 0;
}

/**
 * budget_free() - give the parts up
 * @b: budget
 */
void budget_free(struct budget *b)
{
	free(b->parts);
	memset(b, 0, sizeof(*b));
}
