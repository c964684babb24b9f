/* SPDX-License-Identifier: GPL-2.0-only */
/* Pseudo-random numbers that repeat with the seed. */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline void random_seed(struct random *random, uint64_t seed, uint32_t stream)
{
	random->state = (seed + 1) * 0x9e3779b97f4a7c15ULL ^ (stream + 1) * 0xd1342543de82ef95ULL;
	if (!random->state)
		random->state = 1;
}

static inline uint64_t random_next(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state * 0x2545f4914f6cdd1dULL;
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	return (random_next(random) >> 32) % limit;
}

static inline int one_in(struct random *random, uint32_t nr)
{
	return !random_below(random, nr);
}

#endif
