// SPDX-License-Identifier: GPL-2.0-only
/*
 * Renders a saved profile, for comparison with a golden file.
 * usage: render top|hist|blocked|status|trace|json-top|export-csv|... PROFILE [WIDTH]
 *
 * A profile is text, one thing a line, "key=value" with spaces between; a value
 * holds no space ("~" stands for one). Lines that begin with # are comments.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "export/export.h"
#include "flame/flame.h"
#include "util/markup.h"
#include "profile/names.h"
#include "profile/profile.h"
#include "render/render.h"

#define MAX_ROWS   64
#define MAX_FRAMES 48

struct saved {
	struct report report;
	struct report_row rows[MAX_ROWS], blocked[MAX_ROWS], before[MAX_ROWS];
	struct report before_report;
	struct waitprof_record waits_ended[MAX_ROWS];
	struct report_record records[MAX_ROWS];
	size_t nr_records;
	struct stack stacks[3 * MAX_ROWS][4];
	size_t nr_stacks;
	struct render_view view;
	struct client_info info;
	struct client_point points[MAX_ROWS];
	struct client_session sessions[WAITPROF_MAX_SESSIONS];
	struct client_cost costs[WAITPROF_NR_HANDLERS];
	struct render_status status;
	struct graph_wait waits[MAX_ROWS];
	char title[80];
	char text[1 << 18]; /* the values of all keys */
	size_t text_used;
};

static struct saved saved;
static char *words[64];
static int nr_words;

static void split(char *line)
{
	char *save = NULL;

	nr_words = 0;
	for (char *w = strtok_r(line, " \t\n", &save); w && nr_words < 64;
	     w = strtok_r(NULL, " \t\n", &save))
		words[nr_words++] = w;
}

/* The value of a key in this line, NULL without. */
static const char *text_of(const char *key)
{
	size_t len = strlen(key);

	for (int i = 1; i < nr_words; i++) {
		if (strncmp(words[i], key, len) || words[i][len] != '=')
			continue;
		char *value = saved.text + saved.text_used;

		saved.text_used += strlen(words[i] + len + 1) + 1;
		if (saved.text_used > sizeof(saved.text))
			exit(2);
		strcpy(value, words[i] + len + 1);
		for (char *c = value; *c; c++)
			if (*c == '~')
				*c = ' ';
		return value;
	}
	return NULL;
}

static uint64_t number_of(const char *key)
{
	const char *text = text_of(key);

	return text ? strtoull(text, NULL, 0) : 0;
}

static void copy(char *to, size_t size, const char *key)
{
	const char *text = text_of(key);

	if (text)
		snprintf(to, size, "%s", text);
}

static uint32_t class_of(void)
{
	const char *text = text_of("class");

	return text ? (uint32_t)names_class_find(text, strlen(text)) : WAITPROF_CLASS_NONE;
}

static void read_object(struct report_row *r)
{
	r->sum.object = number_of("object");
	r->sum.object_type = (uint32_t)number_of("object_type");
	r->sum.last_object = number_of("last_object");
	r->sum.last_object_type = (uint32_t)number_of("last_object_type");
	r->sum.owner_tid = (uint32_t)number_of("owner");
	r->sum.owner_tgid = (uint32_t)number_of("owner_pid");
	r->owner_reader = number_of("owner_reader");
	r->owner_by = (enum owner_by)number_of("owner_by");
	if (r->sum.owner_tid && !r->owner_by)
		r->owner_by = OWNER_BY_KERNEL;
	r->owner_note = text_of("owner_note");
	copy(r->owner_comm, sizeof(r->owner_comm), "owner_comm");
	copy(r->object_name, sizeof(r->object_name), "object_name");
	r->named_object = r->sum.object;
}

/* Functions, the costliest first, with commas between. */
static void read_sites(struct report_sites *to, const char *key)
{
	const char *text = text_of(key);
	char *save = NULL;

	for (char *one = text ? strtok_r((char *)text, ",", &save) : NULL; one;
	     one = strtok_r(NULL, ",", &save)) {
		if (to->nr < REPORT_LOCK_SITES)
			snprintf(to->names[to->nr], sizeof(to->names[0]), "%s", one);
		to->nr++;
	}
}

static void read_lock(struct report_lock *to)
{
	read_sites(&to->waits, "lock_waits");
	read_sites(&to->wakers, "lock_wakers");
	copy(to->owner, sizeof(to->owner), "lock_owner");
}

