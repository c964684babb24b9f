// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session from its opening to its last reading. One reading is: totals, open
 * waits, counters, new stacks, in this order, so that a wait that ends between
 * two of them is missing rather than there twice; profile_carry() and the next
 * reading make up for it. Where exact figures matter more than who is blocked at
 * that moment, the session is paused before its last reading, and the reading
 * repeated until no wait ended meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/collect.h"
#include "collect/follow.h"
#include "collect/settle.h"
#include "profile/names.h"
#include "proc/task.h"

#define LAST_TRIES 5

/* Missed and unpaired belong to the points, not to the session. */
static void sum_points(const struct collect *c, struct report_counters *by_class)
{
	for (size_t i = 0; i < c->nr_points; i++) {
		const struct client_point *p = &c->points[i];

		if (p->class_id > WAITPROF_CLASS_MAX)
			continue;
		by_class[p->class_id].missed += p->missed;
		by_class[p->class_id].nmissed += p->nmissed;
		by_class[p->class_id].unpaired += p->unpaired;
	}
}

static int read_points(struct collect *c)
{
	struct client_point *points;
	size_t nr;
	int ret = client_points(c->client, &points, &nr);

	if (ret)
		return ret;
	free(c->points);
	c->points = points;
	c->nr_points = nr;
	naming_backends(&c->naming, points, nr);
	return 0;
}

/* Blind points of the classes asked for, each with its reason. */
static void tell_blind(struct collect *c)
{
	size_t used = 0;

	c->blind[0] = '\0';
	for (size_t i = 0; i < c->nr_points; i++) {
		const struct client_point *p = &c->points[i];

		if (p->state != WAITPROF_POINT_BLIND || p->class_id > WAITPROF_CLASS_MAX)
			continue;
		if (c->options->classes && !(c->options->classes & 1U << p->class_id))
			continue;
		used += (size_t)snprintf(c->blind + used, sizeof(c->blind) - used, "%s%s (%s)",
					 used ? "; " : "", p->name,
					 p->reason[0] ? p->reason : strerror((int)p->error));
		if (used >= sizeof(c->blind))
			break;
	}
}

/*
 * Arming a point rewrites code of the kernel, and what it would see begin in that
 * moment is nothing to what has been open for long: a glance makes do with what
 * is armed. It needs some class, to be a session at all.
 */
static uint32_t glance_classes(const struct collect *c)
{
	uint32_t wanted = c->options->classes, armed = 0, some;

	for (size_t i = 0; i < c->nr_points; i++) {
		const struct client_point *p = &c->points[i];

		if (p->state == WAITPROF_POINT_ARMED && p->class_id <= WAITPROF_CLASS_MAX)
			armed |= 1U << p->class_id;
	}
	/* Requests to devices are no thread's wait. */
	armed &= wanted ? wanted : ~(1U << WAITPROF_CLASS_BLOCK);
	if (armed)
		return armed;
	some = wanted ? wanted : c->info.classes;
	if (some & 1U << WAITPROF_CLASS_FUTEX)
		return 1U << WAITPROF_CLASS_FUTEX;
	return some & c->info.classes ? some & c->info.classes : some;
}

