// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the module as JSON.
 */
#include <errno.h>
#include <math.h>

#include "profile/buckets.h"
#include "render/keys.h"
#include "profile/names.h"
#include "render/render.h"

static void put_point(struct keys *to, const struct client_point *p)
{
	keys_object(to, NULL);
	keys_put_string(to, "name", p->name);
	keys_put_string(to, "class", names_class(p->class_id));
	keys_put_string(to, "state", names_point_state(p->state));
	keys_put_string(to, "symbol", p->symbol);
	keys_put_string(to, "backend", names_backend(p->backend));
	keys_put_string(to, "reason", p->reason);
	keys_put_id(to, "error", p->error);
	keys_put_u64(to, "limit", p->limit);
	keys_put_u64(to, "open", p->open);
	keys_put_u64(to, "hits", p->hits);
	keys_put_u64(to, "missed", p->missed);
	keys_put_u64(to, "nmissed", p->nmissed);
	keys_put_u64(to, "unpaired", p->unpaired);
	keys_object_end(to);
}

static void put_losses(struct keys *to, const struct waitprof_losses *l)
{
	keys_object(to, "losses");
	keys_put_u64(to, "stack_full", l->stack_full);
	keys_put_u64(to, "stack_busy", l->stack_busy);
	keys_put_u64(to, "kstack_truncated", l->kstack_truncated);
	keys_put_u64(to, "ustack_truncated", l->ustack_truncated);
	keys_put_u64(to, "ustack_fault", l->ustack_fault);
	keys_put_u64(to, "ustack_compat", l->ustack_compat);
	keys_put_u64(to, "rows_used", l->rows_used);
	keys_put_u64(to, "rows_limit", l->rows_limit);
	keys_put_u64(to, "stacks_used", l->stacks_used);
	keys_put_u64(to, "stacks_limit", l->stacks_limit);
	keys_put_u64(to, "hists_used", l->hists_used);
	keys_put_u64(to, "hists_limit", l->hists_limit);
	keys_put_u64(to, "nest_deep", l->nest_deep);
	keys_put_u64(to, "follow_full", l->follow_full);
	keys_put_u64(to, "followed", l->followed);
	keys_put_u64(to, "records_pending", l->records_pending);
	keys_put_u64(to, "records_limit", l->records_limit);
	keys_put_u64(to, "ustack_walks", l->ustack_walks);
	keys_put_u64(to, "ustack_memo", l->ustack_memo);
	keys_put_u64(to, "ustack_space", l->ustack_space);
	keys_put_u64(to, "ustack_stale", l->ustack_stale);
	keys_put_u64(to, "ustack_address", l->ustack_address);
	keys_put_u64(to, "ustack_table", l->ustack_table);
	keys_put_u64(to, "ustack_stop", l->ustack_stop);
	keys_put_u64(to, "ustack_bad", l->ustack_bad);
	keys_put_u64(to, "ustack_deep", l->ustack_deep);
	keys_put_u64(to, "unknown_full", l->unknown_full);
	keys_put_u64(to, "rules_bytes", l->rules_bytes);
	keys_put_u64(to, "spaces", l->spaces);
	keys_put_u64(to, "spaces_forgotten", l->spaces_forgotten);
	keys_object_end(to);
}

static void put_stack_cache(struct keys *to, const struct waitprof_stack_cache *c)
{
	keys_object(to, "stack_cache");
	keys_put_u64(to, "hits", c->hits);
	keys_put_u64(to, "misses", c->misses);
	keys_put_u64(to, "evictions", c->evictions);
	keys_put_u64(to, "uncacheable", c->uncacheable);
	keys_put_u64(to, "checks", c->checks);
	keys_put_u64(to, "disagreements", c->disagreements);
	keys_object_end(to);
}

static void put_limit(struct keys *to, const char *key, uint64_t ppm)
{
	if (ppm)
		keys_put_double(to, key, (double)ppm / 1e6);
	else
		keys_put_null(to, key);
}

static void put_handler(struct keys *to, const struct client_cost *c)
{
	const struct waitprof_cost *cost = &c->cost;
	bool known = cost->timed;

	keys_object(to, NULL);
	keys_put_string(to, "handler", names_handler(cost->handler));
	keys_put_u64(to, "calls", cost->calls);
	keys_put_u64(to, "timed", cost->timed);
	keys_put_u64(to, "timed_ns", cost->timed_ns);
	keys_put_u64(to, "estimate_ns", cost->estimate_ns);
	keys_put_number(to, "avg_ns", known, known ? cost->timed_ns / cost->timed : 0);
	keys_put_number(to, "p50_ns", known, buckets_percentile(c->buckets, 500, cost->max_ns));
	keys_put_number(to, "p99_ns", known, buckets_percentile(c->buckets, 990, cost->max_ns));
	keys_put_number(to, "max_ns", known, cost->max_ns);
	keys_object_end(to);
}

