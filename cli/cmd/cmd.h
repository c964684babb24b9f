/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command: its name is argv[0] of run(), which returns the exit status. What it does
 * that takes capabilities (privileges.h) is all that it can do when run() is called;
 * CMD_KEEPS_ALL: run() drops the others by itself.
 */
#ifndef WAITPROF_CLI_CMD_H
#define WAITPROF_CLI_CMD_H

#define CMD_KEEPS_ALL (~0U)

struct cmd {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	unsigned int use;
};

int cmd_status(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_hist(int argc, char **argv);
int cmd_blocked(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_budget(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_flame(int argc, char **argv);
int cmd_diff(int argc, char **argv);

#endif