static int open_session(struct collect *c, bool glance)
{
	const struct options *o = c->options;
	struct client_request request = {
		.classes = glance ? glance_classes(c) : o->classes,
		.tgids = o->tgids,
		.nr_tgids = o->nr_tgids,
		.tids = o->tids,
		.nr_tids = o->nr_tids,
		.not_tgid = (uint32_t)getpid(),
		.comm_glob = o->comm_glob,
		.cgroup = o->cgroup_id,
		.min_ns = o->min_wait_ns,
		.flags = WAITPROF_SESSION_F_KSTACK,
		.has_guard = o->has_guard,
		.guard_ppm = o->guard_ppm,
	};
	int ret;

	if (glance || o->by == GROUP_BY_THREAD || o->nr_tgids || o->nr_tids)
		request.flags |= WAITPROF_SESSION_F_THREADS;
	if (o->follow)
		request.flags |= WAITPROF_SESSION_F_FOLLOW;
	if (o->by == GROUP_BY_OBJECT || o->objects)
		request.flags |= WAITPROF_SESSION_F_OBJECTS;
	if (o->wakers)
		request.flags |= WAITPROF_SESSION_F_WAKERS;
	if (o->records) {
		request.flags |= WAITPROF_SESSION_F_RECORDS;
		request.nr_records = (uint32_t)o->nr_records;
	}
	if (o->user_stacks != OPTIONS_STACKS_NONE)
		request.flags |= WAITPROF_SESSION_F_USTACK;
	if (c->unwind)
		request.flags |= WAITPROF_SESSION_F_RULES;
	/* So that it knows the rules of who is followed from the first wait on. */
	request.held = c->unwind && (o->nr_tgids || o->nr_tids);
	ret = client_session_new(c->client, &request, &c->session);
	if (c->unwind && (ret == -EINVAL || ret == -EOPNOTSUPP)) {
		collect_rules_give_up(c);
		request.flags &= ~WAITPROF_SESSION_F_RULES;
		request.held = false;
		ret = client_session_new(c->client, &request, &c->session);
	}
	c->session_flags = request.flags;
	if (!ret && c->unwind)
		collect_rules_start(c);
	if (!ret && request.held)
		ret = client_session_begin(c->client, &c->session);
	return ret;
}

static int comm_now(void *arg, uint32_t tid, char *buf, size_t size)
{
	(void)arg;
	return task_comm(tid, buf, size);
}

/* Only open waits, whose processes live, and requests to devices come without. */
static uint32_t ns_pid_now(void *arg, uint32_t tgid)
{
	(void)arg;
	return task_ns_tgid(tgid);
}

static void note_process(struct collect *c, pid_t pid)
{
	symbols_note_process(c->symbols, pid);
}

/* A process that has ended cannot be asked any more for what it has mapped. */
static void note_processes(struct collect *c)
{
	collect_processes(c, note_process);
}

/* Children come and go fast; looking at them may take 5 % of the time. */
static void note_followed(struct collect *c)
{
	uint64_t begin_ns = follow_now();
	struct waitprof_task *tasks;
	uint32_t last = 0;
	size_t nr;

	if (begin_ns < c->next_note_ns || client_tasks(c->client, c->session.id, &tasks, &nr))
		return;
	for (size_t i = 0; i < nr; i++) {
		/* The threads of a process come together. */
		if (tasks[i].tgid != last)
			symbols_note_process(c->symbols, (pid_t)tasks[i].tgid);
		last = tasks[i].tgid;
	}
	free(tasks);
	c->next_note_ns = begin_ns + 20 * (follow_now() - begin_ns);
}

/* Many rows are about few devices. */
static void device_now(struct collect *c, uint64_t device, char *buf, size_t size)
{
	struct collect_device *kept = &c->devices[device % COLLECT_DEVICES];

	if (kept->device != device) {
		kept->device = device;
		if (names_device(kept->name, sizeof(kept->name), device))
			kept->name[0] = '\0';
	}
	snprintf(buf, size, "%s", kept->name);
}

static void object_now(void *arg, uint32_t type, uint64_t object, char *buf, size_t size)
{
	struct collect *c = arg;

	if (type == WAITPROF_OBJECT_DEV)
		device_now(c, object, buf, size);
	else
		symbol_kernel_data(c->symbols, object, buf, size);
}

static const char *called(void *arg, pid_t pid, uint64_t return_addr)
{
	struct collect *c = arg;

	return symbol_called(c->symbols, pid, return_addr);
}

/**
 * collect_connect() - connect and look at the module
 * @c: to be closed by collect_close() whatever this returns
 * @options: filter and grouping; outlive @c
 *
 * Return: 0 or -errno, with @c->step saying at what; -EPROTO for a module of
 * another ABI (@c->info has it).
 */
