// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as JSON: one object a refresh, on one line. The keys are those of the
 * man page.
 */
#include "buckets.h"
#include "keys.h"
#include "names.h"
#include "render.h"

static struct json_object *new_stack(const struct stack *stack)
{
	struct json_object *frames = json_object_new_array();

	for (size_t i = 0; stack && i < stack->nr; i++) {
		const struct symbol_frame *f = &stack->frames[i];
		struct json_object *to = json_object_new_object();

		if (f->addr)
			keys_put_address(to, "addr", f->addr);
		else
			keys_put(to, "addr", NULL);
		keys_put_string(to, "symbol", f->symbol);
		keys_put(to, "offset", f->symbol ? json_object_new_uint64(f->offset) : NULL);
		keys_put_string(to, "module", f->module);
		keys_put_string(to, "file", f->file);
		keys_put(to, "line", f->line > 0 ? json_object_new_int(f->line) : NULL);
		keys_put(to, "inlined", json_object_new_boolean(f->inlined));
		json_object_array_add(frames, to);
	}
	return frames;
}

static void put_object(struct json_object *to, const struct waitprof_row *row)
{
	char text[32];

	if (names_object(text, sizeof(text), row->object_type, row->object))
		names_object(text, sizeof(text), row->last_object_type, row->last_object);
	keys_put_string(to, "object", text);
}

static void put_owner(struct json_object *to, const struct report_row *row)
{
	struct json_object *owner = NULL;

	if (row->sum.owner_tid) {
		owner = json_object_new_object();
		keys_put_id(owner, "tid", row->sum.owner_tid);
		keys_put_id(owner, "pid", row->sum.owner_tgid);
		keys_put_comm(owner, "comm", row->owner_comm);
		keys_put_string(owner, "by",
				owner_by_name(row->owner_by ? row->owner_by : OWNER_BY_KERNEL));
		keys_put(owner, "reader", json_object_new_boolean(row->owner_reader));
	}
	keys_put(to, "owner", owner);
}

static void put_waker(struct json_object *to, const struct report_waker *waker)
{
	bool hard = waker->flags & WAITPROF_WAKER_F_HARDIRQ;
	bool soft = waker->flags & WAITPROF_WAKER_F_SOFTIRQ;
	struct json_object *who = NULL;

	if (waker->flags) {
		who = json_object_new_object();
		keys_put_id(who, "pid", waker->tgid);
		keys_put_id(who, "tid", waker->tid);
		keys_put_comm(who, "comm", waker->comm);
		keys_put_string(who, "interrupt", hard ? "hard" : soft ? "soft" : NULL);
		keys_put(who, "kstack", new_stack(waker->kstack));
		keys_put(who, "ustack", new_stack(waker->ustack));
		keys_put_string(who, "callsite", waker->site);
	}
	keys_put(to, "waker", who);
}

static void put_ended(struct json_object *to, const struct report_row *row)
{
	struct json_object *ended = json_object_new_object();

	for (uint32_t i = 0; i < WAITPROF_NR_ENDS; i++)
		keys_put_u64(ended, names_end(i), row->sum.ended[i]);
	keys_put_u64(ended, "open", row->open);
	keys_put(to, "ended", ended);
}

/* Who, on what, through which code: the same for sums and for open waits. */
static void put_identity(struct json_object *to, const struct report_row *row)
{
	bool is_cut = (row->kstack && row->kstack->truncated) ||
		      (row->ustack && row->ustack->truncated);

	keys_put_string(to, "class", row->sum.class_id ? names_class(row->sum.class_id) : NULL);
	keys_put_id(to, "pid", row->sum.tgid);
	keys_put_id(to, "tid", row->sum.tid);
	keys_put_comm(to, "comm", row->sum.comm);
	keys_put_string(to, "op", names_op(row->sum.op));
	keys_put_string(to, "kind", kind_name(row->kind));
	put_object(to, &row->sum);
	put_owner(to, row);
	put_waker(to, &row->waker);
	keys_put(to, "cgroup", NULL);
	keys_put_string(to, "backend", names_backend(row->backend));
	keys_put(to, "inferred", json_object_new_boolean(row->inferred));
	keys_put(to, "truncated", json_object_new_boolean(is_cut));
	keys_put(to, "kstack", new_stack(row->kstack));
	keys_put(to, "ustack", new_stack(row->ustack));
	keys_put_string(to, "callsite", row->site);
}

