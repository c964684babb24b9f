// SPDX-License-Identifier: GPL-2.0-only
/*
 * The full screen alive: readings at their time, keys at once, the screen after
 * either. Between two readings nothing is read from the kernel, whatever the keys
 * ask for, but where it is a new session or the end of a window.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "screen/screen_draw.h"
#include "screen/screen_run.h"
#include "screen/screen_tty.h"
#include "util/term.h"

/* How often the screen follows what takes long. */
#define BUSY_NS 100000000ULL

struct run {
	const struct screen_source *source;
	struct options *options;
	struct screen screen;
	enum screen_action action; /* asked for by a key, to be done by the loop */
	uint64_t deadline;
	uint64_t nr_reads;
	uint64_t next_draw; /* while a session is opened */
};

/* Keys that change the screen only are done here; others end the sleep. */
static bool on_input(void *arg)
{
	struct run *run = arg;
	bool drawn = true;
	int key;

	while ((key = screen_tty_key()) >= 0) {
		enum screen_action action = key ? screen_key(&run->screen, key) : SCREEN_DRAW;

		drawn = false;
		if (action == SCREEN_QUIT)
			follow_stop();
		if (action != SCREEN_NONE && action != SCREEN_DRAW) {
			run->action = action;
			return true;
		}
	}
	if (!drawn)
		screen_draw(&run->screen);
	return false;
}

static int show(struct run *run, struct report *report)
{
	const struct profile *window;
	int ret = run->source->window(run->source->arg, run->screen.since, &window, report);

	return ret ? ret : screen_take(&run->screen, window, report);
}

static int read_window(struct run *run)
{
	struct report report = { 0 };
	int ret = run->source->read(run->source->arg, &report);

	run->nr_reads++;
	if (!ret)
		ret = show(run, &report);
	report_free(&report);
	return ret;
}

/* The other span of the reading that is there. */
static int switch_span(struct run *run)
{
	struct screen *s = &run->screen;
	const struct profile *window;
	int ret;

	s->since = !s->since;
	if (!s->window)
		return 0;
	ret = run->source->window(run->source->arg, s->since, &window, &s->report);
	if (ret)
		return ret;
	s->window = window;
	return screen_arrange(s);
}

static int set_baseline(struct run *run)
{
	int ret = read_window(run);

	if (!ret)
		ret = run->source->baseline(run->source->arg);
	if (ret)
		return ret;
	run->screen.paused = false;
	run->screen.since = true;
	run->deadline = follow_now();
	screen_message(&run->screen, "sums begin now; w switches to the last window and back");
	return 0;
}

/* Keys while a session is opened: what needs one is refused. */
static void early_keys(struct run *run)
{
	struct screen *s = &run->screen;
	int key;

	while ((key = screen_tty_key()) >= 0) {
		enum screen_action action = key ? screen_key(s, key) : SCREEN_DRAW;

		if (action == SCREEN_QUIT)
			follow_stop();
		else if (action != SCREEN_NONE && action != SCREEN_DRAW)
			screen_message(s, "not yet: there is no session");
		run->next_draw = 0;
	}
}

static bool on_busy(void *arg, const char *what)
{
	struct run *run = arg;
	struct screen *s = &run->screen;
	uint64_t now = follow_now();

	early_keys(run);
	if (now >= run->next_draw) {
		snprintf(s->doing, sizeof(s->doing), "%s", what);
		screen_draw(s);
		run->next_draw = now + BUSY_NS;
	}
	return follow_stopped();
}

static int open_session(struct run *run, enum group_by by)
{
	struct screen *s = &run->screen;
	int ret;

	run->next_draw = 0;
	on_busy(run, "opening a session");
	run->next_draw = 0;
	ret = run->source->open(run->source->arg, by, on_busy, run);
	s->doing[0] = '\0';
	if (ret)
		return ret;
	s->groups = run->source->groups(run->source->arg);
	s->paused = false;
	s->since = false;
	run->deadline = follow_now();
	return 0;
}

static int reopen(struct run *run)
{
	struct screen *s = &run->screen;
	int ret;

	screen_drop(s);
	ret = open_session(run, s->wanted_by);
	if (ret)
		return ret;
	s->by = s->wanted_by;
	screen_message(s, "a new session for rows by %s: sums begin anew", group_by_name(s->by));
	return 0;
}

static int act(struct run *run)
{
	switch (run->action) {
	case SCREEN_READ:
		run->deadline = follow_now();
		return read_window(run);
	case SCREEN_SWITCH:
		return switch_span(run);
	case SCREEN_BASELINE:
		return set_baseline(run);
	case SCREEN_SAVE:
		return screen_save(&run->screen, run->source);
	case SCREEN_REOPEN:
		return reopen(run);
	default:
		return 0;
	}
}

/* Behind by whole windows (stopped, suspended): do not catch up. */
static void next_deadline(struct run *run)
{
	run->deadline += run->options->delay_ns;
	if (run->deadline < follow_now())
		run->deadline = follow_now() + run->options->delay_ns;
}

static int loop(struct run *run)
{
	struct follow_watch watch = run->source->watch;
	const struct options *options = run->options;
	int ret = 0;

	watch.input = on_input;
	watch.input_arg = run;
	ret = open_session(run, options->by);
	next_deadline(run);
	while (!ret) {
		enum follow_end end;

		screen_draw(&run->screen);
		run->action = SCREEN_NONE;
		end = follow_until(run->screen.paused ? 0 : run->deadline, options,
				   isatty(STDIN_FILENO), &watch);
		if (end == FOLLOW_STOPPED)
			return 0;
		if (end == FOLLOW_INPUT) {
			ret = act(run);
			if (run->deadline < follow_now())
				next_deadline(run);
			continue;
		}
		ret = read_window(run);
		if (end != FOLLOW_TIME ||
		    (options->nr_refreshes && run->nr_reads >= options->nr_refreshes))
			return ret;
		next_deadline(run);
	}
	return ret;
}

/**
 * screen_run() - show windows on the full screen until something ends it
 * @source: where they come from
 * @options: of the command; grouping and order are those of the screen when it ends
 *
 * Return: 0, -errno of the source, -ENOTTY when the terminal is none for a screen:
 * nothing has been shown, opened or read then.
 */
int screen_run(const struct screen_source *source, struct options *options)
{
	struct run run = { .source = source, .options = options };
	struct screen *s = &run.screen;
	char who[128];
	int ret = screen_tty_start();

	if (ret)
		return ret;
	term_hold_colour(true);
	s->name = source->name;
	s->name_arg = source->name_arg;
	s->who = options_who(options, who, sizeof(who));
	s->delay_ns = options->delay_ns;
	s->groups = source->groups(source->arg);
	s->by = options->by;
	s->sort = options->sort;
	s->focus = SCREEN_WAITS;
	s->lower = SCREEN_WAITS;
	ret = loop(&run);
	options->by = s->by;
	options->sort = s->sort;
	screen_tty_stop();
	term_hold_colour(false);
	screen_free(s);
	return ret;
}
