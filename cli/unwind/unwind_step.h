/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_UNWIND_STEP_H
#define WAITPROF_CLI_UNWIND_STEP_H

#include <stdbool.h>

#include "linux/waitprof.h"

struct Dwarf_Frame_s; /* a Dwarf_Frame of libdw */

void unwind_step_of(struct waitprof_step *step, struct Dwarf_Frame_s *frame, bool is_signal);

#endif
