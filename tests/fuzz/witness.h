/* SPDX-License-Identifier: GPL-2.0-only */
/* An orderly session that looks on, and is to be undisturbed. */
#ifndef FUZZ_WITNESS_H
#define FUZZ_WITNESS_H

#include <linux/waitprof.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct witness - a socket with a session, and what was answered last
 * @fd: the socket
 * @family: id of the generic netlink family
 * @session: its session
 * @sessions: open ones of the module
 * @answered: there was an answer
 * @counters: of its session
 */
struct witness {
	int fd;
	uint16_t family;
	uint32_t session;
	uint32_t sessions;
	bool answered;
	struct waitprof_counters counters;
};

bool witness_ask(struct witness *witness, uint8_t command, uint16_t type, const void *value,
		 size_t len);

#endif
