// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown, as a file: the figures of the window and of the threads that
 * were blocked, as top --json prints them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "render.h"
#include "screen_run.h"

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

/**
 * screen_save() - write what is shown into a new file of the working directory
 * @s: screen; its message says which file, or why not
 *
 * Return: 0: that it could not be written does not end the screen.
 */
int screen_save(struct screen *s)
{
	char name[64];
	time_t now = time(NULL);
	struct tm tm;
	int fd, ret;

	if (!s->window) {
		screen_message(s, "nothing to save yet");
		return 0;
	}
	localtime_r(&now, &tm);
	strftime(name, sizeof(name), "waitprof-top-%Y%m%d-%H%M%S.json", &tm);
	/* Call sites and names of programs are nobody else's business. */
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ret = fd < 0 ? -errno : write_report(fd, &s->report);
	if (ret)
		screen_message(s, "not saved: %s: %s", name, strerror(-ret));
	else
		screen_message(s, "saved: %s", name);
	return 0;
}
