// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks into a tree: process, functions of the program from the outermost in,
 * functions of the kernel, and at the end the class of the wait. Two stacks
 * share their nodes as far as they go through the same functions.
 *
 *	all -- postgres -- main -- ... -- fdatasync -- ... -- io_schedule -- io page
 *
 * A row ends in exactly one leaf and is added to every node on the way there, so
 * a node is the sum of its children, without an error. Pure: all that a node
 * holds is the tree's own, a report can go once it has been added. A second
 * report can be added to the other side; its sums stay apart.
 */
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flame/flame_process.h"
#include "flame/flame_tree.h"
#include "profile/names.h"

/* The way of one row down from the root. */
struct way {
	struct flame_tree *tree;
	struct flame_node *node;
	size_t depth;
	int error;
};

static int compare_strings(const void *a, const void *b)
{
	return strcmp(a, b);
}

/**
 * flame_tree_string() - a string that lives as long as the tree; equal ones are one
 * @tree: tree
 * @text: string, may be NULL
 *
 * Return: the string; NULL for NULL and without memory.
 */
const char *flame_tree_string(struct flame_tree *tree, const char *text)
{
	char **found, *copy;

	if (!text)
		return NULL;
	found = tfind(text, &tree->strings, compare_strings);
	if (found)
		return *found;
	copy = strdup(text);
	if (copy && !tsearch(copy, &tree->strings, compare_strings)) {
		free(copy);
		return NULL;
	}
	return copy;
}

static struct flame_node *child_of(struct way *way, const struct flame_node *like)
{
	struct flame_node *node;

	/* Their strings are the tree's: equal ones have one address. */
	for (node = way->node->children; node; node = node->next)
		if (node->kind == like->kind && node->name == like->name &&
		    node->module == like->module && node->inlined == like->inlined)
			return node;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	*node = *like;
	node->parent = way->node;
	node->next = way->node->children;
	way->node->children = node;
	way->tree->nr_nodes++;
	return node;
}