static void put_cost(struct keys *to, const struct render_status *status)
{
	const struct waitprof_own_cost *own = &status->info->own_cost;
	bool looked = own->look_ns;
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < status->nr_costs; i++)
		sum_ns += status->costs[i].cost.estimate_ns;
	keys_object(to, "cost");
	keys_put_u64(to, "loaded_ns", own->loaded_ns);
	keys_put_u64(to, "estimate_ns", sum_ns);
	keys_put_number(to, "look_ns", looked, own->look_ns);
	keys_put_double(to, "share", looked ? (double)own->share / 1e6 : NAN);
	keys_put_double(to, "busiest_share", looked ? (double)own->busiest / 1e6 : NAN);
	put_limit(to, "guard_limit", own->guard_limit);
	keys_put_u64(to, "every", own->every);
	keys_array(to, "handlers");
	for (size_t i = 0; i < status->nr_costs; i++)
		put_handler(to, &status->costs[i]);
	keys_array_end(to);
	keys_object_end(to);
}

static void put_session_cost(struct keys *to, const struct waitprof_losses *l)
{
	keys_object(to, "cost");
	keys_put_u64(to, "estimate_ns", l->cost_ns);
	keys_put_double(to, "share", (double)l->cost_share / 1e6);
	put_limit(to, "guard_limit", l->guard_limit);
	keys_object_end(to);
	keys_put_stopped(to, l);
}

static void put_session(struct keys *to, const struct client_session *s)
{
	keys_object(to, NULL);
	keys_put_id(to, "id", s->id);
	keys_put_id(to, "pid", s->owner);
	keys_put_comm(to, "comm", s->comm);
	keys_array(to, "classes");
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (s->classes & 1U << id)
			keys_put_string(to, NULL, names_class(id));
	keys_array_end(to);
	keys_put_bool(to, "paused", s->paused);
	keys_put_u64(to, "start_ns", s->start_ns);
	keys_put_u64(to, "min_ns", s->min_ns);
	keys_put_u64(to, "nr_pids", s->nr_tgids);
	keys_put_u64(to, "nr_tids", s->nr_tids);
	keys_put_bool(to, "follow", s->flags & WAITPROF_SESSION_F_FOLLOW);
	keys_put_string(to, "comm_glob", s->comm_glob);
	keys_put_number(to, "cgroup", s->cgroup, s->cgroup);
	keys_put_u64(to, "used_bytes", s->used_bytes);
	keys_put_u64(to, "limit_bytes", s->limit_bytes);
	keys_object(to, "counters");
	for (size_t i = 0; i < s->stats.nr_counters; i++) {
		struct report_counters c = { .counters = s->stats.counters[i] };

		keys_put_counters(to, names_class(c.counters.class_id), &c, false);
	}
	keys_object_end(to);
	put_session_cost(to, &s->stats.losses);
	put_losses(to, &s->stats.losses);
	keys_object_end(to);
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
	struct keys *to = keys_new(out);

	if (!to)
		return -ENOMEM;
	sum_status(status, &report);
	keys_object(to, NULL);
	keys_put_report(to, &report, NULL);
	keys_put_id(to, "abi", info->abi);
	keys_put_u64(to, "cpus", info->cpus);
	keys_put_bool(to, "rt", info->flags & WAITPROF_INFO_RT);
	keys_put_bool(to, "silent", info->flags & WAITPROF_INFO_SILENT);
	keys_put_bool(to, "sched_info", !(info->flags & WAITPROF_INFO_NO_SCHED_INFO));
	keys_put_u64(to, "fixed_bytes", info->fixed_bytes);
	keys_put_u64(to, "session_bytes", info->session_bytes);
	put_stack_cache(to, &info->stack_cache);
	put_cost(to, status);
	keys_array(to, "points");
	for (size_t i = 0; i < status->nr_points; i++)
		put_point(to, &status->points[i]);
	keys_array_end(to);
	keys_array(to, "sessions");
	for (size_t i = 0; i < status->nr_sessions; i++)
		put_session(to, &status->sessions[i]);
	keys_array_end(to);
	keys_object_end(to);
	return keys_finish(to);
}