static void read_bucket_list(uint64_t *buckets, const char *text)
{
	for (char *p = (char *)text; p && *p; p += *p == ',') {
		unsigned long idx = strtoul(p, &p, 10);

		buckets[idx] = strtoull(p + 1, &p, 10);
	}
}

static void read_buckets(struct report_row *r)
{
	const char *text = text_of("buckets");

	if (!text)
		return;
	r->buckets = calloc(WAITPROF_HIST_BUCKETS, sizeof(*r->buckets));
	read_bucket_list(r->buckets, text);
}

static void read_waker(struct report_waker *w)
{
	w->flags = (uint32_t)number_of("waker_flags");
	w->tid = (uint32_t)number_of("waker_tid");
	w->tgid = (uint32_t)number_of("waker_pid");
	copy(w->comm, sizeof(w->comm), "waker_comm");
	copy(w->site, sizeof(w->site), "waker_site");
}

static void read_row(struct report_row *r)
{
	static const char *const ends[] = { "wake", "timeout", "signal", "kill" };
	const char *text;

	r->sum.class_id = class_of();
	r->sum.op = (uint32_t)number_of("op");
	r->sum.tgid = (uint32_t)number_of("pid");
	r->sum.tid = (uint32_t)number_of("tid");
	r->sum.count = number_of("count");
	r->sum.total_ns = number_of("total");
	r->sum.max_ns = number_of("max");
	r->sum.runqueue_ns = number_of("runqueue");
	r->sum.spin_ns = number_of("spin");
	r->sum.blocked_ns = r->sum.total_ns - r->sum.runqueue_ns - r->sum.spin_ns;
	r->sum.inner_ns = number_of("inner");
	for (int i = 0; i < WAITPROF_NR_ENDS; i++)
		r->sum.ended[i] = number_of(ends[i]);
	r->open = number_of("open");
	r->since_ns = number_of("since");
	r->state = number_of("state");
	text = text_of("kind");
	if (text)
		r->kind = (enum kind)kind_find(text, strlen(text));
	r->inferred = number_of("inferred");
	r->max_bound = number_of("bound");
	r->backend = (uint32_t)number_of("backend");
	copy(r->sum.comm, sizeof(r->sum.comm), "comm");
	copy(r->site, sizeof(r->site), "site");
	read_object(r);
	read_lock(&r->lock);
	read_waker(&r->waker);
	read_buckets(r);
}

/* A wait that has ended: a row, and what only a single wait has. */
static void read_record(struct report_record *record, struct waitprof_record *r)
{
	struct report_row *row = &record->row;

	read_row(row);
	record->record = r;
	row->clipped = number_of("clipped");
	r->class_id = row->sum.class_id;
	r->op = row->sum.op;
	r->tgid = row->sum.tgid;
	r->tid = row->sum.tid;
	r->duration_ns = row->sum.total_ns + row->sum.inner_ns;
	r->blocked_ns = row->sum.blocked_ns;
	r->runqueue_ns = row->sum.runqueue_ns;
	r->spin_ns = row->sum.spin_ns;
	r->inner_ns = row->sum.inner_ns;
	r->object = row->sum.object;
	r->object_type = row->sum.object_type;
	r->end_ns = number_of("end");
	r->ended = (uint32_t)number_of("end_kind");
	r->cpu = (uint32_t)number_of("cpu");
	r->flags = row->clipped ? WAITPROF_WAIT_F_CLIPPED : 0;
	memcpy(r->comm, row->sum.comm, sizeof(r->comm));
	record->wall_ns = 1000000000000000000 + r->end_ns;
}

/* A frame of the row read last: "k" kernel, "u" user; "wk", "wu" its waker's. */
static void read_frame(struct report_row *r, const char *what)
{
	bool waker = what[0] == 'w', user = what[waker] == 'u';
	struct stack *stack = &saved.stacks[saved.nr_stacks][user + 2 * waker];
	struct symbol_frame *f;

	if (!stack->frames)
		stack->frames = calloc(MAX_FRAMES, sizeof(*f));
	f = &stack->frames[stack->nr++];
	f->addr = number_of("addr");
	f->symbol = text_of("symbol");
	f->offset = number_of("offset");
	f->module = text_of("module");
	f->file = text_of("file");
	f->line = (int)number_of("line");
	f->inlined = number_of("inlined");
	stack->truncated |= number_of("truncated");
	stack->from_proc |= number_of("proc");
	if (waker)
		*(user ? &r->waker.ustack : &r->waker.kstack) = stack;
	else
		*(user ? &r->ustack : &r->kstack) = stack;
}

