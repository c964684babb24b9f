// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of /proc/PID/maps, and how to reach the files that they name: through
 * /proc/PID/map_files, which reaches deleted files and those of other mount
 * namespaces; where that is not permitted, by the path below /proc/PID/root.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/maps.h"

#define MAX_VDSO (1u << 20)
#define DELETED	 " (deleted)"

/**
 * maps_parse() - split a line "start-end perms offset major:minor inode   path"
 * @line: the line; is cut into strings
 * @row: result
 *
 * Return: false for a line that is no executable mapping.
 */
bool maps_parse(char *line, struct maps_row *row)
{
	unsigned int major, minor;
	char perms[5];
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &row->start, &row->end, perms, &row->offset, &major, &minor, &row->inode,
		   &at) < 7 ||
	    !at)
		return false;
	row->dev = (uint64_t)major << 32 | minor;
	row->path = line + at;
	row->path[strcspn(row->path, "\n")] = '\0';
	return perms[2] == 'x' && row->start < row->end;
}

static bool is_deleted(const char *path)
{
	size_t len = strlen(path);

	return len > strlen(DELETED) && !strcmp(path + len - strlen(DELETED), DELETED);
}

/**
 * maps_clean() - undo what maps does to a path
 * @path: is changed: "\012" for a line feed, " (deleted)"
 */
void maps_clean(char *path)
{
	char *at;

	while ((at = strstr(path, "\\012"))) {
		*at = '\n';
		memmove(at + 1, at + 4, strlen(at + 4) + 1);
	}
	if (is_deleted(path))
		path[strlen(path) - strlen(DELETED)] = '\0';
}

/**
 * maps_any_deleted() - does a process execute files that have no path any more
 * @pid: process
 *
 * Return: false, too, where its mappings cannot be read.
 */
bool maps_any_deleted(pid_t pid)
{
	struct maps_row row;
	bool found = false;
	char path[32], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	while (file && !found && getline(&line, &size, file) > 0)
		found = maps_parse(line, &row) && is_deleted(row.path);
	free(line);
	if (file)
		fclose(file);
	return found;
}

/**
 * maps_is_vdso() - does the kernel map this, without a file
 * @row: mapping
 */
bool maps_is_vdso(const struct maps_row *row)
{
	return !strcmp(row->path, "[vdso]");
}

static void map_files_path(char *buf, size_t size, pid_t pid, const struct maps_row *row)
{
	snprintf(buf, size, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, row->start, row->end);
}

/* By path only if it is not "(deleted)": another file may be there now. */
static char *root_path(pid_t pid, const struct maps_row *row)
{
	char *clean = strdup(row->path), *path = NULL;

	if (!clean)
		return NULL;
	maps_clean(clean);
	if (!strcmp(clean, row->path) && asprintf(&path, "/proc/%d/root%s", pid, clean) < 0)
		path = NULL;
	free(clean);
	return path;
}

/**
 * maps_stat() - look at the file behind a mapping
 * @pid: process
 * @row: mapping with a path
 * @st: result
 *
 * Return: 0 or -errno.
 */
int maps_stat(pid_t pid, const struct maps_row *row, struct stat *st)
{
	char link[96], *path;
	int ret = -ENOENT;

	map_files_path(link, sizeof(link), pid, row);
	if (!stat(link, st))
		return 0;
	path = root_path(pid, row);
	if (path)
		ret = stat(path, st) ? -errno : 0;
	free(path);
	return ret;
}

/* Opening a device can have effects, a fifo blocks: look before. */
static int open_regular(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* All 64-bit processes have the same vdso, so ours serves for all of them. */
static int open_vdso(const struct maps_row *row)
{
	unsigned long start = getauxval(AT_SYSINFO_EHDR);
	size_t len = row->end - row->start;
	int fd;

	if (!start || row->start <= UINT32_MAX || len > MAX_VDSO)
		return -1;
	fd = memfd_create("vdso", MFD_CLOEXEC);
	if (fd >= 0 && write(fd, (void *)start, len) != (ssize_t)len) {
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * maps_open() - open the file behind a mapping while its process exists
 * @pid: process
 * @row: mapping with a path, or that of the vdso
 *
 * Return: a descriptor of a regular file, or -1.
 */
int maps_open(pid_t pid, const struct maps_row *row)
{
	char link[96], *path;
	int fd;

	if (maps_is_vdso(row))
		return open_vdso(row);
	map_files_path(link, sizeof(link), pid, row);
	fd = open_regular(link);
	if (fd >= 0)
		return fd;
	path = root_path(pid, row);
	if (path)
		fd = open_regular(path);
	free(path);
	return fd;
}
