// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as JSON: one object a refresh, on one line. The keys are those of the
 * man page.
 */
#include <errno.h>

#include "profile/buckets.h"
#include "render/keys.h"
#include "profile/names.h"
#include "render/render.h"

static void put_frames(struct keys *to, const char *key, const struct stack *stack)
{
	keys_array(to, key);
	for (size_t i = 0; stack && i < stack->nr; i++) {
		const struct symbol_frame *f = &stack->frames[i];

		keys_object(to, NULL);
		if (f->addr)
			keys_put_address(to, "addr", f->addr);
		else
			keys_put_null(to, "addr");
		keys_put_string(to, "symbol", f->symbol);
		keys_put_number(to, "offset", f->symbol, f->offset);
		keys_put_string(to, "module", f->module);
		keys_put_string(to, "file", f->file);
		keys_put_number(to, "line", f->line > 0, (uint64_t)f->line);
		keys_put_bool(to, "inlined", f->inlined);
		keys_object_end(to);
	}
	keys_array_end(to);
}

static void put_known_stack(struct keys *to, const char *key, const void *stack)
{
	put_frames(to, key, stack);
}

static void put_stack(struct keys *to, const char *key, const struct stack *stack)
{
	if (stack)
		keys_put_kept(to, key, stack, put_known_stack);
	else
		put_frames(to, key, NULL);
}

static void put_names(struct keys *to, const char *key, const struct report_sites *sites)
{
	keys_array(to, key);
	for (size_t i = 0; i < sites->nr && i < REPORT_LOCK_SITES; i++)
		keys_put_string(to, NULL, sites->names[i]);
	keys_array_end(to);
}

/* The code around a lock. */
static void put_lock(struct keys *to, const struct report_lock *lock)
{
	if (!lock->waits.nr && !lock->wakers.nr && !lock->owner[0]) {
		keys_put_null(to, "object_sites");
		return;
	}
	keys_object(to, "object_sites");
	put_names(to, "waits", &lock->waits);
	keys_put_u64(to, "nr_waits", lock->waits.nr);
	keys_put_string(to, "owner", lock->owner);
	put_names(to, "wakers", &lock->wakers);
	keys_put_u64(to, "nr_wakers", lock->wakers.nr);
	keys_object_end(to);
}

static void put_object(struct keys *to, const struct report_row *row)
{
	const struct waitprof_row *sum = &row->sum;
	char text[32];

	if (names_object(text, sizeof(text), sum->object_type, sum->object))
		names_object(text, sizeof(text), sum->last_object_type, sum->last_object);
	keys_put_string(to, "object", text);
	keys_put_string(to, "object_name", names_lock(row));
}

static void put_owner(struct keys *to, const struct report_row *row)
{
	if (!row->sum.owner_tid) {
		keys_put_null(to, "owner");
		return;
	}
	keys_object(to, "owner");
	keys_put_id(to, "tid", row->sum.owner_tid);
	keys_put_id(to, "pid", row->sum.owner_tgid);
	keys_put_comm(to, "comm", row->owner_comm);
	keys_put_string(to, "by", owner_by_name(row->owner_by ? row->owner_by : OWNER_BY_KERNEL));
	keys_put_bool(to, "reader", row->owner_reader);
	keys_object_end(to);
}

static void put_waker(struct keys *to, const struct report_waker *waker)
{
	bool hard = waker->flags & WAITPROF_WAKER_F_HARDIRQ;
	bool soft = waker->flags & WAITPROF_WAKER_F_SOFTIRQ;

	if (!waker->flags) {
		keys_put_null(to, "waker");
		return;
	}
	keys_object(to, "waker");
	keys_put_id(to, "pid", waker->tgid);
	keys_put_id(to, "tid", waker->tid);
	keys_put_comm(to, "comm", waker->comm);
	keys_put_string(to, "interrupt", hard ? "hard" : soft ? "soft" : NULL);
	put_stack(to, "kstack", waker->kstack);
	put_stack(to, "ustack", waker->ustack);
	keys_put_string(to, "callsite", waker->site);
	keys_object_end(to);
}

static void put_ended(struct keys *to, const struct report_row *row)
{
	keys_object(to, "ended");
	for (uint32_t i = 0; i < WAITPROF_NR_ENDS; i++)
		keys_put_u64(to, names_end(i), row->sum.ended[i]);
	keys_put_u64(to, "open", row->open);
	keys_object_end(to);
}

