// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options shared by the commands: each row is written once, in the table of
 * its group, and a command names the groups that it takes. argp parses and
 * prints the help; what is wrong is handed back as a sentence, not printed, and
 * argp never exits.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "kind.h"
#include "names.h"
#include "options.h"

enum {
	KEY_MIN_WAIT = 0x100,
	KEY_JSON,
	KEY_BY,
	KEY_SORT,
	KEY_DURATION,
	KEY_MIN,
	KEY_COMM,
	KEY_CGROUP,
	KEY_KIND,
};

#define NR_ROWS 24

static const struct argp_option filter_rows[] = {
	{ NULL, 0, NULL, 0, "Which waits:", 1 },
	{ "pid", 'p', "P[,P]", 0, "processes, all their threads", 1 },
	{ "tid", 't', "T[,T]", 0, "single threads", 1 },
	{ "class", 'c', "LIST", 0, "wait classes, such as futex,mutex,io", 1 },
	{ "kind", KEY_KIND, "LIST", 0, "kinds of io waits, such as tag,page", 1 },
	{ "comm", KEY_COMM, "GLOB", 0, "threads whose name matches, as 'worker*' (* ? [...])", 1 },
	{ "cgroup", KEY_CGROUP, "PATH", 0, "tasks of this cgroup v2 and those below it", 1 },
	{ "min-wait", KEY_MIN_WAIT, "DUR", 0,
	  "leave out waits shorter than DUR (500ns 20us 3ms 1s)", 1 },
	{ 0 },
};

static const struct argp_option duration_rows[] = {
	{ "duration", KEY_DURATION, "SEC", 0,
	  "stop after SEC seconds (default: at Ctrl-C, or when every followed process has ended)",
	  2 },
	{ 0 },
};

static const struct argp_option refresh_rows[] = {
	{ NULL, 0, NULL, 0, "When:", 2 },
	{ "delay", 'd', "SEC", 0, "seconds from one refresh to the next (default 2)", 2 },
	{ "iterations", 'n', "N", 0, "stop after N refreshes", 2 },
	{ "batch", 'b', NULL, 0, "print one report after another (default when not a terminal)",
	  2 },
	{ 0 },
};

static const struct argp_option group_rows[] = {
	{ NULL, 0, NULL, 0, "What is shown:", 3 },
	{ "by", KEY_BY, "WHAT", 0, "one row per callsite, thread, process, object or class", 3 },
	{ 0 },
};

static const struct argp_option sort_rows[] = {
	{ "sort", KEY_SORT, "KEY", 0, "total, count, max or avg; largest first", 3 },
	{ 0 },
};

static const struct argp_option min_rows[] = {
	{ "min", KEY_MIN, "DUR", 0, "only waits that have lasted DUR or longer", 1 },
	{ 0 },
};

static const struct argp_option json_rows[] = {
	{ "json", KEY_JSON, NULL, 0, "print JSON, one object per refresh", 3 },
	{ 0 },
};

static const struct argp_option help_rows[] = {
	{ "help", 'h', NULL, 0, "show this help", -1 },
	{ 0 },
};

static const struct {
	uint32_t group;
	const struct argp_option *rows;
} groups[] = {
	{ OPTIONS_FILTER, filter_rows },     { OPTIONS_MIN, min_rows },
	{ OPTIONS_REFRESH, refresh_rows },   { OPTIONS_GROUP, group_rows },
	{ OPTIONS_DURATION, duration_rows }, { OPTIONS_SORT, sort_rows },
	{ OPTIONS_JSON, json_rows },	     { ~0U, help_rows },
};

__attribute__((format(printf, 2, 3))) static error_t fail(struct options *o, const char *fmt, ...)
{
	va_list args;

	/* The first thing wrong is the one to tell. */
	if (!o->error[0]) {
		va_start(args, fmt);
		vsnprintf(o->error, sizeof(o->error), fmt, args);
		va_end(args);
	}
	return EINVAL;
}

