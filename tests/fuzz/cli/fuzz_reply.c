// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is what the module answers to one request, which the first byte chooses;
 * see fuzz_feed.c. What is told is kept as the commands keep it.
 */
#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "client/client_rules.h"
#include "fuzz.h"
#include "profile/profile.h"
#include "profile/stacks.h"

static uint64_t sum;

static int add_row(const struct waitprof_row *row, const struct waitprof_bucket *buckets, size_t nr,
		   void *arg)
{
	return profile_add(arg, row, buckets, nr);
}

static void forget_rows(void *arg)
{
	profile_free(arg);
}

static int add_stack(const struct client_stack *stack, void *arg)
{
	return stacks_add(arg, stack->id, stack->flags, stack->frames, stack->nr);
}

static int add_record(const struct waitprof_record *record, void *arg)
{
	(void)arg;
	sum += record->end_ns + strlen(record->comm) + strlen(record->waker_comm);
	return 0;
}

static void ask_info(struct client *c)
{
	struct client_info info;

	if (!client_info(c, &info))
		sum += strlen(info.version) + strlen(info.kernel);
}

static void ask_points(struct client *c)
{
	struct client_point *points;
	size_t nr;

	if (client_points(c, &points, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		sum += strlen(points[i].name) + strlen(points[i].symbol) + strlen(points[i].reason);
	free(points);
}

static void ask_sessions(struct client *c)
{
	struct client_session *sessions;
	size_t nr;

	if (client_sessions(c, &sessions, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		sum += strlen(sessions[i].comm) + strlen(sessions[i].comm_glob) +
		       client_nr_ended(&sessions[i].stats);
	free(sessions);
}

static void ask_session(struct client *c)
{
	const struct client_request request = { .classes = 2, .comm_glob = "a*", .held = true };
	struct client_session session;

	if (client_session_new(c, &request, &session))
		return;
	client_session_begin(c, &session);
	client_session_pause(c, session.id, true);
	client_session_del(c, session.id);
}

static void ask_stats(struct client *c)
{
	struct client_stats stats;

	if (!client_stats(c, 1, &stats))
		sum += client_nr_ended(&stats);
}

static void ask_totals(struct client *c)
{
	struct profile profile = { 0 };

	client_totals(c, 1, true, add_row, forget_rows, &profile);
	profile_free(&profile);
}

static void ask_stacks(struct client *c)
{
	struct symbols *symbols = symbols_new();
	struct stacks *stacks = stacks_new(symbols);

	if (!symbols || !stacks)
		abort();
	client_stacks(c, 1, 1, add_stack, stacks);
	sum += stacks_next(stacks);
	stacks_free(stacks);
	symbols_free(symbols);
}

static void ask_records(struct client *c)
{
	client_records(c, 1, add_record, NULL);
}

static void ask_open(struct client *c)
{
	struct waitprof_open *waits;
	size_t nr;

	if (client_open_waits(c, 1, true, &waits, &nr))
		return;
	for (size_t i = 0; i < nr; i++)
		sum += strlen(waits[i].comm) + strlen(waits[i].owner_comm);
	free(waits);
}

static void ask_tasks(struct client *c)
{
	struct waitprof_task *tasks;
	size_t nr;

	if (client_tasks(c, 1, &tasks, &nr))
		return;
	sum += nr ? tasks[nr - 1].tid : 0;
	free(tasks);
}

static void ask_unknown(struct client *c)
{
	struct waitprof_unknown *rows;
	size_t nr;

	if (client_unknown(c, 1, &rows, &nr))
		return;
	sum += nr ? rows[nr - 1].ip : 0;
	free(rows);
}

static void ask_rules(struct client *c)
{
	const struct waitprof_step step = { .kind = WAITPROF_STEP_END };
	const struct waitprof_rule rule = { 0 };
	const struct waitprof_mapping mapping = { 0, 4096, 0, 1, 0 };
	struct client_space space;

	if (client_space(c, 1, 1, &space) || client_table(c, 1, 1, &step, 1, &rule, 1))
		return;
	client_mappings(c, 1, &space, &mapping, 1);
}

typedef void (*ask_fn)(struct client *c);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ask_fn asks[] = {
		ask_info,   ask_points,	 ask_sessions, ask_session, ask_stats,	 ask_totals,
		ask_stacks, ask_records, ask_open,     ask_tasks,   ask_unknown, ask_rules,
	};
	struct client *client;

	if (!size)
		return 0;
	fuzz_feed(data, size);
	if (client_connect(&client))
		abort();
	asks[(data[0] & 0x7f) % (sizeof(asks) / sizeof(asks[0]))](client);
	sum += strlen(client_message(client));
	client_free(client);
	return 0;
}
