/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages that a module should expect, and others. */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/waitprof.h>

#include "random.h"

#define MESSAGE_MAX	65536
#define TARGET_MAPPINGS 32

/* What is wrong with a message. */
enum message_kind {
	MESSAGE_VALID, /* nothing, but its values may be hostile */
	MESSAGE_GARBAGE, /* random bytes after the headers */
	MESSAGE_CUT, /* headers missing, or a length that lies about the rest */
	MESSAGE_LENGTH, /* an attribute of another length than it should have */
	MESSAGE_NESTED, /* attributes inside attributes */
	MESSAGE_UNKNOWN, /* an attribute that the command does not take */
	MESSAGE_HUGE, /* arrays as long as there is room, or longer than is allowed */
	MESSAGE_BITS, /* an unknown bit in a mask */
	MESSAGE_COMMAND, /* no such command, or not in this way */
	MESSAGE_FLIPPED, /* some bytes changed */
	MESSAGE_NR_KINDS
};

/**
 * struct target - what messages are aimed at
 * @family: id of the generic netlink family
 * @session: a session of the sending socket, 0 = none
 * @other: a session of another socket
 * @pid: a process that waits a lot
 * @forker: one that also forks, and whose code changes
 * @space: the address space of @pid, or the one told last
 * @epoch: its epoch, as it was told
 * @mappings: executable mappings of @pid
 * @nr_mappings: their number
 * @table: the table that pieces were sent of
 * @total: rows that it is to have
 * @filled: rows that have been sent
 */
struct target {
	uint16_t family;
	uint32_t session;
	uint32_t other;
	uint32_t pid;
	uint32_t forker;
	uint64_t space;
	uint32_t epoch;
	struct waitprof_mapping mappings[TARGET_MAPPINGS];
	uint32_t nr_mappings;
	uint32_t table;
	uint32_t total;
	uint32_t filled;
};

/**
 * struct message - a message to send
 * @bytes: the message
 * @len: its length; what its header says may differ
 * @seq: its sequence number
 * @kind: what is wrong with it
 * @must_fail: it has to be refused
 */
struct message {
	uint8_t bytes[MESSAGE_MAX] __attribute__((aligned(8)));
	size_t len;
	uint32_t seq;
	enum message_kind kind;
	bool must_fail;
};

extern const char *const message_kinds[MESSAGE_NR_KINDS];

void message_make(struct message *message, struct random *random, struct target *target,
		  uint32_t seq);
void message_start(struct message *message, uint16_t family, uint8_t command, uint16_t flags,
		   uint32_t seq);
void message_add(struct message *message, uint16_t type, const void *value, size_t len);

#endif
