// SPDX-License-Identifier: GPL-2.0-only
/* Stacks into a tree, call sites and classes. */
#include "cmocka_setup.h"

#include <stdio.h>

#include "profile/buckets.h"
#include "flame/flame.h"

#define MAX_ROWS   400
#define MAX_FRAMES 12

static struct report_row rows[MAX_ROWS];
static struct symbol_frame frames[2 * MAX_ROWS][MAX_FRAMES];
static struct stack stacks[2 * MAX_ROWS];
static struct report report;
static struct flame_tree tree;

static int setup(void **state)
{
	(void)state;
	memset(rows, 0, sizeof(rows));
	memset(frames, 0, sizeof(frames));
	memset(stacks, 0, sizeof(stacks));
	report = (struct report){ .rows = rows, .duration_ns = 2000000000 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	flame_tree_free(&tree);
	return 0;
}

/* Leaf first, as a stack is: "c b a" */
static struct stack *stack_of(const char *names, const char *module)
{
	struct stack *stack = stacks;
	char text[256], *save = NULL;

	while (stack->frames)
		stack++;
	stack->frames = frames[stack - stacks];
	snprintf(text, sizeof(text), "%s", names);
	for (char *name = strtok_r(text, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		struct symbol_frame *f = &stack->frames[stack->nr++];

		f->addr = 0x1000 + stack->nr;
		f->symbol = strcmp(name, "?") ? strdup(name) : NULL;
		f->module = module;
	}
	return stack;
}

static struct report_row *add(uint32_t tgid, const char *comm, uint32_t class_id, const char *user,
			      const char *kernel, uint64_t ns)
{
	struct report_row *row = &rows[report.nr_rows++];

	row->sum.class_id = class_id;
	row->sum.tgid = tgid;
	row->sum.tid = tgid;
	snprintf(row->sum.comm, sizeof(row->sum.comm), "%s", comm);
	row->sum.count = 1;
	row->sum.total_ns = ns;
	row->sum.blocked_ns = ns;
	row->sum.max_ns = ns;
	row->ustack = user ? stack_of(user, "/bin/program") : NULL;
	row->kstack = kernel ? stack_of(kernel, "kernel") : NULL;
	return row;
}

static void free_names(void)
{
	for (size_t i = 0; i < 2 * MAX_ROWS; i++)
		for (size_t k = 0; k < stacks[i].nr; k++)
			free((char *)stacks[i].frames[k].symbol);
}

/* Nothing of the report may be needed any more. */
static void build(enum flame_side side)
{
	assert_int_equal(flame_tree_add(&tree, &report, side), 0);
	free_names();
	setup(NULL);
}

static const struct flame_node *child_named(const struct flame_node *node, const char *name)
{
	const struct flame_node *child;

	for (child = node->children; child && strcmp(child->name, name);)
		child = child->next;
	if (!child)
		print_message("no %s below %s\n", name, node->name);
	assert_non_null(child);
	return child;
}

/* The names on the way along the first children. */
static void assert_way(const char *want)
{
	char way[1024] = "";

	for (const struct flame_node *n = tree.root.children; n; n = n->children)
		snprintf(way + strlen(way), sizeof(way) - strlen(way), "%s%s", way[0] ? " " : "",
			 n->name);
	assert_string_equal(way, want);
}

static void outermost_first(void **state)
{
	const struct flame_node *node;

	(void)state;
	add(7, "shop", WAITPROF_CLASS_FUTEX, "lock work main", "wait entry", 5);
	build(FLAME_NOW);
	assert_way("shop main work lock entry wait futex");
	assert_int_equal(tree.depth, 8);
	assert_int_equal(tree.nr_nodes, 8);
	node = tree.root.children;
	assert_int_equal(node->kind, FLAME_PROCESS);
	node = node->children;
	assert_int_equal(node->kind, FLAME_USER);
	assert_string_equal(node->module, "/bin/program");
	node = child_named(child_named(child_named(node, "work"), "lock"), "entry");
	assert_int_equal(node->kind, FLAME_KERNEL);
	assert_int_equal(child_named(child_named(node, "wait"), "futex")->kind, FLAME_CLASS);
}

static void check_sums(const struct flame_node *node)
{
	struct flame_sum sums[FLAME_NR_SIDES] = { 0 };

	assert_true(!node->children == (node->kind == FLAME_CLASS));
	for (const struct flame_node *c = node->children; c; c = c->next) {
		for (int side = 0; side < FLAME_NR_SIDES; side++) {
			sums[side].count += c->sums[side].count;
			for (int i = 0; i < FLAME_NR_PARTS; i++)
				sums[side].ns[i] += c->sums[side].ns[i];
		}
		assert_ptr_equal(c->parent, node);
		check_sums(c);
	}
	if (node->children)
		assert_memory_equal(sums, node->sums, sizeof(sums));
}

/* Rows of all kinds, by a generator that is the same everywhere. */
static void conserved(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "?", "e" };
	uint64_t seed = 1, total[FLAME_NR_SIDES] = { 0 }, spin = 0, count = 0;

	(void)state;
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		for (int i = 0; i < MAX_ROWS; i++) {
			char user[64] = "", kernel[64] = "";
			struct report_row *row;
			uint64_t r;

			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			r = seed >> 20;
			for (uint64_t k = 0; k < r % 6; k++)
				snprintf(user + strlen(user), 4, "%s ", names[(r >> k) % 6]);
			for (uint64_t k = 0; k < (r >> 8) % 6; k++)
				snprintf(kernel + strlen(kernel), 4, "%s ",
					 names[(r >> (k + 8)) % 6]);
			row = add(1 + (uint32_t)(r % 5), r % 3 ? "x" : "y",
				  WAITPROF_CLASS_FUTEX + (uint32_t)(r % 8), r % 7 ? user : NULL,
				  r % 11 ? kernel : NULL, r % 1000003);
			row->sum.count = r % 17;
			row->open = r % 2;
			row->sum.spin_ns = r % 13;
			row->inferred = r % 19 == 0;
			if (row->ustack)
				((struct stack *)row->ustack)->truncated = r % 4 == 0;
			if (r % 23 == 0)
				row->sum.flags = WAITPROF_ROW_F_OVERFLOW;
			total[side] += row->sum.total_ns;
			spin += row->sum.spin_ns;
			count += row->sum.count + row->open;
		}
		build((enum flame_side)side);
	}
	flame_tree_sort(&tree);
	check_sums(&tree.root);
	for (int side = 0; side < FLAME_NR_SIDES; side++)
		assert_int_equal(tree.root.sums[side].ns[FLAME_TOTAL], total[side]);
	assert_int_equal(tree.root.sums[0].ns[FLAME_SPIN] + tree.root.sums[1].ns[FLAME_SPIN], spin);
	assert_int_equal(tree.root.sums[0].count + tree.root.sums[1].count, count);
	assert_true(tree.root.children->sums[0].ns[0] + tree.root.children->sums[1].ns[0] >=
		    tree.root.children->next->sums[0].ns[0] +
			    tree.root.children->next->sums[1].ns[0]);
}