static error_t parse_ids(struct options *o, const char *option, const char *arg, uint32_t *ids,
			 uint32_t *nr)
{
	const char *p = arg;

	do {
		unsigned long id;
		char *end;

		if (!isdigit((unsigned char)*p))
			return fail(o, "%s %.40s: not a list of ids; write them as 12 or 12,34",
				    option, arg);
		errno = 0;
		id = strtoul(p, &end, 10);
		if (errno || id == 0 || id > 0x7fffffff || (*end && *end != ','))
			return fail(o, "%s %.40s: not a list of ids; write them as 12 or 12,34",
				    option, arg);
		if (*nr == WAITPROF_MAX_IDS)
			return fail(o, "%s: more than %d ids; leave it out and group by process",
				    option, WAITPROF_MAX_IDS);
		ids[(*nr)++] = (uint32_t)id;
		p = *end ? end + 1 : end;
		if (*end == ',' && !*p)
			return fail(o, "%s %.40s: ends with a comma; write the ids as 12,34",
				    option, arg);
	} while (*p);
	return 0;
}

/* A list of names, each of which is a bit of @mask. */
static error_t parse_names(struct options *o, int key, const char *arg, uint32_t *mask)
{
	int (*find)(const char *name, size_t len) = key == 'c' ? names_class_find : kind_find;
	const char *p = arg;

	do {
		size_t len = strcspn(p, ",");
		int found = find(p, len);

		if (found < 0)
			return fail(o, "--%s %.*s: unknown %s; take some of %s",
				    key == 'c' ? "class" : "kind", (int)(len < 30 ? len : 30), p,
				    key == 'c' ? "class" : "kind",
				    key == 'c' ? names_class_list() : kind_list());
		*mask |= 1U << found;
		p += len;
	} while (*p++);
	return 0;
}

/* Only io waits have a kind: who asks for one asks for them. */
static error_t check_kinds(struct options *o)
{
	if (!o->kinds)
		return 0;
	if (!o->classes)
		o->classes = 1U << WAITPROF_CLASS_IO;
	if (o->classes & 1U << WAITPROF_CLASS_IO)
		return 0;
	return fail(o, "--kind: io waits have a kind, and --class leaves them out; add io to it");
}

static error_t parse_duration(struct options *o, const char *option, const char *arg, bool seconds,
			      uint64_t *ns)
{
	int ret = seconds ? format_parse_seconds(arg, ns) : format_parse_duration(arg, ns);

	if (!ret)
		return 0;
	return fail(o, "%s %.40s: not a duration; write %s", option, arg,
		    seconds ? "5, 0.5, 500ms or 2min" : "500ns, 20us, 3ms or 1s");
}

static error_t parse_count(struct options *o, const char *arg)
{
	char *end;

	errno = 0;
	o->nr_refreshes = strtoull(arg, &end, 10);
	if (errno || *end || !isdigit((unsigned char)arg[0]) || !o->nr_refreshes)
		return fail(o, "-n %.40s: not a number of refreshes; write 1 or more", arg);
	return 0;
}

static error_t parse_name(struct options *o, const char *option, const char *arg, int found,
			  const char *choices)
{
	if (found >= 0)
		return 0;
	return fail(o, "%s %.40s: not known; take one of %s", option, arg, choices);
}

static error_t parse_delay(struct options *o, const char *arg)
{
	error_t err = parse_duration(o, "-d", arg, true, &o->delay_ns);

	if (!err && o->delay_ns < 10000000)
		return fail(o, "-d %.40s: too short; take 0.01 or more", arg);
	return err;
}

static error_t parse_group(struct options *o, int key, const char *arg)
{
	int found;
	error_t err;

	if (key == KEY_BY) {
		found = group_by_find(arg);
		err = parse_name(o, "--by", arg, found, "callsite, thread, process, object, class");
		if (!err)
			o->by = (enum group_by)found;
		return err;
	}
	found = group_sort_find(arg);
	err = parse_name(o, "--sort", arg, found, "total, count, max, avg");
	if (!err)
		o->sort = (enum group_sort)found;
	return err;
}

