// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that a user calls idle: a file with a pattern a line, as of
 * fnmatch(3); what begins with # is a comment. Nothing is idle by itself: a wait for
 * work may be the very problem.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profile/idle.h"

#define MAX_PATTERNS 4096

struct idle {
	char **patterns;
	size_t nr;
};

static char *strip(char *line)
{
	size_t len;

	while (isspace((unsigned char)*line))
		line++;
	if (*line == '#')
		return line + strlen(line);
	len = strlen(line);
	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
	return line;
}

static int add_line(struct idle *idle, char *line)
{
	char **more, *text = strip(line);

	if (!*text)
		return 0;
	if (idle->nr == MAX_PATTERNS)
		return -E2BIG;
	more = reallocarray(idle->patterns, idle->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	idle->patterns = more;
	more[idle->nr] = strdup(text);
	return more[idle->nr++] ? 0 : -ENOMEM;
}

static int read_lines(FILE *file, struct idle *idle, size_t *line)
{
	size_t room = 0;
	char *text = NULL;
	ssize_t len;
	int ret = 0;

	while (!ret && (len = getline(&text, &room, file)) > 0) {
		++*line;
		ret = strlen(text) == (size_t)len ? add_line(idle, text) : -EINVAL;
	}
	if (!ret && ferror(file))
		ret = -EIO;
	free(text);
	return ret;
}

/**
 * idle_read() - read a file of functions
 * @path: the file
 * @idle: result, to be freed
 * @line: where in the file it fails, if it does; 0 = not within a line
 *
 * Return: 0, or -errno: -EINVAL no text, -E2BIG more than 4096 patterns, -ENODATA none
 * at all.
 */
int idle_read(const char *path, struct idle **idle, size_t *line)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	int ret;

	*line = 0;
	*idle = NULL;
	if (!file)
		return -errno;
	if (!fstat(fileno(file), &st) && S_ISDIR(st.st_mode)) {
		fclose(file);
		return -EISDIR;
	}
	*idle = calloc(1, sizeof(**idle));
	ret = *idle ? read_lines(file, *idle, line) : -ENOMEM;
	fclose(file);
	if (!ret && !(*idle)->nr) {
		*line = 0;
		ret = -ENODATA;
	}
	if (ret) {
		idle_free(*idle);
		*idle = NULL;
	}
	return ret;
}

/**
 * idle_matches() - is a listed function among these
 * @idle: list, NULL is empty
 * @frames: a stack
 * @nr: its length
 */
bool idle_matches(const struct idle *idle, const struct symbol_frame *frames, size_t nr)
{
	for (size_t i = 0; idle && i < nr; i++)
		for (size_t k = 0; frames[i].symbol && k < idle->nr; k++)
			if (!fnmatch(idle->patterns[k], frames[i].symbol, 0))
				return true;
	return false;
}

/**
 * idle_free() - give a list up
 * @idle: list, may be NULL
 */
void idle_free(struct idle *idle)
{
	for (size_t i = 0; idle && i < idle->nr; i++)
		free(idle->patterns[i]);
	free(idle ? idle->patterns : NULL);
	free(idle);
}
