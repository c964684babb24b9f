/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that do everything at once with the same sessions. */
#ifndef FUZZ_RACE_H
#define FUZZ_RACE_H

#include "message.h"
#include "wire.h"

void race_start(const struct target *target, uint64_t seed);
void race_stop(struct outcome *outcome);

#endif
