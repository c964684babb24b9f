// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof: the table of commands. This is the only file that ends the program.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"
#include "cmd/cmd.h"
#include "cmd/complain.h"
#include "cmd/privileges.h"
#include "util/term.h"
#include "waitprof/version.h"

/* What it takes to run a session and to name what it shows. */
#define SESSION (PRIVILEGES_ASK | PRIVILEGES_LOOK | PRIVILEGES_STACK)

static const struct cmd cmds[] = {
	{ "status", cmd_status, "module, wait points, sessions and their counters",
	  PRIVILEGES_ASK },
	{ "top", cmd_top, "who is blocked now and which waits cost most",
	  SESSION | PRIVILEGES_READ | PRIVILEGES_WRITE },
	{ "hist", cmd_hist, "how long waits last: distribution and percentiles", SESSION },
	{ "blocked", cmd_blocked, "waits that have not ended, with their stacks", SESSION },
	{ "trace", cmd_trace, "every wait by itself, one line as it ends",
	  PRIVILEGES_ASK | PRIVILEGES_LOOK },
	{ "budget", cmd_budget, "where each thread's wall time went, adding up to 100 %", SESSION },
	{ "record", cmd_record, "record waits into a file, of a command too", CMD_KEEPS_ALL },
	{ "report", cmd_report, "what such a file says: which waits cost most", PRIVILEGES_READ },
	{ "flame", cmd_flame, "a flame graph of the waits, as SVG or as an HTML page",
	  SESSION | PRIVILEGES_WRITE },
	{ "diff", cmd_diff, "compare captures: what changed, and is it more than chance",
	  PRIVILEGES_READ },
	{ "export", cmd_export, "waits for other tools: pprof, speedscope, Perfetto, Prometheus",
	  SESSION | PRIVILEGES_WRITE },
};

#define NR_CMDS (sizeof(cmds) / sizeof(cmds[0]))

static int print_help(void)
{
	puts("waitprof " WAITPROF_VERSION
	     " - what tasks wait for, since when and through which code\n"
	     "\n"
	     "usage: waitprof COMMAND [OPTION...]\n");
	for (size_t i = 0; i < NR_CMDS; i++)
		printf("  %-8s  %s\n", cmds[i].name, cmds[i].summary);
	puts("\n'waitprof --version' tells this program's version and the module's.");
	puts("'waitprof COMMAND --help' tells its options; the manuals are waitprof(8) and\n"
	     "waitprof-COMMAND(8).\n"
	     "Needs the module (insmod kmod/waitprof.ko) and root, CAP_PERFMON or CAP_SYS_ADMIN.");
	return EXIT_FINE;
}

/* What is not there or may not be asked is no failure here. */
static int print_version(void)
{
	struct client *client = NULL;
	struct client_info info;
	int ret;

	privileges_keep(PRIVILEGES_ASK);
	printf("waitprof %s, interface %u\n", WAITPROF_VERSION, WAITPROF_ABI);
	ret = client_connect(&client);
	if (!ret)
		ret = client_info(client, &info);
	if (!ret)
		printf("module %s, interface %u, on %s\n", info.version, info.abi, info.kernel);
	else if (access("/sys/module/waitprof", F_OK))
		puts("module not loaded");
	else
		printf("module loaded, not to be asked: %s\n", strerror(-ret));
	client_free(client);
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "help") || !strcmp(argv[1], "--help") ||
	    !strcmp(argv[1], "-h"))
		return print_help();
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return print_version();
	for (size_t i = 0; i < NR_CMDS; i++)
		if (!strcmp(argv[1], cmds[i].name)) {
			if (cmds[i].use != CMD_KEEPS_ALL)
				privileges_keep(cmds[i].use);
			return cmds[i].run(argc - 1, argv + 1);
		}
	privileges_keep(0);
	complain(argv[1], "no such command", "'waitprof --help' lists them");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status, output;

	/* A closed pipe is seen where the write fails. */
	signal(SIGPIPE, SIG_IGN);
	term_init();
	status = run(argc, argv);
	output = output_flush();
	/* One line is enough, and what failed first has said it. */
	if (!status)
		status = complain_output(output);
	exit(status);
}
