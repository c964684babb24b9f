// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a session into a capture: once a second, or slice by slice where these are
 * shorter, the totals are read and what they grew by is kept; once a second that is
 * made to last. Single waits are read more often, for their rings are small. Names
 * are looked up after the last reading only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/capture_file.h"
#include "collect/coverage.h"
#include "collect/follow.h"
#include "util/ids.h"
#include "profile/names.h"
#include "capture/recording.h"
#include "waitprof/version.h"

#define SECOND_NS  1000000000ULL
#define POLL_NS	   100000000ULL
#define LAST_TRIES 5

/**
 * struct state - a recording while it runs
 * @r: the recording
 * @c: its session
 * @w: its capture
 * @slice: what the slice saw so far
 * @nr_slice: its number
 * @slice_start_ns: since the recording began
 * @slice_ns: its length so far
 * @records: read and not kept yet
 * @polled_ns: when they were read last
 * @nr_read: how many were read
 * @noted: processes whose single waits were met
 * @next_ns: when to take the next reading
 * @committed_ns: when the last one was made to last
 * @others: --follow: somebody lives beside those given
 * @coverage: wall time of the followed threads
 * @is_stopped: by its guard: nothing comes any more
 * @session_error: the session failed, the capture did not
 */
struct state {
	struct recording *r;
	struct collect *c;
	struct capture_writer *w;
	struct profile slice;
	uint32_t nr_slice;
	uint64_t slice_start_ns;
	uint64_t slice_ns;
	struct records records;
	uint64_t polled_ns;
	uint64_t nr_read;
	struct ids noted;
	uint64_t next_ns;
	uint64_t committed_ns;
	bool others;
	struct coverage *coverage;
	bool is_stopped;
	int session_error;
};

static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void append(char *buf, size_t size, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s", text);
}

/* "pid 4242 and descendants, futex, io, from 20000 ns on" */
static const char *filter_text(const struct collect *c, char *buf, size_t size)
{
	char min[40];

	options_who(c->options, buf, size);
	for (uint32_t i = 1; i <= WAITPROF_CLASS_MAX; i++) {
		if (!(c->session.classes & 1U << i))
			continue;
		append(buf, size, ", ");
		append(buf, size, names_class(i));
	}
	if (c->options->min_wait_ns) {
		snprintf(min, sizeof(min), ", from %llu ns on",
			 (unsigned long long)c->options->min_wait_ns);
		append(buf, size, min);
	}
	return buf;
}

/**
 * recording_begin() - write down what is recorded
 * @r: recording, with an open session and an empty capture
 *
 * Return: 0 or -errno of the capture.
 */
int recording_begin(struct recording *r)
{
	static const char *const stacks[] = { "rules", "fp", "none" };
	const struct collect *c = r->c;
	const struct options *o = c->options;
	bool by_rules = c->session_flags & WAITPROF_SESSION_F_RULES;
	enum options_stacks how = o->user_stacks;
	char filter[500], boot[40];
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "module_abi", c->info.abi },
		{ "module_flags", c->info.flags },
		{ "cpus", c->info.cpus },
		{ "session_flags", c->session_flags },
		{ "classes", c->session.classes },
		{ "kinds", o->kinds },
		{ "min_wait_ns", o->min_wait_ns },
		{ "begun_ns", c->session.start_ns },
		{ "begun_wall_ns", wall_ns() - (follow_now() - c->session.start_ns) },
		{ "slice_ns", o->slice_ns },
		{ "work", o->work },
	};
	int ret = 0;

	if (how == OPTIONS_STACKS_RULES && !by_rules)
		how = OPTIONS_STACKS_FP;
	capture_boot_id(boot, sizeof(boot));
	{
		const struct {
			const char *name;
			const char *value;
		} texts[] = {
			{ "version", WAITPROF_VERSION },
			{ "module_version", c->info.version },
			{ "kernel", c->info.kernel },
			{ "boot_id", boot },
			{ "filter", filter_text(c, filter, sizeof(filter)) },
			{ "user_stacks", stacks[how] },
			{ "command", r->command ? r->command : "" },
		};

		for (size_t i = 0; !ret && i < sizeof(texts) / sizeof(texts[0]); i++)
			ret = capture_put_text(r->w, texts[i].name, texts[i].value);
	}
	for (size_t i = 0; !ret && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ret = capture_put_number(r->w, numbers[i].name, numbers[i].value);
	if (!ret)
		ret = capture_put_points(r->w, c->points, c->nr_points);
	capture_writer_ask(r->w, &r->c->naming);
	return ret ? ret : capture_commit(r->w);
}

/* What a process has mapped is asked when code of it is met that is new. */
static void note_new(struct state *s, const struct profile *window)
{
	struct ids noted = { 0 };

	for (size_t i = 0; i < window->nr; i++) {
		const struct profile_row *row = &window->rows[i];

		if (capture_writer_has(s->w, row))
			continue;
		if (row->row.tgid && ids_add(&noted, row->row.tgid))
			symbols_note_process(s->c->symbols, (pid_t)row->row.tgid);
		if (row->row.waker_tgid && ids_add(&noted, row->row.waker_tgid))
			symbols_note_process(s->c->symbols, (pid_t)row->row.waker_tgid);
	}
	ids_free(&noted);
}