/* One node on; @like has strings of anybody. */
static void step(struct way *way, struct flame_node like)
{
	struct flame_node *node;
	const char *name = like.name;

	if (way->error)
		return;
	like.name = flame_tree_string(way->tree, name);
	like.module = flame_tree_string(way->tree, like.module);
	like.file = flame_tree_string(way->tree, like.file);
	node = like.name ? child_of(way, &like) : NULL;
	if (!node) {
		way->error = -ENOMEM;
		return;
	}
	/* Different places of one function: none of them can be told. */
	if (node->file != like.file) {
		node->file = NULL;
		node->line = 0;
	} else if (node->line != like.line) {
		node->line = 0;
	}
	way->node = node;
	if (++way->depth > way->tree->depth)
		way->tree->depth = way->depth;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* Addresses of the kernel mean nothing to anybody, nor do those of no file. */
static bool is_nameless(const struct symbol_frame *f, enum flame_kind kind)
{
	return !f->symbol && (kind == FLAME_KERNEL || !f->module);
}

static void step_frame(struct way *way, const struct symbol_frame *f, enum flame_kind kind)
{
	struct flame_node like = { .kind = kind, .module = f->module, .inlined = f->inlined };
	const char *module = base_name(f->module);
	char name[REPORT_SITE_LEN];

	if (is_nameless(f, kind)) {
		like.name = kind == FLAME_KERNEL ? "[kernel, no symbols]" : "[no symbols]";
		like.inlined = false;
		like.module = kind == FLAME_KERNEL ? "kernel" : NULL;
		/* A row of them says no more than one. */
		if (way->node->kind == kind && !strcmp(way->node->name, like.name))
			return;
	} else if (f->symbol) {
		like.name = f->symbol;
		like.file = f->file;
		like.line = f->line;
	} else {
		/* The address differs from process to process, its place in the file does not. */
		if (f->offset)
			snprintf(name, sizeof(name), "%s+0x%" PRIx64, module, f->offset);
		else
			snprintf(name, sizeof(name), "0x%" PRIx64 " [%s]", f->addr, module);
		like.name = name;
	}
	step(way, like);
}

static void step_cut(struct way *way)
{
	step(way, (struct flame_node){ .kind = FLAME_CUT, .name = "[truncated]" });
}

static void step_stack(struct way *way, const struct stack *stack, enum flame_kind kind)
{
	size_t nr = stack ? stack->nr : 0, max = FLAME_MAX_DEPTH / 2;

	if (stack && (stack->truncated || nr > max))
		step_cut(way);
	for (size_t i = nr < max ? nr : max; i > 0; i--)
		step_frame(way, &stack->frames[i - 1], kind);
}

/**
 * flame_class_name() - what the wait of a row is: "io page", "futex"
 * @buf: result
 * @size: its room
 * @row: row
 *
 * Return: @buf.
 */
const char *flame_class_name(char *buf, size_t size, const struct report_row *row)
{
	const char *kind = kind_name(row->kind);

	snprintf(buf, size, "%s%s%s%s", names_class(row->sum.class_id), kind ? " " : "",
		 kind ? kind : "", row->inferred ? " (inferred)" : "");
	return buf;
}

/**
 * flame_sum_row() - add a row
 * @to: sums
 * @row: row
 */
void flame_sum_row(struct flame_sum *to, const struct report_row *row)
{
	to->count += row->sum.count + row->open;
	to->ns[FLAME_TOTAL] += row->sum.total_ns;
	to->ns[FLAME_BLOCKED] += row->sum.blocked_ns;
	to->ns[FLAME_RUNQUEUE] += row->sum.runqueue_ns;
	to->ns[FLAME_SPIN] += row->sum.spin_ns;
}

static int add_row(struct flame_tree *tree, const struct report_row *row, const char *process,
		   enum flame_side side)
{
	struct way way = { .tree = tree, .node = &tree->root, .depth = 1 };
	uint32_t class_id = row->sum.class_id;
	char name[64];

	step(&way,
	     (struct flame_node){ .kind = FLAME_PROCESS, .name = process, .tgid = row->sum.tgid });
	step_stack(&way, row->ustack, FLAME_USER);
	step_stack(&way, row->kstack, FLAME_KERNEL);
	if (row->sum.flags & WAITPROF_ROW_F_OVERFLOW)
		step(&way, (struct flame_node){ .kind = FLAME_CUT, .name = "[stack not kept]" });
	flame_class_name(name, sizeof(name), row);
	step(&way, (struct flame_node){ .kind = FLAME_CLASS, .name = name });
	if (way.error)
		return way.error;
	for (struct flame_node *node = way.node; node; node = node->parent) {
		bool is_new = true;

		for (int i = 0; i < FLAME_NR_SIDES; i++)
			is_new &= !node->sums[i].count && !node->sums[i].ns[FLAME_TOTAL];
		if (is_new)
			node->class_id = class_id;
		else if (node->class_id != class_id)
			node->class_id = WAITPROF_CLASS_NONE;
		flame_sum_row(&node->sums[side], row);
	}
	return 0;
}

/* How many processes go by one name; ids mean nothing beyond their report. */
static void count_processes(struct flame_tree *tree, const struct flame_processes *processes)
{
	char name[32];

	for (struct flame_node *node = tree->root.children; node; node = node->next) {
		uint32_t nr = 0;

		for (size_t i = 0; i < processes->nr; i++)
			nr += processes->all[i].tgid &&
			      !strcmp(node->name,
				      flame_process_name(processes, processes->all[i].tgid, name,
							 sizeof(name)));
		if (nr > node->nr_tgids)
			node->nr_tgids = nr;
	}
}

/**
 * flame_tree_add() - add the rows of a report
 * @tree: tree; all zero before the first time, to be freed whatever this returns
 * @report: its rows are of GROUP_BY_NONE
 * @side: which sums they go to
 *
 * Return: 0 or -ENOMEM.
 */
int flame_tree_add(struct flame_tree *tree, const struct report *report, enum flame_side side)
{
	struct flame_processes processes;
	int ret = flame_processes_find(&processes, report);
	char name[32];

	if (!tree->nr_nodes) {
		tree->root.name = flame_tree_string(tree, "all");
		tree->nr_nodes = 1;
		tree->depth = 1;
	}
	for (size_t i = 0; !ret && i < report->nr_rows; i++) {
		const struct report_row *row = &report->rows[i];

		if (row->sum.class_id == WAITPROF_CLASS_BLOCK)
			flame_sum_row(&tree->requests[side], row);
		else
			ret = add_row(tree, row,
				      flame_process_name(&processes, row->sum.tgid, name,
							 sizeof(name)),
				      side);
	}
	if (!ret)
		count_processes(tree, &processes);
	flame_processes_free(&processes);
	return ret;
}

static uint64_t weight(const struct flame_node *node)
{
	return node->sums[FLAME_NOW].ns[FLAME_TOTAL] + node->sums[FLAME_BEFORE].ns[FLAME_TOTAL];
}

/* The largest first; a full order, so that equal input gives equal output. */
static int compare_nodes(const void *va, const void *vb)
{
	const struct flame_node *a = *(struct flame_node *const *)va;
	const struct flame_node *b = *(struct flame_node *const *)vb;
	int c;

	if (weight(a) != weight(b))
		return weight(a) > weight(b) ? -1 : 1;
	c = strcmp(a->name, b->name);
	if (!c)
		c = strcmp(a->module ? a->module : "", b->module ? b->module : "");
	if (!c)
		c = (int)a->kind - (int)b->kind;
	return c ? c : a->inlined - b->inlined;
}

static int sort_children(struct flame_node *parent)
{
	struct flame_node **all, *node;
	size_t nr = 0;

	for (node = parent->children; node; node = node->next)
		nr++;
	if (nr < 2)
		return 0;
	all = calloc(nr, sizeof(struct flame_node *));
	if (!all)
		return -ENOMEM;
	nr = 0;
	for (node = parent->children; node; node = node->next)
		all[nr++] = node;
	qsort(all, nr, sizeof(struct flame_node *), compare_nodes);
	parent->children = NULL;
	while (nr--) {
		all[nr]->next = parent->children;
		parent->children = all[nr];
	}
	free(all);
	return 0;
}

/* Every node is seen after its parent. */
static struct flame_node *next_node(struct flame_node *node)
{
	if (node->children)
		return node->children;
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

/**
 * flame_tree_sort() - children in their order: the largest first
 * @tree: tree; stays as it is without memory
 */
void flame_tree_sort(struct flame_tree *tree)
{
	for (struct flame_node *node = &tree->root; node; node = next_node(node))
		sort_children(node);
}

/**
 * flame_tree_free() - give up a tree
 * @tree: tree, all zero afterwards
 */
void flame_tree_free(struct flame_tree *tree)
{
	struct flame_node *node = &tree->root;

	while (node) {
		struct flame_node *child = node->children, *parent = node->parent;

		if (child) {
			node->children = child->next;
			node = child;
			continue;
		}
		if (parent)
			free(node);
		node = parent;
	}
	tdestroy(tree->strings, free);
	memset(tree, 0, sizeof(*tree));
}
