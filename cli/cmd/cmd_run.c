// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every command does first and last: options, help, a filter that names
 * what is there, a session.
 */
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "cmd/privileges.h"
#include "collect/follow.h"

/**
 * cmd_options() - read the options; help is printed, what is wrong is said
 * @command: the command
 * @argc: length of @argv
 * @argv: the command's name and its options
 * @options: result
 *
 * Return: CMD_GO_ON, or the exit status.
 */
int cmd_options(const struct options_command *command, int argc, char **argv,
		struct options *options)
{
	int status;

	if (options_parse(command, argc, argv, options))
		return complain_options(options);
	if (options->help) {
		options_help(command);
		return EXIT_FINE;
	}
	options->note = complain_note;
	if (options->input)
		privileges_keep(PRIVILEGES_READ | PRIVILEGES_WRITE);
	status = complain_idle(options);
	/* Of a capture those who were recorded need not live any more. */
	if (status == EXIT_FINE && !options->input)
		status = complain_filter(options);
	return status == EXIT_FINE ? CMD_GO_ON : status;
}

/**
 * cmd_capture_options() - read the options of a command whose arguments are captures
 * @command: the command
 * @argc: length of @argv
 * @argv: the command's name and its options
 * @options: result; the first argument is its @input, too
 *
 * Return: CMD_GO_ON, or the exit status.
 */
int cmd_capture_options(const struct options_command *command, int argc, char **argv,
			struct options *options)
{
	if (options_parse(command, argc, argv, options))
		return complain_options(options);
	if (options->help) {
		options_help(command);
		return EXIT_FINE;
	}
	if (complain_idle(options) != EXIT_FINE)
		return EXIT_FAILED;
	if (options->nr_args)
		return CMD_GO_ON;
	complain(command->name, "of which capture? give a file made by 'waitprof record'", NULL);
	return EXIT_USAGE;
}

/**
 * cmd_tell() - say what is not as asked for: how user stacks are walked, what is not permitted
 * @c: collect, with its session open
 */
void cmd_tell(const struct collect *c)
{
	privileges_tell(c->options);
	if (c->no_rules[0])
		complain("user stacks by frame pointers", c->no_rules, NULL);
}

/**
 * cmd_session() - run a command in a session of its own
 * @command: the command
 * @argc: length of @argv
 * @argv: the command's name and its options
 * @run: is called in the open session, returns the exit status
 *
 * Return: exit status.
 */
int cmd_session(const struct options_command *command, int argc, char **argv,
		int (*run)(struct collect *c, struct options *options))
{
	struct options options;
	struct collect c;
	int ret, status = cmd_options(command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	follow_catch_signals();
	ret = collect_open(&c, &options, command->glance);
	if (!ret)
		cmd_tell(&c);
	status = ret ? complain_collect(&c, ret) : run(&c, &options);
	collect_close(&c);
	return status;
}