static error_t parse_text(struct options *o, int key, const char *arg)
{
	if (!*arg)
		return fail(o, "%s: empty; give %s", key == KEY_COMM ? "--comm" : "--cgroup",
			    key == KEY_COMM ? "a name, such as 'worker*'" : "a path");
	if (key == KEY_CGROUP)
		o->cgroup = arg;
	else if (strlen(arg) <= WAITPROF_GLOB_LEN)
		o->comm_glob = arg;
	else
		return fail(o, "--comm %.30s...: longer than %d bytes; names have 15 at most", arg,
			    WAITPROF_GLOB_LEN);
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'p':
		return parse_ids(o, "--pid", arg, o->tgids, &o->nr_tgids);
	case 't':
		return parse_ids(o, "--tid", arg, o->tids, &o->nr_tids);
	case 'c':
		return parse_names(o, key, arg, &o->classes);
	case KEY_KIND:
		return parse_names(o, key, arg, &o->kinds);
	case 'd':
		return parse_delay(o, arg);
	case 'n':
		return parse_count(o, arg);
	case 'b':
		o->batch = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case KEY_COMM:
	case KEY_CGROUP:
		return parse_text(o, key, arg);
	case KEY_MIN_WAIT:
		return parse_duration(o, "--min-wait", arg, false, &o->min_wait_ns);
	case KEY_MIN:
		return parse_duration(o, "--min", arg, false, &o->min_age_ns);
	case KEY_DURATION:
		if (parse_duration(o, "--duration", arg, true, &o->duration_ns))
			return EINVAL;
		return o->duration_ns ?
			       0 :
			       fail(o,
				    "--duration %.40s: nothing to see in no time; take more than 0",
				    arg);
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_BY:
	case KEY_SORT:
		return parse_group(o, key, arg);
	case ARGP_KEY_END:
		return check_kinds(o);
	case ARGP_KEY_ARG:
		return fail(o, "%.60s: an argument too many; see --help", arg);
	case ARGP_KEY_ERROR:
		fail(o, "%.60s: no such option, or its value is missing; see --help",
		     state->argv[state->next > 0 ? state->next - 1 : 0]);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void compose(const struct options_command *command, struct argp_option *rows)
{
	size_t nr = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const struct argp_option *row = groups[i].rows;

		if (!(command->rows & groups[i].group) && groups[i].group != ~0U)
			continue;
		for (; (row->name || row->doc) && nr < NR_ROWS - 1; row++)
			rows[nr++] = *row;
	}
	memset(&rows[nr], 0, sizeof(rows[nr]));
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
	struct argp_option rows[NR_ROWS];
	struct argp argp = { .options = rows, .parser = parse_option };

	memset(options, 0, sizeof(*options));
	options->by = command->by;
	options->delay_ns = 2000000000;
	compose(command, rows);
	if (argp_parse(&argp, argc, argv, ARGP_SILENT, NULL, options) && !options->help) {
		fail(options, "options: not understood; see --help");
		return -EINVAL;
	}
	return 0;
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
	if (options->comm_glob)
		snprintf(buf + used, size - used, ", threads %s", options->comm_glob);
	used = strlen(buf);
	if (options->cgroup)
		snprintf(buf + used, size - used, ", cgroup %s", options->cgroup);
	return buf;
}

/**
 * options_help() - print what a command does and the options that it takes
 * @command: the command
 */
void options_help(const struct options_command *command)
{
	struct argp_option rows[NR_ROWS];
	struct argp argp = { .options = rows,
			     .parser = parse_option,
			     .args_doc = command->args,
			     .doc = command->doc };
	char name[64];

	compose(command, rows);
	snprintf(name, sizeof(name), "waitprof %s", command->name);
	argp_help(&argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG, name);
}
