/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that wait, so that there is something to read. */
#ifndef FUZZ_LOAD_H
#define FUZZ_LOAD_H

#include <sys/types.h>

/**
 * struct load - programs that wait
 * @steady: threads that wait for each other, and for a device where there is one
 * @forker: forks children that wait, and maps and unmaps code
 */
struct load {
	pid_t steady;
	pid_t forker;
};

void load_start(struct load *load);
void load_stop(const struct load *load);

#endif
