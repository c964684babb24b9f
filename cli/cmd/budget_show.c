// SPDX-License-Identifier: GPL-2.0-only
/*
 * A budget on its way out, of a session or of a capture.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cmd/budget_show.h"
#include "cmd/cmd_report.h"
#include "render/render.h"
#include "util/format.h"
#include "util/term.h"

/* Longer names of files are not repeated in the command to be run next. */
#define MAX_NAME 80

static bool is_plain_name(const char *path)
{
	if (*path == '-')
		return false;
	while (isalnum((unsigned char)*path) || (*path && strchr("_./+,:=@%-", *path)))
		path++;
	return !*path;
}

/* " -i FILE", as a shell takes it. */
static size_t same_capture(const char *path, char *buf, size_t size)
{
	bool is_plain = is_plain_name(path);

	if (strlen(path) > MAX_NAME || (!is_plain && strchr(path, '\'')))
		return (size_t)snprintf(buf, size, " -i FILE");
	return (size_t)snprintf(buf, size, is_plain ? " -i %s" : " -i '%s'", path);
}

/* " -p 12,34": for the commands that are shown. */
static void same_tasks(const struct options *o, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	if (o->input)
		used = same_capture(o->input, buf, size);
	for (uint32_t i = 0; i < o->nr_tgids + o->nr_tids && used < size; i++) {
		bool is_tid = i >= o->nr_tgids;
		uint32_t k = is_tid ? i - o->nr_tgids : i;
		uint32_t id = is_tid ? o->tids[k] : o->tgids[k];

		if (k)
			used += (size_t)snprintf(buf + used, size - used, ",%u", id);
		else
			used += (size_t)snprintf(buf + used, size - used, " -%c %u",
						 is_tid ? 't' : 'p', id);
	}
	/* Cut ids are other ids. */
	if (used >= size)
		snprintf(buf, size, " ...");
}

/**
 * budget_show() - print a budget, and the question that it leads to
 * @options: options
 * @info: the capture that it comes from; NULL = a session
 * @report: the budget; @next gets set
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int budget_show(const struct options *options, const struct capture_info *info,
		struct budget_report *report)
{
	char length[FORMAT_LEN], who[128], title[192], whom[128];
	struct render_view view = { .width = term_width() };

	same_tasks(options, whom, sizeof(whom));
	budget_ask_next(report, whom);
	if (options->json)
		return render_json_budget(stdout, report);
	snprintf(title, sizeof(title), "waitprof budget: %.100s, %s",
		 info ? info->path : options_who(options, who, sizeof(who)),
		 format_duration(length, sizeof(length), report->report.duration_ns));
	if (info)
		cmd_report_header(info, title);
	else
		view.title = title;
	render_budget(stdout, report, &view);
	return 0;
}
