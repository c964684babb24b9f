// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of one report, or of two, by call site and by class: the table and
 * the histograms beside a flame graph. Pure, as the tree is, which keeps the
 * strings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "flame/flame_process.h"
#include "flame/flame_sites.h"
#include "profile/profile.h"

/* Strings of one tree: equal ones have one address. */
static int compare_keys(const struct flame_site *a, const struct flame_site *b)
{
	int c = (a->class_id > b->class_id) - (a->class_id < b->class_id);

	if (!c && a->class_name != b->class_name)
		c = strcmp(a->class_name, b->class_name);
	if (!c && a->process != b->process)
		c = strcmp(a->process, b->process);
	return c || a->site == b->site ? c : strcmp(a->site, b->site);
}

static int compare_sites(const void *va, const void *vb)
{
	return compare_keys(va, vb);
}

static void sum(struct flame_sum *to, const struct flame_sum *from)
{
	to->count += from->count;
	for (int i = 0; i < FLAME_NR_PARTS; i++)
		to->ns[i] += from->ns[i];
}

static void merge(struct flame_site *to, const struct flame_site *from)
{
	for (int i = 0; i < FLAME_NR_SIDES; i++) {
		sum(&to->sums[i], &from->sums[i]);
		if (from->max_ns[i] > to->max_ns[i])
			to->max_ns[i] = from->max_ns[i];
	}
}

static void merge_equal(struct flame_sites *sites)
{
	size_t nr = 0;

	if (!sites->nr)
		return;
	qsort(sites->all, sites->nr, sizeof(*sites->all), compare_sites);
	for (size_t i = 1; i < sites->nr; i++) {
		if (compare_keys(&sites->all[nr], &sites->all[i]))
			sites->all[++nr] = sites->all[i];
		else
			merge(&sites->all[nr], &sites->all[i]);
	}
	sites->nr = nr + 1;
}

static int add_class(struct flame_sites *sites, const struct report_row *row, enum flame_side side)
{
	struct flame_class *class = &sites->classes[row->sum.class_id];

	class->class_id = row->sum.class_id;
	flame_sum_row(&class->sums[side], row);
	if (row->sum.max_ns > class->max_ns[side])
		class->max_ns[side] = row->sum.max_ns;
	return profile_add_buckets(&class->buckets[side], row->buckets);
}

static int add_site(struct flame_sites *sites, struct flame_tree *tree,
		    const struct report_row *row, const char *process, enum flame_side side)
{
	struct flame_site *to = &sites->all[sites->nr++];
	char name[64];

	memset(to, 0, sizeof(*to));
	to->class_id = row->sum.class_id;
	to->class_name = flame_tree_string(tree, flame_class_name(name, sizeof(name), row));
	to->process = flame_tree_string(tree, process);
	to->site = flame_tree_string(tree, row->site[0] ? row->site : "-");
	flame_sum_row(&to->sums[side], row);
	to->max_ns[side] = row->sum.max_ns;
	return to->class_name && to->process && to->site ? 0 : -ENOMEM;
}

/**
 * flame_sites_add() - add the rows of a report
 * @sites: all zero before the first time, to be freed whatever this returns
 * @tree: keeps the strings; outlives @sites
 * @report: its rows are of GROUP_BY_NONE
 * @side: which sums they go to
 *
 * Return: 0 or -ENOMEM.
 */
int flame_sites_add(struct flame_sites *sites, struct flame_tree *tree, const struct report *report,
		    enum flame_side side)
{
	struct flame_processes processes;
	struct flame_site *all;
	char name[32];
	int ret;

	all = reallocarray(sites->all, sites->nr + report->nr_rows + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	sites->all = all;
	ret = flame_processes_find(&processes, report);
	for (size_t i = 0; !ret && i < report->nr_rows; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->sum.class_id == WAITPROF_CLASS_BLOCK ||
		    row->sum.class_id > WAITPROF_CLASS_MAX)
			continue;
		flame_process_name(&processes, row->sum.tgid, name, sizeof(name));
		ret = add_site(sites, tree, row, name, side);
		if (!ret)
			ret = add_class(sites, row, side);
	}
	flame_processes_free(&processes);
	if (!ret)
		merge_equal(sites);
	return ret;
}

/**
 * flame_octaves() - a histogram in steps that double
 * @buckets: histogram, NULL gives zeros
 * @counts: waits from 1 << i ns up to less than twice that
 *
 * Every bucket lies within one octave.
 */
void flame_octaves(const uint64_t *buckets, uint64_t counts[FLAME_OCTAVES])
{
	memset(counts, 0, FLAME_OCTAVES * sizeof(*counts));
	for (unsigned int i = 0; buckets && i < WAITPROF_HIST_BUCKETS; i++) {
		uint64_t low = buckets_low(i);
		unsigned int octave = low ? 63 - (unsigned int)__builtin_clzll(low) : 0;

		counts[octave < FLAME_OCTAVES ? octave : FLAME_OCTAVES - 1] += buckets[i];
	}
}

/**
 * flame_sites_free() - give up what flame_sites_add() made
 * @sites: sites, all zero afterwards
 */
void flame_sites_free(struct flame_sites *sites)
{
	for (uint32_t i = 0; i <= WAITPROF_CLASS_MAX; i++)
		for (int side = 0; side < FLAME_NR_SIDES; side++)
			free(sites->classes[i].buckets[side]);
	free(sites->all);
	memset(sites, 0, sizeof(*sites));
}
