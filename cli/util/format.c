// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers as people read them, and back. Pure. A duration has three or four
 * significant digits and one unit, so that a column of them lines up and a
 * glance at the unit gives the size.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/format.h"

struct unit {
	const char *name;
	double ns;
};

static const struct unit units[] = {
	{ "ns", 1 },	 { "us", 1e3 },	  { "ms", 1e6 },    { "s", 1e9 },
	{ "min", 6e10 }, { "h", 3.6e12 }, { "d", 8.64e13 },
};

#define NR_UNITS (sizeof(units) / sizeof(units[0]))

/**
 * format_duration() - a duration with its unit: "12.3 ms"
 * @buf: result
 * @size: its room, FORMAT_LEN is enough
 * @ns: the duration
 *
 * Return: @buf.
 */
const char *format_duration(char *buf, size_t size, uint64_t ns)
{
	size_t i = 0;
	double value;

	/* 999.95 would be printed as 1000: take the next unit instead. */
	while (i + 1 < NR_UNITS && (double)ns >= units[i + 1].ns * (i < 3 ? 0.99995 : 2))
		i++;
	/* From seconds on, the smaller unit is kept up to two of the next. */
	value = (double)ns / units[i].ns;
	if (i == 0)
		snprintf(buf, size, "%" PRIu64 " ns", ns);
	else if (value >= 99.995)
		snprintf(buf, size, "%.1f %s", value, units[i].name);
	else
		snprintf(buf, size, "%.2f %s", value, units[i].name);
	return buf;
}

/**
 * format_count() - a count: exact up to six digits, then "1.23M"
 * @buf: result
 * @size: its room
 * @count: the number
 *
 * Return: @buf.
 */
const char *format_count(char *buf, size_t size, uint64_t count)
{
	if (count < 1000000)
		snprintf(buf, size, "%" PRIu64, count);
	else if (count < 1000000000)
		snprintf(buf, size, "%.2fM", (double)count / 1e6);
	else
		snprintf(buf, size, "%.2fG", (double)count / 1e9);
	return buf;
}

/**
 * format_bytes() - a size: "512 B", "12.0 KiB", "1.5 MiB"
 * @buf: result
 * @size: its room
 * @bytes: the size
 *
 * Return: @buf.
 */
const char *format_bytes(char *buf, size_t size, uint64_t bytes)
{
	if (bytes < 1024)
		snprintf(buf, size, "%" PRIu64 " B", bytes);
	else if (bytes < 1024 * 1024)
		snprintf(buf, size, "%.1f KiB", (double)bytes / 1024);
	else
		snprintf(buf, size, "%.1f MiB", (double)bytes / (1024 * 1024));
	return buf;
}

/**
 * format_share() - part of a whole: "12.3 %"
 * @buf: result
 * @size: its room
 * @part: part
 * @whole: whole; 0 gives "-"
 *
 * Return: @buf.
 */
const char *format_share(char *buf, size_t size, uint64_t part, uint64_t whole)
{
	if (whole)
		snprintf(buf, size, "%.1f %%", 100.0 * (double)part / (double)whole);
	else
		snprintf(buf, size, "-");
	return buf;
}

/**
 * format_ppm() - a share that may be small: "31.4 %", "0.05 %"
 * @buf: result
 * @size: its room
 * @ppm: millionths
 *
 * Return: @buf.
 */
const char *format_ppm(char *buf, size_t size, uint64_t ppm)
{
	snprintf(buf, size, "%.3g %%", (double)ppm / 1e4);
	return buf;
}

static int parse(const char *text, const char *plain, uint64_t *ns)
{
	const char *unit;
	double value, result;
	char *end;

	/* Digits first: strtod() alone would take "inf", "nan", "-1" and hex. */
	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return -EINVAL;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	errno = 0;
	value = strtod(text, &end);
	if (errno || end == text || !isfinite(value))
		return -EINVAL;
	while (*end == ' ')
		end++;
	unit = *end ? end : plain;
	for (size_t i = 0; unit && i < NR_UNITS; i++) {
		if (strcmp(unit, units[i].name))
			continue;
		result = value * units[i].ns;
		if (result >= 9.2e18)
			return -ERANGE;
		*ns = (uint64_t)(result + 0.5);
		return 0;
	}
	return -EINVAL;
}

/**
 * format_parse_duration() - "500ns", "20us", "3ms", "1.5s", "2min", "1h", "1d"
 * @text: the text
 * @ns: result
 *
 * A number without a unit is refused, except 0: which unit was meant is a
 * guess that can be wrong by nine digits.
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int format_parse_duration(const char *text, uint64_t *ns)
{
	if (!strcmp(text, "0")) {
		*ns = 0;
		return 0;
	}
	return parse(text, NULL, ns);
}

/**
 * format_parse_seconds() - as format_parse_duration(), a plain number is seconds
 * @text: the text
 * @ns: result
 *
 * Return: 0, -EINVAL or -ERANGE.
 */
int format_parse_seconds(const char *text, uint64_t *ns)
{
	return parse(text, "s", ns);
}
