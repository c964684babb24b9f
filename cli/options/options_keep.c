// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options: what a session keeps, or a capture.
 */
#include "options/options_impl.h"

static error_t set_records(struct options *o, const char *arg)
{
	error_t err = options_count(o, "--records", arg, "waits", &o->nr_records);

	if (!err && o->nr_records > WAITPROF_MAX_RECORDS)
		return options_fail(o, "--records %.40s: too many; take %d or less", arg,
				    WAITPROF_MAX_RECORDS);
	return err;
}

const struct options_row options_records_rows[] = {
	{ "records", 0, "N",
	  "room for N waits on each CPU until they are read (default: an eighth of the "
	  "session's memory)",
	  set_records },
	{ 0 },
};

static error_t set_every_wait(struct options *o, const char *arg)
{
	(void)arg;
	o->records = true;
	return 0;
}

static error_t set_objects(struct options *o, const char *arg)
{
	(void)arg;
	o->objects = true;
	return 0;
}

static error_t set_slice(struct options *o, const char *arg)
{
	error_t err = options_seconds(o, "--slice", arg, &o->slice_ns);

	if (!err && (o->slice_ns < 10000000 || o->slice_ns > 3600000000000))
		return options_fail(o, "--slice %.40s: out of range; take 0.01 to 3600", arg);
	return err;
}

static error_t set_work(struct options *o, const char *arg)
{
	return options_count(o, "--work", arg, "units of work", &o->work);
}

const struct options_row options_record_rows[] = {
	{ NULL, 0, NULL, "What is kept:", NULL },
	{ "records", 0, NULL, "every single wait, too", set_every_wait },
	{ "objects", 0, NULL, "rows for each object waited for, for --by object", set_objects },
	{ "slice", 0, "SEC", "length of a slice (default 1)", set_slice },
	{ "work", 0, "N", "so many units of work are done meanwhile: diff compares per unit",
	  set_work },
	{ 0 },
};
