/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_GRAPH_H
#define WAITPROF_CLI_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRAPH_NONE ((size_t)-1)

/**
 * struct graph_wait - one edge: a thread waits for what another holds
 * @tid: thread that waits
 * @owner: thread that holds it, 0 = unknown
 * @is_hint: @owner is one of perhaps many
 */
struct graph_wait {
	uint32_t tid;
	uint32_t owner;
	bool is_hint;
};

/**
 * struct graph_path - a cycle, or a chain of threads each waiting for the next
 * @waits: indices of the waits
 * @nr: their number
 * @is_cycle: the last waits for the first
 * @is_sure: no edge is a hint only
 * @into: of a chain: the cycle it leads into, an index of paths; else GRAPH_NONE
 * @others: of a chain: threads beside the first that wait for the same owner and
 *	that nobody waits for
 */
struct graph_path {
	size_t *waits;
	size_t nr;
	bool is_cycle;
	bool is_sure;
	size_t into;
	size_t others;
};

/* Cycles first, then chains, those of the earliest waits first. */
struct graph {
	struct graph_path *paths;
	size_t nr;
	size_t nr_cycles;
};

int graph_find(const struct graph_wait *waits, size_t nr, struct graph *graph);
void graph_free(struct graph *graph);

#endif