static void read_counters(struct waitprof_counters *c)
{
	c->class_id = class_of();
	c->begun = number_of("begun");
	c->ended = number_of("ended");
	c->open = number_of("open");
	c->reported = number_of("reported");
	c->filtered = number_of("filtered");
	c->lost = number_of("lost");
	c->unattributed = number_of("unattributed");
	c->nohist = number_of("nohist");
	c->clamped = number_of("clamped");
	c->clipped = number_of("clipped");
}

static void read_losses(struct waitprof_losses *l)
{
	l->ustack_space = number_of("ustack_space");
	l->ustack_stop = number_of("ustack_stop");
	l->stack_full = number_of("stack_full");
	l->stack_busy = number_of("stack_busy");
	l->kstack_truncated = number_of("kstack_truncated");
	l->ustack_truncated = number_of("ustack_truncated");
	l->ustack_fault = number_of("ustack_fault");
	l->ustack_compat = number_of("ustack_compat");
	l->rows_used = number_of("rows_used");
	l->rows_limit = number_of("rows_limit");
	l->nest_deep = number_of("nest_deep");
	l->cost_ns = number_of("cost");
	l->cost_share = number_of("cost_share");
	l->guard_limit = number_of("guard_limit");
	l->stopped_ns = number_of("stopped");
	l->stopped_share = number_of("stopped_share");
}

static void read_class(void)
{
	struct report_counters *c = &saved.report.counters[class_of()];

	read_counters(&c->counters);
	c->missed = number_of("missed");
	c->nmissed = number_of("nmissed");
	c->unpaired = number_of("unpaired");
	saved.report.classes |= 1U << class_of();
}

static void read_report(void)
{
	saved.report.version = text_of("version");
	saved.report.kernel = text_of("kernel");
	saved.report.blind = text_of("blind");
	saved.report.duration_ns = number_of("duration");
	saved.report.has_left_out = number_of("kinds");
	saved.report.has_wakers = number_of("wakers");
	saved.view.wakers = saved.report.has_wakers;
	saved.report.left_out = number_of("left_out");
	saved.report.left_out_ns = number_of("left_out_ns");
	saved.view.by = (enum group_by)group_by_find(text_of("by"));
	saved.view.max_rows = number_of("max_rows");
	saved.view.max_blocked = number_of("max_blocked");
	copy(saved.title, sizeof(saved.title), "title");
}

static void read_coverage(void)
{
	struct report_coverage *c = &saved.report.coverage;

	c->nr_threads = number_of("threads");
	c->wall_ns = number_of("wall");
	c->waits_ns = number_of("waits");
	c->cpu_ns = number_of("cpu");
	c->runqueue_ns = number_of("runqueue");
	c->system_wide = number_of("system");
}

static void read_info(void)
{
	struct client_info *i = &saved.info;

	i->abi = (uint32_t)number_of("abi");
	copy(i->version, sizeof(i->version), "version");
	copy(i->kernel, sizeof(i->kernel), "kernel");
	i->cpus = (uint32_t)number_of("cpus");
	i->sessions = (uint32_t)number_of("sessions");
	i->flags = (uint32_t)number_of("flags");
	i->fixed_bytes = number_of("fixed");
	i->session_bytes = number_of("session");
	i->now_ns = number_of("now");
	i->stack_cache.hits = number_of("cache_hits");
	i->stack_cache.misses = number_of("cache_misses");
	i->stack_cache.evictions = number_of("cache_evictions");
	i->stack_cache.uncacheable = number_of("cache_uncacheable");
	i->stack_cache.checks = number_of("cache_checks");
	i->stack_cache.disagreements = number_of("cache_disagreements");
	i->own_cost.loaded_ns = number_of("loaded");
	i->own_cost.look_ns = number_of("look");
	i->own_cost.share = (uint32_t)number_of("share");
	i->own_cost.busiest = (uint32_t)number_of("busiest");
	i->own_cost.guard_limit = (uint32_t)number_of("guard_limit");
	i->own_cost.every = (uint32_t)number_of("every");
}

