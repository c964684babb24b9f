// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "fuzz.h"
#include "fuzz_commands.h"

#define ARGS_MAX 10

/* IN: the capture; OUT.*: a file of that kind. */
static const struct {
	int (*run)(int argc, char **argv);
	const char *args[ARGS_MAX];
} commands[] = {
	{ cmd_report, { "report", "IN" } },
	{ cmd_report, { "report", "IN", "--json", "--by", "thread" } },
	{ cmd_report, { "report", "IN", "--by", "object", "--kind", "page,lock" } },
	{ cmd_report, { "report", "IN", "--by", "process", "--wakers" } },
	{ cmd_report, { "report", "IN", "--by", "class", "--comm", "t*[0-9]" } },
	{ cmd_hist, { "hist", "-i", "IN" } },
	{ cmd_hist, { "hist", "-i", "IN", "--json", "--by", "callsite" } },
	{ cmd_blocked, { "blocked", "-i", "IN" } },
	{ cmd_blocked, { "blocked", "-i", "IN", "--json" } },
	{ cmd_budget, { "budget", "-i", "IN" } },
	{ cmd_budget, { "budget", "-i", "IN", "--json" } },
	{ cmd_trace, { "trace", "-i", "IN" } },
	{ cmd_trace, { "trace", "-i", "IN", "--json" } },
	{ cmd_flame, { "flame", "-i", "IN", "-o", "OUT.svg" } },
	{ cmd_flame, { "flame", "-i", "IN", "-o", "OUT.html", "--before", "IN" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "folded", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "pprof", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "json", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "csv", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "speedscope", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "perfetto", "-o", "OUT.txt" } },
	{ cmd_export, { "export", "-i", "IN", "--format", "openmetrics", "-o", "OUT.txt" } },
	{ cmd_diff, { "diff", "IN", "IN" } },
	{ cmd_diff, { "diff", "IN", "IN", "--json" } },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/**
 * fuzz_show() - run a command with a capture
 * @path: the capture
 * @which: which command
 */
void fuzz_show(const char *path, unsigned int which)
{
	char *args[ARGS_MAX + 1] = { NULL }, copies[ARGS_MAX][128];
	const char *const *from = commands[which % NR_COMMANDS].args;
	int nr = 0;

	fuzz_quiet();
	for (; nr < ARGS_MAX && from[nr]; nr++) {
		const char *arg = from[nr];

		if (!strcmp(arg, "IN"))
			arg = path;
		else if (!strncmp(arg, "OUT.", 4))
			arg = fuzz_path(arg);
		snprintf(copies[nr], sizeof(copies[nr]), "%s", arg);
		args[nr] = copies[nr];
	}
	commands[which % NR_COMMANDS].run(nr, args);
}
