/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers that are killed in the middle of a dump. */
#ifndef FUZZ_KILL_H
#define FUZZ_KILL_H

#include <stdint.h>

#include "message.h"

/**
 * struct kills - what came of it
 * @in_dump: readers that had begun a dump and had not reached its end
 * @elsewhere: those killed before or after
 * @with_session: of @in_dump, those whose session ended with them
 * @taken_over: dumps that the next reader of the same socket went on with
 */
struct kills {
	uint64_t in_dump, elsewhere, with_session, taken_over;
};

void kill_readers(struct kills *kills, uint64_t nr, const struct target *target, uint64_t seed,
		  uint32_t stream);

#endif