static void read_cost(struct client_cost *c)
{
	c->cost.handler = (uint32_t)number_of("handler");
	c->cost.calls = number_of("calls");
	c->cost.timed = number_of("timed");
	c->cost.timed_ns = number_of("total");
	c->cost.estimate_ns = number_of("estimate");
	c->cost.max_ns = number_of("max");
	read_bucket_list(c->buckets, text_of("buckets"));
}

static void read_point(struct client_point *p)
{
	p->id = (uint32_t)number_of("id");
	p->class_id = class_of();
	copy(p->name, sizeof(p->name), "name");
	copy(p->symbol, sizeof(p->symbol), "symbol");
	p->state = (uint32_t)number_of("state");
	p->backend = (uint32_t)number_of("backend");
	p->error = (uint32_t)number_of("error");
	copy(p->reason, sizeof(p->reason), "reason");
	p->limit = (uint32_t)number_of("limit");
	p->open = (uint32_t)number_of("open");
	p->hits = number_of("hits");
	p->missed = number_of("missed");
	p->nmissed = number_of("nmissed");
	p->unpaired = number_of("unpaired");
}

static void read_session(struct client_session *s)
{
	s->id = (uint32_t)number_of("id");
	s->owner = (uint32_t)number_of("pid");
	copy(s->comm, sizeof(s->comm), "comm");
	s->classes = (uint32_t)number_of("classes");
	s->start_ns = number_of("start");
	s->min_ns = number_of("min");
	copy(s->comm_glob, sizeof(s->comm_glob), "comm_glob");
	s->cgroup = number_of("cgroup");
	s->paused = number_of("paused");
	s->nr_tgids = (uint32_t)number_of("nr_pids");
	s->first_tgid = (uint32_t)number_of("first_pid");
	s->used_bytes = number_of("used");
	s->limit_bytes = number_of("limit");
	read_losses(&s->stats.losses);
}

static void read_line(void)
{
	static struct report_row *row;
	const char *what = words[0];

	if (!strcmp(what, "report")) {
		read_report();
	} else if (!strcmp(what, "row") || !strcmp(what, "blocked") || !strcmp(what, "before")) {
		bool is_row = !strcmp(what, "row");

		saved.nr_stacks++;
		row = is_row	     ? &saved.rows[saved.report.nr_rows++] :
		      what[1] == 'e' ? &saved.before[saved.before_report.nr_rows++] :
				       &saved.blocked[saved.report.nr_blocked++];
		read_row(row);
		/* same=1: the stacks of the row before */
		if (number_of("same")) {
			row->kstack = row[-1].kstack;
			row->ustack = row[-1].ustack;
		}
		if (is_row)
			saved.report.total_ns += row->sum.total_ns;
	} else if (!strcmp(what, "record")) {
		saved.nr_stacks++;
		row = &saved.records[saved.nr_records].row;
		read_record(&saved.records[saved.nr_records], &saved.waits_ended[saved.nr_records]);
		saved.nr_records++;
	} else if (!strcmp(what, "k") || !strcmp(what, "u") || !strcmp(what, "wk") ||
		   !strcmp(what, "wu")) {
		read_frame(row, what);
	} else if (!strcmp(what, "class")) {
		read_class();
	} else if (!strcmp(what, "losses")) {
		read_losses(&saved.report.losses);
	} else if (!strcmp(what, "coverage")) {
		read_coverage();
	} else if (!strcmp(what, "info")) {
		read_info();
	} else if (!strcmp(what, "point")) {
		read_point(&saved.points[saved.status.nr_points++]);
	} else if (!strcmp(what, "cost")) {
		read_cost(&saved.costs[saved.status.nr_costs++]);
	} else if (!strcmp(what, "session")) {
		read_session(&saved.sessions[saved.status.nr_sessions++]);
	} else if (!strcmp(what, "counters")) {
		struct client_stats *s = &saved.sessions[saved.status.nr_sessions - 1].stats;

		read_counters(&s->counters[s->nr_counters++]);
	} else {
		fprintf(stderr, "render: what is '%s'?\n", what);
		exit(2);
	}
}

static int render_trace(bool json)
{
	if (!json)
		render_record_header(stdout, &saved.view);
	for (size_t i = 0; i < saved.nr_records; i++) {
		if (json)
			render_json_record(stdout, &saved.records[i]);
		else
			render_record(stdout, &saved.records[i], &saved.view);
	}
	if (json)
		return render_json_counters(stdout, &saved.report);
	render_losses(stdout, &saved.report);
	return 0;
}

