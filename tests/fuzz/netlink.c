// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends orderly, malformed and hostile messages to a loaded module, from several sockets
 * at once, while programs wait and one orderly session looks on.
 * usage: netlink -r FOLDER... [-m MESSAGES] [-k KILLS] [-a ALLOCATIONS] [-s SEED]
 *
 * First the requests of each FOLDER, as they stand. Then at once: workers that send
 * MESSAGES made up ones, threads that race each other (race.c), readers of which KILLS
 * are killed in the middle of a dump (kill.c). Last the requests of FOLDER while memory
 * is short: at least ALLOCATIONS of them, "all" = each with each of its allocations
 * failing.
 *
 * What must hold: requests that FOLDER has are answered as it says, messages that are
 * wrong beyond doubt are refused, the orderly session is undisturbed and its counters
 * agree, and when all sockets are closed the module answers and has no session. That
 * the kernel does not complain is for the caller to see. Workers repeat with the seed;
 * how they interleave, and so what they meet, does not.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/waitprof.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"
#include "load.h"
#include "message.h"
#include "orderly.h"
#include "race.h"
#include "request.h"
#include "wire.h"
#include "witness.h"
#include "worker.h"

#define NR_WORKERS  8
#define NR_KILLERS  2
#define PATIENCE_S  60
#define PROGRESS_S  60
#define FOLDERS_MAX 4

struct killer {
	pthread_t thread;
	uint32_t stream;
	uint64_t nr;
	struct kills kills;
};

static struct worker workers[NR_WORKERS];
static struct killer killers[NR_KILLERS];
static struct target aim;
static time_t start;

static struct {
	uint64_t messages;
	uint64_t kills;
	uint64_t allocations;
	bool all_allocations;
	uint64_t seed;
	const char *folders[FOLDERS_MAX];
	uint32_t nr_folders;
} options = { .messages = 100000, .seed = 1 };

/* --- the verdict --- */

static void verdict(const char *name, uint32_t failed_before)
{
	printf("# %lld s\n", (long long)(time(NULL) - start));
	printf("%s - fuzz: %s\n", fail_count() == failed_before ? "ok" : "not ok", name);
	fflush(stdout);
}

static void print_kinds(void)
{
	for (uint32_t i = 0; i < MESSAGE_NR_KINDS; i++) {
		uint64_t nr = 0;

		for (uint32_t j = 0; j < NR_WORKERS; j++)
			nr += workers[j].kinds[i];
		printf("#   %7llu %s\n", (unsigned long long)nr, message_kinds[i]);
	}
}

static void print_outcome(const char *name, const struct outcome *sum)
{
	printf("# %s: %llu messages: %llu answers, %llu whole dumps, %llu overruns\n", name,
	       (unsigned long long)sum->sent, (unsigned long long)sum->answers,
	       (unsigned long long)sum->dumps, (unsigned long long)sum->overruns);
	for (uint32_t i = 0; i < 600; i++)
		if (sum->errors[i])
			printf("#   %7llu %s\n", (unsigned long long)sum->errors[i],
			       i ? strerrorname_np(i) : "acknowledged");
}

/* --- everything at once --- */

static void *kill_some(void *arg)
{
	struct killer *killer = arg;

	kill_readers(&killer->kills, killer->nr, &aim, options.seed, killer->stream);
	return NULL;
}

static void start_killers(uint64_t nr)
{
	for (uint32_t i = 0; i < NR_KILLERS; i++) {
		killers[i].stream += 100 + i;
		killers[i].nr = (nr + i) / NR_KILLERS;
		pthread_create(&killers[i].thread, NULL, kill_some, &killers[i]);
	}
}

static void join_killers(void)
{
	for (uint32_t i = 0; i < NR_KILLERS; i++)
		pthread_join(killers[i].thread, NULL);
}

static void judge_killers(void)
{
	struct kills sum = {};

	for (uint32_t i = 0; i < NR_KILLERS; i++) {
		sum.in_dump += killers[i].kills.in_dump;
		sum.elsewhere += killers[i].kills.elsewhere;
		sum.with_session += killers[i].kills.with_session;
		sum.taken_over += killers[i].kills.taken_over;
	}
	printf("# %llu readers killed in a dump, %llu of them with their session; %llu elsewhere; "
	       "%llu dumps taken over\n",
	       (unsigned long long)sum.in_dump, (unsigned long long)sum.with_session,
	       (unsigned long long)sum.elsewhere, (unsigned long long)sum.taken_over);
	if (sum.in_dump < options.kills)
		fail("too few readers were killed in a dump", sum.in_dump);
}

static void start_workers(void)
{
	for (uint32_t i = 0; i < NR_WORKERS; i++) {
		workers[i].quota = options.messages / NR_WORKERS + 1;
		workers[i].target = aim;
		random_seed(&workers[i].random, options.seed, i);
		worker_start(&workers[i]);
	}
}

static void join_workers(struct outcome *sum)
{
	uint64_t sockets = 0, cut_dumps = 0;

	for (uint32_t i = 0; i < NR_WORKERS; i++) {
		worker_join(&workers[i]);
		outcome_add(sum, &workers[i].outcome);
		sockets += workers[i].sockets;
		cut_dumps += workers[i].cut_dumps;
	}
	printf("# %llu sockets, %llu dumps cut short\n", (unsigned long long)sockets,
	       (unsigned long long)cut_dumps);
}