/* Who, on what, through which code: the same for sums and for open waits. */
static void put_identity(struct keys *to, const struct report_row *row)
{
	bool is_cut = (row->kstack && row->kstack->truncated) ||
		      (row->ustack && row->ustack->truncated);

	keys_put_string(to, "class", row->sum.class_id ? names_class(row->sum.class_id) : NULL);
	keys_put_id(to, "pid", row->sum.tgid);
	keys_put_id(to, "tid", row->sum.tid);
	keys_put_number(to, "ns_pid", row->sum.tgid && row->sum.ns_tgid, row->sum.ns_tgid);
	keys_put_comm(to, "comm", row->sum.comm);
	keys_put_string(to, "op", names_op(row->sum.op));
	keys_put_string(to, "kind", kind_name(row->kind));
	put_object(to, row);
	put_lock(to, &row->lock);
	if (row->sum.class_id == WAITPROF_CLASS_BLOCK)
		keys_put_number(to, "size_bytes", row->sum.size_log2, 1ULL << row->sum.size_log2);
	put_owner(to, row);
	put_waker(to, &row->waker);
	keys_put_null(to, "cgroup");
	keys_put_string(to, "backend", names_backend(row->backend));
	keys_put_bool(to, "inferred", row->inferred);
	keys_put_bool(to, "truncated", is_cut);
	put_stack(to, "kstack", row->kstack);
	put_stack(to, "ustack", row->ustack);
	keys_put_string(to, "callsite",
			row->sum.class_id == WAITPROF_CLASS_BLOCK ? NULL : row->site);
}

static void put_sums(struct keys *to, const struct report_row *row)
{
	put_identity(to, row);
	keys_put_u64(to, "count", group_count(row));
	keys_put_u64(to, "total_ns", row->sum.total_ns);
	keys_put_u64(to, "max_ns", row->sum.max_ns);
	keys_put_u64(to, "avg_ns", group_avg(row));
	keys_put_u64(to, "blocked_ns", row->sum.blocked_ns);
	keys_put_u64(to, "runqueue_ns", row->sum.runqueue_ns);
	keys_put_u64(to, "spin_ns", row->sum.spin_ns);
	keys_put_u64(to, "inner_ns", row->sum.inner_ns);
	put_ended(to, row);
}

static void put_row(struct keys *to, const struct report_row *row)
{
	keys_object(to, NULL);
	put_sums(to, row);
	keys_object_end(to);
}

static void put_buckets(struct keys *to, const uint64_t *buckets)
{
	keys_array(to, "buckets");
	for (unsigned int i = 0; buckets && i < WAITPROF_HIST_BUCKETS; i++) {
		uint64_t high = buckets_high(i);

		if (!buckets[i])
			continue;
		keys_object(to, NULL);
		keys_put_u64(to, "low_ns", buckets_low(i));
		keys_put_number(to, "high_ns", high != UINT64_MAX, high);
		keys_put_u64(to, "count", buckets[i]);
		keys_object_end(to);
	}
	keys_array_end(to);
}

static void put_hist_row(struct keys *to, const struct report_row *row)
{
	static const struct {
		const char *key;
		unsigned int per_mille;
	} keys[] = { { "p50_ns", 500 }, { "p90_ns", 900 }, { "p99_ns", 990 }, { "p999_ns", 999 } };
	bool some = row->buckets && buckets_count(row->buckets);

	keys_object(to, NULL);
	put_sums(to, row);
	put_buckets(to, row->buckets);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint64_t ns = 0;

		if (some)
			ns = buckets_percentile(row->buckets, keys[i].per_mille, row->sum.max_ns);
		keys_put_number(to, keys[i].key, some, ns);
	}
	keys_object_end(to);
}

static void put_blocked_row(struct keys *to, const struct report_row *row)
{
	static const char *const sums[] = { "count",	  "total_ns",	 "max_ns",  "avg_ns",
					    "blocked_ns", "runqueue_ns", "spin_ns", "ended" };

	keys_object(to, NULL);
	keys_put_u64(to, "since_ns", row->since_ns);
	keys_put_string(to, "state", names_task_state(row->state));
	put_identity(to, row);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		keys_put_null(to, sums[i]);
	keys_put_u64(to, "inner_ns", row->sum.inner_ns);
	keys_put_string(to, "owner_note", row->owner_note);
	keys_put_string(to, "file", row->file);
	keys_object_end(to);
}

static void put_step(struct keys *to, const struct report_row *row)
{
	keys_object(to, NULL);
	keys_put_id(to, "tid", row->sum.tid);
	keys_put_id(to, "pid", row->sum.tgid);
	keys_put_comm(to, "comm", row->sum.comm);
	keys_put_string(to, "class", row->sum.class_id ? names_class(row->sum.class_id) : NULL);
	put_object(to, row);
	put_owner(to, row);
	keys_put_u64(to, "since_ns", row->since_ns);
	keys_put_bool(to, "inferred", row->inferred);
	keys_object_end(to);
}

