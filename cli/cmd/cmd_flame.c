// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof flame: one window, live or of a capture, as a picture in a file; or
 * what is different in it from a capture made before.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"
#include "cmd/cmd.h"
#include "cmd/cmd_view.h"
#include "cmd/complain.h"
#include "flame/flame.h"
#include "util/format.h"
#include "options/options.h"
#include "options/options_impl.h"
#include "util/save.h"

static const struct {
	const char *suffix;
	int (*render)(FILE *out, const struct flame *flame);
} formats[] = {
	{ ".svg", render_flame_svg },
	{ ".html", render_flame_html },
};

#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

/* Which format a file's name asks for; NR_FORMATS = none. */
static size_t format_of(const char *path)
{
	size_t i, len = strlen(path), suffix;

	for (i = 0; i < NR_FORMATS; i++) {
		suffix = strlen(formats[i].suffix);
		if (len > suffix && !strcmp(path + len - suffix, formats[i].suffix))
			break;
	}
	return i;
}

/* Before anything is recorded: a minute of waits with nowhere to go is no use. */
static int check(struct options *options)
{
	int ret;

	if (!options->output)
		return options_fail(options, "-o: missing; give a file FILE.svg or FILE.html");
	if (format_of(options->output) == NR_FORMATS)
		return options_fail(options,
				    "-o %.100s: no picture; take a name that ends in .svg or .html",
				    options->output);
	ret = save_check(options->output);
	if (ret)
		return options_fail(options, "-o %.80s: %s; take another place", options->output,
				    strerror(-ret));
	if (options->before && access(options->before, R_OK))
		return options_fail(options, "--before %.80s: %s; give a capture", options->before,
				    strerror(errno));
	return 0;
}

static const struct options_command command = {
	.name = "flame",
	.doc = "Draw a flame graph of the waits: where they come from, as wide as they last.",
	.examples =
		"  waitprof flame -p 4242 --duration 10 -o waits.html   look at it in a browser\n"
		"  waitprof flame -i capture.wp -o waits.svg            of a capture\n"
		"  waitprof flame -i after.wp --before before.wp -o change.html\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_INPUT | OPTIONS_BEFORE |
		OPTIONS_OUTPUT,
	.by = GROUP_BY_NONE,
	.check = check,
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whose waits a file has: its name, and what was asked for now. */
static const char *who_of(const struct options *options, const char *path, char *buf, size_t size)
{
	bool filtered = options->nr_tgids || options->nr_tids || options->comm_glob;
	char who[160];

	options_who(options, who, sizeof(who));
	if (path && filtered)
		snprintf(buf, size, "%.90s, %s", base_name(path), who);
	else
		snprintf(buf, size, "%s", path ? base_name(path) : who);
	return buf;
}

static int add_before(struct flame *flame, const struct options *options)
{
	struct report report = { 0 };
	struct capture *capture;
	char who[256];
	int ret = capture_open(&capture, options->before);

	if (!ret)
		ret = capture_report(capture, options, 0, CAPTURE_ALL, &report);
	if (ret)
		complain_capture(options->before, capture);
	else if (flame_add(flame, &report, who_of(options, options->before, who, sizeof(who)),
			   FLAME_BEFORE))
		complain("flame graph", "no memory", "narrow the filter");
	else
		ret = 1;
	report_free(&report);
	capture_close(capture);
	return ret > 0 ? 0 : -EINVAL;
}

static int save_picture(const char *path, const struct flame *flame)
{
	const struct flame_sum *all = &flame->tree.root.sums[FLAME_NOW];
	char total[FORMAT_LEN], count[FORMAT_LEN];
	struct save save;
	int ret = save_open(&save, path);

	if (!ret)
		ret = save_close(&save, formats[format_of(path)].render(save.out, flame));
	if (ret) {
		complain(path, strerror(-ret), "nothing was written");
		return ret;
	}
	printf("%s: %s in %s wait%s\n", path,
	       format_duration(total, sizeof(total), all->ns[FLAME_TOTAL]),
	       format_count(count, sizeof(count), all->count), all->count == 1 ? "" : "s");
	return 0;
}

static int show(const struct options *options, struct report *report)
{
	struct flame flame = { 0 };
	char who[256];
	int ret = flame_add(&flame, report, who_of(options, options->input, who, sizeof(who)),
			    FLAME_NOW);

	if (ret)
		complain("flame graph", "no memory", "narrow the filter");
	else if (options->before)
		ret = add_before(&flame, options);
	if (!ret)
		ret = save_picture(options->output, &flame);
	flame_free(&flame);
	return ret;
}

/**
 * cmd_flame() - run the command
 * @argc: length of @argv
 * @argv: "flame" and its options
 *
 * Return: exit status.
 */
int cmd_flame(int argc, char **argv)
{
	return cmd_view(&command, argc, argv, show);
}