static struct json_object *new_row(const struct report_row *row)
{
	struct json_object *to = json_object_new_object();

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
	return to;
}

static struct json_object *new_buckets(const uint64_t *buckets)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; buckets && i < WAITPROF_HIST_BUCKETS; i++) {
		struct json_object *to;

		if (!buckets[i])
			continue;
		to = json_object_new_object();
		keys_put_u64(to, "low_ns", buckets_low(i));
		keys_put(to, "high_ns",
			 buckets_high(i) == UINT64_MAX ? NULL :
							 json_object_new_uint64(buckets_high(i)));
		keys_put_u64(to, "count", buckets[i]);
		json_object_array_add(list, to);
	}
	return list;
}

static struct json_object *new_hist_row(const struct report_row *row)
{
	static const struct {
		const char *key;
		unsigned int per_mille;
	} keys[] = { { "p50_ns", 500 }, { "p90_ns", 900 }, { "p99_ns", 990 }, { "p999_ns", 999 } };
	bool some = row->buckets && buckets_count(row->buckets);
	struct json_object *to = new_row(row);

	keys_put(to, "buckets", new_buckets(row->buckets));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint64_t ns = 0;

		if (some)
			ns = buckets_percentile(row->buckets, keys[i].per_mille, row->sum.max_ns);
		keys_put(to, keys[i].key, some ? json_object_new_uint64(ns) : NULL);
	}
	return to;
}

static struct json_object *new_blocked_row(const struct report_row *row)
{
	static const char *const sums[] = { "count",	  "total_ns",	 "max_ns",  "avg_ns",
					    "blocked_ns", "runqueue_ns", "spin_ns", "ended" };
	struct json_object *to = json_object_new_object();

	keys_put_u64(to, "since_ns", row->since_ns);
	keys_put_string(to, "state", names_task_state(row->state));
	put_identity(to, row);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		keys_put(to, sums[i], NULL);
	keys_put_u64(to, "inner_ns", row->sum.inner_ns);
	keys_put_string(to, "owner_note", row->owner_note);
	return to;
}

static struct json_object *new_step(const struct report_row *row)
{
	struct json_object *to = json_object_new_object();

	keys_put_id(to, "tid", row->sum.tid);
	keys_put_id(to, "pid", row->sum.tgid);
	keys_put_comm(to, "comm", row->sum.comm);
	keys_put_string(to, "class", row->sum.class_id ? names_class(row->sum.class_id) : NULL);
	put_object(to, &row->sum);
	put_owner(to, row);
	keys_put_u64(to, "since_ns", row->since_ns);
	keys_put(to, "inferred", json_object_new_boolean(row->inferred));
	return to;
}

static struct json_object *new_steps(const struct report *report, const struct graph_path *path)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < path->nr; i++)
		json_object_array_add(list, new_step(&report->rows[path->waits[i]]));
	return list;
}

static struct json_object *new_chain(const struct report *report, size_t nr)
{
	const struct graph_path *path = &report->graph.paths[nr];
	const struct report_row *last = &report->rows[path->waits[path->nr - 1]];
	struct json_object *to = json_object_new_object(), *end = NULL;
	char state[2] = { report->ends[nr].state, '\0' };

	keys_put(to, "waits", new_steps(report, path));
	keys_put_u64(to, "others", path->others);
	keys_put(to, "cycle", path->into == GRAPH_NONE ? NULL : json_object_new_uint64(path->into));
	if (path->into == GRAPH_NONE) {
		end = json_object_new_object();
		keys_put_id(end, "tid", last->sum.owner_tid);
		keys_put_id(end, "pid", last->sum.owner_tgid);
		keys_put_comm(end, "comm", last->owner_comm);
		keys_put_string(end, "state", state);
		keys_put(end, "kstack", new_stack(report->ends[nr].kstack));
	}
	keys_put(to, "end", end);
	return to;
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
	return keys_print(out, keys_report(report, new_row));
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
	return keys_print(out, keys_report(report, new_hist_row));
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
	struct json_object *to = keys_report(report, new_blocked_row),
			   *cycles = json_object_new_array(), *chains = json_object_new_array();

	for (size_t i = 0; i < report->graph.nr; i++) {
		if (report->graph.paths[i].is_cycle)
			json_object_array_add(cycles, new_steps(report, &report->graph.paths[i]));
		else
			json_object_array_add(chains, new_chain(report, i));
	}
	keys_put(to, "cycles", cycles);
	keys_put(to, "chains", chains);
	return keys_print(out, to);
}
