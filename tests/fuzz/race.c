// SPDX-License-Identifier: GPL-2.0-only
/*
 * RACE_SOCKETS sockets, each used by RACE_THREADS threads: what one creates, another
 * pauses, reads, teaches rules and deletes, and whoever reads from the socket goes on
 * with a dump that another has begun. All of it is well-formed and about the latest
 * session of the socket, or the one before.
 */
#include <linux/netlink.h>
#include <linux/waitprof.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "race.h"

#define RACE_SOCKETS 2
#define RACE_THREADS 2
#define TURN_US	     100000

struct race {
	int fd;
	uint32_t session;
	uint32_t before;
	uint64_t space;
	uint32_t epoch;
};

struct racer {
	pthread_t thread;
	struct race *race;
	struct random random;
	struct outcome outcome;
	uint32_t seq;
};

static struct race races[RACE_SOCKETS];
static struct racer racers[RACE_SOCKETS * RACE_THREADS];
static struct target aim;
static bool stop;

/* In proportion to how often: a new session costs the debug kernel 50 ms. */
static const uint8_t commands[] = {
	WAITPROF_CMD_SESSION_NEW,   WAITPROF_CMD_SESSION_DEL, WAITPROF_CMD_SESSION_PAUSE,
	WAITPROF_CMD_SESSION_PAUSE, WAITPROF_CMD_GET_STATS,   WAITPROF_CMD_GET_TOTALS,
	WAITPROF_CMD_GET_STACKS,    WAITPROF_CMD_GET_OPEN,    WAITPROF_CMD_GET_RECORDS,
	WAITPROF_CMD_GET_UNKNOWN,   WAITPROF_CMD_GET_TASKS,   WAITPROF_CMD_SESSION_GET,
	WAITPROF_CMD_ADD_RULES,	    WAITPROF_CMD_ADD_RULES,   WAITPROF_CMD_ADD_RULES,
	WAITPROF_CMD_ADD_RULES,	    WAITPROF_CMD_ADD_RULES,   WAITPROF_CMD_ADD_RULES,
};

static bool is_dump(uint8_t command)
{
	switch (command) {
	case WAITPROF_CMD_SESSION_GET:
	case WAITPROF_CMD_GET_TOTALS:
	case WAITPROF_CMD_GET_STACKS:
	case WAITPROF_CMD_GET_OPEN:
	case WAITPROF_CMD_GET_RECORDS:
	case WAITPROF_CMD_GET_UNKNOWN:
	case WAITPROF_CMD_GET_TASKS:
		return true;
	}
	return false;
}

static void put_session(struct message *message, struct random *random)
{
	uint32_t flags = WAITPROF_SESSION_F_ALL & ~WAITPROF_SESSION_F_FOLLOW;
	uint32_t records = 1 + random_below(random, 100);
	uint32_t classes = 1U << WAITPROF_CLASS_FUTEX |
			   1U << (1 + random_below(random, WAITPROF_CLASS_MAX));
	uint8_t held = one_in(random, 4);

	message_add(message, WAITPROF_A_SESSION_FLAGS, &flags, sizeof(flags));
	message_add(message, WAITPROF_A_SESSION_RECORDS, &records, sizeof(records));
	message_add(message, WAITPROF_A_SESSION_CLASSES, &classes, sizeof(classes));
	message_add(message, WAITPROF_A_SESSION_PAUSED, &held, sizeof(held));
}

static void put_table(struct message *message, struct random *random)
{
	bool drops = one_in(random, 3);
	uint32_t table = 1 + random_below(random, 3), total = drops ? 0 : 2;
	uint32_t first = drops ? 0 : random_below(random, 2);
	const struct waitprof_step step = { .kind = WAITPROF_STEP_CALL,
					    .cfa_offset = 8 + 8 * random_below(random, 4) };
	const struct waitprof_rule rule = { .offset = first * 4096 };

	message_add(message, WAITPROF_A_RULES_TABLE, &table, sizeof(table));
	message_add(message, WAITPROF_A_RULES_TOTAL, &total, sizeof(total));
	message_add(message, WAITPROF_A_RULES_FIRST, &first, sizeof(first));
	if (drops)
		return;
	message_add(message, WAITPROF_A_RULES, &rule, sizeof(rule));
	if (!first)
		message_add(message, WAITPROF_A_RULES_STEPS, &step, sizeof(step));
}

static void put_mappings(struct message *message, struct random *random, const struct race *race)
{
	struct waitprof_mapping rows[TARGET_MAPPINGS];
	uint64_t space = __atomic_load_n(&race->space, __ATOMIC_RELAXED);
	uint32_t epoch = __atomic_load_n(&race->epoch, __ATOMIC_RELAXED);
	uint32_t nr = one_in(random, 4) ? 0 : aim.nr_mappings;

	memcpy(rows, aim.mappings, sizeof(rows));
	for (uint32_t i = 0; i < nr; i++)
		rows[i].table = random_below(random, 4);
	message_add(message, WAITPROF_A_SPACE_ID, &space, sizeof(space));
	message_add(message, WAITPROF_A_SPACE_EPOCH, &epoch, sizeof(epoch));
	message_add(message, WAITPROF_A_SPACE_MAPPINGS, rows, nr * sizeof(rows[0]));
}

