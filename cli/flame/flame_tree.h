/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_FLAME_TREE_H
#define WAITPROF_CLI_FLAME_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/report.h"

/* Frames above this one are left out, and that is said: a file can hold anything. */
#define FLAME_MAX_DEPTH 1024

/* What is shown, and for a difference what it is compared with. */
enum flame_side { FLAME_NOW, FLAME_BEFORE, FLAME_NR_SIDES };

enum flame_part { FLAME_TOTAL, FLAME_BLOCKED, FLAME_RUNQUEUE, FLAME_SPIN, FLAME_NR_PARTS };

enum flame_kind {
	FLAME_ROOT,
	FLAME_PROCESS,
	FLAME_USER, /* a function of the program */
	FLAME_KERNEL, /* a function of the kernel */
	FLAME_CUT, /* frames are missing here */
	FLAME_CLASS, /* the wait itself: class and kind; every leaf, and nothing else */
};

struct flame_sum {
	uint64_t count;
	uint64_t ns[FLAME_NR_PARTS];
};

/**
 * struct flame_node - a frame, below all the stacks that go through it
 * @kind: what it is
 * @name: function, process, or class and kind
 * @module: as in struct symbol_frame, NULL when unknown
 * @file: source file; NULL when unknown or not the same in all stacks
 * @line: likewise, 0
 * @inlined: the function has no frame of its own
 * @class_id: of all waits below it; WAITPROF_CLASS_NONE = of several
 * @tgid: of a process: one of them
 * @nr_tgids: of a process: how many go by this name, of the larger side
 * @sums: what was waited in or below it
 * @parent: NULL for the root
 * @children: first of them
 * @next: the next child of @parent
 */
struct flame_node {
	enum flame_kind kind;
	const char *name;
	const char *module;
	const char *file;
	int line;
	bool inlined;
	uint32_t class_id;
	uint32_t tgid;
	uint32_t nr_tgids;
	struct flame_sum sums[FLAME_NR_SIDES];
	struct flame_node *parent;
	struct flame_node *children;
	struct flame_node *next;
};

/**
 * struct flame_tree - all stacks of one report, or of two
 * @root: all waits
 * @requests: class block, which is no wait and has no place in the tree
 * @nr_nodes: with the root
 * @depth: nodes on the longest way from the root to a leaf
 * @strings: every string of a node, by content
 */
struct flame_tree {
	struct flame_node root;
	struct flame_sum requests[FLAME_NR_SIDES];
	size_t nr_nodes;
	size_t depth;
	void *strings;
};

int flame_tree_add(struct flame_tree *tree, const struct report *report, enum flame_side side);
void flame_tree_sort(struct flame_tree *tree);
void flame_tree_free(struct flame_tree *tree);
const char *flame_tree_string(struct flame_tree *tree, const char *text);
void flame_sum_row(struct flame_sum *to, const struct report_row *row);
const char *flame_class_name(char *buf, size_t size, const struct report_row *row);

#endif
