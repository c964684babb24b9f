// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends malformed and hostile messages to a loaded module, from several sockets
 * at once, while a program waits and one orderly session looks on.
 * usage: netlink [MESSAGES [SEED]]
 *
 * What must hold: messages that are wrong beyond doubt are refused, the orderly
 * session is undisturbed and its counters agree, and when all sockets are closed
 * the module answers and has no session. That the kernel does not complain is
 * for the caller to see. Workers repeat with the seed; how they interleave, and
 * so what they meet, does not.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/genetlink.h>
#include <linux/waitprof.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "wire.h"

#define NR_WORKERS     8
#define NR_CHURNERS    2
#define BATCH_MAX      6
#define BATCHES_A_LIFE 150 /* of a socket, on average */
#define PATIENCE_S     60
#define CHURN_US       200000 /* a new session costs the debug kernel 50 ms */

struct worker {
	pthread_t thread;
	struct random random;
	struct target target;
	struct outcome outcome;
	uint64_t quota;
	uint64_t kinds[MESSAGE_NR_KINDS];
	uint64_t sockets, cut_dumps;
	uint32_t seq;
	int fd;
	/* The batch on its way: what must be refused, by sequence number. */
	uint32_t first_seq, nr_batch;
	bool must_fail[BATCH_MAX];
	enum message_kind batch_kinds[BATCH_MAX];
};

static struct worker workers[NR_WORKERS];
static struct target aim;
static uint32_t failures;
static bool stop;

static void fail(const char *what, uint64_t value)
{
	if (__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < 20)
		printf("    %s (%llu)\n", what, (unsigned long long)value);
}

/* --- a program that waits --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_often(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		usleep(500);
		pthread_mutex_unlock(&lock);
		usleep(200);
	}
	return unused;
}

static pid_t start_waiting(void)
{
	pid_t pid = fork();
	pthread_t thread;
	int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < 3; i++)
		pthread_create(&thread, NULL, wait_often, NULL);
	wait_often(NULL);
	exit(0);
}

/* --- workers --- */

static void judge(const struct nlmsghdr *answer, int error, void *arg)
{
	struct worker *worker = arg;
	const struct genlmsghdr *genl = (const void *)((const char *)answer + NLMSG_HDRLEN);
	uint32_t at = answer->nlmsg_seq - worker->first_seq;
	const uint32_t *id;

	if (at < worker->nr_batch && worker->must_fail[at] && error >= 0)
		fail(message_kinds[worker->batch_kinds[at]], answer->nlmsg_seq);
	if (answer->nlmsg_type != worker->target.family)
		return;
	id = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(*id));
	if (id && genl->cmd == WAITPROF_CMD_SESSION_NEW)
		worker->target.session = *id;
}

static void send_batch(struct worker *worker)
{
	static __thread struct message message;
	static __thread char batch[BATCH_MAX * MESSAGE_MAX];
	size_t len = 0;
	uint32_t i;

	worker->first_seq = worker->seq;
	worker->nr_batch = 1 + random_below(&worker->random, BATCH_MAX);
	for (i = 0; i < worker->nr_batch; i++) {
		message_make(&message, &worker->random, &worker->target, worker->seq++);
		worker->must_fail[i] = message.must_fail;
		worker->batch_kinds[i] = message.kind;
		worker->kinds[message.kind]++;
		memcpy(batch + len, message.bytes, message.len);
		len += message.len;
		/* Not always where the next header is looked for. */
		if (!one_in(&worker->random, 20))
			len = NLMSG_ALIGN(len);
	}
	wire_send(worker->fd, batch, len);
	worker->outcome.sent += worker->nr_batch;
}

/* Begins a long dump and goes away in the middle of it. */
static void cut_dump(struct worker *worker)
{
	static const uint8_t dumps[] = { WAITPROF_CMD_GET_TOTALS, WAITPROF_CMD_GET_STACKS,
					 WAITPROF_CMD_GET_OPEN, WAITPROF_CMD_GET_TASKS };
	static __thread struct message message;
	uint32_t which = random_below(&worker->random, 4), flags = 1;

	message_start(&message, worker->target.family, dumps[which], NLM_F_DUMP, worker->seq++);
	message_add(&message, WAITPROF_A_SESSION_ID, &worker->target.session, 4);
	if (which == 0)
		message_add(&message, WAITPROF_A_TOTALS_FLAGS, &flags, sizeof(flags));
	if (which == 2)
		message_add(&message, WAITPROF_A_OPEN_FLAGS, &flags, sizeof(flags));
	wire_send(worker->fd, message.bytes, message.len);
	worker->outcome.sent++;
	if (!wire_drain(worker->fd, &worker->outcome, 1 + random_below(&worker->random, 2), judge,
			worker))
		worker->cut_dumps++;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	while (worker->outcome.sent < worker->quota) {
		if (worker->fd < 0) {
			worker->fd = wire_open();
			worker->sockets++;
			worker->target.session = 0;
		}
		send_batch(worker);
		wire_drain(worker->fd, &worker->outcome, 0, judge, worker);
		if (!one_in(&worker->random, BATCHES_A_LIFE))
			continue;
		if (worker->target.session)
			cut_dump(worker);
		close(worker->fd);
		worker->fd = -1;
	}
	if (worker->fd >= 0)
		close(worker->fd);
	return NULL;
}

