// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the module as text: what it is, what it costs, which wait points work
 * on this kernel, who is reading, and whether the counters add up.
 */
#include <inttypes.h>
#include <string.h>

#include "profile/buckets.h"
#include "util/format.h"
#include "profile/names.h"
#include "render/render.h"
#include "util/term.h"
#include "waitprof/version.h"

/* Nothing is said of a cache that nobody has used, or that is switched off. */
static void print_stack_cache(FILE *out, const struct waitprof_stack_cache *c)
{
	char hits[FORMAT_LEN], seen[FORMAT_LEN];

	if (!c->hits && !c->misses)
		return;
	fprintf(out, "kernel stacks recognised: %s of %s",
		format_count(hits, sizeof(hits), c->hits),
		format_count(seen, sizeof(seen), c->hits + c->misses));
	if (c->uncacheable)
		fprintf(out, "  not to be recognised %llu", c->uncacheable);
	if (c->evictions)
		fprintf(out, "  forgotten %llu", c->evictions);
	if (c->checks)
		fprintf(out, "  checked %llu, %llu wrong", c->checks, c->disagreements);
	fputc('\n', out);
}

static void print_info(FILE *out, const struct client_info *info)
{
	char fixed[FORMAT_LEN], session[FORMAT_LEN];

	fprintf(out, "waitprof %s, module %s (interface %u), kernel %s, %u CPUs\n",
		WAITPROF_VERSION, info->version, info->abi, info->kernel, info->cpus);
	fprintf(out, "memory: %s fixed, at most %s for a session; sessions: %u of %d\n",
		format_bytes(fixed, sizeof(fixed), info->fixed_bytes),
		format_bytes(session, sizeof(session), info->session_bytes), info->sessions,
		WAITPROF_MAX_SESSIONS);
	print_stack_cache(out, &info->stack_cache);
	if (info->flags & WAITPROF_INFO_RT)
		fputs("real-time kernel: what waits for a spinlock_t or rwlock_t is not shown\n",
		      out);
	if (info->flags & WAITPROF_INFO_NO_SCHED_INFO)
		fputs("this kernel keeps no run-queue times: they count as blocked\n", out);
	if (info->flags & WAITPROF_INFO_NO_RULES)
		fputs("this kernel does not tell of code that is unmapped: no user stacks by "
		      "unwind rules\n",
		      out);
	if (info->flags & WAITPROF_INFO_SILENT)
		fprintf(out,
			"%sprobes are armed but silent: kernel.ftrace_enabled is 0 or kprobes are "
			"disabled in /sys/kernel/debug/kprobes/enabled%s\n",
			term_colour(TERM_WARNING), term_colour(TERM_PLAIN));
}

static uint64_t ppm_of(uint64_t part, uint64_t whole)
{
	return whole ? (uint64_t)((double)part * 1e6 / (double)whole) : 0;
}

static void print_own_cost(FILE *out, const struct render_status *status)
{
	const struct waitprof_own_cost *own = &status->info->own_cost;
	char share[FORMAT_LEN], busiest[FORMAT_LEN], span[FORMAT_LEN], limit[FORMAT_LEN];
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < status->nr_costs; i++)
		sum_ns += status->costs[i].cost.estimate_ns;
	fprintf(out, "own cost: ");
	if (own->look_ns)
		fprintf(out, "%s of a CPU in the last %s, %s of the busiest; ",
			format_ppm(share, sizeof(share), own->share),
			format_duration(span, sizeof(span), own->look_ns),
			format_ppm(busiest, sizeof(busiest), own->busiest));
	fprintf(out, "%s of a CPU since loading, %s ago\n",
		format_ppm(share, sizeof(share), ppm_of(sum_ns, own->loaded_ns)),
		format_duration(span, sizeof(span), own->loaded_ns));
	if (own->guard_limit)
		fprintf(out,
			"guard: a session is stopped above %s of any CPU, unless it says --guard\n",
			format_ppm(limit, sizeof(limit), own->guard_limit));
	else
		fputs("guard: off, unless a session says --guard\n", out);
}

/* One in so many calls was timed; of a kind that never came nothing is said. */
static void print_costs(FILE *out, const struct render_status *status)
{
	uint64_t loaded_ns = status->info->own_cost.loaded_ns;
	bool has_title = false;

	for (size_t i = 0; i < status->nr_costs; i++) {
		const struct client_cost *c = &status->costs[i];
		char calls[FORMAT_LEN], timed[FORMAT_LEN], avg[FORMAT_LEN], half[FORMAT_LEN];
		char most[FORMAT_LEN], max[FORMAT_LEN], share[FORMAT_LEN];

		if (!c->cost.calls)
			continue;
		if (!has_title)
			fprintf(out, "\n%s%-12s  %8s  %8s  %9s  %9s  %9s  %9s  %8s%s\n",
				term_colour(TERM_HEADER), "HANDLERS", "CALLS", "TIMED", "AVG",
				"P50", "P99", "MAX", "OF A CPU", term_colour(TERM_PLAIN));
		has_title = true;
		fprintf(out, "%-12s  %8s  %8s  %9s  %9s  %9s  %9s  %8s\n",
			names_handler(c->cost.handler),
			format_count(calls, sizeof(calls), c->cost.calls),
			format_count(timed, sizeof(timed), c->cost.timed),
			format_duration(avg, sizeof(avg),
					c->cost.timed ? c->cost.timed_ns / c->cost.timed : 0),
			format_duration(half, sizeof(half),
					buckets_percentile(c->buckets, 500, c->cost.max_ns)),
			format_duration(most, sizeof(most),
					buckets_percentile(c->buckets, 990, c->cost.max_ns)),
			format_duration(max, sizeof(max), c->cost.max_ns),
			format_ppm(share, sizeof(share), ppm_of(c->cost.estimate_ns, loaded_ns)));
	}
}

