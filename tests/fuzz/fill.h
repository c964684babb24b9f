/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands, attributes and values: between the files that make messages. */
#ifndef FUZZ_FILL_H
#define FUZZ_FILL_H

#include "message.h"

#define ATTRS_MAX 12

/**
 * struct command - what a command takes
 * @id: WAITPROF_CMD_*
 * @weight: how often it is chosen, in proportion
 * @dump: it is answered by a dump
 * @attrs: what it takes; the size of a value, 0 = an array
 */
struct command {
	uint8_t id;
	uint8_t weight;
	bool dump;
	struct {
		uint8_t type, size;
	} attrs[ATTRS_MAX];
};

const struct command *fill_choose(struct random *random);
uint64_t fill_hostile(struct random *random);
void fill_ids(struct message *message, uint16_t type, uint32_t nr, struct random *random,
	      const struct target *target);
void fill_rows(struct message *message, uint16_t type, uint32_t first, uint32_t nr,
	       struct random *random);
void fill(struct message *message, const struct command *command, struct random *random,
	  struct target *target);

#endif
