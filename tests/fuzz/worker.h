/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that send made up messages; and what went wrong, counted. */
#ifndef FUZZ_WORKER_H
#define FUZZ_WORKER_H

#include <pthread.h>
#include <stdint.h>

#include "message.h"
#include "wire.h"

#define BATCH_MAX 6

/**
 * struct worker - a thread
 * @thread: the thread
 * @random: what decides
 * @target: what its messages are aimed at; takes what is answered
 * @outcome: answers
 * @quota: messages to be sent
 * @kinds: messages sent, by what is wrong with them
 * @sockets: opened one after the other
 * @cut_dumps: dumps that it went away in the middle of
 * @seq: of the next message
 * @fd: socket, or -1
 * @first_seq: of the batch that is on its way
 * @nr_batch: messages in it
 * @must_fail: by message: it has to be refused
 * @batch_kinds: by message
 */
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
	uint32_t first_seq, nr_batch;
	bool must_fail[BATCH_MAX];
	enum message_kind batch_kinds[BATCH_MAX];
};

void worker_start(struct worker *worker);
void worker_join(struct worker *worker);

void fail(const char *what, uint64_t value);
uint32_t fail_count(void);

#endif
