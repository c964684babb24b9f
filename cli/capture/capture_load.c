// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of a capture is read at once: everything but the rows of its slices, its
 * single waits and its names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_impl.h"

#define MAX_THREADS (1u << 22)

/**
 * struct fact - a fact and where it goes
 * @name: of the fact
 * @offset: of the member in struct capture
 * @size: of a char[]; 4 or 8 of a number
 * @is_text: is it a char[]
 */
struct fact {
	const char *name;
	size_t offset;
	size_t size;
	bool is_text;
};

#define PLACE(member) offsetof(struct capture, member)

static const struct fact facts[] = {
	{ "version", PLACE(info.version), sizeof(((struct capture *)0)->info.version), true },
	{ "module_version", PLACE(info.module_version),
	  sizeof(((struct capture *)0)->info.module_version), true },
	{ "module_abi", PLACE(info.abi), sizeof(((struct capture *)0)->info.abi), false },
	{ "module_flags", PLACE(info.module_flags),
	  sizeof(((struct capture *)0)->info.module_flags), false },
	{ "kernel", PLACE(info.kernel), sizeof(((struct capture *)0)->info.kernel), true },
	{ "cpus", PLACE(info.nr_cpus), sizeof(((struct capture *)0)->info.nr_cpus), false },
	{ "boot_id", PLACE(boot), sizeof(((struct capture *)0)->boot), true },
	{ "session_flags", PLACE(info.session_flags),
	  sizeof(((struct capture *)0)->info.session_flags), false },
	{ "classes", PLACE(info.classes), sizeof(((struct capture *)0)->info.classes), false },
	{ "kinds", PLACE(kinds), sizeof(((struct capture *)0)->kinds), false },
	{ "min_wait_ns", PLACE(info.min_wait_ns), sizeof(((struct capture *)0)->info.min_wait_ns),
	  false },
	{ "filter", PLACE(info.filter), sizeof(((struct capture *)0)->info.filter), true },
	{ "user_stacks", PLACE(info.user_stacks), sizeof(((struct capture *)0)->info.user_stacks),
	  true },
	{ "command", PLACE(info.command), sizeof(((struct capture *)0)->info.command), true },
	{ "begun_wall_ns", PLACE(info.begun_wall_ns),
	  sizeof(((struct capture *)0)->info.begun_wall_ns), false },
	{ "begun_ns", PLACE(info.begun_ns), sizeof(((struct capture *)0)->info.begun_ns), false },
	{ "slice_ns", PLACE(info.slice_ns), sizeof(((struct capture *)0)->info.slice_ns), false },
	{ "work", PLACE(info.work), sizeof(((struct capture *)0)->info.work), false },
	{ "thread_samples", PLACE(thread_samples), sizeof(((struct capture *)0)->thread_samples),
	  false },
	{ "open_ns", PLACE(open_ns), sizeof(((struct capture *)0)->open_ns), false },
	{ "blind", PLACE(blind), sizeof(((struct capture *)0)->blind), true },
	{ "no_rules", PLACE(no_rules), sizeof(((struct capture *)0)->no_rules), true },
	{ "coverage_threads", PLACE(coverage.nr_threads),
	  sizeof(((struct capture *)0)->coverage.nr_threads), false },
	{ "coverage_wall_ns", PLACE(coverage.wall_ns),
	  sizeof(((struct capture *)0)->coverage.wall_ns), false },
	{ "coverage_waits_ns", PLACE(coverage.waits_ns),
	  sizeof(((struct capture *)0)->coverage.waits_ns), false },
	{ "coverage_ended_ns", PLACE(coverage.ended_ns),
	  sizeof(((struct capture *)0)->coverage.ended_ns), false },
	{ "coverage_cpu_ns", PLACE(coverage.cpu_ns), sizeof(((struct capture *)0)->coverage.cpu_ns),
	  false },
	{ "coverage_runqueue_ns", PLACE(coverage.runqueue_ns),
	  sizeof(((struct capture *)0)->coverage.runqueue_ns), false },
};

static int take_fact(struct capture *c, const struct fact *fact, const struct capture_fact *from)
{
	char *to = (char *)c + fact->offset;
	uint32_t u32 = (uint32_t)from->number;

	if (fact->is_text) {
		const char *text = capture_clean(c->symbols, from->text ? from->text : "");

		if (!text || strlen(text) >= fact->size)
			return SQLITE_CORRUPT;
		strcpy(to, text);
	} else if (fact->size == sizeof(u32)) {
		if (from->number > UINT32_MAX)
			return SQLITE_CORRUPT;
		memcpy(to, &u32, sizeof(u32));
	} else {
		memcpy(to, &from->number, sizeof(from->number));
	}
	return SQLITE_OK;
}

