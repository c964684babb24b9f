// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands behind an option: ids, names, durations, counts. What is wrong
 * with it becomes a sentence: the option, why, what to write instead.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/format.h"
#include "options/options_impl.h"

/**
 * options_fail() - something is wrong
 * @options: gets the sentence, if it is the first one
 * @fmt: "what: why; next step"
 *
 * Return: EINVAL, as argp wants it.
 */
error_t options_fail(struct options *options, const char *fmt, ...)
{
	va_list args;

	/* The first thing wrong is the one to tell. */
	if (!options->error[0]) {
		va_start(args, fmt);
		vsnprintf(options->error, sizeof(options->error), fmt, args);
		va_end(args);
	}
	return EINVAL;
}

/**
 * options_ids() - a list of process or thread ids
 * @options: gets the sentence when it is none
 * @option: name of the option
 * @arg: "12,34"
 * @ids: room for WAITPROF_MAX_IDS
 * @nr: how many it has, grows
 *
 * Return: 0 or EINVAL.
 */
error_t options_ids(struct options *options, const char *option, const char *arg, uint32_t *ids,
		    uint32_t *nr)
{
	const char *p = arg;

	do {
		unsigned long id;
		char *end;

		if (!isdigit((unsigned char)*p))
			return options_fail(
				options, "%s %.40s: not a list of ids; write them as 12 or 12,34",
				option, arg);
		errno = 0;
		id = strtoul(p, &end, 10);
		if (errno || id == 0 || id > 0x7fffffff || (*end && *end != ','))
			return options_fail(
				options, "%s %.40s: not a list of ids; write them as 12 or 12,34",
				option, arg);
		if (*nr == WAITPROF_MAX_IDS)
			return options_fail(
				options, "%s: more than %d ids; leave it out and group by process",
				option, WAITPROF_MAX_IDS);
		ids[(*nr)++] = (uint32_t)id;
		p = *end ? end + 1 : end;
		if (*end == ',' && !*p)
			return options_fail(options,
					    "%s %.40s: ends with a comma; write the ids as 12,34",
					    option, arg);
	} while (*p);
	return 0;
}

/**
 * options_names() - a list of names, each of which is a bit
 * @options: gets the sentence when one is unknown
 * @what: of what; also the option's name without its dashes
 * @arg: "futex,io"
 * @find: the bit of a name, or a negative number
 * @choices: the names, for the sentence
 * @mask: gets the bits
 *
 * Return: 0 or EINVAL.
 */
error_t options_names(struct options *options, const char *what, const char *arg,
		      int (*find)(const char *name, size_t len), const char *choices,
		      uint32_t *mask)
{
	const char *p = arg;

	do {
		size_t len = strcspn(p, ",");
		int found = find(p, len);

		if (found < 0)
			return options_fail(options, "--%s %.*s: unknown %s; take some of %s", what,
					    (int)(len < 30 ? len : 30), p, what, choices);
		*mask |= 1U << found;
		p += len;
	} while (*p++);
	return 0;
}

/**
 * options_choice() - one name out of some
 * @options: gets the sentence when it is none of them
 * @option: name of the option
 * @arg: the name
 * @found: what a search for it returned, negative = none
 * @choices: the names, for the sentence
 *
 * Return: 0 or EINVAL.
 */
error_t options_choice(struct options *options, const char *option, const char *arg, int found,
		       const char *choices)
{
	if (found >= 0)
		return 0;
	return options_fail(options, "%s %.40s: not known; take one of %s", option, arg, choices);
}

/**
 * options_duration() - a duration with its unit: how long a wait lasts
 * @options: gets the sentence when it is none
 * @option: name of the option
 * @arg: "20us"
 * @ns: result
 *
 * Return: 0 or EINVAL.
 */
error_t options_duration(struct options *options, const char *option, const char *arg, uint64_t *ns)
{
	if (!format_parse_duration(arg, ns))
		return 0;
	return options_fail(options, "%s %.40s: not a duration; write 500ns, 20us, 3ms or 1s",
			    option, arg);
}

/**
 * options_seconds() - a duration, of seconds when without unit: how long we run
 * @options: gets the sentence when it is none
 * @option: name of the option
 * @arg: "0.5" or "2min"
 * @ns: result
 *
 * Return: 0 or EINVAL.
 */
error_t options_seconds(struct options *options, const char *option, const char *arg, uint64_t *ns)
{
	if (!format_parse_seconds(arg, ns))
		return 0;
	return options_fail(options, "%s %.40s: not a duration; write 5, 0.5, 500ms or 2min",
			    option, arg);
}

/**
 * options_percent() - a part of a whole, above 0
 * @options: gets the sentence when it is none
 * @option: name of the option
 * @arg: "5", "0.5" or "5%"
 * @ppm: result, in millionths
 *
 * Return: 0 or EINVAL.
 */
error_t options_percent(struct options *options, const char *option, const char *arg, uint32_t *ppm)
{
	double percent;
	char *end;

	errno = 0;
	percent = strtod(arg, &end);
	if (!errno && isdigit((unsigned char)arg[0]) && (!*end || !strcmp(end, "%")) &&
	    percent >= 0.0001 && percent <= 100) {
		*ppm = (uint32_t)(percent * 10000 + 0.5);
		return 0;
	}
	return options_fail(options, "%s %.40s: not a share of a CPU; write 5, 0.5 or off", option,
			    arg);
}

/**
 * options_count() - how many of something, 1 at least
 * @options: gets the sentence when it is none
 * @option: name of the option
 * @arg: "12"
 * @what: of what
 * @count: result
 *
 * Return: 0 or EINVAL.
 */
error_t options_count(struct options *options, const char *option, const char *arg,
		      const char *what, uint64_t *count)
{
	char *end;

	errno = 0;
	*count = strtoull(arg, &end, 10);
	if (errno || *end || !isdigit((unsigned char)arg[0]) || !*count)
		return options_fail(options, "%s %.40s: not a number of %s; write 1 or more",
				    option, arg, what);
	return 0;
}
