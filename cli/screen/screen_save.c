// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown, as a file: a capture of the window, or its figures as top --json
 * prints them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "render/render.h"
#include "screen/screen_run.h"

static int write_report(int fd, const struct report *report)
{
	FILE *out = fdopen(fd, "w");
	int ret;

	if (!out) {
		close(fd);
		return -errno;
	}
	ret = render_json_top(out, report);
	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

/* Call sites and names of programs are nobody else's business. */
static int save_json(const struct screen *s, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : write_report(fd, &s->report);
}

/**
 * screen_save() - write what is shown into a new file of the working directory
 * @s: screen; its message says which file, or why not
 * @source: may know how to write a capture
 *
 * Return: 0: that it could not be written does not end the screen.
 */
int screen_save(struct screen *s, const struct screen_source *source)
{
	char name[64], path[80], why[SCREEN_MESSAGE_LEN / 2] = "";
	time_t now = time(NULL);
	struct tm tm;
	int ret;

	if (!s->window) {
		screen_message(s, "nothing to save yet");
		return 0;
	}
	localtime_r(&now, &tm);
	strftime(name, sizeof(name), "waitprof-top-%Y%m%d-%H%M%S", &tm);
	snprintf(path, sizeof(path), "%s.%s", name, source->save ? "wp" : "json");
	if (source->save)
		ret = source->save(source->arg, path, s->window, &s->report, why, sizeof(why));
	else
		ret = save_json(s, path);
	if (ret)
		screen_message(s, "not saved: %s: %s", path, why[0] ? why : strerror(-ret));
	else
		screen_message(s, "saved: %s", path);
	return 0;
}
