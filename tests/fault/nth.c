// SPDX-License-Identifier: GPL-2.0-only
/*
 * System calls of which the n-th allocation fails, for the program in Python that
 * chooses them (tests/fault/run): between the order to fail and its end nothing
 * runs but the calls themselves, so that n means the same allocation each time.
 * Memory for answers is the caller's, and has been written before.
 *
 * The kernel counts down in /proc/thread-self/fail-nth. What is left there tells
 * whether anything failed: 0 = it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ERRORS 8

struct nth {
	int fd;
	unsigned int left;
};

static int order(int fd, unsigned int n)
{
	char text[16];
	int at = sizeof(text);

	do {
		text[--at] = '0' + n % 10;
		n /= 10;
	} while (n);
	return write(fd, text + at, sizeof(text) - at) < 0 ? -errno : 0;
}

static int begin(struct nth *nth, unsigned int n)
{
	nth->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (nth->fd < 0)
		return -errno;
	return n ? order(nth->fd, n) : 0;
}

static int end(struct nth *nth)
{
	char text[16] = "";
	int ret = pread(nth->fd, text, sizeof(text) - 1, 0) < 0 ? -errno : 0;

	nth->left = atoi(text);
	order(nth->fd, 0);
	close(nth->fd);
	return ret;
}

/**
 * nth_call() - a system call of which the n-th allocation fails
 * @n: which; 0 = none
 * @left: set to what is left of n
 * @call: its number
 * @a: first argument
 * @b: the next
 * @c: the next
 *
 * Return: what it returned, or -errno.
 */
long nth_call(unsigned int n, unsigned int *left, long call, long a, long b, long c)
{
	struct nth nth;
	long ret = begin(&nth, n);

	if (ret)
		return ret;
	ret = syscall(call, a, b, c);
	ret = ret < 0 ? -errno : ret;
	end(&nth);
	*left = nth.left;
	return ret;
}

/**
 * shortage_call() - a system call in which allocations fail as failslab is set up
 * @call: its number; with getpid() before, all pages of this are there
 * @a: first argument
 * @b: the next
 *
 * Return: what it returned, or -errno.
 */
long shortage_call(long call, long a, long b)
{
	int fd = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
	long ret;

	if (fd < 0 || write(fd, "1", 1) < 0)
		return -errno;
	ret = syscall(call, a, b);
	ret = ret < 0 ? -errno : ret;
	if (pwrite(fd, "0", 1, 0) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/**
 * nth_exchange() - a netlink request and all that comes of it
 * @n: the allocation that fails, 0 = none
 * @left: set to what is left of n
 * @fd: the socket
 * @message: what is sent
 * @len: its length
 * @answers: where the answers go, one after the other
 * @room: for them
 * @lens: set to the length of each, or to -errno of a call that failed
 * @max: answers at most
 *
 * Return: how many answers, or -errno of the sending.
 */
int nth_exchange(unsigned int n, unsigned int *left, int fd, const void *message, size_t len,
		 char *answers, size_t room, int *lens, int max)
{
	int nr = 0, errors = 0, ret;
	struct nth nth;

	ret = begin(&nth, n);
	if (ret)
		return ret;
	ret = send(fd, message, len, MSG_DONTWAIT) < 0 ? -errno : 0;
	while (!ret && nr < max && errors < MAX_ERRORS) {
		ssize_t got = recv(fd, answers, room, MSG_DONTWAIT);

		if (got < 0 && errno == EAGAIN)
			break;
		lens[nr++] = got < 0 ? -errno : got;
		errors += got < 0;
		if (got > 0) {
			answers += got;
			room -= got;
		}
	}
	end(&nth);
	*left = nth.left;
	return ret ? ret : nr;
}