static int load_fact(struct capture *c, const struct capture_fact *from)
{
	if (!from->name)
		return SQLITE_CORRUPT;
	if (!strcmp(from->name, "finished"))
		c->info.is_finished = from->number;
	if (!strcmp(from->name, "thread_samples"))
		c->has_threads = true;
	if (!strcmp(from->name, "open_ns"))
		c->has_open = true;
	if (!strcmp(from->name, "coverage_system_wide"))
		c->coverage.system_wide = from->number;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (!strcmp(from->name, facts[i].name))
			return take_fact(c, &facts[i], from);
	return SQLITE_OK;
}

static int load_facts(struct capture *c)
{
	struct capture_fact fact;
	sqlite3_stmt *row;
	int ret = capture_table_select(c->db, &capture_facts, "", &row);

	if (ret != SQLITE_OK)
		return ret;
	while ((ret = capture_table_get(row, &capture_facts, &fact)) == SQLITE_ROW) {
		ret = load_fact(c, &fact);
		if (ret != SQLITE_OK)
			break;
	}
	sqlite3_finalize(row);
	return ret;
}

/* Grows an array by one element; NULL without memory or past @max. */
static void *add(void **array, size_t *nr, size_t size, size_t max)
{
	void *more;

	/* Room grows by powers of two. */
	if (*nr >= max)
		return NULL;
	if (!(*nr & (*nr - 1))) {
		more = reallocarray(*array, *nr ? 2 * *nr : 1, size);
		if (!more)
			return NULL;
		*array = more;
	}
	return memset((char *)*array + (*nr)++ * size, 0, size);
}

/* All rows of a table into an array, in the order of its key. */
static int load_rows(struct capture *c, const struct capture_table *table, void **array, size_t *nr,
		     size_t size, size_t max)
{
	char order[64];
	sqlite3_stmt *row;
	void *to;
	int ret;

	snprintf(order, sizeof(order), "ORDER BY %s", table->key);
	ret = capture_table_select(c->db, table, order, &row);
	if (ret != SQLITE_OK)
		return ret;
	do {
		to = add(array, nr, size, max + 1);
		ret = to ? capture_table_get(row, table, to) : SQLITE_NOMEM;
	} while (ret == SQLITE_ROW);
	sqlite3_finalize(row);
	if (ret == SQLITE_DONE)
		(*nr)--;
	return *nr > max ? SQLITE_CORRUPT : ret;
}

static int load_points(struct capture *c)
{
	struct capture_info *info = &c->info;
	int ret = load_rows(c, &capture_points, (void **)&info->points, &info->nr_points,
			    sizeof(*info->points), CAPTURE_MAX_POINTS);

	naming_backends(&c->naming, info->points, info->nr_points);
	return ret;
}

static int load_slices(struct capture *c)
{
	struct capture_span *spans = NULL;
	struct capture_info *info = &c->info;
	size_t nr = 0;
	int ret = load_rows(c, &capture_slices, (void **)&spans, &nr, sizeof(*spans),
			    CAPTURE_MAX_SLICES);

	info->slices = calloc(nr + 1, sizeof(*info->slices));
	if (!info->slices)
		ret = SQLITE_NOMEM;
	for (size_t i = 0; ret == SQLITE_DONE && i < nr; i++) {
		if (spans[i].id != i || spans[i].duration_ns > INT64_MAX / CAPTURE_MAX_SLICES)
			ret = SQLITE_CORRUPT;
		info->slices[i].start_ns = spans[i].start_ns;
		info->slices[i].duration_ns = spans[i].duration_ns;
		info->duration_ns += spans[i].duration_ns;
	}
	info->nr_slices = nr;
	free(spans);
	return ret;
}

static int load_keys(struct capture *c)
{
	int ret = load_rows(c, &capture_row_keys, (void **)&c->keys, &c->nr_keys, sizeof(*c->keys),
			    CAPTURE_MAX_ROW_KEYS);

	for (size_t i = 0; ret == SQLITE_DONE && i < c->nr_keys; i++)
		if (c->keys[i].id != i + 1 || !c->keys[i].row.class_id ||
		    c->keys[i].row.class_id > WAITPROF_CLASS_MAX)
			ret = SQLITE_CORRUPT;
	return ret;
}

