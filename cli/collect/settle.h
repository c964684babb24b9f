/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SETTLE_H
#define WAITPROF_CLI_SETTLE_H

#include "profile/profile.h"

int settle_wakers(struct profile *now, const struct profile *base);

#endif
