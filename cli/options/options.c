// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of one command, out of the tables: argp parses and prints the
 * help; what is wrong is handed back as a sentence, not printed, and argp never
 * exits.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profile/kind.h"
#include "options/options_impl.h"

#define NR_ROWS 40

/* Beyond what a short name can be. */
#define KEY_LONG 0x100

/* One command's rows, as argp wants them and what each of them sets. */
struct parser {
	const struct options_row *rows[NR_ROWS];
	struct argp_option argp[NR_ROWS];
	size_t nr;
	size_t max_args;
	struct options *options;
};

static void compose(const struct options_command *command, struct parser *parser)
{
	memset(parser, 0, sizeof(*parser));
	for (size_t i = 0; i < options_nr_groups; i++) {
		const struct options_group *group = &options_groups[i];

		if (group->bit && !(command->rows & group->bit))
			continue;
		for (const struct options_row *row = group->rows;
		     row->doc && parser->nr < NR_ROWS - 1; row++) {
			struct argp_option *to = &parser->argp[parser->nr];

			to->name = row->name;
			to->arg = row->arg;
			to->doc = row->doc;
			to->group = group->place;
			if (row->name)
				to->key = row->key ? row->key : KEY_LONG + (int)parser->nr;
			parser->rows[parser->nr++] = row;
		}
	}
}

/* Who asks for a kind asks for the classes that have it. */
static error_t check_kinds(struct options *o)
{
	uint32_t classes = kind_classes(o->kinds);

	if (!o->kinds)
		return 0;
	if (!o->classes)
		o->classes = classes;
	for (int kind = 1; kind < NR_KINDS; kind++)
		if (o->kinds & 1U << kind && !(kind_classes(1U << kind) & o->classes))
			return options_fail(
				o,
				"--kind %s: waits of a class that --class leaves out have it; "
				"add %s to it",
				kind_name((enum kind)kind),
				kind_classes(1U << kind) & 1U << WAITPROF_CLASS_IO ? "io" :
										     "futex");
	return 0;
}

static error_t check_follow(struct options *o)
{
	if (!o->follow || o->nr_tgids || o->nr_tids)
		return 0;
	return options_fail(o, "--follow: follow whom? give --pid or --tid, or leave it out to "
			       "see every process");
}

/* What was recorded is recorded: only what its rows still tell can be left out. */
static error_t check_input(struct options *o)
{
	const char *option = NULL;

	if (!o->input)
		return 0;
	if (o->follow)
		option = "--follow";
	else if (o->cgroup)
		option = "--cgroup";
	else if (o->min_wait_ns)
		option = "--min-wait";
	else if (o->duration_ns)
		option = "--duration";
	else if (o->has_guard)
		option = "--guard";
	if (!option)
		return 0;
	return options_fail(o, "%s: not for a capture; give it to 'waitprof record'", option);
}

static error_t check(struct options *o)
{
	error_t err = check_kinds(o);

	if (!err)
		err = check_follow(o);
	return err ? err : check_input(o);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct parser *parser = state->input;
	struct options *o = parser->options;

	switch (key) {
	case ARGP_KEY_END:
		return check(o);
	case ARGP_KEY_ARG:
		if (o->nr_args < parser->max_args && o->nr_args < OPTIONS_MAX_ARGS) {
			o->args[o->nr_args++] = arg;
			/* Files are what a command takes that shows what was captured. */
			o->input = o->args[0];
			return 0;
		}
		return options_fail(o, "%.60s: an argument too many; see --help", arg);
	case ARGP_KEY_ERROR:
		options_fail(o, "%.60s: no such option, or its value is missing; see --help",
			     state->argv[state->next > 0 ? state->next - 1 : 0]);
		return 0;
	default:
		break;
	}
	for (size_t i = 0; i < parser->nr; i++)
		if (parser->rows[i]->set && parser->argp[i].key == key)
			return parser->rows[i]->set(o, arg);
	return ARGP_ERR_UNKNOWN;
}

/**
 * options_parse() - read a command's options
 * @command: the command
 * @argc: length of @argv
 * @argv: the command's name, then its options
 * @options: result
 *
 * Return: 0, or -EINVAL with a sentence in @options->error.
 */
int options_parse(const struct options_command *command, int argc, char **argv,
		  struct options *options)
{
	struct parser parser;
	struct argp argp = { .options = parser.argp, .parser = parse_option };

	memset(options, 0, sizeof(*options));
	options->by = command->by;
	options->delay_ns = 2000000000;
	options->slice_ns = 1000000000;
	options->records = command->records;
	compose(command, &parser);
	parser.options = options;
	parser.max_args = command->max_args;
	if (argp_parse(&argp, argc, argv, ARGP_SILENT, NULL, &parser) && !options->help) {
		options_fail(options, "options: not understood; see --help");
		return -EINVAL;
	}
	if (command->check && !options->help && command->check(options))
		return -EINVAL;
	return 0;
}

/**
 * options_help() - print what a command does and the options that it takes
 * @command: the command
 */
void options_help(const struct options_command *command)
{
	struct parser parser;
	struct argp argp = { .options = parser.argp,
			     .parser = parse_option,
			     .args_doc = command->args,
			     .doc = command->doc };
	char name[64];

	compose(command, &parser);
	snprintf(name, sizeof(name), "waitprof %s", command->name);
	argp_help(&argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG, name);
	if (command->examples)
		printf("\nExamples:\n%s", command->examples);
}

/**
 * options_who() - whose waits are shown, for a title: "pid 12, 34, ..."
 * @options: the filter
 * @buf: result
 * @size: its room
 *
 * Return: @buf.
 */
const char *options_who(const struct options *options, char *buf, size_t size)
{
	const uint32_t *ids = options->nr_tgids ? options->tgids : options->tids;
	uint32_t nr = options->nr_tgids ? options->nr_tgids : options->nr_tids;
	size_t used;

	snprintf(buf, size, "%s", nr ? (options->nr_tgids ? "pid" : "tid") : "all processes");
	for (uint32_t i = 0; i < nr && i < 3; i++) {
		used = strlen(buf);
		snprintf(buf + used, size - used, i ? ", %u" : " %u", ids[i]);
	}
	used = strlen(buf);
	if (nr > 3 || (options->nr_tgids && options->nr_tids))
		snprintf(buf + used, size - used, ", ...");
	used = strlen(buf);
	if (options->follow)
		snprintf(buf + used, size - used, " and descendants");
	used = strlen(buf);
	if (options->comm_glob)
		snprintf(buf + used, size - used, ", threads %s", options->comm_glob);
	used = strlen(buf);
	if (options->cgroup)
		snprintf(buf + used, size - used, ", cgroup %s", options->cgroup);
	return buf;
}
