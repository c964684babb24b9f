// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reports as JSON: one object a refresh, on one line. The keys are those of the
 * man page; what is unknown is null. Addresses are strings ("0x..."), because
 * many readers keep numbers as doubles.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "buckets.h"
#include "names.h"
#include "render.h"
#include "waitprof/version.h"

typedef struct json_object json;

static void put(json *to, const char *key, json *value)
{
	json_object_object_add(to, key, value);
}

static void put_u64(json *to, const char *key, uint64_t value)
{
	put(to, key, json_object_new_uint64(value));
}

/* 0 is no id, and no id is null. */
static void put_id(json *to, const char *key, uint32_t id)
{
	put(to, key, id ? json_object_new_int64(id) : NULL);
}

static void put_string(json *to, const char *key, const char *value)
{
	put(to, key, value && value[0] ? json_object_new_string(value) : NULL);
}

static void put_comm(json *to, const char *key, const char *comm)
{
	put(to, key,
	    comm[0] ? json_object_new_string_len(comm, (int)strnlen(comm, WAITPROF_COMM_LEN)) :
		      NULL);
}

static void put_address(json *to, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	put_string(to, key, text);
}

static json *new_stack(const struct stack *stack)
{
	json *frames = json_object_new_array();

	for (size_t i = 0; stack && i < stack->nr; i++) {
		const struct symbol_frame *f = &stack->frames[i];
		json *to = json_object_new_object();

		if (f->addr)
			put_address(to, "addr", f->addr);
		else
			put(to, "addr", NULL);
		put_string(to, "symbol", f->symbol);
		put(to, "offset", f->symbol ? json_object_new_uint64(f->offset) : NULL);
		put_string(to, "module", f->module);
		put_string(to, "file", f->file);
		put(to, "line", f->line > 0 ? json_object_new_int(f->line) : NULL);
		put(to, "inlined", json_object_new_boolean(f->inlined));
		json_object_array_add(frames, to);
	}
	return frames;
}

static void put_object(json *to, const struct waitprof_row *row)
{
	char text[32];

	if (names_object(text, sizeof(text), row->object_type, row->object))
		names_object(text, sizeof(text), row->last_object_type, row->last_object);
	put_string(to, "object", text);
}

static void put_owner(json *to, const struct report_row *row)
{
	json *owner = NULL;

	if (row->sum.owner_tid) {
		owner = json_object_new_object();
		put_id(owner, "tid", row->sum.owner_tid);
		put_id(owner, "pid", row->sum.owner_tgid);
		put_comm(owner, "comm", row->owner_comm);
	}
	put(to, "owner", owner);
}

static void put_ended(json *to, const struct report_row *row)
{
	json *ended = json_object_new_object();

	for (uint32_t i = 0; i < WAITPROF_NR_ENDS; i++)
		put_u64(ended, names_end(i), row->sum.ended[i]);
	put_u64(ended, "open", row->open);
	put(to, "ended", ended);
}

/* Who, on what, through which code: the same for sums and for open waits. */
static void put_identity(json *to, const struct report_row *row)
{
	bool is_cut = (row->kstack && row->kstack->truncated) ||
		      (row->ustack && row->ustack->truncated);

	put_string(to, "class", row->sum.class_id ? names_class(row->sum.class_id) : NULL);
	put_id(to, "pid", row->sum.tgid);
	put_id(to, "tid", row->sum.tid);
	put_comm(to, "comm", row->sum.comm);
	put_string(to, "op", names_op(row->sum.op));
	put(to, "kind", NULL);
	put_object(to, &row->sum);
	put_owner(to, row);
	put(to, "waker", NULL);
	put(to, "cgroup", NULL);
	put_string(to, "backend", names_backend(row->backend));
	put(to, "inferred", json_object_new_boolean(row->inferred));
	put(to, "truncated", json_object_new_boolean(is_cut));
	put(to, "kstack", new_stack(row->kstack));
	put(to, "ustack", new_stack(row->ustack));
	put_string(to, "callsite", row->site);
}

static json *new_row(const struct report_row *row)
{
	json *to = json_object_new_object();

	put_identity(to, row);
	put_u64(to, "count", group_count(row));
	put_u64(to, "total_ns", row->sum.total_ns);
	put_u64(to, "max_ns", row->sum.max_ns);
	put_u64(to, "avg_ns", group_avg(row));
	put_u64(to, "blocked_ns", row->sum.blocked_ns);
	put_u64(to, "runqueue_ns", row->sum.runqueue_ns);
	put_u64(to, "spin_ns", row->sum.spin_ns);
	put_u64(to, "inner_ns", row->sum.inner_ns);
	put_ended(to, row);
	return to;
}

