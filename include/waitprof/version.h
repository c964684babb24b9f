/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_VERSION_H
#define WAITPROF_VERSION_H

#define WAITPROF_VERSION "0.1.0"

#endif