static void shared_frames(void **state)
{
	const struct flame_node *main_node;
	struct report_row *row;

	(void)state;
	row = add(7, "shop", WAITPROF_CLASS_FUTEX, "lock main", NULL, 5);
	((struct symbol_frame *)row->ustack->frames)[1].file = "shop.c";
	((struct symbol_frame *)row->ustack->frames)[1].line = 10;
	row = add(7, "shop", WAITPROF_CLASS_MUTEX, "read main", "f", 6);
	((struct symbol_frame *)row->ustack->frames)[1].file = "shop.c";
	((struct symbol_frame *)row->ustack->frames)[1].line = 20;
	row = add(7, "shop", WAITPROF_CLASS_MUTEX, "lock main", NULL, 7);
	((struct symbol_frame *)row->ustack->frames)[0].inlined = true;
	build(FLAME_NOW);
	main_node = child_named(tree.root.children, "main");
	assert_int_equal(main_node->sums[FLAME_NOW].ns[FLAME_TOTAL], 18);
	/* called from two lines, and the third of no file */
	assert_null(main_node->file);
	assert_int_equal(main_node->line, 0);
	assert_int_equal(main_node->class_id, WAITPROF_CLASS_NONE);
	assert_int_equal(tree.root.class_id, WAITPROF_CLASS_NONE);
	assert_int_equal(child_named(main_node, "read")->class_id, WAITPROF_CLASS_MUTEX);
	/* inlined or not: not the same frame */
	flame_tree_sort(&tree);
	assert_string_equal(main_node->children->name, "lock");
	assert_true(main_node->children->inlined);
	assert_int_equal(main_node->children->sums[FLAME_NOW].ns[FLAME_TOTAL], 7);
}

static void one_line_of_a_file(void **state)
{
	struct report_row *row;

	(void)state;
	for (int i = 0; i < 2; i++) {
		row = add(7, "shop", WAITPROF_CLASS_FUTEX, "main", NULL, 5);
		((struct symbol_frame *)row->ustack->frames)[0].file = "shop.c";
		((struct symbol_frame *)row->ustack->frames)[0].line = 10;
	}
	build(FLAME_NOW);
	assert_string_equal(tree.root.children->children->file, "shop.c");
	assert_int_equal(tree.root.children->children->line, 10);
}