static json *new_buckets(const uint64_t *buckets)
{
	json *list = json_object_new_array();

	for (unsigned int i = 0; buckets && i < WAITPROF_HIST_BUCKETS; i++) {
		json *to;

		if (!buckets[i])
			continue;
		to = json_object_new_object();
		put_u64(to, "low_ns", buckets_low(i));
		put(to, "high_ns",
		    buckets_high(i) == UINT64_MAX ? NULL : json_object_new_uint64(buckets_high(i)));
		put_u64(to, "count", buckets[i]);
		json_object_array_add(list, to);
	}
	return list;
}

static json *new_hist_row(const struct report_row *row)
{
	static const struct {
		const char *key;
		unsigned int per_mille;
	} keys[] = { { "p50_ns", 500 }, { "p90_ns", 900 }, { "p99_ns", 990 }, { "p999_ns", 999 } };
	bool some = row->buckets && buckets_count(row->buckets);
	json *to = new_row(row);

	put(to, "buckets", new_buckets(row->buckets));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		put(to, keys[i].key,
		    some ? json_object_new_uint64(buckets_percentile(
				   row->buckets, keys[i].per_mille, row->sum.max_ns)) :
			   NULL);
	return to;
}

static json *new_blocked_row(const struct report_row *row)
{
	static const char *const sums[] = { "count",	  "total_ns",	"max_ns",
					    "avg_ns",	  "blocked_ns", "runqueue_ns",
					    "spin_ns",	  "ended" };
	json *to = json_object_new_object();

	put_u64(to, "since_ns", row->since_ns);
	put_string(to, "state", names_task_state(row->state));
	put_identity(to, row);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		put(to, sums[i], NULL);
	put_u64(to, "inner_ns", row->sum.inner_ns);
	return to;
}

static json *new_counters(const struct report_counters *c)
{
	json *to = json_object_new_object();

	put_u64(to, "begun", c->counters.begun);
	put_u64(to, "ended", c->counters.ended);
	put_u64(to, "open", c->counters.open);
	put_u64(to, "reported", c->counters.reported);
	put_u64(to, "filtered", c->counters.filtered);
	put_u64(to, "lost", c->counters.lost);
	put_u64(to, "missed", c->missed + c->nmissed);
	put_u64(to, "unpaired", c->unpaired);
	put_u64(to, "unattributed", c->counters.unattributed);
	put_u64(to, "nohist", c->counters.nohist);
	put_u64(to, "clamped", c->counters.clamped);
	put_u64(to, "clipped", c->counters.clipped);
	return to;
}

static json *new_report(const struct report *report, json *(*new_one)(const struct report_row *))
{
	json *to = json_object_new_object(), *rows = json_object_new_array(),
	     *counters = json_object_new_object();

	put_string(to, "version", report->version);
	put_string(to, "kernel", report->kernel);
	put_u64(to, "duration_ns", report->duration_ns);
	for (size_t i = 0; i < report->nr_rows; i++)
		json_object_array_add(rows, new_one(&report->rows[i]));
	put(to, "rows", rows);
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (report->classes & 1U << id)
			put(counters, names_class(id), new_counters(&report->counters[id]));
	put(to, "counters", counters);
	return to;
}

static int print(FILE *out, json *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	int ret = 0;

	if (!text)
		ret = -ENOMEM;
	else if (fprintf(out, "%s\n", text) < 0)
		ret = -EIO;
	json_object_put(object);
	return ret;
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
	return print(out, new_report(report, new_row));
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
	return print(out, new_report(report, new_hist_row));
}

