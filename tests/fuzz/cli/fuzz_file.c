// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of a harness: in memory, or in a folder of this process, which is removed at its
 * end.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static char folder[64];

static void remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command))
		fprintf(stderr, "%s: stays\n", folder);
}

/**
 * fuzz_path() - a place for a file
 * @name: of the file
 *
 * Return: its path, good until the next but seven.
 */
const char *fuzz_path(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	char *path = paths[next++ % 8];

	if (!folder[0]) {
		strcpy(folder, "/dev/shm/waitprof-fuzz-XXXXXX");
		if (!mkdtemp(folder))
			abort();
		atexit(remove_folder);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/**
 * fuzz_write() - write a file
 * @path: the file
 * @data: its content
 * @size: length of @data
 */
void fuzz_write(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

/**
 * fuzz_memory() - a file in memory
 * @data: its content
 * @size: length of @data
 *
 * Return: a descriptor, for the caller to close.
 */
int fuzz_memory(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

/**
 * fuzz_quiet() - send what commands print to nowhere
 *
 * Return: a stream to nowhere.
 */
FILE *fuzz_quiet(void)
{
	static FILE *quiet;

	if (!quiet) {
		quiet = freopen("/dev/null", "w", stdout);
		if (!quiet)
			abort();
	}
	return quiet;
}
