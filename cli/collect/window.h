/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_WINDOW_H
#define WAITPROF_CLI_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

/**
 * struct window_open - a wait that has not ended, as one reading saw it
 * @wait: what the module said; the class of an inferred wait is filled in
 * @own_ns: time so far, less that of waits inside it
 * @seen_kstack: stack read from /proc when the module has none; 0 = none
 * @seen_ustack: likewise
 */
struct window_open {
	struct waitprof_open wait;
	uint64_t own_ns;
	uint32_t seen_kstack;
	uint32_t seen_ustack;
};

bool window_cut(struct window_open *open, uint64_t edge_ns, uint64_t read_ns);
void window_own(struct window_open *open, size_t nr);
uint64_t window_charge(const struct window_open *open, uint64_t age_ns);
int window_add(struct profile *p, const struct window_open *open, size_t nr, uint64_t age_ns,
	       uint32_t session_flags);

#endif
