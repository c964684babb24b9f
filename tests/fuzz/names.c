// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/waitprof.h>
#include <stddef.h>
#include <string.h>

#include "names.h"

#define DO(name)                                  \
	{                                         \
#name, WAITPROF_CMD_##name, false \
	}
#define DUMP(name)                               \
	{                                        \
#name, WAITPROF_CMD_##name, true \
	}
#define TAKES(name, length)                      \
	{                                        \
#name, WAITPROF_A_##name, length \
	}

static const struct command_name commands[] = {
	DO(GET_INFO),	   DUMP(GET_POINTS), DO(SESSION_NEW),  DO(SESSION_PAUSE), DO(SESSION_DEL),
	DUMP(SESSION_GET), DUMP(GET_TOTALS), DUMP(GET_STACKS), DUMP(GET_OPEN),	  DUMP(GET_RECORDS),
	DUMP(GET_UNKNOWN), DO(ADD_RULES),    DO(GET_STATS),    DUMP(GET_TASKS),	  DUMP(GET_COST),
};

_Static_assert(sizeof(commands) / sizeof(commands[0]) == WAITPROF_CMD_MAX,
	       "a command has no name here");

static const struct attribute_name attributes[] = {
	TAKES(SESSION_ID, 4),
	TAKES(SESSION_CLASSES, 4),
	TAKES(SESSION_TGIDS, 0),
	TAKES(SESSION_TIDS, 0),
	TAKES(SESSION_NOT_TGID, 4),
	TAKES(SESSION_MIN_NS, 8),
	TAKES(SESSION_FLAGS, 4),
	TAKES(SESSION_COMM_GLOB, 0),
	TAKES(SESSION_CGROUP, 8),
	TAKES(SESSION_BYTES, 8),
	TAKES(SESSION_PAUSED, 1),
	TAKES(SESSION_RECORDS, 4),
	TAKES(SESSION_GUARD, 4),
	TAKES(TOTALS_FLAGS, 4),
	TAKES(STACK_FROM, 4),
	TAKES(OPEN_FLAGS, 4),
	TAKES(RULES_TABLE, 4),
	TAKES(RULES_TOTAL, 4),
	TAKES(RULES_FIRST, 4),
	TAKES(RULES_STEPS, 0),
	TAKES(RULES, 0),
	TAKES(SPACE_TGID, 4),
	TAKES(SPACE_ID, 8),
	TAKES(SPACE_EPOCH, 4),
	TAKES(SPACE_MAPPINGS, 0),
	/* of replies only: no request may have it */
	TAKES(INFO_ABI, 4),
};

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "ok", 0 },	      { "EPERM", EPERM },	    { "ENOENT", ENOENT },
	{ "ESRCH", ESRCH },   { "ENOMEM", ENOMEM },	    { "EEXIST", EEXIST },
	{ "ENODEV", ENODEV }, { "EINVAL", EINVAL },	    { "ENOSPC", ENOSPC },
	{ "ERANGE", ERANGE }, { "EOPNOTSUPP", EOPNOTSUPP }, { "ESTALE", ESTALE },
};

/**
 * command_by_name() - find a command
 * @name: its name
 *
 * Return: the command, NULL if there is none.
 */
const struct command_name *command_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/**
 * attribute_by_name() - find an attribute
 * @name: its name
 *
 * Return: the attribute, NULL if there is none.
 */
const struct attribute_name *attribute_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (!strcmp(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

/**
 * error_by_name() - the number of an error
 * @name: as in errno.h, or "ok"
 *
 * Return: its number, -1 if it is not known.
 */
int error_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(errors[i].name, name))
			return errors[i].value;
	return -1;
}
