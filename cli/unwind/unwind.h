/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Teaches the module to walk user stacks: which unwind rules hold where in which
 * address space. Prints nothing.
 */
#ifndef WAITPROF_CLI_UNWIND_H
#define WAITPROF_CLI_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct client;
struct unwind;

/**
 * struct unwind_progress - how far the making of tables is
 * @pid: the process
 * @file: name of the file at hand
 * @nr: its place among those that the process has mapped, from 1 on
 * @of: how many these are
 */
struct unwind_progress {
	pid_t pid;
	const char *file;
	uint32_t nr;
	uint32_t of;
};

struct unwind *unwind_new(struct client *client);
void unwind_free(struct unwind *u);
int unwind_prepare(struct unwind *u, pid_t pid,
		   bool (*on_make)(void *arg, const struct unwind_progress *progress), void *arg);
int unwind_start(struct unwind *u, uint32_t session);
int unwind_teach(struct unwind *u, pid_t pid);
uint64_t unwind_poll(struct unwind *u);
void unwind_note(const struct unwind *u, char *buf, size_t size);

#endif
