// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: how long, and how often.
 */
#include <string.h>

#include "options/options_impl.h"

static error_t set_delay(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "-d", arg, &o->delay_ns);

	if (!err && o->delay_ns < 10000000)
		return options_fail(o, "-d %.40s: too short; take 0.01 or more", arg);
	return err;
}

static error_t set_iterations(struct options *o, const char *arg)
{
	return options_count(o, "-n", arg, "refreshes", &o->nr_refreshes);
}

static error_t set_batch(struct options *o, const char *arg)
{
	(void)arg;
	o->batch = true;
	return 0;
}

const struct options_row options_refresh_rows[] = {
	{ NULL, 0, NULL, "When:", NULL },
	{ "delay", 'd', "SEC", "seconds from one refresh to the next (default 2)", set_delay },
	{ "iterations", 'n', "N", "stop after N refreshes", set_iterations },
	{ "batch", 'b', NULL, "print one report after another (default when not a terminal)",
	  set_batch },
	{ 0 },
};

static error_t set_length(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "--duration", arg, &o->duration_ns);

	if (!err && !o->duration_ns)
		return options_fail(
			o, "--duration %.40s: nothing to see in no time; take more than 0", arg);
	return err;
}

const struct options_row options_duration_rows[] = {
	{ "duration", 0, "SEC",
	  "stop after SEC seconds (default: at Ctrl-C, or when every followed process has ended)",
	  set_length },
	{ 0 },
};

static error_t set_guard(struct options *o, const char *arg)
{
	o->has_guard = true;
	o->guard_ppm = 0;
	return strcmp(arg, "off") ? options_percent(o, "--guard", arg, &o->guard_ppm) : 0;
}

const struct options_row options_guard_rows[] = {
	{ "guard", 0, "PERCENT",
	  "stop when its hooks take more than PERCENT of a CPU (default 5; off: never)",
	  set_guard },
	{ 0 },
};