static void cut_stacks(void **state)
{
	struct report_row *row = add(7, "shop", WAITPROF_CLASS_FUTEX, "lock", "wait", 5);

	(void)state;
	((struct stack *)row->ustack)->truncated = true;
	((struct stack *)row->kstack)->truncated = true;
	build(FLAME_NOW);
	assert_way("shop [truncated] lock [truncated] wait futex");
	assert_int_equal(tree.root.children->children->kind, FLAME_CUT);
}

static void no_names(void **state)
{
	struct report_row *row = add(7, "shop", WAITPROF_CLASS_FUTEX, "? ? main", "? ? ?", 5);

	(void)state;
	((struct symbol_frame *)row->ustack->frames)[1].offset = 0x42;
	build(FLAME_NOW);
	assert_way("shop main program+0x42 0x1001 [program] [kernel, no symbols] futex");
	flame_tree_free(&tree);
	row = add(7, "shop", WAITPROF_CLASS_FUTEX, "? ? f ? main", NULL, 5);
	for (int i = 0; i < 5; i++)
		((struct symbol_frame *)row->ustack->frames)[i].module = NULL;
	build(FLAME_NOW);
	assert_way("shop main [no symbols] f [no symbols] futex");
}

static void no_stacks(void **state)
{
	struct report_row *row = add(7, "shop", WAITPROF_CLASS_FUTEX, NULL, NULL, 5);

	(void)state;
	row->inferred = true;
	row = add(0, "", WAITPROF_CLASS_IO, NULL, NULL, 3);
	row->sum.flags = WAITPROF_ROW_F_OVERFLOW;
	row->kind = KIND_PAGE;
	add(7, "shop", WAITPROF_CLASS_BLOCK, NULL, NULL, 100);
	build(FLAME_NOW);
	child_named(child_named(&tree.root, "shop"), "futex (inferred)");
	child_named(child_named(child_named(&tree.root, "(process not known)"), "[stack not kept]"),
		    "io page");
	assert_int_equal(tree.root.sums[FLAME_NOW].ns[FLAME_TOTAL], 8);
	assert_int_equal(tree.requests[FLAME_NOW].ns[FLAME_TOTAL], 100);
}

/* Threads have names of their own; a process is called after the first one. */
static void processes(void **state)
{
	struct report_row *row;

	(void)state;
	row = add(7, "worker", WAITPROF_CLASS_FUTEX, "f", NULL, 500);
	row->sum.tid = 8;
	add(7, "shop", WAITPROF_CLASS_FUTEX, "g", NULL, 1);
	row = add(9, "shop", WAITPROF_CLASS_FUTEX, "g", NULL, 10);
	row = add(11, "a", WAITPROF_CLASS_FUTEX, "g", NULL, 3);
	row->sum.tid = 12;
	row = add(11, "b", WAITPROF_CLASS_FUTEX, "g", NULL, 4);
	row->sum.tid = 13;
	build(FLAME_NOW);
	assert_int_equal(child_named(&tree.root, "shop")->sums[FLAME_NOW].ns[FLAME_TOTAL], 511);
	assert_int_equal(child_named(&tree.root, "shop")->nr_tgids, 2);
	assert_int_equal(child_named(&tree.root, "b")->sums[FLAME_NOW].ns[FLAME_TOTAL], 7);
	assert_int_equal(child_named(&tree.root, "b")->nr_tgids, 1);
	assert_int_equal(child_named(&tree.root, "b")->tgid, 11);
}

static void too_deep(void **state)
{
	static struct symbol_frame many[2 * FLAME_MAX_DEPTH];
	struct report_row *row = add(7, "shop", WAITPROF_CLASS_FUTEX, "f", NULL, 5);
	const struct flame_node *node;

	(void)state;
	for (size_t i = 0; i < 2 * FLAME_MAX_DEPTH; i++)
		many[i].symbol = i ? "again" : "last";
	free((char *)row->ustack->frames[0].symbol);
	((struct stack *)row->ustack)->frames = many;
	((struct stack *)row->ustack)->nr = 2 * FLAME_MAX_DEPTH;
	assert_int_equal(flame_tree_add(&tree, &report, FLAME_NOW), 0);
	((struct stack *)row->ustack)->nr = 0;
	assert_in_range(tree.depth, 500, FLAME_MAX_DEPTH);
	node = tree.root.children->children;
	assert_string_equal(node->name, "[truncated]");
	while (node->children->children)
		node = node->children;
	assert_string_equal(node->name, "last");
}

