// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that needs nothing but itself: the parts that are the same in all of
 * them come from cli/web, where {{name}} in page.html stands for another file,
 * the title or the data. The page forbids itself to load anything, and scripts
 * that are not its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flame/flame.h"
#include "util/format.h"
#include "util/markup.h"
#include "flame/web.h"

static void put_title(FILE *out, const struct flame *flame)
{
	char length[FORMAT_LEN];

	fputs(flame->is_diff ? "waitprof: what changed, " : "waitprof: ", out);
	for (int side = flame->is_diff ? FLAME_BEFORE : FLAME_NOW; side >= 0; side--) {
		const struct flame_about *about = &flame->about[side];

		markup_text(out, about->who, 0);
		fprintf(out, ", %s%s", format_duration(length, sizeof(length), about->duration_ns),
			side ? " \u2192 " : "");
	}
}

static int put_data(FILE *out, const struct flame *flame)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int ret;

	if (!memory)
		return -ENOMEM;
	ret = flame_json(memory, flame);
	if (fclose(memory) && !ret)
		ret = -ENOMEM;
	if (!ret)
		markup_json(out, text, size);
	free(text);
	return ret;
}

static bool is_text(const char *name, size_t len)
{
	static const char suffix[] = ".LICENSE";

	return len > sizeof(suffix) && !memcmp(name + len - sizeof(suffix) + 1, suffix, 8);
}

static int put_marker(FILE *out, const struct flame *flame, const char *name, size_t len)
{
	const struct web_file *file = web_find(name, len);

	if (file && is_text(name, len))
		markup_text(out, file->text, 0);
	else if (file)
		fwrite(file->text, 1, (size_t)(file->end - file->text), out);
	else if (len == 5 && !memcmp(name, "title", 5))
		put_title(out, flame);
	else if (len == 4 && !memcmp(name, "data", 4))
		return put_data(out, flame);
	return 0;
}

/**
 * render_flame_html() - a flame graph to work with, and what belongs beside it
 * @out: where to
 * @flame: what of
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_flame_html(FILE *out, const struct flame *flame)
{
	const struct web_file *page = web_find("page.html", 9);
	const char *at = page->text, *open, *close = NULL;
	int ret = 0;

	while (!ret && (open = strstr(at, "{{")) && (close = strstr(open, "}}"))) {
		fwrite(at, 1, (size_t)(open - at), out);
		ret = put_marker(out, flame, open + 2, (size_t)(close - open) - 2);
		at = close + 2;
	}
	if (!ret)
		fwrite(at, 1, (size_t)(page->end - at), out);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
