/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of requests: made as they stand, and while memory is short. */
#ifndef FUZZ_ORDERLY_H
#define FUZZ_ORDERLY_H

#include <stdint.h>

#include "message.h"
#include "wire.h"

/**
 * struct orderly - what came of it
 * @files: files
 * @requests: made as they stand
 * @wrong: of these, answered otherwise than the file says
 * @starved: requests made while one allocation failed
 * @refused: of these, answered by an error
 * @outcome: all answers
 */
struct orderly {
	uint64_t files, requests, wrong, starved, refused;
	struct outcome outcome;
};

void orderly_run(struct orderly *orderly, const char *folder, const struct target *target);
bool orderly_starve(struct orderly *orderly, const char *folder, const struct target *target,
		    uint64_t seed, uint32_t nr);

#endif
