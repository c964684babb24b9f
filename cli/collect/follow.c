// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for whatever ends a window: its time, Ctrl-C or a key, the end of the
 * followed processes. Around the sleep signals are held back and let in by the
 * sleep itself, so none is lost between the test and the sleep.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collect/follow.h"
#include "proc/task.h"

#define STEP_NS 100000000ULL /* how often the followed processes are looked at */
#define TICK_NS 1000000000ULL

static volatile sig_atomic_t stopped;
static sigset_t caught;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

/**
 * follow_now() - CLOCK_MONOTONIC, ns
 */
uint64_t follow_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * follow_catch_signals() - from here on signals to end are a request, not an end
 *
 * To be called before the session is opened: whoever sees it may ask us to end.
 * The second signal of a kind kills as it does by default, in case we hang.
 */
void follow_catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESETHAND | SA_RESTART };

	sigemptyset(&caught);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&caught, signals[i]);
	}
}

/**
 * follow_stop() - the user wants to end; may be called by a signal handler
 */
void follow_stop(void)
{
	stopped = 1;
}

/**
 * follow_stopped() - has the user asked to end
 */
bool follow_stopped(void)
{
	return stopped;
}

static bool all_ended(const struct options *o)
{
	if (!o->nr_tgids && !o->nr_tids)
		return false;
	for (uint32_t i = 0; i < o->nr_tgids; i++)
		if (task_process_alive(o->tgids[i]))
			return false;
	for (uint32_t i = 0; i < o->nr_tids; i++)
		if (task_alive(o->tids[i]))
			return false;
	return true;
}

/* Something to read, or a signal, or the end of this step. */
static void sleep_step(uint64_t ns, bool keys)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec step = { .tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000) };
	sigset_t before;

	sigprocmask(SIG_BLOCK, &caught, &before);
	if (!stopped)
		ppoll(&fd, keys ? 1 : 0, &step, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/**
 * follow_until() - sleep until something ends the window
 * @deadline_ns: CLOCK_MONOTONIC; 0 = none
 * @options: the followed processes
 * @keys: standard input gives keys: one ends the step
 * @watch: what is to be done meanwhile
 *
 * Return: what ended it.
 */
enum follow_end follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
			     const struct follow_watch *watch)
{
	uint64_t tick_ns = options->follow ? STEP_NS : TICK_NS;
	uint64_t next_tick = follow_now() + tick_ns, next_poll, now, step;
	bool others = options->follow;
	int ret;

	for (;;) {
		next_poll = watch->poll ? watch->poll(watch->poll_arg) : 0;
		now = follow_now();
		if (stopped)
			return FOLLOW_STOPPED;
		if (deadline_ns && now >= deadline_ns)
			return FOLLOW_TIME;
		if (!others && all_ended(options))
			return FOLLOW_ENDED;
		if (watch->tick && now >= next_tick) {
			ret = watch->tick(watch->tick_arg);
			if (ret < 0)
				return FOLLOW_FAILED;
			others = options->follow && !ret;
			next_tick = now + tick_ns;
		}
		step = STEP_NS;
		if (deadline_ns && deadline_ns - now < step)
			step = deadline_ns - now;
		if (next_poll && next_poll < now + step)
			step = next_poll > now ? next_poll - now : 0;
		sleep_step(step, keys);
		/* Not only when there is a key: the screen may have another size. */
		if (watch->input && watch->input(watch->input_arg))
			return stopped ? FOLLOW_STOPPED : FOLLOW_INPUT;
	}
}