/* What a page has in it. */
static int render_data(FILE *out, const struct flame *flame)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int ret = flame_json(memory, flame);

	fclose(memory);
	markup_json(out, text, size);
	free(text);
	return ret;
}

/* Rows named "before" make it a difference; that recording was half as long. */
static int render_flame(int (*put)(FILE *out, const struct flame *flame))
{
	struct flame flame = { 0 };
	int ret = flame_add(&flame, &saved.report, saved.title, FLAME_NOW);

	saved.before_report.rows = saved.before;
	saved.before_report.duration_ns = saved.report.duration_ns / 2;
	if (!ret && saved.before_report.nr_rows)
		ret = flame_add(&flame, &saved.before_report, saved.title, FLAME_BEFORE);
	if (!ret)
		ret = put(stdout, &flame);
	flame_free(&flame);
	return ret;
}

/* As the command export does: a whole report, or single waits. */
static int export(const char *name)
{
	const struct export_format *format = export_find(name);
	struct export_perfetto *trace;

	if (!format)
		return 2;
	if (format->write)
		return format->write(stdout, &saved.report);
	trace = export_perfetto_new(stdout);
	for (size_t i = 0; i < saved.nr_records; i++)
		export_perfetto_add(trace, &saved.records[i]);
	return export_perfetto_finish(trace);
}

static int render(const char *as)
{
	const struct render_view *view = &saved.view;
	const struct report *report = &saved.report;

	if (!strcmp(as, "json-flame"))
		return render_flame(render_data);
	if (!strcmp(as, "svg") || !strcmp(as, "html"))
		return render_flame(as[0] == 's' ? render_flame_svg : render_flame_html);
	if (!strncmp(as, "export-", 7))
		return export(as + 7);
	if (!strcmp(as, "top"))
		render_top(stdout, report, view);
	else if (!strcmp(as, "hist"))
		render_hist(stdout, report, view);
	else if (!strcmp(as, "blocked"))
		render_blocked(stdout, report, view);
	else if (!strcmp(as, "status"))
		render_status(stdout, &saved.status);
	else if (!strcmp(as, "trace") || !strcmp(as, "json-trace"))
		return render_trace(as[0] == 'j');
	else if (!strcmp(as, "json-top"))
		return render_json_top(stdout, report);
	else if (!strcmp(as, "json-hist"))
		return render_json_hist(stdout, report);
	else if (!strcmp(as, "json-blocked"))
		return render_json_blocked(stdout, report);
	else if (!strcmp(as, "json-status"))
		return render_json_status(stdout, &saved.status);
	else
		return 2;
	return 0;
}

/* A thread that others wait for and that has no row is taken to sleep in stack 0. */
static void find_graph(void)
{
	struct report *r = &saved.report;

	for (size_t i = 0; i < r->nr_rows; i++) {
		saved.waits[i].tid = saved.rows[i].sum.tid;
		saved.waits[i].owner = saved.rows[i].sum.owner_tid;
		saved.waits[i].is_hint = saved.rows[i].owner_reader;
	}
	if (graph_find(saved.waits, r->nr_rows, &r->graph))
		exit(2);
	r->ends = calloc(r->graph.nr + 1, sizeof(*r->ends));
	for (size_t i = r->graph.nr_cycles; i < r->graph.nr; i++) {
		if (r->graph.paths[i].into != GRAPH_NONE)
			continue;
		r->ends[i].state = 'S';
		r->ends[i].kstack = r->rows[0].kstack;
	}
}

static int read_saved(const char *path)
{
	char line[2048];
	FILE *file = fopen(path, "r");

	if (!file)
		return 2;
	while (fgets(line, sizeof(line), file)) {
		split(line);
		if (nr_words && words[0][0] != '#')
			read_line();
	}
	fclose(file);
	saved.report.rows = saved.rows;
	saved.report.blocked = saved.blocked;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3 || read_saved(argv[2]))
		return 2;
	find_graph();
	saved.status.info = &saved.info;
	saved.status.points = saved.points;
	saved.status.sessions = saved.sessions;
	saved.status.costs = saved.costs;
	saved.view.title = saved.title[0] ? saved.title : NULL;
	saved.view.width = argc > 3 ? atoi(argv[3]) : 0;
	/* What is allocated is reachable from saved and so not a leak. */
	return render(argv[1]);
}