static void differences(void **state)
{
	struct flame flame = { 0 };
	const struct flame_node *node;

	(void)state;
	add(7, "shop", WAITPROF_CLASS_FUTEX, "f", NULL, 3000);
	add(7, "shop", WAITPROF_CLASS_FUTEX, "new", NULL, 500);
	assert_int_equal(flame_add(&flame, &report, "now", FLAME_NOW), 0);
	free_names();
	setup(NULL);
	report.duration_ns = 1000000000;
	add(99, "shop", WAITPROF_CLASS_FUTEX, "f", NULL, 500);
	add(99, "shop", WAITPROF_CLASS_FUTEX, "gone", NULL, 500);
	assert_int_equal(flame_add(&flame, &report, "before", FLAME_BEFORE), 0);
	free_names();
	node = child_named(child_named(&flame.tree.root, "shop"), "f");
	/* 1500 ns in a second are three times 500 */
	assert_true(flame_width(&flame, node, FLAME_TOTAL) == 2000);
	assert_true(flame_change(&flame, node->sums, FLAME_TOTAL) == 0.5);
	node = child_named(child_named(&flame.tree.root, "shop"), "new");
	assert_true(flame_change(&flame, node->sums, FLAME_TOTAL) == 1);
	node = child_named(child_named(&flame.tree.root, "shop"), "gone");
	assert_true(flame_change(&flame, node->sums, FLAME_TOTAL) == -1);
	assert_true(flame_change(&flame, node->sums, FLAME_SPIN) == 0);
	flame_free(&flame);
}

static void call_sites(void **state)
{
	struct flame_sites sites = { 0 };
	uint64_t *buckets = calloc(WAITPROF_HIST_BUCKETS, sizeof(*buckets));
	struct report_row *row;

	(void)state;
	buckets[buckets_index(1000)] = 2;
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		row = add(7, "shop", WAITPROF_CLASS_FUTEX, "f", NULL, 30);
		row->buckets = buckets;
		snprintf(row->site, sizeof(row->site), "here");
		row = add(8, "shop", WAITPROF_CLASS_FUTEX, "g", NULL, 70);
		snprintf(row->site, sizeof(row->site), "here");
		row = add(8, "shop", WAITPROF_CLASS_FUTEX, "g", NULL, 5);
		snprintf(row->site, sizeof(row->site), "there");
		add(8, "shop", WAITPROF_CLASS_BLOCK, "g", NULL, 7);
		assert_int_equal(flame_sites_add(&sites, &tree, &report, (enum flame_side)side), 0);
		free_names();
		setup(NULL);
	}
	assert_int_equal(sites.nr, 2);
	assert_string_equal(sites.all[0].site, "here");
	assert_int_equal(sites.all[0].sums[FLAME_NOW].ns[FLAME_TOTAL], 100);
	assert_int_equal(sites.all[0].sums[FLAME_BEFORE].count, 2);
	assert_int_equal(sites.all[0].max_ns[FLAME_NOW], 70);
	assert_int_equal(sites.classes[WAITPROF_CLASS_FUTEX].sums[FLAME_BEFORE].ns[0], 105);
	assert_int_equal(buckets_count(sites.classes[WAITPROF_CLASS_FUTEX].buckets[0]), 2);
	assert_int_equal(sites.classes[WAITPROF_CLASS_BLOCK].sums[0].count, 0);
	flame_sites_free(&sites);
	free(buckets);
}

static void octaves(void **state)
{
	static uint64_t buckets[WAITPROF_HIST_BUCKETS];
	uint64_t counts[FLAME_OCTAVES], sum = 0;

	(void)state;
	for (size_t i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		buckets[i] = 1;
	flame_octaves(buckets, counts);
	for (int i = 0; i < FLAME_OCTAVES; i++)
		sum += counts[i];
	assert_int_equal(sum, WAITPROF_HIST_BUCKETS);
	memset(buckets, 0, sizeof(buckets));
	buckets[buckets_index(1023)] = 3;
	buckets[buckets_index(1024)] = 4;
	flame_octaves(buckets, counts);
	assert_int_equal(counts[9], 3);
	assert_int_equal(counts[10], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(outermost_first, setup, teardown),
		cmocka_unit_test_setup_teardown(conserved, setup, teardown),
		cmocka_unit_test_setup_teardown(shared_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(one_line_of_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_stacks, setup, teardown),
		cmocka_unit_test_setup_teardown(no_names, setup, teardown),
		cmocka_unit_test_setup_teardown(no_stacks, setup, teardown),
		cmocka_unit_test_setup_teardown(processes, setup, teardown),
		cmocka_unit_test_setup_teardown(too_deep, setup, teardown),
		cmocka_unit_test_setup_teardown(differences, setup, teardown),
		cmocka_unit_test_setup_teardown(call_sites, setup, teardown),
		cmocka_unit_test_setup_teardown(octaves, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
