// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of an HTML page: the tree as rows of numbers, the parent before its
 * children, with the strings beside it; classes with their histograms; call sites.
 * Nodes that hold next to nothing of every time are left out and counted.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "flame/flame.h"
#include "render/keys.h"
#include "profile/names.h"
#include "flame/palette.h"

/* A node of less than this part of each time is no pixel on any screen. */
#define LEAST	   20000
#define LEAST_TEXT "0.005 %"
#define TINT	   0.5

struct writer {
	struct keys *to;
	const struct flame *flame;
	const char **strings; /* sorted */
	size_t nr_strings;
	uint64_t nr_written;
	uint64_t nr_left_out;
};

static void put_sum(struct writer *w, const char *key, const struct flame_sum *sum)
{
	if (key)
		keys_array(w->to, key);
	keys_put_u64(w->to, NULL, sum->count);
	for (int i = 0; i < FLAME_NR_PARTS; i++)
		keys_put_u64(w->to, NULL, sum->ns[i]);
	if (key)
		keys_array_end(w->to);
}

static void put_sums(struct writer *w, const struct flame_sum *sums)
{
	keys_array(w->to, "sums");
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		keys_array(w->to, NULL);
		put_sum(w, NULL, &sums[side]);
		keys_array_end(w->to);
	}
	keys_array_end(w->to);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_string(struct writer *w, const char *text)
{
	const char **found = NULL;

	if (text)
		found = bsearch(&text, w->strings, w->nr_strings, sizeof(text), compare_text);
	keys_put_number(w->to, NULL, found, found ? (uint64_t)(found - w->strings) : 0);
}

static bool is_too_small(const struct writer *w, const struct flame_node *node)
{
	const struct flame_sum *all = w->flame->tree.root.sums;

	for (int side = 0; side < FLAME_NR_SIDES; side++)
		for (int i = 0; i < FLAME_NR_PARTS; i++)
			if (node->sums[side].ns[i] > all[side].ns[i] / LEAST)
				return false;
	return node->parent;
}

static uint64_t count_nodes(const struct flame_node *node)
{
	uint64_t nr = 1;

	for (const struct flame_node *child = node->children; child; child = child->next)
		nr += count_nodes(child);
	return nr;
}

static void put_node(struct writer *w, const struct flame_node *node, uint64_t parent)
{
	uint64_t number = w->nr_written;

	if (is_too_small(w, node)) {
		w->nr_left_out += count_nodes(node);
		return;
	}
	w->nr_written++;
	keys_array(w->to, NULL);
	keys_put_number(w->to, NULL, node->parent, parent);
	keys_put_u64(w->to, NULL, node->kind);
	put_string(w, node->name);
	put_string(w, node->module);
	put_string(w, node->file);
	keys_put_u64(w->to, NULL, node->line > 0 ? (uint64_t)node->line : 0);
	keys_put_u64(w->to, NULL, node->inlined);
	keys_put_u64(w->to, NULL, node->class_id);
	keys_put_u64(w->to, NULL, node->nr_tgids);
	keys_put_u64(w->to, NULL, node->tgid);
	for (int side = 0; side < FLAME_NR_SIDES; side++)
		put_sum(w, NULL, &node->sums[side]);
	keys_array_end(w->to);
	for (const struct flame_node *child = node->children; child; child = child->next)
		put_node(w, child, number);
}

static void put_percentile(struct writer *w, const char *key, const struct flame_class *class,
			   unsigned int per_mille)
{
	keys_array(w->to, key);
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		const uint64_t *buckets = class->buckets[side];
		bool some = buckets && buckets_count(buckets);

		keys_put_number(w->to, NULL, some,
				some ? buckets_percentile(buckets, per_mille, class->max_ns[side]) :
				       0);
	}
	keys_array_end(w->to);
}

static void put_octaves(struct writer *w, const struct flame_class *class)
{
	uint64_t counts[FLAME_OCTAVES], unseen[FLAME_NR_SIDES];

	keys_array(w->to, "octaves");
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		flame_octaves(class->buckets[side], counts);
		unseen[side] = class->sums[side].count;
		keys_array(w->to, NULL);
		for (int i = 0; i < FLAME_OCTAVES; i++) {
			keys_put_u64(w->to, NULL, counts[i]);
			unseen[side] -= counts[i] < unseen[side] ? counts[i] : unseen[side];
		}
		keys_array_end(w->to);
	}
	keys_array_end(w->to);
	keys_array(w->to, "unseen");
	for (int side = 0; side < FLAME_NR_SIDES; side++)
		keys_put_u64(w->to, NULL, unseen[side]);
	keys_array_end(w->to);
}

static void put_max(struct writer *w, const uint64_t *max_ns)
{
	keys_array(w->to, "max");
	for (int side = 0; side < FLAME_NR_SIDES; side++)
		keys_put_u64(w->to, NULL, max_ns[side]);
	keys_array_end(w->to);
}