/* --- sessions made and ended by two threads on one socket --- */

static struct {
	int fd;
	uint32_t last_session;
	struct outcome outcomes[NR_CHURNERS];
} churn;

static void take_session(const struct nlmsghdr *answer, int error, void *arg)
{
	const uint32_t *id = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(*id));

	if (answer->nlmsg_type == aim.family && id && !error)
		__atomic_store_n((uint32_t *)arg, *id, __ATOMIC_RELAXED);
}

static void *churner(void *arg)
{
	static const uint8_t commands[] = {
		WAITPROF_CMD_SESSION_NEW, WAITPROF_CMD_SESSION_PAUSE, WAITPROF_CMD_GET_STATS,
		WAITPROF_CMD_SESSION_DEL, WAITPROF_CMD_SESSION_PAUSE,
	};
	static __thread struct message message;
	struct outcome *outcome = arg;
	uint32_t turn = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint32_t id = __atomic_load_n(&churn.last_session, __ATOMIC_RELAXED);
		uint8_t command = commands[turn % sizeof(commands)], paused = turn & 1;

		message_start(&message, aim.family, command, 0, ++turn);
		if (command != WAITPROF_CMD_SESSION_NEW)
			message_add(&message, WAITPROF_A_SESSION_ID, &id, sizeof(id));
		if (command == WAITPROF_CMD_SESSION_PAUSE)
			message_add(&message, WAITPROF_A_SESSION_PAUSED, &paused, sizeof(paused));
		wire_send(churn.fd, message.bytes, message.len);
		outcome->sent++;
		usleep(CHURN_US);
		wire_drain(churn.fd, outcome, 0, take_session, &churn.last_session);
	}
	return NULL;
}

/* --- the orderly session --- */

struct witness {
	uint32_t session, sessions;
	bool answered;
	struct waitprof_counters counters;
};

static void take_witness(const struct nlmsghdr *answer, int error, void *arg)
{
	struct witness *witness = arg;
	const void *value;

	if (answer->nlmsg_type != aim.family || error)
		return;
	witness->answered = true;
	value = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(witness->session));
	if (value)
		memcpy(&witness->session, value, sizeof(witness->session));
	value = wire_attribute(answer, WAITPROF_A_INFO_SESSIONS, sizeof(witness->sessions));
	if (value)
		memcpy(&witness->sessions, value, sizeof(witness->sessions));
	value = wire_attribute(answer, WAITPROF_A_STATS_COUNTERS, sizeof(witness->counters));
	if (value)
		memcpy(&witness->counters, value, sizeof(witness->counters));
}

/* One orderly request with at most one attribute of its own. */
static bool ask(int fd, struct witness *witness, uint8_t command, uint16_t type, const void *value,
		size_t len)
{
	static struct message message;
	struct outcome ignored = {};
	static uint32_t seq;

	witness->answered = false;
	message_start(&message, aim.family, command, 0, ++seq);
	if (command != WAITPROF_CMD_SESSION_NEW && command != WAITPROF_CMD_GET_INFO)
		message_add(&message, WAITPROF_A_SESSION_ID, &witness->session, 4);
	if (type)
		message_add(&message, type, value, len);
	wire_send(fd, message.bytes, message.len);
	wire_drain(fd, &ignored, 0, take_witness, witness);
	return witness->answered;
}

static void check_witness(int fd, struct witness *witness)
{
	const struct waitprof_counters *c = &witness->counters;
	uint8_t paused = 1;

	if (!ask(fd, witness, WAITPROF_CMD_SESSION_PAUSE, WAITPROF_A_SESSION_PAUSED, &paused, 1) ||
	    !ask(fd, witness, WAITPROF_CMD_GET_STATS, 0, NULL, 0)) {
		fail("the orderly session is gone", witness->session);
		return;
	}
	if (!c->ended)
		fail("the orderly session saw no wait", c->begun);
	if (c->begun != c->ended + c->open)
		fail("begun is not ended + open", c->begun);
	if (c->ended != c->reported + c->filtered + c->lost)
		fail("ended is not reported + filtered + lost", c->ended);
}

