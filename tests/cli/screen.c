// SPDX-License-Identifier: GPL-2.0-only
/*
 * The full screen of top on a saved profile, without a module.
 * usage: screen PROFILE [SECONDS [GROUPING,... [OPENING]]]
 *
 * Each row of the profile is a row of every window, with the same figures; rows
 * are grouped anew as the keys say. GROUPING: those that the pretended session can
 * serve; others take a new one. OPENING: seconds until there is a session.
 */
#define main render_main
#include "render.c"
#undef main

#include <errno.h>
#include <unistd.h>

#include "cmd/complain.h"
#include "screen/screen_run.h"
#include "util/term.h"

static struct {
	struct profile window;
	uint32_t groups;
	uint64_t nr_reads;
	uint64_t opening_ns;
} fake;

static void name(const struct profile_row *from, struct report_row *to, void *arg)
{
	const struct report_row *row = &saved.rows[from->row.kstack - 1];

	(void)arg;
	memcpy(to->site, row->site, sizeof(to->site));
	memcpy(to->owner_comm, row->owner_comm, sizeof(to->owner_comm));
	to->kstack = row->kstack;
	to->ustack = row->ustack;
	to->backend = row->backend;
	to->waker = row->waker;
}

static int fill(void)
{
	for (size_t i = 0; i < saved.report.nr_rows; i++) {
		const struct report_row *row = &saved.rows[i];
		struct waitprof_row key = row->sum;
		struct profile_row *to;

		key.kstack = (uint32_t)i + 1;
		key.waker_flags = row->waker.flags;
		key.waker_tgid = row->waker.tgid;
		to = profile_get(&fake.window, &key, row->inferred);
		if (!to)
			return -1;
		to->row = key;
		to->open = row->open;
		to->kind = row->kind;
		to->max_bound = row->max_bound;
		if (profile_add_buckets(&to->buckets, row->buckets))
			return -1;
	}
	return 0;
}

static int fake_read(void *arg, struct report *report)
{
	(void)arg;
	fake.nr_reads++;
	report->version = saved.report.version;
	report->kernel = saved.report.kernel;
	memcpy(report->counters, saved.report.counters, sizeof(report->counters));
	report->classes = saved.report.classes;
	report->losses = saved.report.losses;
	report->blind = saved.report.blind;
	report->has_wakers = saved.report.has_wakers;
	report->blocked = calloc(saved.report.nr_blocked + 1, sizeof(*report->blocked));
	if (!report->blocked)
		return -1;
	memcpy(report->blocked, saved.blocked, saved.report.nr_blocked * sizeof(*saved.blocked));
	report->nr_blocked = saved.report.nr_blocked;
	return 0;
}

static int fake_window(void *arg, bool since, const struct profile **window, struct report *report)
{
	(void)arg;
	report->duration_ns = saved.report.duration_ns * (since ? 10 : 1);
	report->coverage = saved.report.coverage;
	*window = &fake.window;
	return 0;
}

static int fake_baseline(void *arg)
{
	(void)arg;
	return 0;
}

static uint32_t fake_groups(void *arg)
{
	(void)arg;
	return fake.groups;
}

static int fake_open(void *arg, enum group_by by, bool (*busy)(void *arg, const char *what),
		     void *busy_arg)
{
	uint64_t begin_ns = follow_now(), past_ns;
	char what[64];

	(void)arg;
	while ((past_ns = follow_now() - begin_ns) < fake.opening_ns) {
		snprintf(what, sizeof(what), "making rules: file %d of 5",
			 (int)(past_ns * 5 / fake.opening_ns) + 1);
		if (busy(busy_arg, what))
			return -EINTR;
		usleep(5000);
	}
	fake.groups |= 1U << by;
	return 0;
}

static uint32_t read_groups(char *list)
{
	uint32_t groups = 0;

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ","))
		groups |= 1U << group_by_find(word);
	return groups;
}

int main(int argc, char **argv)
{
	const struct screen_source source = {
		.open = fake_open,
		.read = fake_read,
		.window = fake_window,
		.baseline = fake_baseline,
		.groups = fake_groups,
		.name = name,
	};
	struct options options = { .by = GROUP_BY_CALLSITE };
	int ret;

	if (argc < 2 || read_saved(argv[1]) || fill())
		return 2;
	options.by = saved.view.by;
	options.delay_ns = (uint64_t)((argc > 2 ? atof(argv[2]) : 1) * 1e9);
	fake.opening_ns = (uint64_t)((argc > 4 ? atof(argv[4]) : 0) * 1e9);
	fake.groups = argc > 3 ? read_groups(argv[3]) : (1U << GROUP_BY_NONE) - 1;
	term_init();
	follow_catch_signals();
	ret = screen_run(&source, &options);
	profile_free(&fake.window);
	printf("ended %d after %s\n", ret, fake.nr_reads ? "some windows" : "none");
	printf("left with %s by %s\n", group_by_name(options.by), screen_sort_name(options.sort));
	return ret ? 1 : 0;
}