int collect_connect(struct collect *c, const struct options *options)
{
	int ret;

	memset(c, 0, sizeof(*c));
	c->options = options;
	c->step = "memory";
	c->symbols = symbols_new();
	c->stacks = stacks_new(c->symbols);
	c->naming.stacks = c->stacks;
	c->naming.sites = sites_new();
	c->naming.comm = comm_now;
	c->naming.ns_pid = ns_pid_now;
	c->naming.object = object_now;
	c->naming.arg = c;
	c->naming.ask = (struct sites_ask){ options->idle_list, called, c };
	if (!c->symbols || !c->stacks || !c->naming.sites)
		return -ENOMEM;
	c->step = "module";
	ret = client_connect(&c->client);
	if (!ret)
		ret = client_info(c->client, &c->info);
	if (ret)
		return ret;
	if (c->info.abi != WAITPROF_ABI)
		return -EPROTO;
	c->step = "wait points";
	ret = read_points(c);
	if (!ret)
		sum_points(c, c->before);
	return ret;
}

/**
 * collect_begin() - open the session; to get ready for it may take long
 * @c: collect, connected
 * @glance: one reading of the open waits is all that is wanted: no point is armed
 *	that is not armed already
 *
 * Return: 0 or -errno, with @c->step saying at what; -EINTR: @c->options->busy() said
 * that the user wants to end.
 */
int collect_begin(struct collect *c, bool glance)
{
	const struct options *options = c->options;
	int ret;

	note_processes(c);
	/* A glance sees the stacks that others have walked. */
	if (!glance && options->user_stacks == OPTIONS_STACKS_RULES) {
		c->step = "memory";
		ret = collect_rules_begin(c);
		if (ret)
			return ret;
	}
	c->step = "session";
	ret = open_session(c, glance);
	if (ret)
		return ret;
	c->wanted = glance ? options->classes : c->session.classes;
	c->base_ns = c->session.start_ns;
	c->step = "reading";
	/* Now that a session wanted them the points know their symbols. */
	ret = read_points(c);
	tell_blind(c);
	return ret;
}

/**
 * collect_open() - collect_connect() and collect_begin()
 * @c: to be closed by collect_close() whatever this returns
 * @options: filter and grouping; outlive @c
 * @glance: as of collect_begin()
 *
 * Return: as these.
 */
int collect_open(struct collect *c, const struct options *options, bool glance)
{
	int ret = collect_connect(c, options);

	return ret ? ret : collect_begin(c, glance);
}

/**
 * collect_tick() - to be called now and then while a window lasts
 * @arg: collect
 *
 * Remembers the mappings of the followed processes, and looks whether the
 * session is still there.
 *
 * Return: 0, -errno (-ENOENT when the session is gone: module removed; -ECANCELED: its
 * guard has stopped it, what it has can be read), or 1: nobody lives that is followed
 * beside the processes and threads given.
 */
int collect_tick(void *arg)
{
	struct collect *c = arg;
	int ret;

	if (c->options->follow)
		note_followed(c);
	else
		note_processes(c);
	ret = client_stats(c->client, c->session.id, &c->stats);
	if (ret)
		return ret;
	if (c->stats.losses.stopped_ns)
		return -ECANCELED;
	return c->options->follow && !c->stats.losses.followed;
}

/**
 * collect_close() - end the session and give everything up
 * @c: collect
 */
void collect_close(struct collect *c)
{
	unwind_free(c->unwind);
	profile_free(&c->base);
	free(c->seen_classes);
	free(c->open);
	free(c->points);
	sites_free(c->naming.sites);
	stacks_free(c->stacks);
	symbols_free(c->symbols);
	client_free(c->client);
	memset(c, 0, sizeof(*c));
}

static int add_row(const struct waitprof_row *row, const struct waitprof_bucket *buckets,
		   size_t nr_buckets, void *arg)
{
	return profile_add(arg, row, buckets, nr_buckets);
}

