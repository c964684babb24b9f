/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_TRACE_CAPTURE_H
#define WAITPROF_CLI_TRACE_CAPTURE_H

#include "options/options.h"

int trace_capture(const struct options *options);

#endif
