// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wait-for graph: thread -> owner of what it waits for. A thread sleeps in
 * one wait, so every thread has one edge at most and each walk ends: at a thread
 * that waits for nothing known (the one to look at), or in a cycle (a deadlock).
 * Chains begin where nobody waits for the thread; of those that begin alike only
 * the first is told, with the number of the others. All in O(n log n).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/graph.h"

enum mark { UNSEEN, ON_WALK, DONE };

/* By thread: where its wait is, and who waits for it. */
struct thread {
	uint32_t tid;
	size_t wait; /* the youngest, GRAPH_NONE = waits for nothing */
	size_t cycle; /* path it is part of */
	size_t leaf; /* path of the first chain that begins with a wait for it */
	bool is_awaited;
	enum mark mark;
};

struct finder {
	const struct graph_wait *waits;
	struct thread *threads;
	size_t nr_threads;
	struct graph *graph;
};

static int compare_threads(const void *va, const void *vb)
{
	const struct thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static struct thread *thread_of(const struct finder *f, uint32_t tid)
{
	struct thread key = { .tid = tid };

	return bsearch(&key, f->threads, f->nr_threads, sizeof(key), compare_threads);
}

/* The thread that holds what @t waits for, NULL when it waits for nobody known. */
static struct thread *next_of(const struct finder *f, const struct thread *t)
{
	uint32_t owner = t->wait == GRAPH_NONE ? 0 : f->waits[t->wait].owner;

	return owner ? thread_of(f, owner) : NULL;
}

static int find_threads(struct finder *f, size_t nr)
{
	size_t unique = 0;

	f->threads = calloc(2 * nr + 1, sizeof(*f->threads));
	if (!f->threads)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		f->threads[f->nr_threads++].tid = f->waits[i].tid;
		if (f->waits[i].owner)
			f->threads[f->nr_threads++].tid = f->waits[i].owner;
	}
	qsort(f->threads, f->nr_threads, sizeof(*f->threads), compare_threads);
	for (size_t i = 0; i < f->nr_threads; i++)
		if (!unique || f->threads[i].tid != f->threads[unique - 1].tid)
			f->threads[unique++] = f->threads[i];
	f->nr_threads = unique;
	for (size_t i = 0; i < unique; i++) {
		f->threads[i].wait = GRAPH_NONE;
		f->threads[i].cycle = GRAPH_NONE;
		f->threads[i].leaf = GRAPH_NONE;
	}
	/* With several open waits of a thread it sleeps in the youngest. */
	for (size_t i = 0; i < nr; i++)
		thread_of(f, f->waits[i].tid)->wait = i;
	for (size_t i = 0; i < unique; i++) {
		struct thread *next = next_of(f, &f->threads[i]);

		if (next)
			next->is_awaited = true;
	}
	return 0;
}

/* Room for one more: doubled when @nr is a power of two, NULL when there is none. */
static void *grow(void *array, size_t nr, size_t size)
{
	return nr & (nr - 1) ? array : reallocarray(array, nr ? 2 * nr : 1, size);
}

static struct graph_path *add_path(struct graph *g)
{
	struct graph_path *more = grow(g->paths, g->nr, sizeof(*more));

	if (!more)
		return NULL;
	g->paths = more;
	memset(&more[g->nr], 0, sizeof(*more));
	more[g->nr].is_sure = true;
	more[g->nr].into = GRAPH_NONE;
	return &more[g->nr++];
}

static int add_wait(const struct finder *f, struct graph_path *path, size_t wait)
{
	size_t *more = grow(path->waits, path->nr, sizeof(*more));

	if (!more)
		return -ENOMEM;
	path->waits = more;
	more[path->nr++] = wait;
	path->is_sure &= !f->waits[wait].is_hint;
	return 0;
}

/* @t is on a cycle that was not met before; told from its lowest thread on. */
static int add_cycle(struct finder *f, struct thread *t)
{
	struct thread *first = t, *i;
	struct graph_path *path = add_path(f->graph);
	int ret = 0;

	if (!path)
		return -ENOMEM;
	path->is_cycle = true;
	f->graph->nr_cycles++;
	for (i = next_of(f, t); i != t; i = next_of(f, i))
		if (i->tid < first->tid)
			first = i;
	i = first;
	do {
		i->cycle = f->graph->nr - 1;
		ret = add_wait(f, path, i->wait);
		i = next_of(f, i);
	} while (!ret && i != first);
	return ret;
}

static int walk(struct finder *f, struct thread *start)
{
	struct thread *t;

	for (t = start; t && t->mark == UNSEEN; t = next_of(f, t))
		t->mark = ON_WALK;
	if (t && t->mark == ON_WALK && add_cycle(f, t))
		return -ENOMEM;
	for (t = start; t && t->mark == ON_WALK; t = next_of(f, t))
		t->mark = DONE;
	return 0;
}

static int add_chain(struct finder *f, struct thread *t)
{
	struct thread *next = next_of(f, t);
	struct graph_path *path;

	if (next->leaf != GRAPH_NONE) {
		f->graph->paths[next->leaf].others++;
		return 0;
	}
	path = add_path(f->graph);
	if (!path)
		return -ENOMEM;
	next->leaf = f->graph->nr - 1;
	for (; t && t->wait != GRAPH_NONE && f->waits[t->wait].owner; t = next_of(f, t)) {
		if (t->cycle != GRAPH_NONE) {
			path->into = t->cycle;
			break;
		}
		if (add_wait(f, path, t->wait))
			return -ENOMEM;
	}
	return 0;
}

/**
 * graph_find() - cycles and chains of threads that wait for each other
 * @waits: open waits, longest first
 * @nr: their number
 * @graph: result, to be given up by graph_free() whatever this returns
 *
 * Return: 0 or -ENOMEM.
 */
int graph_find(const struct graph_wait *waits, size_t nr, struct graph *graph)
{
	struct finder f = { .waits = waits, .graph = graph };
	int ret;

	memset(graph, 0, sizeof(*graph));
	ret = find_threads(&f, nr);
	for (size_t i = 0; !ret && i < nr; i++)
		ret = walk(&f, thread_of(&f, waits[i].tid));
	for (size_t i = 0; !ret && i < nr; i++) {
		struct thread *t = thread_of(&f, waits[i].tid);

		if (t->wait == i && waits[i].owner && !t->is_awaited)
			ret = add_chain(&f, t);
	}
	free(f.threads);
	return ret;
}

/**
 * graph_free() - give up what was found
 * @graph: graph, empty and usable again afterwards
 */
void graph_free(struct graph *graph)
{
	for (size_t i = 0; i < graph->nr; i++)
		free(graph->paths[i].waits);
	free(graph->paths);
	memset(graph, 0, sizeof(*graph));
}