static void forget_rows(void *arg)
{
	profile_free(arg);
}

static int add_stack(const struct client_stack *stack, void *arg)
{
	return stacks_add(arg, stack->id, stack->flags, stack->frames, stack->nr);
}

static int read_stacks_from(struct collect *c, uint32_t from)
{
	return client_stacks(c->client, c->session.id, from, add_stack, c->stacks);
}

/*
 * A reading from the last id on passes over an id that was handed out to another CPU and
 * not filled in at that moment; so what is still missing is asked for: the least of these.
 */
static uint32_t least_missing(const struct collect *c, uint32_t least, const uint32_t *ids,
			      size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!stacks_has(c->stacks, ids[i]) && (!least || ids[i] < least))
			least = ids[i];
	return least;
}

/* Those that rows name are here afterwards. */
static int read_stacks(struct collect *c, const struct profile *p)
{
	int ret = read_stacks_from(c, stacks_next(c->stacks));
	uint32_t from = 0;

	for (size_t i = 0; !ret && p && i < p->nr; i++) {
		const struct waitprof_row *row = &p->rows[i].row;
		const uint32_t ids[] = { row->kstack, row->ustack, row->waker_kstack,
					 row->waker_ustack };

		from = least_missing(c, from, ids, sizeof(ids) / sizeof(ids[0]));
	}
	return from ? read_stacks_from(c, from) : ret;
}

static int add_record(const struct waitprof_record *record, void *arg)
{
	return records_add(arg, record);
}

/**
 * collect_records() - the waits that ended since the last call
 * @c: collect
 * @records: they are added here
 *
 * Return: 0 or -errno; -ENOENT when the session is gone (module removed).
 */
int collect_records(struct collect *c, struct records *records)
{
	size_t before = records->nr;
	int ret = client_records(c->client, c->session.id, add_record, records);

	/* Before they end and cannot be asked any more. */
	for (size_t i = before; i < records->nr; i++) {
		symbols_note_process(c->symbols, (pid_t)records->rows[i].tgid);
		if (records->rows[i].waker_tgid)
			symbols_note_process(c->symbols, (pid_t)records->rows[i].waker_tgid);
	}
	return ret;
}

/**
 * collect_record_stacks() - fetch the stacks of some waits that are not here yet
 * @c: collect
 * @rows: the waits
 * @nr: how many
 *
 * Return: 0 or -errno.
 */
int collect_record_stacks(struct collect *c, const struct waitprof_record *rows, size_t nr)
{
	uint32_t from = 0;

	for (size_t i = 0; i < nr; i++) {
		const uint32_t ids[] = { rows[i].kstack, rows[i].ustack, rows[i].waker_kstack,
					 rows[i].waker_ustack };

		from = least_missing(c, from, ids, sizeof(ids) / sizeof(ids[0]));
	}
	return from ? read_stacks_from(c, from) : 0;
}

static int read_once(struct collect *c, struct profile *p)
{
	int ret = client_totals(c->client, c->session.id, true, add_row, forget_rows, p);

	if (!ret)
		ret = collect_read_open(c);
	if (!ret)
		ret = client_stats(c->client, c->session.id, &c->stats);
	return ret;
}

/**
 * collect_read() - read the open waits and counters, no totals
 * @c: collect
 *
 * Return: 0 or -errno.
 */
int collect_read(struct collect *c)
{
	int ret = collect_read_open(c);

	if (!ret)
		ret = client_stats(c->client, c->session.id, &c->stats);
	return ret ? ret : read_stacks(c, NULL);
}

static int read_paused(struct collect *c, struct profile *p)
{
	struct client_stats before;
	int ret = client_session_pause(c->client, c->session.id, true);

	c->paused = true;
	c->edge_ns = follow_now();
	for (int i = 0; !ret && i < LAST_TRIES; i++) {
		ret = client_stats(c->client, c->session.id, &before);
		profile_free(p);
		if (!ret)
			ret = read_once(c, p);
		if (!ret && client_nr_ended(&before) == client_nr_ended(&c->stats))
			break;
	}
	return ret;
}

