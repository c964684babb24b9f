// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits for block I/O, timed by the program that does it:
 *
 *	block_io direct|cached FILE [ROUNDS]	reads, 1 MiB apart
 *	block_io fsync FILE [ROUNDS]		a 4 KiB write, then fsync
 *	block_io sizes FILE [ROUNDS]		O_DIRECT, each round reads 4 and 64 KiB
 *						and writes 4 and 12 KiB
 *
 * The reads of "cached" go through the page cache, which is empty: each waits
 * for one page. A block device forgets its cached pages when it is closed, so
 * the program keeps it open. fsync waits for I/O and for the journal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "waitlog.h"

#define READ_BYTES   4096
#define MOST_BYTES   65536
#define STRIDE_BYTES (1024 * 1024)
#define NOINLINE     __attribute__((noinline, noclone))

static unsigned int rounds = 10;
static void *buffer;
static uint64_t device;
static int fd;

NOINLINE static void read_once(struct own_wait *wait, unsigned int round)
{
	long nvcsw = own_nvcsw();
	ssize_t got;

	wait_begin(wait);
	got = pread(fd, buffer, READ_BYTES, (off_t)round * STRIDE_BYTES);
	wait_end(wait);
	if (got != READ_BYTES)
		die("pread");
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = "pread";
	wait->site = __func__;
}

NOINLINE static void fsync_once(struct own_wait *wait, unsigned int round)
{
	long nvcsw;

	if (pwrite(fd, buffer, READ_BYTES, (off_t)round * READ_BYTES) != READ_BYTES)
		die("pwrite");
	nvcsw = own_nvcsw();
	wait_begin(wait);
	if (fsync(fd))
		die("fsync");
	wait_end(wait);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = "fsync";
	wait->site = __func__;
}

struct transfer {
	const char *kind;
	size_t bytes;
};

static const struct transfer transfers[] = {
	{ "pread", 4096 },
	{ "pwrite", 4096 },
	{ "pread", 65536 },
	{ "pwrite", 12288 },
};

#define NR_TRANSFERS (sizeof(transfers) / sizeof(transfers[0]))

NOINLINE static void transfer_once(struct own_wait *wait, unsigned int round)
{
	const struct transfer *what = &transfers[round % NR_TRANSFERS];
	off_t at = (off_t)round * STRIDE_BYTES;
	long nvcsw = own_nvcsw();
	ssize_t got;

	wait_begin(wait);
	if (!strcmp(what->kind, "pread"))
		got = pread(fd, buffer, what->bytes, at);
	else
		got = pwrite(fd, buffer, what->bytes, at);
	wait_end(wait);
	if (got != (ssize_t)what->bytes)
		die(what->kind);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = what->kind;
	wait->site = __func__;
}

static void io_thread(struct own_thread *self)
{
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		if (!strcmp(self->name, "fsync"))
			fsync_once(wait, i);
		else if (!strcmp(self->name, "sizes"))
			transfer_once(wait, i);
		else
			read_once(wait, i);
		wait->ended = wait->sleeps ? "wake" : "none";
		wait->object = device;
	}
}

static void file_open(const char *path, const char *name)
{
	int flags = O_RDONLY;
	struct stat st;

	if (!strcmp(name, "direct"))
		flags = O_RDONLY | O_DIRECT;
	else if (!strcmp(name, "sizes"))
		flags = O_RDWR | O_DIRECT;
	else if (!strcmp(name, "fsync"))
		flags = O_RDWR | O_CREAT;
	fd = open(path, flags, 0644);
	if (fd < 0 || fstat(fd, &st))
		die(path);
	device = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	/* As waitprof writes a device: 12 and 20 bits. */
	device = (uint64_t)major(device) << 20 | minor(device);
	if (!strcmp(name, "cached") && (posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) ||
					posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)))
		die("posix_fadvise");
	if (posix_memalign(&buffer, READ_BYTES, MOST_BYTES))
		die("posix_memalign");
	memset(buffer, 'w', MOST_BYTES);
}

int main(int argc, char **argv)
{
	struct own_thread thread = { .run = io_thread };
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "direct") && strcmp(name, "cached") && strcmp(name, "fsync") &&
	    strcmp(name, "sizes")) {
		fprintf(stderr, "block_io: no case \"%s\"\n", name);
		return 2;
	}
	if (argc < 3) {
		fprintf(stderr, "block_io: %s needs a file\n", name);
		return 2;
	}
	if (argc > 3)
		rounds = strtoul(argv[3], NULL, 0);
	if (!strcmp(name, "sizes"))
		rounds *= NR_TRANSFERS;
	thread.name = name;
	file_open(argv[2], name);
	phase_run(&thread, 1, rounds);
	return 0;
}