static int keep_counters(struct state *s)
{
	struct report report = { 0 };
	int ret;

	collect_counters(s->c, &report);
	s->r->nr_waits = 0;
	s->r->nr_lost = 0;
	for (uint32_t i = 0; i <= WAITPROF_CLASS_MAX; i++) {
		s->r->nr_waits += report.counters[i].counters.reported;
		s->r->nr_lost += report.counters[i].counters.lost;
	}
	s->r->stopped_ns = report.losses.stopped_ns;
	ret = capture_put_counters(s->w, &report);
	return ret ? ret : capture_put_points(s->w, s->c->points, s->c->nr_points);
}

static int keep_window(struct state *s, const struct profile *window, uint64_t duration_ns)
{
	int ret;

	profile_forget_open(&s->slice);
	for (size_t i = 0; i < window->nr; i++)
		if (!profile_add_row(&s->slice, &window->rows[i]))
			return -ENOMEM;
	s->slice_ns += duration_ns;
	s->r->duration_ns += duration_ns;
	s->r->nr_rows = window->nr;
	ret = capture_put_slice(s->w, s->nr_slice, s->slice_start_ns, s->slice_ns, &s->slice);
	if (!ret)
		ret = capture_put_stacks(s->w, s->c->stacks);
	if (!ret)
		ret = capture_put_mappings(s->w, s->c->symbols);
	return ret ? ret : keep_counters(s);
}

static void next_slice(struct state *s, bool is_cut)
{
	/* A reading is never on the dot. */
	if (s->slice_ns + s->slice_ns / 20 < s->c->options->slice_ns)
		return;
	s->slice_start_ns += s->slice_ns;
	s->slice_ns = 0;
	s->nr_slice++;
	profile_free(&s->slice);
	if (is_cut)
		recording_go_on(s->r, s->nr_slice);
}

/* A failure of the session is kept apart: the capture goes on to its end. */
static int take_reading(struct state *s, bool last)
{
	struct profile window = { 0 };
	uint64_t duration_ns = 0;
	bool is_cut = recording_before(s->r, last);
	int ret = last ? collect_last_window(s->c, &window, &duration_ns) :
			 collect_window(s->c, &window, &duration_ns);

	if (ret) {
		s->session_error = ret;
		profile_free(&window);
		return 0;
	}
	note_new(s, &window);
	ret = keep_window(s, &window, duration_ns);
	if (!ret && is_cut)
		ret = recording_after(s->r, last);
	else
		recording_between(s->r);
	if (!ret)
		ret = recording_open(s->r, s->c->session.start_ns, last);
	if (!ret)
		ret = capture_put_stacks(s->w, s->c->stacks);
	profile_free(&window);
	next_slice(s, is_cut);
	if (!ret && (last || follow_now() >= s->committed_ns + SECOND_NS * 9 / 10)) {
		ret = capture_commit(s->w);
		s->committed_ns = follow_now();
	}
	if (!ret && s->r->progress)
		s->r->progress(s->r);
	return ret;
}

static int add_record(const struct waitprof_record *record, void *arg)
{
	return records_add(arg, record);
}

static void note_records(struct state *s, size_t from)
{
	for (size_t i = from; i < s->records.nr; i++) {
		const struct waitprof_record *w = &s->records.rows[i];

		if (w->tgid && ids_add(&s->noted, w->tgid))
			symbols_note_process(s->c->symbols, (pid_t)w->tgid);
		if (w->waker_tgid && ids_add(&s->noted, w->waker_tgid))
			symbols_note_process(s->c->symbols, (pid_t)w->waker_tgid);
	}
}

/* @until_ns: those that ended before; the others may be overtaken. */
static int keep_records(struct state *s, uint64_t until_ns)
{
	size_t due = records_due(&s->records, until_ns);
	int ret;

	collect_record_stacks(s->c, s->records.rows, due);
	ret = capture_put_records(s->w, s->records.rows, due);
	records_drop(&s->records, due);
	return ret;
}

static int read_records(struct state *s)
{
	size_t before = s->records.nr;
	int ret = client_records(s->c->client, s->c->session.id, add_record, &s->records);

	s->nr_read += s->records.nr - before;
	note_records(s, before);
	return ret;
}

static int poll_records(struct state *s)
{
	uint64_t before = s->polled_ns;

	s->polled_ns = follow_now();
	s->session_error = read_records(s);
	return s->session_error ? 0 : keep_records(s, before);
}

/* Paused, only waits that are open can still end. */
static int last_records(struct state *s)
{
	for (int i = 0; i < LAST_TRIES; i++) {
		uint64_t reported = 0;

		if (read_records(s) || client_stats(s->c->client, s->c->session.id, &s->c->stats))
			break;
		for (size_t k = 0; k < s->c->stats.nr_counters; k++)
			reported += s->c->stats.counters[k].reported;
		if (reported == s->nr_read)
			break;
	}
	return keep_records(s, UINT64_MAX);
}

