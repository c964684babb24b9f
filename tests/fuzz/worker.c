// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker sends made up messages, some at once, and reads all answers; after a while it
 * closes its socket, perhaps in the middle of a dump, and begins anew with another.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/waitprof.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker.h"

#define BATCHES_A_LIFE 150 /* of a socket, on average */

static uint32_t failures;

/**
 * fail() - something is not as it has to be
 * @what: in words
 * @value: that tells more
 */
void fail(const char *what, uint64_t value)
{
	if (__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < 20)
		printf("    %s (%llu)\n", what, (unsigned long long)value);
}

/**
 * fail_count() - how often fail() was called
 */
uint32_t fail_count(void)
{
	return __atomic_load_n(&failures, __ATOMIC_RELAXED);
}

static void take_space(struct target *target, const struct nlmsghdr *answer)
{
	const void *space = wire_attribute(answer, WAITPROF_A_SPACE_ID, sizeof(target->space));
	const void *epoch = wire_attribute(answer, WAITPROF_A_SPACE_EPOCH, sizeof(target->epoch));

	if (!space || !epoch)
		return;
	memcpy(&target->space, space, sizeof(target->space));
	memcpy(&target->epoch, epoch, sizeof(target->epoch));
}

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
	take_space(&worker->target, answer);
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

/* Else few would have a session that has something to be disturbed. */
static void begin_well(struct worker *worker)
{
	static __thread struct message message;
	uint32_t flags = WAITPROF_SESSION_F_ALL & ~WAITPROF_SESSION_F_FOLLOW;
	uint32_t classes = 1U << WAITPROF_CLASS_FUTEX |
			   1U << (1 + random_below(&worker->random, WAITPROF_CLASS_MAX));

	message_start(&message, worker->target.family, WAITPROF_CMD_SESSION_NEW, 0, worker->seq++);
	message_add(&message, WAITPROF_A_SESSION_FLAGS, &flags, sizeof(flags));
	message_add(&message, WAITPROF_A_SESSION_CLASSES, &classes, sizeof(classes));
	wire_send(worker->fd, message.bytes, message.len);
	worker->outcome.sent++;
	worker->nr_batch = 0;
	wire_drain(worker->fd, &worker->outcome, 0, judge, worker);
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
			if (one_in(&worker->random, 2))
				begin_well(worker);
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

/**
 * worker_start() - begin to send
 * @worker: @random, @target and @quota are set, the rest is 0
 */
void worker_start(struct worker *worker)
{
	worker->fd = -1;
	worker->seq = 1;
	pthread_create(&worker->thread, NULL, work, worker);
}

/**
 * worker_join() - wait until all is sent
 * @worker: started
 */
void worker_join(struct worker *worker)
{
	pthread_join(worker->thread, NULL);
}