static int read_all(struct collect *c, bool pause, struct profile *p)
{
	int ret = pause ? read_paused(c, p) : read_once(c, p);

	if (!ret)
		ret = read_stacks(c, p);
	if (!ret)
		ret = window_add(p, c->open, c->nr_open, c->edge_ns - c->session.start_ns,
				 c->session_flags);
	return ret;
}

/* What was charged before stays charged, and is not charged again. */
static int carry(const struct collect *c, struct profile *now)
{
	int ret = 0;

	if (c->session_flags & WAITPROF_SESSION_F_WAKERS)
		ret = settle_wakers(now, &c->base);
	return ret ? ret : profile_carry(now, &c->base);
}

/**
 * collect_whole() - everything since the session began
 * @c: collect; its windows go on as if nothing had been read
 * @pause: stop taking waits first: exact, and no window may follow
 * @whole: an empty profile, gets the rows
 * @duration_ns: age of the session
 *
 * Return: as collect_window().
 */
int collect_whole(struct collect *c, bool pause, struct profile *whole, uint64_t *duration_ns)
{
	int ret = read_all(c, pause, whole);

	*duration_ns = c->edge_ns - c->session.start_ns;
	return ret ? ret : carry(c, whole);
}

static int read_window(struct collect *c, bool pause, struct profile *window, uint64_t *duration_ns)
{
	struct profile next = { 0 };
	int ret = read_all(c, pause, window);

	if (!ret)
		ret = carry(c, window);
	if (!ret)
		ret = profile_copy(&next, window);
	if (ret) {
		profile_free(&next);
		return ret;
	}
	profile_subtract(window, &c->base);
	profile_free(&c->base);
	c->base = next;
	*duration_ns = c->edge_ns - c->base_ns;
	c->base_ns = c->edge_ns;
	return 0;
}

/**
 * collect_window() - what was added since the last call, or since the start
 * @c: collect
 * @window: an empty profile, gets the window
 * @duration_ns: length of the window
 *
 * Return: 0 or -errno; -ENOENT when the session is gone (module removed).
 */
int collect_window(struct collect *c, struct profile *window, uint64_t *duration_ns)
{
	return read_window(c, false, window, duration_ns);
}

/**
 * collect_last_window() - the same, with the session paused first: exact
 * @c: collect; no window may follow
 * @window: an empty profile, gets the window
 * @duration_ns: length of the window
 *
 * Return: as collect_window().
 */
int collect_last_window(struct collect *c, struct profile *window, uint64_t *duration_ns)
{
	return read_window(c, true, window, duration_ns);
}

/**
 * collect_counters() - counters of the session and of the points it uses
 * @c: collect, after a reading
 * @report: @counters, @classes, @losses and the texts are set
 */
void collect_counters(struct collect *c, struct report *report)
{
	struct report_counters now[WAITPROF_CLASS_MAX + 1] = { 0 };

	report->version = c->info.version;
	report->kernel = c->info.kernel;
	report->blind = c->blind;
	report->losses = c->stats.losses;
	if (c->unwind)
		unwind_note(c->unwind, c->unwind_note, sizeof(c->unwind_note));
	report->no_rules = c->unwind_note;
	read_points(c);
	sum_points(c, now);
	for (size_t i = 0; i < c->stats.nr_counters; i++) {
		uint32_t id = c->stats.counters[i].class_id;
		struct report_counters *to;

		if (id > WAITPROF_CLASS_MAX)
			continue;
		to = &report->counters[id];
		to->counters = c->stats.counters[i];
		to->missed = now[id].missed - c->before[id].missed;
		to->nmissed = now[id].nmissed - c->before[id].nmissed;
		to->unpaired = now[id].unpaired - c->before[id].unpaired;
		report->classes |= 1U << id;
	}
}