static int keep_coverage(struct state *s)
{
	struct report_coverage coverage;
	int ret = 0;

	coverage_tell(s->coverage, false, s->r->duration_ns, &s->c->base, &coverage);
	{
		const struct {
			const char *name;
			uint64_t value;
		} numbers[] = {
			{ "coverage_threads", coverage.nr_threads },
			{ "coverage_wall_ns", coverage.wall_ns },
			{ "coverage_waits_ns", coverage.waits_ns },
			{ "coverage_ended_ns", coverage.ended_ns },
			{ "coverage_cpu_ns", coverage.cpu_ns },
			{ "coverage_runqueue_ns", coverage.runqueue_ns },
			{ "coverage_system_wide", coverage.system_wide },
		};

		for (size_t i = 0; !ret && i < sizeof(numbers) / sizeof(numbers[0]); i++)
			ret = capture_put_number(s->w, numbers[i].name, numbers[i].value);
	}
	return ret;
}

/* While nothing is to be read: the module's questions, then ours. */
static uint64_t poll_all(void *arg)
{
	struct state *s = arg;
	uint64_t teach_ns = collect_teach(s->c), look_ns = recording_look(s->r);

	if (!teach_ns || !look_ns)
		return teach_ns ? teach_ns : look_ns;
	return teach_ns < look_ns ? teach_ns : look_ns;
}

/* Until the next thing to do, or the end. */
static enum follow_end sleep_on(struct state *s, uint64_t end_ns)
{
	const struct follow_watch watch = { .poll = poll_all, .poll_arg = s };
	struct options options = *s->c->options;
	uint64_t next = s->next_ns, now = follow_now(), soon = now + POLL_NS;

	/* Who has just been started is looked at before it may have ended again. */
	if (s->r->ends_with_pid && now < s->c->session.start_ns + POLL_NS)
		soon = now + POLL_NS / 20;
	options.follow = s->others && !s->r->ends_with_pid;
	if ((options.records || options.follow || s->r->ends_with_pid) && soon < next)
		next = soon;
	if (end_ns && end_ns < next)
		next = end_ns;
	return follow_until(next, &options, false, &watch);
}

static int step(struct state *s)
{
	const struct options *o = s->c->options;
	int ret = 0, alive;

	if (o->records)
		ret = poll_records(s);
	alive = collect_tick(s->c);
	if (alive == -ECANCELED)
		s->is_stopped = true;
	else if (alive < 0)
		s->session_error = alive;
	s->others = o->follow && !alive;
	if (!ret && !s->is_stopped && !s->session_error && follow_now() >= s->next_ns) {
		uint64_t every = o->slice_ns < SECOND_NS ? o->slice_ns : SECOND_NS;

		ret = take_reading(s, false);
		s->next_ns += every;
		if (s->next_ns < follow_now())
			s->next_ns = follow_now() + every;
	}
	return ret;
}

static int loop(struct state *s)
{
	const struct options *o = s->c->options;
	uint64_t end_ns = o->duration_ns ? s->c->session.start_ns + o->duration_ns : 0;
	enum follow_end end = FOLLOW_TIME;
	int ret = 0;

	while (!ret && !s->is_stopped && !s->session_error && end == FOLLOW_TIME &&
	       (!end_ns || follow_now() < end_ns)) {
		end = sleep_on(s, end_ns);
		if (end == FOLLOW_TIME && (!end_ns || follow_now() < end_ns))
			ret = step(s);
	}
	coverage_read(s->coverage);
	if (!ret && !s->session_error)
		ret = take_reading(s, true);
	if (!ret && o->records)
		ret = last_records(s);
	if (!ret && !s->session_error)
		ret = capture_put_stacks(s->w, s->c->stacks);
	return ret ? ret : keep_coverage(s);
}

/**
 * recording_run() - record until something ends it
 * @r: recording, begun
 * @session_error: -errno when it was the session that ended it
 *
 * Return: 0 or -errno of the capture.
 */
int recording_run(struct recording *r, int *session_error)
{
	struct state s = { .r = r, .c = r->c, .w = r->w, .others = r->c->options->follow };
	int ret;

	s.committed_ns = follow_now();
	s.polled_ns = r->c->session.start_ns;
	s.next_ns = r->c->session.start_ns +
		    (r->c->options->slice_ns < SECOND_NS ? r->c->options->slice_ns : SECOND_NS);
	s.coverage = coverage_new(r->c);
	ret = loop(&s);
	if (!ret)
		ret = capture_commit(r->w);
	*session_error = s.session_error;
	coverage_free(s.coverage);
	records_free(&s.records);
	ids_free(&s.noted);
	profile_free(&s.slice);
	return ret;
}

/**
 * recording_finish() - look up names, and make a single file of the capture
 * @r: recording
 *
 * Return: 0 or -errno; what was recorded can be read either way.
 */
int recording_finish(struct recording *r)
{
	int ret = capture_put_mappings(r->w, r->c->symbols);

	if (!ret)
		ret = capture_put_names(r->w, r->c->symbols);
	return ret ? ret : capture_writer_finish(r->w);
}
