/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_THREAD_H
#define LOCKS_THREAD_H

int thread_carry_out(const char *line, int (*carry_out)(const char *line));

#endif
