/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink sockets without a library: it would refuse to send what is tested here. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/**
 * struct outcome - what the module said, counted
 * @sent: messages
 * @answers: messages with data
 * @dumps: dumps that reached their end
 * @errors: by errno; 0 = acknowledged
 * @overruns: answers that found no room in the socket
 */
struct outcome {
	uint64_t sent, answers, dumps, overruns;
	uint64_t errors[600];
};

void outcome_add(struct outcome *sum, const struct outcome *one);
int wire_open(void);
uint16_t wire_family(int fd, const char *name);
void wire_send(int fd, const void *bytes, size_t len);
bool wire_drain(int fd, struct outcome *outcome, uint32_t max_reads,
		void (*each)(const struct nlmsghdr *answer, int error, void *arg), void *arg);
const void *wire_attribute(const struct nlmsghdr *answer, uint16_t type, size_t len);

#endif
