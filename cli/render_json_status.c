// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the module as JSON.
 */
#include "keys.h"
#include "names.h"
#include "render.h"

static struct json_object *new_point(const struct client_point *p)
{
	struct json_object *to = json_object_new_object();

	keys_put_string(to, "name", p->name);
	keys_put_string(to, "class", names_class(p->class_id));
	keys_put_string(to, "state", names_point_state(p->state));
	keys_put_string(to, "symbol", p->symbol);
	keys_put_string(to, "backend", names_backend(p->backend));
	keys_put_string(to, "reason", p->reason);
	keys_put(to, "error", p->error ? json_object_new_int64(p->error) : NULL);
	keys_put_u64(to, "limit", p->limit);
	keys_put_u64(to, "open", p->open);
	keys_put_u64(to, "hits", p->hits);
	keys_put_u64(to, "missed", p->missed);
	keys_put_u64(to, "nmissed", p->nmissed);
	keys_put_u64(to, "unpaired", p->unpaired);
	return to;
}

static struct json_object *new_losses(const struct waitprof_losses *l)
{
	struct json_object *to = json_object_new_object();

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
	return to;
}

static struct json_object *new_session(const struct client_session *s)
{
	struct json_object *to = json_object_new_object(), *counters = json_object_new_object(),
			   *classes = json_object_new_array();

	keys_put_id(to, "id", s->id);
	keys_put_id(to, "pid", s->owner);
	keys_put_comm(to, "comm", s->comm);
	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++)
		if (s->classes & 1U << id)
			json_object_array_add(classes, json_object_new_string(names_class(id)));
	keys_put(to, "classes", classes);
	keys_put(to, "paused", json_object_new_boolean(s->paused));
	keys_put_u64(to, "start_ns", s->start_ns);
	keys_put_u64(to, "min_ns", s->min_ns);
	keys_put_u64(to, "nr_pids", s->nr_tgids);
	keys_put_u64(to, "nr_tids", s->nr_tids);
	keys_put(to, "follow", json_object_new_boolean(!!(s->flags & WAITPROF_SESSION_F_FOLLOW)));
	keys_put_string(to, "comm_glob", s->comm_glob);
	keys_put(to, "cgroup", s->cgroup ? json_object_new_uint64(s->cgroup) : NULL);
	keys_put_u64(to, "used_bytes", s->used_bytes);
	keys_put_u64(to, "limit_bytes", s->limit_bytes);
	for (size_t i = 0; i < s->stats.nr_counters; i++) {
		struct report_counters c = { .counters = s->stats.counters[i] };
		struct json_object *of_class = keys_counters(&c);

		json_object_object_del(of_class, "missed");
		json_object_object_del(of_class, "unpaired");
		keys_put(counters, names_class(c.counters.class_id), of_class);
	}
	keys_put(to, "counters", counters);
	keys_put(to, "losses", new_losses(&s->stats.losses));
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
	struct json_object *to, *points = json_object_new_array(),
				*sessions = json_object_new_array();

	sum_status(status, &report);
	to = keys_report(&report, NULL);
	keys_put_id(to, "abi", info->abi);
	keys_put_u64(to, "cpus", info->cpus);
	keys_put(to, "rt", json_object_new_boolean(info->flags & WAITPROF_INFO_RT));
	keys_put(to, "silent", json_object_new_boolean(info->flags & WAITPROF_INFO_SILENT));
	keys_put(to, "sched_info",
		 json_object_new_boolean(!(info->flags & WAITPROF_INFO_NO_SCHED_INFO)));
	keys_put_u64(to, "fixed_bytes", info->fixed_bytes);
	keys_put_u64(to, "session_bytes", info->session_bytes);
	for (size_t i = 0; i < status->nr_points; i++)
		json_object_array_add(points, new_point(&status->points[i]));
	keys_put(to, "points", points);
	for (size_t i = 0; i < status->nr_sessions; i++)
		json_object_array_add(sessions, new_session(&status->sessions[i]));
	keys_put(to, "sessions", sessions);
	return keys_print(out, to);
}
