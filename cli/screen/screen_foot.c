// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands below the tables: coverage and losses, in a few lines there and as
 * a page of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/render.h"
#include "screen/screen.h"

/* Of the lines of coverage. */
#define FOOT_WIDTH 80

static char *print(const struct screen *s, int width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (s->window && s->report.classes != 1U << WAITPROF_CLASS_BLOCK)
		render_coverage(out, &s->report, width);
	if (s->window)
		render_losses(out, &s->report);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/**
 * screen_foot() - write the lines below the tables
 * @s: screen
 *
 * Return: 0 or -ENOMEM.
 */
int screen_foot(struct screen *s)
{
	return screen_text_set(&s->foot, print(s, s->width > FOOT_WIDTH ? s->width : FOOT_WIDTH),
			       0);
}

/**
 * screen_losses() - write the page of coverage and losses
 * @s: screen
 *
 * Return: 0 or -ENOMEM.
 */
int screen_losses(struct screen *s)
{
	return screen_text_set(&s->help, print(s, s->width), s->width);
}