static void put_attributes(struct message *message, uint8_t command, struct racer *racer)
{
	const struct race *race = racer->race;
	uint32_t id = __atomic_load_n(one_in(&racer->random, 5) ? &race->before : &race->session,
				      __ATOMIC_RELAXED);
	uint8_t paused = random_below(&racer->random, 2);

	if (command == WAITPROF_CMD_SESSION_NEW)
		return put_session(message, &racer->random);
	if (command == WAITPROF_CMD_SESSION_GET)
		return;
	message_add(message, WAITPROF_A_SESSION_ID, &id, sizeof(id));
	if (command == WAITPROF_CMD_SESSION_PAUSE)
		message_add(message, WAITPROF_A_SESSION_PAUSED, &paused, sizeof(paused));
	if (command != WAITPROF_CMD_ADD_RULES)
		return;
	switch (random_below(&racer->random, 5)) {
	case 0:
		message_add(message, WAITPROF_A_SPACE_TGID, &aim.pid, sizeof(aim.pid));
		break;
	case 1:
	case 2:
		put_table(message, &racer->random);
		break;
	default:
		put_mappings(message, &racer->random, race);
		break;
	}
}

static void take_space(struct race *race, const struct nlmsghdr *answer)
{
	const uint64_t *space = wire_attribute(answer, WAITPROF_A_SPACE_ID, sizeof(*space));
	const uint32_t *epoch = wire_attribute(answer, WAITPROF_A_SPACE_EPOCH, sizeof(*epoch));
	uint64_t id;

	if (!space || !epoch)
		return;
	memcpy(&id, space, sizeof(id));
	__atomic_store_n(&race->space, id, __ATOMIC_RELAXED);
	__atomic_store_n(&race->epoch, *epoch, __ATOMIC_RELAXED);
}

static void take(const struct nlmsghdr *answer, int error, void *arg)
{
	const uint32_t *id = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(*id));
	struct race *race = arg;

	if (answer->nlmsg_type != aim.family || error)
		return;
	take_space(race, answer);
	/* Ids only grow; those of other answers are not newer. */
	if (!id || wire_attribute(answer, WAITPROF_A_SESSION_PORTID, sizeof(*id)) ||
	    *id <= __atomic_load_n(&race->session, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&race->before, race->session, __ATOMIC_RELAXED);
	__atomic_store_n(&race->session, *id, __ATOMIC_RELAXED);
}

static void end_before(struct message *message, struct racer *racer)
{
	uint32_t id = __atomic_exchange_n(&racer->race->before, 0, __ATOMIC_RELAXED);

	message_start(message, aim.family, WAITPROF_CMD_SESSION_DEL, 0, ++racer->seq);
	message_add(message, WAITPROF_A_SESSION_ID, &id, sizeof(id));
	wire_send(racer->race->fd, message->bytes, message->len);
	racer->outcome.sent++;
}

static void *run(void *arg)
{
	static __thread struct message message;
	struct racer *racer = arg;
	struct random *random = &racer->random;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		uint8_t command = commands[random_below(random, sizeof(commands))];

		/* Others want sessions, too. */
		if (command == WAITPROF_CMD_SESSION_NEW)
			end_before(&message, racer);
		message_start(&message, aim.family, command, is_dump(command) ? NLM_F_DUMP : 0,
			      ++racer->seq);
		put_attributes(&message, command, racer);
		wire_send(racer->race->fd, message.bytes, message.len);
		racer->outcome.sent++;
		if (one_in(random, 4))
			usleep(random_below(random, TURN_US));
		/* To the end, or a part: then the next one reads the rest. */
		wire_drain(racer->race->fd, &racer->outcome, random_below(random, 3), take,
			   racer->race);
		usleep(random_below(random, TURN_US));
	}
	return NULL;
}

/**
 * race_start() - begin to race
 * @target: what it is about
 * @seed: of what is random
 */
void race_start(const struct target *target, uint64_t seed)
{
	aim = *target;
	for (uint32_t i = 0; i < RACE_SOCKETS; i++)
		races[i].fd = wire_open();
	for (uint32_t i = 0; i < RACE_SOCKETS * RACE_THREADS; i++) {
		racers[i].race = &races[i % RACE_SOCKETS];
		random_seed(&racers[i].random, seed, 200 + i);
		pthread_create(&racers[i].thread, NULL, run, &racers[i]);
	}
}

/**
 * race_stop() - end it, and the sockets
 * @outcome: all answers are added
 */
void race_stop(struct outcome *outcome)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < RACE_SOCKETS * RACE_THREADS; i++) {
		pthread_join(racers[i].thread, NULL);
		outcome_add(outcome, &racers[i].outcome);
	}
	for (uint32_t i = 0; i < RACE_SOCKETS; i++)
		close(races[i].fd);
}
