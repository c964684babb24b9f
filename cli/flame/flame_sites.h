/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FLAME_SITES_H
#define WAITPROF_CLI_FLAME_SITES_H

#include <stddef.h>

#include "flame/flame_tree.h"

/* Powers of two of a nanosecond: enough for 36 years. */
#define FLAME_OCTAVES 60

/* Waits of one class and kind, from one call site, by processes of one name. */
struct flame_site {
	uint32_t class_id;
	const char *class_name; /* with the kind */
	const char *process;
	const char *site;
	struct flame_sum sums[FLAME_NR_SIDES];
	uint64_t max_ns[FLAME_NR_SIDES];
};

/**
 * struct flame_class - the waits of one class
 * @class_id: WAITPROF_CLASS_*
 * @sums: all of them
 * @max_ns: the longest
 * @buckets: their durations, NULL without
 */
struct flame_class {
	uint32_t class_id;
	struct flame_sum sums[FLAME_NR_SIDES];
	uint64_t max_ns[FLAME_NR_SIDES];
	uint64_t *buckets[FLAME_NR_SIDES];
};

/**
 * struct flame_sites - what stands beside the picture of a tree
 * @all: call sites
 * @nr: their number
 * @classes: by class, without requests to devices
 */
struct flame_sites {
	struct flame_site *all;
	size_t nr;
	struct flame_class classes[WAITPROF_CLASS_MAX + 1];
};

int flame_sites_add(struct flame_sites *sites, struct flame_tree *tree, const struct report *report,
		    enum flame_side side);
void flame_sites_free(struct flame_sites *sites);
void flame_octaves(const uint64_t *buckets, uint64_t counts[FLAME_OCTAVES]);

#endif