/* --- the verdict --- */

static void add_outcome(struct outcome *sum, const struct outcome *one)
{
	uint32_t i;

	sum->sent += one->sent;
	sum->answers += one->answers;
	sum->dumps += one->dumps;
	sum->overruns += one->overruns;
	for (i = 0; i < 600; i++)
		sum->errors[i] += one->errors[i];
}

static void verdict(const char *name, uint32_t failed_before)
{
	printf("%s - fuzz: %s\n", failures == failed_before ? "ok" : "not ok", name);
	fflush(stdout);
}

static void print_outcome(const struct outcome *sum)
{
	uint32_t i, j;
	uint64_t nr;

	printf("# %llu messages: %llu answers, %llu whole dumps, %llu overruns\n",
	       (unsigned long long)sum->sent, (unsigned long long)sum->answers,
	       (unsigned long long)sum->dumps, (unsigned long long)sum->overruns);
	for (i = 0; i < MESSAGE_NR_KINDS; i++) {
		for (j = 0, nr = 0; j < NR_WORKERS; j++)
			nr += workers[j].kinds[i];
		printf("#   %7llu %s\n", (unsigned long long)nr, message_kinds[i]);
	}
	for (i = 0; i < 600; i++)
		if (sum->errors[i])
			printf("#   %7llu %s\n", (unsigned long long)sum->errors[i],
			       i ? strerrorname_np(i) : "acknowledged");
}

static void run_all(uint64_t nr_messages, uint64_t seed, struct outcome *sum)
{
	uint64_t sockets = 0, cut_dumps = 0;
	pthread_t churners[NR_CHURNERS];
	uint32_t i;

	churn.fd = wire_open();
	for (i = 0; i < NR_CHURNERS; i++)
		pthread_create(&churners[i], NULL, churner, &churn.outcomes[i]);
	for (i = 0; i < NR_WORKERS; i++) {
		workers[i].quota = nr_messages / NR_WORKERS + 1;
		workers[i].target = aim;
		workers[i].fd = -1;
		workers[i].seq = 1;
		random_seed(&workers[i].random, seed, i);
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (i = 0; i < NR_WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		add_outcome(sum, &workers[i].outcome);
		sockets += workers[i].sockets;
		cut_dumps += workers[i].cut_dumps;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < NR_CHURNERS; i++) {
		pthread_join(churners[i], NULL);
		add_outcome(sum, &churn.outcomes[i]);
	}
	close(churn.fd);
	print_outcome(sum);
	printf("# %llu sockets, %llu dumps cut short\n", (unsigned long long)sockets,
	       (unsigned long long)cut_dumps);
}

static void check_alone(int fd, struct witness *witness)
{
	int i;

	/* Sessions of closed sockets are ended a little later. */
	for (i = 0; i < PATIENCE_S * 10; i++) {
		if (!ask(fd, witness, WAITPROF_CMD_GET_INFO, 0, NULL, 0)) {
			fail("the module does not answer", 0);
			return;
		}
		if (!witness->sessions)
			return;
		usleep(100000);
	}
	fail("sessions are left", witness->sessions);
}

int main(int argc, char **argv)
{
	uint64_t nr_messages = argc > 1 ? strtoull(argv[1], NULL, 0) : 100000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	uint32_t classes = 1 << WAITPROF_CLASS_FUTEX, before;
	struct outcome sum = {};
	struct witness witness = {};
	int fd = wire_open();

	aim.family = wire_family(fd, WAITPROF_GENL_NAME);
	if (!aim.family) {
		fprintf(stderr, "netlink: the module is not loaded\n");
		return 2;
	}
	aim.pid = start_waiting();
	if (!ask(fd, &witness, WAITPROF_CMD_SESSION_NEW, WAITPROF_A_SESSION_CLASSES, &classes, 4))
		fail("no orderly session", 0);
	run_all(nr_messages, seed, &sum);
	if (sum.sent < nr_messages)
		fail("too few messages", sum.sent);
	verdict("what is wrong beyond doubt is refused", 0);
	before = failures;
	check_witness(fd, &witness);
	verdict("an orderly session is undisturbed", before);
	kill(aim.pid, SIGKILL);
	waitpid(aim.pid, NULL, 0);
	close(fd);
	before = failures;
	fd = wire_open();
	check_alone(fd, &witness);
	verdict("the module answers and has no session", before);
	close(fd);
	return failures != 0;
}
