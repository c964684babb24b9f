// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of other processes' memory, many at a time: one system call for up to
 * IOV_MAX places of one address space. A place that cannot be read stays zero.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "proc/owner_read.h"

#define MAX_VECTORS 512

/* Reads as many as there are before one that cannot be read whole. */
static size_t read_some(pid_t pid, const struct owner_read *reads, size_t nr, int *error)
{
	struct iovec to[MAX_VECTORS] = { 0 }, from[MAX_VECTORS] = { 0 };
	size_t done;
	ssize_t n;

	for (size_t i = 0; i < nr; i++) {
		to[i] = (struct iovec){ reads[i].to, reads[i].size };
		from[i] = (struct iovec){ (void *)(uintptr_t)reads[i].address, reads[i].size };
	}
	n = process_vm_readv(pid, to, nr, from, nr, 0);
	*error = n < 0 ? errno : 0;
	for (done = 0; done < nr && n >= (ssize_t)reads[done].size; done++)
		n -= (ssize_t)reads[done].size;
	return done;
}

/**
 * owner_read() - read words of a process
 * @pid: one of its threads
 * @reads: what to read and where to; @ok is set
 * @nr: how many
 *
 * Where only the first word can be read (it may be the last of its page), the
 * rest of that place is zero.
 *
 * Return: 0, or -errno: the thread is gone, not permitted.
 */
int owner_read(pid_t pid, struct owner_read *reads, size_t nr)
{
	size_t at = 0;

	for (size_t i = 0; i < nr; i++) {
		memset(reads[i].to, 0, reads[i].size);
		reads[i].ok = false;
	}
	while (at < nr) {
		size_t step = nr - at < MAX_VECTORS ? nr - at : MAX_VECTORS, done;
		struct owner_read word;
		int error;

		done = read_some(pid, &reads[at], step, &error);
		if (error && error != EFAULT)
			return -error;
		for (size_t i = 0; i < done; i++)
			reads[at++].ok = true;
		if (done == step)
			continue;
		word = reads[at];
		word.size = sizeof(uint32_t);
		memset(word.to, 0, reads[at].size);
		reads[at].ok = reads[at].size >= word.size && read_some(pid, &word, 1, &error);
		at++;
	}
	return 0;
}