/* A line now and then, for this takes hours where there is much to send. */
static void *tell_progress(void *unused)
{
	for (;;) {
		uint64_t sent = 0, killed = 0;

		sleep(PROGRESS_S);
		for (uint32_t i = 0; i < NR_WORKERS; i++)
			sent += __atomic_load_n(&workers[i].outcome.sent, __ATOMIC_RELAXED);
		for (uint32_t i = 0; i < NR_KILLERS; i++)
			killed += __atomic_load_n(&killers[i].kills.in_dump, __ATOMIC_RELAXED);
		printf("# %lld s: %llu messages, %llu kills\n", (long long)(time(NULL) - start),
		       (unsigned long long)sent, (unsigned long long)killed);
		fflush(stdout);
	}
	return unused;
}

static void run_all(void)
{
	struct outcome sum = {}, race = {};
	pthread_t progress;

	pthread_create(&progress, NULL, tell_progress, NULL);
	race_start(&aim, options.seed);
	/* While workers have all the sessions, readers rarely get one. */
	start_killers(options.kills / 4);
	start_workers();
	join_workers(&sum);
	join_killers();
	start_killers(options.kills - options.kills / 4);
	join_killers();
	pthread_cancel(progress);
	pthread_join(progress, NULL);
	judge_killers();
	race_stop(&race);
	print_kinds();
	print_outcome("made up", &sum);
	print_outcome("racing", &race);
	if (sum.sent < options.messages)
		fail("too few messages", sum.sent);
}

/* --- the orderly ones --- */

static void check_requests(void)
{
	struct orderly orderly = {};
	uint32_t before = fail_count();

	for (uint32_t i = 0; i < options.nr_folders; i++)
		orderly_run(&orderly, options.folders[i], &aim);
	printf("# %llu files of requests\n", (unsigned long long)orderly.files);
	print_outcome("orderly", &orderly.outcome);
	if (orderly.wrong || !orderly.requests)
		fail("requests answered otherwise than written down", orderly.wrong);
	verdict("requests are answered as it is written down", before);
}

static void check_starved(void)
{
	struct orderly orderly = {};
	uint32_t before = fail_count();

	if (!options.allocations && !options.all_allocations)
		return;
	for (uint32_t i = 0; i < options.nr_folders; i++)
		if (!orderly_starve(&orderly, options.folders[i], &aim, options.seed,
				    options.all_allocations ? 0 : options.allocations))
			fail("this kernel does not let allocations fail", i);
	printf("# %llu requests with an allocation that failed, %llu of them refused\n",
	       (unsigned long long)orderly.starved, (unsigned long long)orderly.refused);
	if (!orderly.refused)
		fail("no request was refused", orderly.starved);
	verdict("requests are made or refused while memory is short", before);
}

static void check_witness(struct witness *witness)
{
	const struct waitprof_counters *c = &witness->counters;
	uint32_t before = fail_count();
	uint8_t paused = 1;

	if (!witness_ask(witness, WAITPROF_CMD_SESSION_PAUSE, WAITPROF_A_SESSION_PAUSED, &paused,
			 1) ||
	    !witness_ask(witness, WAITPROF_CMD_GET_STATS, 0, NULL, 0))
		fail("the orderly session is gone", witness->session);
	if (!c->ended)
		fail("the orderly session saw no wait", c->begun);
	if (c->begun != c->ended + c->open)
		fail("begun is not ended + open", c->begun);
	if (c->ended != c->reported + c->filtered + c->lost)
		fail("ended is not reported + filtered + lost", c->ended);
	verdict("an orderly session is undisturbed", before);
}

static void check_alone(struct witness *witness)
{
	uint32_t before = fail_count();
	bool answered = true;

	/* Sessions of closed sockets are ended a little later. */
	for (int i = 0; i < PATIENCE_S * 10; i++) {
		answered = witness_ask(witness, WAITPROF_CMD_GET_INFO, 0, NULL, 0);
		if (!answered || !witness->sessions)
			break;
		usleep(100000);
	}
	if (!answered)
		fail("the module does not answer", 0);
	else if (witness->sessions)
		fail("sessions are left", witness->sessions);
	verdict("the module answers and has no session", before);
}

static void parse_allocations(const char *text)
{
	options.all_allocations = !strcmp(text, "all");
	options.allocations = strtoull(text, NULL, 0);
}

static bool parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "m:k:a:s:r:")) != -1) {
		if (option == 'm')
			options.messages = strtoull(optarg, NULL, 0);
		else if (option == 'k')
			options.kills = strtoull(optarg, NULL, 0);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (option == 'r' && options.nr_folders < FOLDERS_MAX)
			options.folders[options.nr_folders++] = optarg;
		else if (option == 'a')
			parse_allocations(optarg);
		else
			return false;
	}
	return optind == argc && options.nr_folders;
}

int main(int argc, char **argv)
{
	uint32_t classes = 1 << WAITPROF_CLASS_FUTEX, before;
	struct witness witness = { .fd = wire_open() };
	struct load load;

	start = time(NULL);
	if (!parse(argc, argv))
		return 2;
	aim.family = wire_family(witness.fd, WAITPROF_GENL_NAME);
	witness.family = aim.family;
	if (!aim.family) {
		fprintf(stderr, "netlink: the module is not loaded\n");
		return 2;
	}
	load_start(&load);
	aim.pid = load.steady;
	aim.forker = load.forker;
	if (!witness_ask(&witness, WAITPROF_CMD_SESSION_NEW, WAITPROF_A_SESSION_CLASSES, &classes,
			 4))
		fail("no orderly session", 0);
	aim.other = witness.session;
	aim.nr_mappings = request_mappings(aim.pid, aim.mappings, TARGET_MAPPINGS);
	check_requests();
	before = fail_count();
	run_all();
	verdict("what is wrong beyond doubt is refused", before);
	check_starved();
	check_witness(&witness);
	load_stop(&load);
	close(witness.fd);
	witness.fd = wire_open();
	check_alone(&witness);
	close(witness.fd);
	return fail_count() != 0;
}
