// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the full screen of top has its windows from: a session. Its readings only
 * grow, so two spans come from one reading: the last window, and what was added
 * since the baseline, which is an earlier reading kept.
 */
#include <stdio.h>
#include <string.h>

#include "capture/recording.h"
#include "screen/screen_run.h"
#include "screen/top_live.h"

static int read_now(void *arg, struct report *report)
{
	struct top_live *live = arg;
	int ret;

	profile_free(&live->last);
	ret = collect_window(live->c, &live->last, &live->last_ns);
	if (ret)
		return ret;
	coverage_read(live->coverage);
	return collect_blocked(live->c, 0, false, &report->blocked, &report->nr_blocked, NULL);
}

static int since_baseline(struct top_live *live)
{
	int ret;

	profile_free(&live->since);
	ret = profile_copy(&live->since, &live->c->base);
	if (!ret)
		profile_subtract(&live->since, &live->baseline);
	return ret;
}

static int window(void *arg, bool since, const struct profile **result, struct report *report)
{
	struct top_live *live = arg;
	struct profile *p = since ? &live->since : &live->last;
	int ret = since ? since_baseline(live) : 0;

	if (ret)
		return ret;
	report->duration_ns = since ? live->c->base_ns - live->baseline_ns : live->last_ns;
	collect_label(live->c, p, report);
	coverage_tell(live->coverage, since, report->duration_ns, p, &report->coverage);
	*result = p;
	return 0;
}

static int set_baseline(void *arg)
{
	struct top_live *live = arg;

	profile_free(&live->baseline);
	live->baseline_ns = live->c->base_ns;
	coverage_mark(live->coverage);
	return profile_copy(&live->baseline, &live->c->base);
}

/* What the keys of this session's rows are made of. */
static uint32_t groups(void *arg)
{
	const struct top_live *live = arg;
	uint32_t flags = live->c->session_flags;
	uint32_t groups = 1U << GROUP_BY_CALLSITE | 1U << GROUP_BY_PROCESS | 1U << GROUP_BY_CLASS;

	if (flags & WAITPROF_SESSION_F_THREADS)
		groups |= 1U << GROUP_BY_THREAD;
	if (flags & WAITPROF_SESSION_F_OBJECTS)
		groups |= 1U << GROUP_BY_OBJECT;
	if (flags & WAITPROF_SESSION_F_WAKERS)
		groups |= 1U << GROUP_BY_WAKER;
	return groups;
}

static int save(void *arg, const char *path, const struct profile *window,
		const struct report *report, char *why, size_t size)
{
	struct top_live *live = arg;
	struct recording r = { .c = live->c };
	int ret = capture_writer_new(&r.w, path);

	if (!ret)
		ret = recording_window(&r, window, report, live->c->base_ns - report->duration_ns);
	if (ret && r.w)
		snprintf(why, size, "%s", capture_write_error(r.w));
	capture_writer_free(r.w);
	return ret;
}

static void begin(struct top_live *live)
{
	live->coverage = coverage_new(live->c);
	live->whole = coverage_new(live->c);
	coverage_mark(live->coverage);
	live->baseline_ns = live->c->session.start_ns;
}

/* The first time there is a connection already. */
static int open_session(void *arg, enum group_by by, bool (*busy)(void *arg, const char *what),
			void *busy_arg)
{
	struct top_live *live = arg;
	int ret = 0;

	if (live->is_open) {
		live->is_open = false;
		top_live_free(live);
		collect_close(live->c);
		ret = collect_connect(live->c, live->options);
	}
	live->options->by = by;
	live->options->wakers |= by == GROUP_BY_WAKER;
	live->options->busy = busy;
	live->options->busy_arg = busy_arg;
	if (!ret)
		ret = collect_begin(live->c, false);
	live->options->busy = NULL;
	if (ret)
		return ret;
	live->is_open = true;
	begin(live);
	return 0;
}

/**
 * top_live() - open a session and show it on the full screen
 * @live: @c, connected, and @options are set, the rest is empty; to be given to
 *	top_live_free(). @options get what was chosen on the screen
 *
 * Return: as screen_run(); -EINTR: ended before there was a session.
 */
int top_live(struct top_live *live)
{
	const struct screen_source source = {
		.open = open_session,
		.watch = {
			.tick = collect_tick,
			.tick_arg = live->c,
			.poll = collect_teach,
			.poll_arg = live->c,
		},
		.read = read_now,
		.window = window,
		.baseline = set_baseline,
		.groups = groups,
		.save = save,
		.name = naming_row,
		.name_arg = &live->c->naming,
		.arg = live,
	};

	return screen_run(&source, live->options);
}

/**
 * top_live_free() - give up what it has read; the session goes on
 * @live: live
 */
void top_live_free(struct top_live *live)
{
	coverage_free(live->coverage);
	coverage_free(live->whole);
	live->coverage = NULL;
	live->whole = NULL;
	profile_free(&live->last);
	profile_free(&live->since);
	profile_free(&live->baseline);
}