static void put_colours(struct writer *w, uint32_t class_id)
{
	char colour[PALETTE_LEN];

	keys_put_string(w->to, "colour", palette_class(colour, sizeof(colour), class_id, 1));
	keys_put_string(w->to, "tint", palette_class(colour, sizeof(colour), class_id, TINT));
}

static void put_classes(struct writer *w)
{
	keys_array(w->to, "classes");
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++) {
		const struct flame_class *class = &w->flame->sites.classes[id];

		if (!class->sums[FLAME_NOW].count && !class->sums[FLAME_BEFORE].count)
			continue;
		keys_object(w->to, NULL);
		keys_put_u64(w->to, "id", id);
		keys_put_string(w->to, "name", names_class(id));
		put_colours(w, id);
		put_sums(w, class->sums);
		put_max(w, class->max_ns);
		put_percentile(w, "p50", class, 500);
		put_percentile(w, "p99", class, 990);
		put_octaves(w, class);
		keys_object_end(w->to);
	}
	keys_array_end(w->to);
}

static void put_sites(struct writer *w)
{
	const struct flame_sites *sites = &w->flame->sites;

	keys_array(w->to, "sites");
	for (size_t i = 0; i < sites->nr; i++) {
		const struct flame_site *site = &sites->all[i];

		keys_object(w->to, NULL);
		keys_put_u64(w->to, "class", site->class_id);
		keys_put_string(w->to, "class_name", site->class_name);
		keys_put_string(w->to, "process", site->process);
		keys_put_string(w->to, "site", site->site);
		put_sums(w, site->sums);
		put_max(w, site->max_ns);
		keys_object_end(w->to);
	}
	keys_array_end(w->to);
}

static void put_notes(struct writer *w, const char *notes)
{
	char line[512];

	keys_array(w->to, "notes");
	for (size_t len; notes && *notes; notes += len + (notes[len] == '\n')) {
		len = strcspn(notes, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)(len < 500 ? len : 500), notes);
		if (len)
			keys_put_string(w->to, NULL, line);
	}
	keys_array_end(w->to);
}

static void put_sides(struct writer *w)
{
	keys_array(w->to, "sides");
	for (int side = 0; side <= w->flame->is_diff; side++) {
		const struct flame_about *about = &w->flame->about[side];

		keys_object(w->to, NULL);
		keys_put_string(w->to, "who", about->who);
		keys_put_string(w->to, "kernel", about->kernel);
		keys_put_string(w->to, "version", about->version);
		keys_put_u64(w->to, "duration_ns", about->duration_ns);
		put_notes(w, about->notes);
		keys_object_end(w->to);
	}
	keys_array_end(w->to);
}

static void put_palette(struct writer *w)
{
	char colour[PALETTE_LEN];

	keys_object(w->to, "palette");
	keys_object(w->to, "several");
	put_colours(w, WAITPROF_CLASS_NONE);
	keys_object_end(w->to);
	keys_put_string(w->to, "same", palette_change(colour, sizeof(colour), 0));
	keys_put_string(w->to, "more", palette_change(colour, sizeof(colour), 1));
	keys_put_string(w->to, "less", palette_change(colour, sizeof(colour), -1));
	keys_object_end(w->to);
}

static void gather(const void *string, VISIT visit, void *writer)
{
	struct writer *w = writer;

	if (visit == postorder || visit == leaf)
		w->strings[w->nr_strings++] = *(const char *const *)string;
}

static void count_string(const void *string, VISIT visit, void *nr)
{
	(void)string;
	*(size_t *)nr += visit == postorder || visit == leaf;
}

/**
 * flame_json() - the data of a page
 * @out: where to
 * @flame: what of
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int flame_json(FILE *out, const struct flame *flame)
{
	struct writer w = { .flame = flame };
	size_t nr = 0;
	int ret;

	twalk_r(flame->tree.strings, count_string, &nr);
	w.strings = calloc(nr + 1, sizeof(*w.strings));
	w.to = w.strings ? keys_new(out) : NULL;
	if (!w.to) {
		free(w.strings);
		return -ENOMEM;
	}
	/* In their order, which is what they are looked up by. */
	twalk_r(flame->tree.strings, gather, &w);
	keys_object(w.to, NULL);
	keys_put_bool(w.to, "is_diff", flame->is_diff);
	put_palette(&w);
	put_sides(&w);
	put_classes(&w);
	put_sites(&w);
	keys_array(w.to, "strings");
	for (size_t i = 0; i < w.nr_strings; i++)
		keys_put_string(w.to, NULL, w.strings[i]);
	keys_array_end(w.to);
	keys_array(w.to, "nodes");
	put_node(&w, &flame->tree.root, 0);
	keys_array_end(w.to);
	keys_put_u64(w.to, "left_out", w.nr_left_out);
	keys_put_string(w.to, "least", LEAST_TEXT);
	keys_object_end(w.to);
	ret = keys_finish(w.to);
	free(w.strings);
	return ret;
}
