// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: what is shown, and how.
 */
#include "options/options_impl.h"

static error_t set_by(struct options *o, const char *arg)
{
	int found = group_by_find(arg);
	error_t err = options_choice(o, "--by", arg, found,
				     "callsite, thread, process, object, class, waker");

	if (!err)
		o->by = (enum group_by)found;
	if (!err && o->by == GROUP_BY_WAKER)
		o->wakers = true;
	return err;
}

const struct options_row options_group_rows[] = {
	{ NULL, 0, NULL, "What is shown:", NULL },
	{ "by", 0, "WHAT",
	  "one row per callsite, thread, process, object, class, or pair of callsite and waker",
	  set_by },
	{ 0 },
};

static error_t set_wakers(struct options *o, const char *arg)
{
	(void)arg;
	o->wakers = true;
	return 0;
}

const struct options_row options_wakers_rows[] = {
	{ "wakers", 0, NULL, "who ended the waits, too, and through which code", set_wakers },
	{ 0 },
};

static error_t set_sort(struct options *o, const char *arg)
{
	int found = group_sort_find(arg);
	error_t err = options_choice(o, "--sort", arg, found, "total, count, max, avg");

	if (!err)
		o->sort = (enum group_sort)found;
	return err;
}

const struct options_row options_sort_rows[] = {
	{ "sort", 0, "KEY", "total, count, max or avg; largest first", set_sort },
	{ 0 },
};

static error_t set_json(struct options *o, const char *arg)
{
	(void)arg;
	o->json = true;
	return 0;
}

const struct options_row options_json_rows[] = {
	{ "json", 0, NULL, "print JSON, one object per refresh (trace: per wait)", set_json },
	{ 0 },
};
