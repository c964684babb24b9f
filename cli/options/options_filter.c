// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: which waits.
 */
#include <string.h>

#include "profile/kind.h"
#include "profile/names.h"
#include "options/options_impl.h"

static error_t set_pid(struct options *o, const char *arg)
{
	return options_ids(o, "--pid", arg, o->tgids, &o->nr_tgids);
}

static error_t set_tid(struct options *o, const char *arg)
{
	return options_ids(o, "--tid", arg, o->tids, &o->nr_tids);
}

static error_t set_follow(struct options *o, const char *arg)
{
	(void)arg;
	o->follow = true;
	return 0;
}

static error_t set_class(struct options *o, const char *arg)
{
	return options_names(o, "class", arg, names_class_find, names_class_list(), &o->classes);
}

static error_t set_kind(struct options *o, const char *arg)
{
	return options_names(o, "kind", arg, kind_find, kind_list(), &o->kinds);
}

static error_t set_idle(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--idle: empty; give a file of functions");
	o->idle = arg;
	return 0;
}

static error_t set_comm(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--comm: empty; give a name, such as 'worker*'");
	if (strlen(arg) > WAITPROF_GLOB_LEN)
		return options_fail(o,
				    "--comm %.30s...: longer than %d bytes; names have 15 at most",
				    arg, WAITPROF_GLOB_LEN);
	o->comm_glob = arg;
	return 0;
}

static error_t set_cgroup(struct options *o, const char *arg)
{
	if (!*arg)
		return options_fail(o, "--cgroup: empty; give a path");
	o->cgroup = arg;
	return 0;
}

static error_t set_min_wait(struct options *o, const char *arg)
{
	return options_duration(o, "--min-wait", arg, &o->min_wait_ns);
}

static error_t set_user_stacks(struct options *o, const char *arg)
{
	static const char *const names[] = {
		[OPTIONS_STACKS_FP] = "fp",
		[OPTIONS_STACKS_RULES] = "rules",
		[OPTIONS_STACKS_NONE] = "none",
	};
	int found = -1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], arg))
			found = (int)i;
	if (found >= 0)
		o->user_stacks = (enum options_stacks)found;
	return options_choice(o, "--user-stacks", arg, found, "rules, fp, none");
}

const struct options_row options_filter_rows[] = {
	{ NULL, 0, NULL, "Which waits:", NULL },
	{ "pid", 'p', "P[,P]", "processes, all their threads", set_pid },
	{ "tid", 't', "T[,T]", "single threads", set_tid },
	{ "follow", 0, NULL, "what these start, too: children, threads, and their children",
	  set_follow },
	{ "class", 'c', "LIST", "wait classes, such as futex,mutex,io", set_class },
	{ "kind", 0, "LIST",
	  "kinds of waits: of futex such as lock,condition, of io such as tag,page", set_kind },
	{ "idle", 0, "FILE", "leave waits out whose stack has a function that FILE lists",
	  set_idle },
	{ "comm", 0, "GLOB", "threads whose name matches, as 'worker*' (* ? [...])", set_comm },
	{ "cgroup", 0, "PATH", "tasks of this cgroup v2 and those below it", set_cgroup },
	{ "min-wait", 0, "DUR", "leave out waits shorter than DUR (500ns 20us 3ms 1s)",
	  set_min_wait },
	{ "user-stacks", 0, "HOW",
	  "user stacks by unwind rules (rules, the default), by frame pointers (fp) or none",
	  set_user_stacks },
	{ 0 },
};

static error_t set_min(struct options *o, const char *arg)
{
	return options_duration(o, "--min", arg, &o->min_age_ns);
}

const struct options_row options_min_rows[] = {
	{ "min", 0, "DUR", "only waits that have lasted DUR or longer", set_min },
	{ 0 },
};
