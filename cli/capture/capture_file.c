// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kind of file is it? Answered by the head of SQLite's file format, without
 * handing the file to SQLite.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_schema.h"

#define HEAD_BYTES     100
#define AT_VERSION     60
#define AT_APPLICATION 68

/* The bytes that SQLite locks lie far out, where no page of ours is. */
#define LOCK_BYTE  0x40000000
#define LOCK_BYTES 512

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static pid_t locked_by(int fd)
{
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_BYTE,
		.l_len = LOCK_BYTES,
	};

	if (fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

static void look_inside(struct capture_file *file, int fd)
{
	unsigned char head[HEAD_BYTES];
	ssize_t len = pread(fd, head, sizeof(head), 0);

	file->kind = CAPTURE_FILE_FOREIGN;
	if (len < 0) {
		file->kind = CAPTURE_FILE_ERROR;
		file->error = -errno;
	} else if (!len) {
		file->kind = CAPTURE_FILE_EMPTY;
	} else if (len == sizeof(head) && !memcmp(head, "SQLite format 3", 16) &&
		   big_endian(head + AT_APPLICATION) == CAPTURE_APPLICATION) {
		file->version = big_endian(head + AT_VERSION);
		file->pid = locked_by(fd);
		file->kind = file->pid ? CAPTURE_FILE_BUSY : CAPTURE_FILE_CAPTURE;
	}
}

/**
 * capture_file_look() - find out what lies at a path
 * @file: result
 * @path: the path
 */
void capture_file_look(struct capture_file *file, const char *path)
{
	struct stat st;
	int fd;

	memset(file, 0, sizeof(*file));
	if (stat(path, &st)) {
		file->error = -errno;
		file->kind = errno == ENOENT ? CAPTURE_FILE_ABSENT : CAPTURE_FILE_ERROR;
		return;
	}
	file->kind = CAPTURE_FILE_NO_FILE;
	if (!S_ISREG(st.st_mode))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		file->error = -errno;
		file->kind = CAPTURE_FILE_ERROR;
		return;
	}
	look_inside(file, fd);
	close(fd);
}

/**
 * capture_boot_id() - what tells this start of the machine from others
 * @buf: result, empty when it is not known
 * @size: its room
 */
void capture_boot_id(char *buf, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[len > 0 ? len : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}
