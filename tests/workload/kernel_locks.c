// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on locks of the kernel, made and logged by the test module:
 *
 *	kernel_locks ROUNDS LINE...
 *
 * Each LINE has a thread of its own, which writes it to the module's command
 * file ROUNDS times; "@N LINE" keeps it on CPU N. SIGUSR1 interrupts; a line that
 * fails ends the program. The threads' own log has one entry a write, which may
 * be more than the lock's wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "waitlog.h"

#define COMMAND	    "/sys/kernel/debug/waitprof_locks/command"
#define MAX_THREADS 64

static unsigned int rounds;
static int fds[MAX_THREADS];

static void on_signal(int signo)
{
	(void)signo;
}

/* What follows "@N ", now on CPU N. */
static const char *pinned(const char *line)
{
	cpu_set_t set;
	char *end;

	if (line[0] != '@')
		return line;
	CPU_ZERO(&set);
	CPU_SET(strtoul(line + 1, &end, 10), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	return end + strspn(end, " ");
}

static void line_thread(struct own_thread *self)
{
	const char *line = pinned(self->name);
	const int *fd = self->arg;
	size_t len = strlen(line);
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		wait->kind = "write";
		wait_begin(wait);
		if (write(*fd, line, len) != (ssize_t)len)
			die(line);
		wait_end(wait);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct own_thread threads[MAX_THREADS] = { 0 };
	unsigned int i, nr = argc - 2;

	rounds = argc > 2 ? strtoul(argv[1], NULL, 0) : 0;
	if (!rounds || nr > MAX_THREADS) {
		fprintf(stderr, "kernel_locks: rounds, then 1 to %d lines\n", MAX_THREADS);
		return 2;
	}
	if (sigaction(SIGUSR1, &action, NULL))
		die("sigaction");
	for (i = 0; i < nr; i++) {
		/* Its own open file: threads that share one meet in a lock of it. */
		fds[i] = open(COMMAND, O_WRONLY);
		if (fds[i] < 0)
			die(COMMAND);
		threads[i].name = argv[2 + i];
		threads[i].run = line_thread;
		threads[i].arg = &fds[i];
	}
	phase_run(threads, nr, rounds);
	return 0;
}