/**
 * render_json_blocked() - open waits and the cycles among them
 * @out: where to
 * @report: the report
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_blocked(FILE *out, const struct report *report)
{
	json *to = new_report(report, new_blocked_row), *cycles = json_object_new_array(), *one;

	one = NULL;
	for (size_t i = 0; i < report->nr_cycles; i++) {
		if (!one) {
			one = json_object_new_array();
			json_object_array_add(cycles, one);
		}
		if (report->cycles[i])
			json_object_array_add(one, json_object_new_int64(report->cycles[i]));
		else
			one = NULL;
	}
	put(to, "cycles", cycles);
	return print(out, to);
}

static json *new_point(const struct client_point *p)
{
	json *to = json_object_new_object();

	put_string(to, "name", p->name);
	put_string(to, "class", names_class(p->class_id));
	put_string(to, "state", names_point_state(p->state));
	put_string(to, "symbol", p->symbol);
	put_string(to, "backend", names_backend(p->backend));
	put_string(to, "reason", p->reason);
	put(to, "error", p->error ? json_object_new_int64(p->error) : NULL);
	put_u64(to, "limit", p->limit);
	put_u64(to, "open", p->open);
	put_u64(to, "hits", p->hits);
	put_u64(to, "missed", p->missed);
	put_u64(to, "nmissed", p->nmissed);
	put_u64(to, "unpaired", p->unpaired);
	return to;
}

static json *new_losses(const struct waitprof_losses *l)
{
	json *to = json_object_new_object();

	put_u64(to, "stack_full", l->stack_full);
	put_u64(to, "stack_busy", l->stack_busy);
	put_u64(to, "kstack_truncated", l->kstack_truncated);
	put_u64(to, "ustack_truncated", l->ustack_truncated);
	put_u64(to, "ustack_fault", l->ustack_fault);
	put_u64(to, "ustack_compat", l->ustack_compat);
	put_u64(to, "rows_used", l->rows_used);
	put_u64(to, "rows_limit", l->rows_limit);
	put_u64(to, "stacks_used", l->stacks_used);
	put_u64(to, "stacks_limit", l->stacks_limit);
	put_u64(to, "hists_used", l->hists_used);
	put_u64(to, "hists_limit", l->hists_limit);
	put_u64(to, "nest_deep", l->nest_deep);
	return to;
}

static json *new_session(const struct client_session *s)
{
	json *to = json_object_new_object(), *counters = json_object_new_object(),
	     *classes = json_object_new_array();

	put_id(to, "id", s->id);
	put_id(to, "pid", s->owner);
	put_comm(to, "comm", s->comm);
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (s->classes & 1U << id)
			json_object_array_add(classes, json_object_new_string(names_class(id)));
	put(to, "classes", classes);
	put(to, "paused", json_object_new_boolean(s->paused));
	put_u64(to, "start_ns", s->start_ns);
	put_u64(to, "min_ns", s->min_ns);
	put_u64(to, "nr_pids", s->nr_tgids);
	put_u64(to, "nr_tids", s->nr_tids);
	put_u64(to, "used_bytes", s->used_bytes);
	put_u64(to, "limit_bytes", s->limit_bytes);
	for (size_t i = 0; i < s->stats.nr_counters; i++) {
		struct report_counters c = { .counters = s->stats.counters[i] };
		json *of_class = new_counters(&c);

		json_object_object_del(of_class, "missed");
		json_object_object_del(of_class, "unpaired");
		put(counters, names_class(c.counters.class_id), of_class);
	}
	put(to, "counters", counters);
	put(to, "losses", new_losses(&s->stats.losses));
	return to;
}

static void add_counters(struct waitprof_counters *to, const struct waitprof_counters *from)
{
	to->begun += from->begun;
	to->ended += from->ended;
	to->open += from->open;
	to->reported += from->reported;
	to->filtered += from->filtered;
	to->lost += from->lost;
	to->unattributed += from->unattributed;
	to->nohist += from->nohist;
	to->clamped += from->clamped;
	to->clipped += from->clipped;
}

static void sum_status(const struct render_status *status, struct report *report)
{
	for (size_t i = 0; i < status->nr_points; i++) {
		const struct client_point *p = &status->points[i];

		if (p->class_id > WAITPROF_CLASS_MAX)
			continue;
		report->classes |= 1U << p->class_id;
		report->counters[p->class_id].missed += p->missed;
		report->counters[p->class_id].nmissed += p->nmissed;
		report->counters[p->class_id].unpaired += p->unpaired;
	}
	for (size_t i = 0; i < status->nr_sessions; i++) {
		const struct client_stats *s = &status->sessions[i].stats;

		for (size_t k = 0; k < s->nr_counters; k++)
			if (s->counters[k].class_id <= WAITPROF_CLASS_MAX)
				add_counters(&report->counters[s->counters[k].class_id].counters,
					     &s->counters[k]);
	}
}

/**
 * render_json_status() - module, wait points, sessions
 * @out: where to
 * @status: what is known
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_status(FILE *out, const struct render_status *status)
{
	const struct client_info *info = status->info;
	struct report report = { .version = info->version, .kernel = info->kernel };
	json *to, *points = json_object_new_array(), *sessions = json_object_new_array();

	sum_status(status, &report);
	to = new_report(&report, new_row);
	put_id(to, "abi", info->abi);
	put_u64(to, "cpus", info->cpus);
	put(to, "rt", json_object_new_boolean(info->flags & WAITPROF_INFO_RT));
	put(to, "silent", json_object_new_boolean(info->flags & WAITPROF_INFO_SILENT));
	put(to, "sched_info", json_object_new_boolean(!(info->flags & WAITPROF_INFO_NO_SCHED_INFO)));
	put_u64(to, "fixed_bytes", info->fixed_bytes);
	put_u64(to, "session_bytes", info->session_bytes);
	for (size_t i = 0; i < status->nr_points; i++)
		json_object_array_add(points, new_point(&status->points[i]));
	put(to, "points", points);
	for (size_t i = 0; i < status->nr_sessions; i++)
		json_object_array_add(sessions, new_session(&status->sessions[i]));
	put(to, "sessions", sessions);
	return print(out, to);
}
