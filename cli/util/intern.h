/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_INTERN_H
#define WAITPROF_CLI_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a number stands for; @len bytes that belong to the table. */
struct intern_key {
	void *bytes;
	size_t len;
};

/* Things that are numbered in the order in which they were first met, from 0. */
struct intern {
	struct intern_key *keys;
	size_t nr;
	size_t size;
	uint32_t *slots; /* number + 1, 0 = free */
	size_t nr_slots; /* a power of two, or 0 */
};

void intern_free(struct intern *t);
int64_t intern_get(struct intern *t, const void *bytes, size_t len, bool *is_new);

#endif