static void put_steps(struct keys *to, const char *key, const struct report *report,
		      const struct graph_path *path)
{
	keys_array(to, key);
	for (size_t i = 0; i < path->nr; i++)
		put_step(to, &report->rows[path->waits[i]]);
	keys_array_end(to);
}

static void put_end(struct keys *to, const struct report_row *last, const struct report_end *end)
{
	char state[2] = { end->state, '\0' };

	keys_object(to, "end");
	keys_put_id(to, "tid", last->sum.owner_tid);
	keys_put_id(to, "pid", last->sum.owner_tgid);
	keys_put_comm(to, "comm", last->owner_comm);
	keys_put_string(to, "state", state);
	put_stack(to, "kstack", end->kstack);
	keys_object_end(to);
}

static void put_chain(struct keys *to, const struct report *report, size_t nr)
{
	const struct graph_path *path = &report->graph.paths[nr];

	keys_object(to, NULL);
	put_steps(to, "waits", report, path);
	keys_put_u64(to, "others", path->others);
	keys_put_number(to, "cycle", path->into != GRAPH_NONE, path->into);
	if (path->into == GRAPH_NONE)
		put_end(to, &report->rows[path->waits[path->nr - 1]], &report->ends[nr]);
	else
		keys_put_null(to, "end");
	keys_object_end(to);
}

static int render_rows(FILE *out, const struct report *report,
		       void (*put_one)(struct keys *to, const struct report_row *row))
{
	struct keys *to = keys_new(out);

	if (!to)
		return -ENOMEM;
	keys_object(to, NULL);
	keys_put_report(to, report, put_one);
	keys_object_end(to);
	return keys_finish(to);
}

/**
 * render_json_record() - one wait that has ended
 * @out: where to
 * @record: the wait
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_record(FILE *out, const struct report_record *record)
{
	const struct waitprof_record *r = record->record;
	struct keys *to = keys_new(out);

	if (!to)
		return -ENOMEM;
	keys_object(to, NULL);
	keys_put_u64(to, "end_ns", r->end_ns);
	keys_put_u64(to, "end_unix_ns", record->wall_ns);
	keys_put_u64(to, "duration_ns", r->duration_ns);
	keys_put_u64(to, "blocked_ns", r->blocked_ns);
	keys_put_u64(to, "runqueue_ns", r->runqueue_ns);
	keys_put_u64(to, "spin_ns", r->spin_ns);
	keys_put_u64(to, "inner_ns", r->inner_ns);
	keys_put_string(to, "ended", names_end(r->ended));
	keys_put_bool(to, "clipped", record->row.clipped);
	keys_put_u64(to, "cpu", r->cpu);
	put_identity(to, &record->row);
	keys_object_end(to);
	return keys_finish(to);
}

/**
 * render_json_counters() - what is left to say after the last wait
 * @out: where to
 * @report: without rows
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_counters(FILE *out, const struct report *report)
{
	return render_rows(out, report, NULL);
}

/**
 * render_json_top() - the rows of a window
 * @out: where to
 * @report: the report
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_top(FILE *out, const struct report *report)
{
	return render_rows(out, report, put_row);
}

/**
 * render_json_hist() - the rows of a window with their distributions
 * @out: where to
 * @report: the report
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_hist(FILE *out, const struct report *report)
{
	return render_rows(out, report, put_hist_row);
}

/**
 * render_json_blocked() - open waits, the cycles and chains among them
 * @out: where to
 * @report: the report
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_blocked(FILE *out, const struct report *report)
{
	const struct graph *graph = &report->graph;
	struct keys *to = keys_new(out);

	if (!to)
		return -ENOMEM;
	keys_object(to, NULL);
	keys_put_report(to, report, put_blocked_row);
	if (report->open_unix_ns)
		keys_put_u64(to, "ended_unix_ns", report->open_unix_ns);
	keys_array(to, "cycles");
	for (size_t i = 0; i < graph->nr; i++)
		if (graph->paths[i].is_cycle)
			put_steps(to, NULL, report, &graph->paths[i]);
	keys_array_end(to);
	keys_array(to, "chains");
	for (size_t i = 0; i < graph->nr; i++)
		if (!graph->paths[i].is_cycle)
			put_chain(to, report, i);
	keys_array_end(to);
	keys_object_end(to);
	return keys_finish(to);
}
