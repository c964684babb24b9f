/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests written down: sequences of them, in files, with what is to be answered. */
#ifndef FUZZ_REQUEST_H
#define FUZZ_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/waitprof.h>

#include "wire.h"

#define REQUEST_ANY	  (-1) /* whatever is answered will do */
#define REQUEST_NO_ANSWER (-2)
#define REQUEST_BAD	  (-3) /* the line cannot be understood */

/**
 * struct place - where a sequence of requests goes to, and what it has been told
 * @fd: its socket
 * @family: id of the generic netlink family
 * @pid: a process that waits
 * @forker: one that also forks, and whose code changes
 * @other: a session of another socket
 * @session: the latest one of this socket
 * @space: the address space told last
 * @epoch: its epoch
 * @next: grows with each use
 * @seq: of the latest message
 * @hurried: does not pause
 * @outcome: where answers are counted
 */
struct place {
	int fd;
	uint16_t family;
	uint32_t pid;
	uint32_t forker;
	uint32_t other;
	uint32_t session;
	uint64_t space;
	uint32_t epoch;
	uint32_t next;
	uint32_t seq;
	bool hurried;
	struct outcome outcome;
};

/**
 * struct request - a line of a file
 * @text: the request
 * @number: of the line
 * @times: how often it is made
 * @wanted: errno, or REQUEST_ANY
 */
struct request {
	char *text;
	uint32_t number;
	uint32_t times;
	int wanted;
};

/**
 * struct requests - a file
 * @name: of the file
 * @who: makes them: "root" if nothing else is said
 * @starve: each of their allocations fails once in any run
 * @lines: the requests
 * @nr: their number
 */
struct requests {
	const char *name;
	char who[16];
	bool starve;
	struct request *lines;
	size_t nr;
};

bool requests_read(struct requests *requests, const char *path);
void requests_free(struct requests *requests);
uint32_t request_mappings(uint32_t pid, struct waitprof_mapping *rows, uint32_t room);
int request_make(const struct request *request, struct place *place);

#endif
