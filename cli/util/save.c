// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that appears under its name when it is whole, and not otherwise: what
 * stood there before stays until then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/save.h"

/**
 * save_check() - could a file be written, before there is anything to write
 * @path: its name
 *
 * Return: 0 or -errno.
 */
int save_check(const char *path)
{
	char folder[PATH_MAX];
	char *slash;
	struct stat st;

	if (strlen(path) + 8 > sizeof(folder))
		return -ENAMETOOLONG;
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	strcpy(folder, path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = '\0';
	else
		strcpy(folder, ".");
	return access(folder, W_OK | X_OK) ? -errno : 0;
}

/**
 * save_open() - begin to write
 * @save: result
 * @path: what the file is to be called; must live until save_close()
 *
 * Return: 0 or -errno.
 */
int save_open(struct save *save, const char *path)
{
	mode_t mask = umask(0);
	int fd, error;

	umask(mask);
	save->out = NULL;
	save->path = path;
	if (snprintf(save->temporary, sizeof(save->temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(save->temporary))
		return -ENAMETOOLONG;
	fd = mkostemp(save->temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fchmod(fd, 0666 & ~mask))
		save->out = fdopen(fd, "w");
	if (save->out)
		return 0;
	error = -errno;
	close(fd);
	unlink(save->temporary);
	return error;
}

/**
 * save_close() - end writing: the file is there, or is as it was before
 * @save: from save_open()
 * @error: what went wrong meanwhile, -errno; 0 = nothing
 *
 * Return: 0, @error, or -errno.
 */
int save_close(struct save *save, int error)
{
	errno = EIO;
	if (!error && (fflush(save->out) || ferror(save->out)))
		error = -errno;
	if (fclose(save->out) && !error)
		error = -errno;
	if (!error && rename(save->temporary, save->path))
		error = -errno;
	if (error)
		unlink(save->temporary);
	return error;
}
