/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a picture of waits is made of: reports go in, and can be given up then.
 */
#ifndef WAITPROF_CLI_FLAME_H
#define WAITPROF_CLI_FLAME_H

#include <stdio.h>

#include "flame/flame_sites.h"
#include "flame/flame_tree.h"

/**
 * struct flame_about - where one side comes from
 * @who: whose waits
 * @kernel: of the machine
 * @version: of the module
 * @duration_ns: window
 * @notes: what was lost or left out, lines of text; may be NULL
 */
struct flame_about {
	char who[256];
	char kernel[128];
	char version[32];
	uint64_t duration_ns;
	char *notes;
};

/**
 * struct flame - one report, or two to be compared
 * @tree: its stacks
 * @sites: its call sites and classes
 * @about: where the sides come from
 * @is_diff: both sides are there
 */
struct flame {
	struct flame_tree tree;
	struct flame_sites sites;
	struct flame_about about[FLAME_NR_SIDES];
	bool is_diff;
};

int flame_add(struct flame *flame, const struct report *report, const char *who,
	      enum flame_side side);
double flame_value(const struct flame *flame, const struct flame_sum *sum, enum flame_side side,
		   enum flame_part part);
double flame_width(const struct flame *flame, const struct flame_node *node, enum flame_part part);
double flame_change(const struct flame *flame, const struct flame_sum *sums, enum flame_part part);
const char *flame_label(const struct flame *flame, const struct flame_node *node, char *buf,
			size_t size);
void flame_free(struct flame *flame);

int flame_json(FILE *out, const struct flame *flame);
int render_flame_svg(FILE *out, const struct flame *flame);
int render_flame_html(FILE *out, const struct flame *flame);

#endif
