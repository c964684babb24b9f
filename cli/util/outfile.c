// SPDX-License-Identifier: GPL-2.0-only
/*
 * A document that is complete or not there: it is written under another name in
 * the same folder and gets its own at the end. What is no ordinary file, such as
 * /dev/null or a pipe, is written to as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/outfile.h"

/* As open() would have made it, which mkostemp() does not. */
static void set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	fchmod(fd, 0666 & ~mask);
}

static int open_part(struct outfile *o, const char *path)
{
	int fd;

	if (asprintf(&o->part, "%s.XXXXXX", path) < 0) {
		o->part = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(o->part, O_CLOEXEC);
	if (fd >= 0) {
		set_mode(fd);
		return fd;
	}
	fd = -errno;
	free(o->part);
	o->part = NULL;
	return fd;
}

/**
 * outfile_open() - begin a document
 * @o: result
 * @path: name of the file; NULL = standard output
 *
 * Return: 0 or -errno.
 */
int outfile_open(struct outfile *o, const char *path)
{
	struct stat st;
	int fd;

	*o = (struct outfile){ .file = stdout, .path = path };
	if (!path)
		return 0;
	if (stat(path, &st) || S_ISREG(st.st_mode)) {
		fd = open_part(o, path);
	} else {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (fd < 0)
		return fd;
	o->file = fdopen(fd, "w");
	if (o->file)
		return 0;
	close(fd);
	outfile_close(o, false);
	return -ENOMEM;
}

/**
 * outfile_close() - end a document
 * @o: document
 * @complete: give it its name; else it vanishes
 *
 * Return: 0, or -errno when it did not arrive, and is not there; what becomes of
 * standard output is told by output_flush().
 */
int outfile_close(struct outfile *o, bool complete)
{
	int ret = 0;

	if (!o->path)
		return 0;
	if (o->file && (fflush(o->file) || ferror(o->file)))
		ret = errno ? -errno : -EIO;
	if (o->file && fclose(o->file) && !ret)
		ret = -errno;
	if (o->part && complete && !ret && rename(o->part, o->path))
		ret = -errno;
	if (o->part && (!complete || ret))
		unlink(o->part);
	free(o->part);
	memset(o, 0, sizeof(*o));
	return ret;
}
