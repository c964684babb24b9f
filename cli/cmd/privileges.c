// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which capabilities a command keeps, and what it costs not to have one. A command
 * drops the rest before it reads its options, one that is given a capture (-i) those
 * for looking at the machine, too. So does `record` once its command has a process
 * of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/complain.h"
#include "cmd/privileges.h"
#include "proc/task.h"
#include "symbol/maps.h"
#include "util/privilege.h"

/* Older headers know of neither. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

/* Before anything was dropped. */
static uint64_t held_at_start;
static unsigned int used;

static uint64_t capabilities(unsigned int use, uint64_t held)
{
	uint64_t kept = 0;

	/* The smaller one will do. */
	if (use & PRIVILEGES_ASK)
		kept |= PRIVILEGE(held & PRIVILEGE(CAP_PERFMON) ? CAP_PERFMON : CAP_SYS_ADMIN);
	/* CAP_CHECKPOINT_RESTORE is for /proc/PID/map_files. */
	if (use & PRIVILEGES_LOOK)
		kept |= PRIVILEGE(CAP_SYS_PTRACE) | PRIVILEGE(CAP_DAC_READ_SEARCH) |
			PRIVILEGE(CAP_SYSLOG) | PRIVILEGE(CAP_CHECKPOINT_RESTORE);
	if (use & PRIVILEGES_STACK)
		kept |= PRIVILEGE(CAP_SYS_ADMIN);
	if (use & PRIVILEGES_READ)
		kept |= PRIVILEGE(CAP_DAC_READ_SEARCH);
	if (use & PRIVILEGES_WRITE)
		kept |= PRIVILEGE(CAP_DAC_OVERRIDE);
	if (use & PRIVILEGES_KILL)
		kept |= PRIVILEGE(CAP_KILL);
	return kept;
}

/**
 * privileges_keep() - drop the capabilities that are not used from here on
 * @use: PRIVILEGES_*
 */
void privileges_keep(unsigned int use)
{
	uint64_t held = privilege_held();
	int ret = privilege_keep(capabilities(use, held));

	/* Who looks at a hang wants no library to ask the network for names. */
	unsetenv("DEBUGINFOD_URLS");
	held_at_start |= held;
	used = use;
	/* A filter of system calls may forbid it; this is no reason to show nothing. */
	if (ret)
		complain("capabilities", strerror(-ret), "going on with those that are there");
}

/*
 * Is this process one that cannot be looked into? Its files are meant: newer kernels
 * show its mappings for CAP_PERFMON as well.
 */
static bool is_closed(uint32_t tgid)
{
	char path[64], target[8];

	snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
	return readlink(path, target, sizeof(target)) < 0 && (errno == EACCES || errno == EPERM);
}

static bool executes_deleted(uint32_t tgid)
{
	return maps_any_deleted((pid_t)tgid);
}

/* Any of those that are followed; of all processes, some certainly are. */
static bool any(const struct options *options, bool (*is)(uint32_t tgid))
{
	uint32_t tgid;

	for (uint32_t i = 0; i < options->nr_tgids; i++)
		if (is(options->tgids[i]))
			return true;
	for (uint32_t i = 0; i < options->nr_tids; i++)
		if (!task_tgid(options->tids[i], &tgid) && is(tgid))
			return true;
	return !options->nr_tgids && !options->nr_tids;
}

/* As a reader of symbols would see it: all addresses are 0. */
static bool are_symbols_hidden(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long address = 0;
	char line[512];

	/* The first ones may be 0 by right. */
	for (int i = 0; file && !address && i < 1000 && fgets(line, sizeof(line), file); i++)
		address = strtoull(line, NULL, 16);
	if (file)
		fclose(file);
	return !address;
}

static void add(char *text, size_t size, const char *what, const char *cost)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s: %s", len ? "; " : "", what, cost);
}

/**
 * privileges_tell() - say in a line what is not to be had, if anything
 * @options: who is looked at
 */
void privileges_tell(const struct options *options)
{
	uint64_t held = held_at_start;
	/* Either of them opens what /proc/PID/map_files names. */
	uint64_t map_files = PRIVILEGE(CAP_CHECKPOINT_RESTORE) | PRIVILEGE(CAP_SYS_ADMIN);
	char text[600] = "";

	if (!(used & PRIVILEGES_LOOK) || options->input)
		return;
	if (!(held & PRIVILEGE(CAP_SYS_PTRACE)) && any(options, is_closed))
		add(text, sizeof(text), "without CAP_SYS_PTRACE",
		    "user frames of other users' processes have no names");
	if (!(held & PRIVILEGE(CAP_DAC_READ_SEARCH)) && any(options, is_closed))
		add(text, sizeof(text), "without CAP_DAC_READ_SEARCH",
		    "nor have those of programs that only others may read");
	if (!(held & map_files) && any(options, executes_deleted))
		add(text, sizeof(text), "without CAP_CHECKPOINT_RESTORE",
		    "user frames in files that are deleted have no names");
	if (are_symbols_hidden())
		add(text, sizeof(text),
		    held & PRIVILEGE(CAP_SYSLOG) ? "with kernel.kptr_restrict=2" :
						   "without CAP_SYSLOG",
		    "kernel frames have no names");
	if (used & PRIVILEGES_STACK && !(held & PRIVILEGE(CAP_SYS_ADMIN)))
		add(text, sizeof(text), "without CAP_SYS_ADMIN",
		    "a wait that began unseen has no kernel stack and no class");
	if (text[0])
		complain_note(text);
}
