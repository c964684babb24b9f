// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers are processes that begin one dump after the other and are ended by SIGKILL
 * in the middle of one: while it waits to be read on, or while the kernel fills its
 * next buffer. In memory that they share with their parent they say whether they are
 * in one, so what counts is known and not guessed.
 *
 * One in OWN has a socket and a session of its own, which end with it. The others read
 * from their parent's socket: there the dump outlives its reader, and the next one
 * goes on with it as another process.
 */
#include <linux/netlink.h>
#include <linux/waitprof.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"
#include "wire.h"

#define OWN	   4
#define PATIENCE_S 60

/* What a reader tells; written by it only. */
struct told {
	uint32_t in_dump; /* begun, and its end not read */
	uint32_t has_session;
	uint32_t taken_over;
};

struct reader {
	struct told *told;
	struct target target;
	struct random random;
	uint32_t seq;
	int fd;
};

static void on_answer(const struct nlmsghdr *answer, int error, void *arg)
{
	struct reader *reader = arg;
	const uint32_t *id = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(*id));

	(void)error;
	if (answer->nlmsg_type == NLMSG_DONE)
		__atomic_store_n(&reader->told->in_dump, 0, __ATOMIC_RELAXED);
	if (answer->nlmsg_type == reader->target.family && id && !reader->target.session)
		reader->target.session = *id;
}

static void open_session(struct reader *reader)
{
	static struct message message;
	uint32_t flags = WAITPROF_SESSION_F_ALL & ~WAITPROF_SESSION_F_FOLLOW, records = 64;
	uint32_t classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_BLOCK;
	struct outcome ignored = {};

	message_start(&message, reader->target.family, WAITPROF_CMD_SESSION_NEW, 0, ++reader->seq);
	message_add(&message, WAITPROF_A_SESSION_CLASSES, &classes, sizeof(classes));
	message_add(&message, WAITPROF_A_SESSION_FLAGS, &flags, sizeof(flags));
	message_add(&message, WAITPROF_A_SESSION_RECORDS, &records, sizeof(records));
	reader->target.session = 0;
	wire_send(reader->fd, message.bytes, message.len);
	wire_drain(reader->fd, &ignored, 0, on_answer, reader);
}

static void begin_dump(struct reader *reader)
{
	static const struct {
		uint8_t command;
		uint16_t flags;
	} dumps[] = {
		{ WAITPROF_CMD_GET_POINTS, 0 },
		{ WAITPROF_CMD_SESSION_GET, 0 },
		{ WAITPROF_CMD_GET_TOTALS, WAITPROF_A_TOTALS_FLAGS },
		{ WAITPROF_CMD_GET_STACKS, 0 },
		{ WAITPROF_CMD_GET_OPEN, WAITPROF_A_OPEN_FLAGS },
		{ WAITPROF_CMD_GET_TASKS, 0 },
		{ WAITPROF_CMD_GET_UNKNOWN, 0 },
		{ WAITPROF_CMD_GET_RECORDS, 0 },
	};
	static struct message message;
	uint32_t i = random_below(&reader->random, reader->target.session ? 8 : 2), flags = 1;

	message_start(&message, reader->target.family, dumps[i].command, NLM_F_DUMP, ++reader->seq);
	if (i > 1)
		message_add(&message, WAITPROF_A_SESSION_ID, &reader->target.session, 4);
	if (dumps[i].flags)
		message_add(&message, dumps[i].flags, &flags, sizeof(flags));
	/* Its first buffer is filled while it is sent. */
	__atomic_store_n(&reader->told->in_dump, 1, __ATOMIC_RELAXED);
	wire_send(reader->fd, message.bytes, message.len);
}

/* Until it is killed. */
static void read_on(struct reader *reader)
{
	bool slow = one_in(&reader->random, 2);
	struct outcome ignored = {};

	if (reader->fd < 0) {
		reader->fd = wire_open();
		open_session(reader);
		reader->told->has_session = reader->target.session != 0;
	} else {
		/* Which the one before has left in the middle. */
		wire_drain(reader->fd, &ignored, 0, NULL, NULL);
		reader->told->taken_over = ignored.dumps > 0;
	}
	for (;;) {
		begin_dump(reader);
		while (!wire_drain(reader->fd, &ignored, 1, on_answer, reader) &&
		       __atomic_load_n(&reader->told->in_dump, __ATOMIC_RELAXED))
			if (slow)
				usleep(random_below(&reader->random, 3000));
		/* A refusal has no end. */
		__atomic_store_n(&reader->told->in_dump, 0, __ATOMIC_RELAXED);
	}
}

static void wait_for_dump(const struct told *told)
{
	for (int i = 0; i < PATIENCE_S * 2000; i++) {
		if (__atomic_load_n(&told->in_dump, __ATOMIC_RELAXED))
			return;
		usleep(500);
	}
}

static void kill_one(struct kills *kills, struct reader *reader)
{
	struct told *told = reader->told;
	pid_t pid;

	memset(told, 0, sizeof(*told));
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_on(reader);
	}
	wait_for_dump(told);
	usleep(random_below(&reader->random, 2000));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	kills->taken_over += told->taken_over;
	if (!told->in_dump) {
		kills->elsewhere++;
		return;
	}
	kills->in_dump++;
	kills->with_session += told->has_session;
}

/**
 * kill_readers() - start readers and kill them in the middle of a dump
 * @kills: what came of it
 * @nr: so many
 * @target: what they read from
 * @seed: of what is random
 * @stream: likewise
 */
void kill_readers(struct kills *kills, uint64_t nr, const struct target *target, uint64_t seed,
		  uint32_t stream)
{
	struct reader parent = { .target = *target, .fd = wire_open() };
	uint64_t until = kills->in_dump + nr, most = kills->elsewhere + nr + 1000;

	parent.told = mmap(NULL, sizeof(*parent.told), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (parent.told == MAP_FAILED)
		return;
	random_seed(&parent.random, seed, stream);
	parent.target.session = 0;
	while (kills->in_dump < until && kills->elsewhere < most) {
		struct reader reader;

		if (!parent.target.session)
			open_session(&parent);
		random_next(&parent.random);
		reader = parent;
		if (one_in(&reader.random, OWN))
			reader.fd = -1;
		/* Sequence numbers go on, so that an old dump is not taken for a new one. */
		parent.seq += 1000000;
		kill_one(kills, &reader);
	}
	munmap(parent.told, sizeof(*parent.told));
	close(parent.fd);
}