static void print_point(FILE *out, const struct client_point *p)
{
	const char *backend = names_backend(p->backend);
	char hits[FORMAT_LEN];

	fprintf(out, "%-12s  %-22s  %-7s  %-10s  %-32s  %8s  %6u  %6u", names_class(p->class_id),
		p->name, names_point_state(p->state), backend ? backend : "-",
		p->symbol[0] ? p->symbol : "-", format_count(hits, sizeof(hits), p->hits), p->open,
		p->limit);
	if (p->state == WAITPROF_POINT_BLIND)
		fprintf(out, "  %s", p->reason[0] ? p->reason : strerror((int)p->error));
	if (p->state == WAITPROF_POINT_COVERED)
		fprintf(out, "  by %s", p->reason);
	if (p->missed)
		fprintf(out, "  missed %" PRIu64, p->missed);
	if (p->nmissed)
		fprintf(out, "  missed by the probe: at least %" PRIu64, p->nmissed);
	if (p->unpaired)
		fprintf(out, "  unpaired %" PRIu64, p->unpaired);
	fputc('\n', out);
}

static void print_counters(FILE *out, const struct waitprof_counters *c)
{
	fprintf(out,
		"    %-12s begun %llu = ended %llu + open %llu"
		"; ended = reported %llu + filtered %llu + lost %llu\n",
		names_class(c->class_id), c->begun, c->ended, c->open, c->reported, c->filtered,
		c->lost);
}

/* Of one that was stopped that is said below, with the losses. */
static void print_session_cost(FILE *out, const struct waitprof_losses *l)
{
	char share[FORMAT_LEN], limit[FORMAT_LEN];

	if (l->stopped_ns)
		return;
	fprintf(out, "\n    cost: %s of a CPU", format_ppm(share, sizeof(share), l->cost_share));
	if (l->guard_limit)
		fprintf(out, ", stopped above %s",
			format_ppm(limit, sizeof(limit), l->guard_limit));
	else
		fputs(", no guard", out);
}

static void print_session(FILE *out, const struct client_session *s, uint64_t now_ns)
{
	char age[FORMAT_LEN], used[FORMAT_LEN], limit[FORMAT_LEN], min[FORMAT_LEN];
	struct report report = { .losses = s->stats.losses };

	fprintf(out, "session %u: pid %u %.*s, open for %s%s, %s of %s", s->id, s->owner,
		WAITPROF_COMM_LEN, s->comm,
		/* 0 = not begun yet */
		format_duration(age, sizeof(age),
				s->start_ns && now_ns > s->start_ns ? now_ns - s->start_ns : 0),
		s->stats.losses.stopped_ns ? ", stopped" :
		s->paused		   ? ", paused" :
					     "",
		format_bytes(used, sizeof(used), s->used_bytes),
		format_bytes(limit, sizeof(limit), s->limit_bytes));
	if (s->nr_tgids)
		fprintf(out, ", %u processes (%u%s)", s->nr_tgids, s->first_tgid,
			s->nr_tgids > 1 ? ", ..." : "");
	if (s->nr_tids)
		fprintf(out, ", %u threads (%u%s)", s->nr_tids, s->first_tid,
			s->nr_tids > 1 ? ", ..." : "");
	if (s->flags & WAITPROF_SESSION_F_FOLLOW)
		fprintf(out, ", %llu descendants", s->stats.losses.followed);
	if (s->comm_glob[0])
		fprintf(out, ", names %s", s->comm_glob);
	if (s->cgroup)
		fprintf(out, ", cgroup %" PRIu64, s->cgroup);
	if (s->min_ns)
		fprintf(out, ", waits from %s", format_duration(min, sizeof(min), s->min_ns));
	print_session_cost(out, &s->stats.losses);
	fprintf(out, "\n    rows %llu/%llu, stacks %llu/%llu, histograms %llu/%llu\n",
		s->stats.losses.rows_used, s->stats.losses.rows_limit, s->stats.losses.stacks_used,
		s->stats.losses.stacks_limit, s->stats.losses.hists_used,
		s->stats.losses.hists_limit);
	for (size_t i = 0; i < s->stats.nr_counters; i++)
		print_counters(out, &s->stats.counters[i]);
	render_losses(out, &report);
}

/**
 * render_status() - module, wait points, sessions
 * @out: where to
 * @status: what is known
 */
void render_status(FILE *out, const struct render_status *status)
{
	print_info(out, status->info);
	print_own_cost(out, status);
	print_costs(out, status);
	fprintf(out, "\n%s%-12s  %-22s  %-7s  %-10s  %-32s  %8s  %6s  %6s%s\n",
		term_colour(TERM_HEADER), "CLASS", "WAIT POINT", "STATE", "BACKEND", "SYMBOL",
		"HITS", "OPEN", "LIMIT", term_colour(TERM_PLAIN));
	for (size_t i = 0; i < status->nr_points; i++)
		print_point(out, &status->points[i]);
	if (status->nr_sessions)
		fputc('\n', out);
	for (size_t i = 0; i < status->nr_sessions; i++)
		print_session(out, &status->sessions[i], status->info->now_ns);
}
