// SPDX-License-Identifier: GPL-2.0-only
/* Who waits for whom: cycles, chains, and that large graphs take no time. */
#include "cmocka_setup.h"

#include <stdio.h>

#include "profile/graph.h"

/* Every path as text: "(1 2)" a cycle, "3>4" a chain, "+2" others, "@0" into cycle 0. */
static const char *found(const struct graph_wait *waits, size_t nr)
{
	static char text[256];
	struct graph g;
	size_t used = 0;

	assert_int_equal(graph_find(waits, nr, &g), 0);
	text[0] = '\0';
	for (size_t i = 0; i < g.nr; i++) {
		const struct graph_path *p = &g.paths[i];

		assert_int_equal(p->is_cycle, i < g.nr_cycles);
		used += (size_t)sprintf(text + used, "%s%s", i ? " " : "", p->is_cycle ? "(" : "");
		for (size_t k = 0; k < p->nr; k++)
			used += (size_t)sprintf(text + used, "%s%u",
						!k	    ? "" :
						p->is_cycle ? " " :
							      ">",
						waits[p->waits[k]].tid);
		used += (size_t)sprintf(text + used, "%s%s", p->is_cycle ? ")" : "",
					p->is_sure ? "" : "?");
		if (p->others)
			used += (size_t)sprintf(text + used, "+%zu", p->others);
		if (p->into != GRAPH_NONE)
			used += (size_t)sprintf(text + used, "@%zu", p->into);
	}
	graph_free(&g);
	return text;
}

#define NR(...)	   (sizeof((const struct graph_wait[]){ __VA_ARGS__ }) / sizeof(struct graph_wait))
#define FOUND(...) found((const struct graph_wait[]){ __VA_ARGS__ }, NR(__VA_ARGS__))

static void nothing(void **state)
{
	(void)state;
	assert_string_equal(found(NULL, 0), "");
	assert_string_equal(FOUND({ .tid = 1 }, { .tid = 2 }), "");
}

static void cycles(void **state)
{
	(void)state;
	assert_string_equal(FOUND({ 12, 11, false }, { 11, 12, false }), "(11 12)");
	assert_string_equal(FOUND({ 4, 4, false }), "(4)");
	assert_string_equal(FOUND({ 5, 6, false }, { 6, 7, false }, { 7, 5, false },
				  { 1, 2, false }, { 2, 1, false }),
			    "(5 6 7) (1 2)");
	/* A reader's lock may be held by others that go on. */
	assert_string_equal(FOUND({ 1, 2, true }, { 2, 1, false }), "(1 2)?");
}

static void chains(void **state)
{
	(void)state;
	assert_string_equal(FOUND({ 1, 2, false }, { 2, 3, false }, { 3, 0, false }), "1>2");
	assert_string_equal(FOUND({ 2, 3, false }, { 1, 2, false }), "1>2");
	/* The longest waiter stands for those that wait for the same thread. */
	assert_string_equal(
		FOUND({ 9, 2, false }, { 1, 2, false }, { 4, 2, false }, { 2, 3, false }), "9>2+2");
	/* Who is waited for itself begins no chain. */
	assert_string_equal(FOUND({ 1, 3, false }, { 2, 3, false }, { 8, 2, false }), "1 8>2");
	assert_string_equal(FOUND({ 1, 2, true }), "1?");
}

static void a_chain_into_a_cycle(void **state)
{
	(void)state;
	assert_string_equal(FOUND({ 9, 8, false }, { 8, 1, false }, { 2, 1, false },
				  { 1, 2, false }),
			    "(1 2) 9>8@0");
	assert_string_equal(FOUND({ 5, 4, false }, { 4, 5, false }, { 2, 1, false },
				  { 1, 2, false }, { 9, 1, false }, { 7, 1, false }),
			    "(4 5) (1 2) 9+1@1");
}

/* Within a futex call a thread may read a page: it is then not blocked by the futex. */
static void the_youngest_wait_counts(void **state)
{
	(void)state;
	assert_string_equal(FOUND({ 1, 2, false }, { 2, 1, false }, { 2, 0, false }), "1");
	assert_string_equal(FOUND({ 1, 0, false }, { 1, 2, false }, { 2, 1, false }), "(1 2)");
}

static void many(void **state)
{
	size_t nr = 100000;
	struct graph_wait *waits = calloc(nr, sizeof(*waits));
	struct graph g;

	(void)state;
	assert_non_null(waits);
	/* One long chain; then all of them behind one thread; then one cycle. */
	for (size_t i = 0; i < nr; i++)
		waits[i] = (struct graph_wait){ (uint32_t)i + 1, (uint32_t)i + 2, false };
	assert_int_equal(graph_find(waits, nr, &g), 0);
	assert_int_equal(g.nr, 1);
	assert_int_equal(g.paths[0].nr, nr);
	graph_free(&g);
	waits[nr - 1].owner = 1;
	assert_int_equal(graph_find(waits, nr, &g), 0);
	assert_int_equal(g.nr_cycles, 1);
	assert_int_equal(g.paths[0].nr, nr);
	graph_free(&g);
	for (size_t i = 0; i < nr; i++)
		waits[i].owner = 1000000;
	assert_int_equal(graph_find(waits, nr, &g), 0);
	assert_int_equal(g.nr, 1);
	assert_int_equal(g.paths[0].others, nr - 1);
	graph_free(&g);
	free(waits);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(cycles),
		cmocka_unit_test(chains),
		cmocka_unit_test(a_chain_into_a_cycle),
		cmocka_unit_test(the_youngest_wait_counts),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
