/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands and attributes by the names that the uapi header gives them. */
#ifndef FUZZ_NAMES_H
#define FUZZ_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct command_name - a command
 * @name: without its prefix
 * @id: WAITPROF_CMD_*
 * @dump: it is answered by a dump
 */
struct command_name {
	const char *name;
	uint8_t id;
	bool dump;
};

/**
 * struct attribute_name - an attribute of requests
 * @name: without its prefix
 * @type: WAITPROF_A_*
 * @size: of its value; 0 = an array or a text
 */
struct attribute_name {
	const char *name;
	uint16_t type;
	uint8_t size;
};

const struct command_name *command_by_name(const char *name);
const struct attribute_name *attribute_by_name(const char *name);
int error_by_name(const char *name);

#endif
