// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single waits as they end. Every tenth of a second what the module has recorded
 * is read; a wait is handed on once a whole reading lies between its end and now,
 * so that waits come in the order of their ends although each CPU records by itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "collect/follow.h"
#include "collect/stream.h"

#define POLL_NS	   100000000ULL
#define TICK_NS	   1000000000ULL
#define LAST_TRIES 5

/* From the clock of the records to that on the wall, which may be set any time. */
static int64_t wall_offset(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - (int64_t)follow_now();
}

static int hand_on(struct stream *s, uint64_t until_ns)
{
	size_t nr = records_due(&s->records, until_ns);
	int64_t offset = wall_offset();
	int stacks = collect_record_stacks(s->c, s->records.rows, nr);

	for (size_t i = 0; !s->output && i < nr; i++) {
		struct report_record to;

		collect_record(s->c, &s->records.rows[i], &to);
		to.wall_ns = (uint64_t)((int64_t)to.record->end_ns + offset);
		if (to.left_out) {
			s->report.left_out++;
			s->report.left_out_ns += to.record->duration_ns - to.record->inner_ns;
		} else if (to.idle) {
			s->report.idle++;
			s->report.idle_ns += to.record->duration_ns - to.record->inner_ns;
		} else {
			s->output = s->each(&to, s->arg);
		}
	}
	records_drop(&s->records, nr);
	if (!s->output && s->flush)
		s->output = s->flush(s->arg);
	/* Without a stack a wait is a wait all the same. */
	return s->output ? s->output : stacks;
}

static int read_records(struct stream *s)
{
	size_t before = s->records.nr;
	int ret = collect_records(s->c, &s->records);

	s->nr_read += s->records.nr - before;
	return ret;
}

static uint64_t sum_lost(const struct client_stats *stats, uint64_t *reported)
{
	uint64_t lost = 0;

	*reported = 0;
	for (size_t i = 0; i < stats->nr_counters; i++) {
		lost += stats->counters[i].lost;
		*reported += stats->counters[i].reported;
	}
	return lost;
}

/* A hole is told while it is young, not only at the end. */
static int tell_lost(struct stream *s)
{
	uint64_t lost, reported;
	int ret = collect_tick(s->c);

	if (ret < 0)
		return ret;
	s->others = s->options->follow && !ret;
	lost = sum_lost(&s->c->stats, &reported);
	if (lost > s->nr_lost)
		fprintf(stderr,
			"waitprof: records: %" PRIu64
			" waits lost in the last second, no room; narrow the filter or give --records\n",
			lost - s->nr_lost);
	s->nr_lost = lost;
	s->told_ns = follow_now();
	return 0;
}

static int poll_once(struct stream *s)
{
	uint64_t now = follow_now(), until_ns = s->polled_ns;
	int ret = read_records(s);

	s->polled_ns = now;
	if (!ret)
		ret = hand_on(s, until_ns);
	if (!ret && now >= s->told_ns + TICK_NS)
		ret = tell_lost(s);
	return ret;
}

/* Paused, only waits that are open can still end; then the books are closed. */
static int poll_last(struct stream *s)
{
	uint64_t reported;
	int ret = client_session_pause(s->c->client, s->c->session.id, true);

	s->report.duration_ns = follow_now() - s->c->session.start_ns;
	for (int i = 0; !ret && i < LAST_TRIES; i++) {
		ret = read_records(s);
		if (!ret)
			ret = client_stats(s->c->client, s->c->session.id, &s->c->stats);
		sum_lost(&s->c->stats, &reported);
		if (reported == s->nr_read)
			break;
	}
	return ret;
}

/* This sleep is too short to be told in it who is left. */
static enum follow_end sleep_until(const struct stream *s, uint64_t deadline_ns)
{
	const struct follow_watch watch = { .poll = collect_teach, .poll_arg = s->c };
	struct options options = *s->options;

	options.follow = s->others;
	return follow_until(deadline_ns, &options, false, &watch);
}

/* One that its guard has stopped ends as one whose time is over. */
static int loop(struct stream *s)
{
	uint64_t end_ns = 0;
	enum follow_end end = FOLLOW_TIME;
	int ret = 0;

	if (s->options->duration_ns)
		end_ns = s->c->session.start_ns + s->options->duration_ns;
	s->polled_ns = s->c->session.start_ns;
	s->told_ns = follow_now();
	while (!ret && end == FOLLOW_TIME && (!end_ns || s->polled_ns < end_ns)) {
		uint64_t next = s->polled_ns + POLL_NS;

		if (next < follow_now())
			next = follow_now();
		if (end_ns && next > end_ns)
			next = end_ns;
		end = sleep_until(s, next);
		ret = poll_once(s);
	}
	return ret == -ECANCELED ? 0 : ret;
}

/**
 * stream_run() - hand on waits until it is time, then those that are left
 * @s: stream; @c, @options, @each and @arg are set, perhaps @flush, the rest is 0;
 *	nothing is read when @output is set
 *
 * Return: 0, or -errno of the session; with @output set it is that.
 */
int stream_run(struct stream *s)
{
	int ret, left;

	s->others = s->options->follow;
	ret = s->output ? s->output : loop(s);
	if (!s->output && !ret)
		ret = poll_last(s);
	/* What has been read is handed on whatever became of the module. */
	left = s->output ? 0 : hand_on(s, UINT64_MAX);
	records_free(&s->records);
	if (s->output)
		return s->output;
	return ret ? ret : left;
}