static int load_counters(struct capture *c)
{
	struct capture_counter counter = { 0 };
	sqlite3_stmt *row;
	int ret = capture_table_select(c->db, &capture_counters_table, "", &row);

	if (ret != SQLITE_OK)
		return ret;
	while ((ret = capture_table_get(row, &capture_counters_table, &counter)) == SQLITE_ROW) {
		uint32_t id = counter.counters.class_id;

		if (id > WAITPROF_CLASS_MAX) {
			ret = SQLITE_CORRUPT;
			break;
		}
		c->counted |= 1U << id;
		c->counters[id].counters = counter.counters;
		c->counters[id].missed = counter.missed;
		c->counters[id].nmissed = counter.nmissed;
		c->counters[id].unpaired = counter.unpaired;
	}
	sqlite3_finalize(row);
	return ret;
}

static int load_losses(struct capture *c)
{
	struct capture_loss loss;
	sqlite3_stmt *row;
	int ret = capture_table_select(c->db, &capture_losses, "", &row);

	if (ret != SQLITE_OK)
		return ret;
	while ((ret = capture_table_get(row, &capture_losses, &loss)) == SQLITE_ROW)
		for (size_t i = 0; loss.name && i < capture_nr_loss_members; i++)
			if (!strcmp(loss.name, capture_loss_members[i].name))
				memcpy((char *)&c->losses + capture_loss_members[i].offset,
				       &loss.value, sizeof(loss.value));
	sqlite3_finalize(row);
	return ret;
}

static int load_threads(struct capture *c)
{
	return load_rows(c, &capture_threads, (void **)&c->threads, &c->nr_threads,
			 sizeof(*c->threads), MAX_THREADS);
}

/* A capture without the table is older than it. */
static int load_processes(struct capture *c)
{
	sqlite3_stmt *find;
	int ret = sqlite3_prepare_v2(c->db, "SELECT 1 FROM sqlite_schema WHERE name = 'process'",
				     -1, &find, NULL);

	if (ret == SQLITE_OK)
		ret = sqlite3_step(find);
	sqlite3_finalize(find);
	if (ret != SQLITE_ROW)
		return ret;
	return load_rows(c, &capture_processes, (void **)&c->processes, &c->nr_processes,
			 sizeof(*c->processes), MAX_THREADS);
}

static int count_records(struct capture *c)
{
	sqlite3_stmt *row;
	int ret = sqlite3_prepare_v2(c->db, "SELECT max(id) FROM record", -1, &row, NULL);

	if (ret == SQLITE_OK)
		ret = sqlite3_step(row);
	if (ret == SQLITE_ROW)
		c->info.nr_records = (uint64_t)sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return ret;
}

static int compare_threads(const void *va, const void *vb)
{
	const struct capture_thread *a = va, *b = vb;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static int comm_then(void *arg, uint32_t tid, char *buf, size_t size)
{
	const struct capture *c = arg;
	const struct capture_thread key = { .tid = tid }, *found = NULL;

	if (c->nr_threads)
		found = bsearch(&key, c->threads, c->nr_threads, sizeof(key), compare_threads);
	if (!found)
		return -ENOENT;
	snprintf(buf, size, "%s", found->comm);
	return 0;
}

static int compare_processes(const void *va, const void *vb)
{
	const struct capture_process *a = va, *b = vb;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static uint32_t ns_pid_then(void *arg, uint32_t tgid)
{
	const struct capture *c = arg;
	const struct capture_process key = { .pid = tgid }, *found = NULL;

	if (c->nr_processes)
		found = bsearch(&key, c->processes, c->nr_processes, sizeof(key),
				compare_processes);
	return found ? found->ns_pid : 0;
}

typedef int (*load_fn)(struct capture *);

/**
 * capture_load() - read what is needed of every capture
 * @c: capture, opened
 *
 * Return: 0 or -errno.
 */
int capture_load(struct capture *c)
{
	static const load_fn loads[] = {
		load_facts,  load_points,  load_slices,	   load_keys,	  load_counters,
		load_losses, load_threads, load_processes, count_records,
	};
	int ret = SQLITE_OK;

	c->symbols = symbols_new();
	c->stacks = stacks_new(c->symbols);
	c->naming.stacks = c->stacks;
	c->naming.sites = sites_new();
	c->naming.comm = comm_then;
	c->naming.ns_pid = ns_pid_then;
	c->naming.arg = c;
	if (!c->symbols || !c->stacks || !c->naming.sites)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		ret = capture_fail(c, loads[i](c));
		if (ret)
			return ret;
	}
	return capture_names_load(c);
}
