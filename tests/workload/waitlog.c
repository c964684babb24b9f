// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads of a workload are made before the phase and poll a flag with short
 * sleeps until it begins, so that neither their creation nor their rendezvous
 * is a wait of a class waitprof knows. Each counts its own context switches
 * from its first to its last line of the phase and stores its log in memory
 * made beforehand; printing comes after.
 */
#include "waitlog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREAD_STACK_BYTES (128 * 1024)

static volatile bool released;

/** now_ns() - the clock waitprof uses, too */
uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/** sleep_ns() - sleep in no wait class: a timer of the thread's own */
void sleep_ns(uint64_t duration_ns)
{
	struct timespec ts = {
		.tv_sec = duration_ns / NSEC_PER_SEC,
		.tv_nsec = duration_ns % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}

/** own_tid() - thread id of the caller */
pid_t own_tid(void)
{
	return syscall(SYS_gettid);
}

/** die() - say what went wrong and end with status 1 */
void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

/** say() - tell the test where the workload is */
void say(const char *state)
{
	printf("{\"state\": \"%s\", \"pid\": %d, \"now_ns\": %" PRIu64 "}\n", state, getpid(),
	       now_ns());
	fflush(stdout);
}

/** read_line() - sleep until the test sends a line; exit at end of input */
void read_line(char *line, size_t size)
{
	size_t len = 0;
	ssize_t got;
	char byte;

	for (;;) {
		got = read(STDIN_FILENO, &byte, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			exit(0);
		if (byte == '\n')
			break;
		if (len + 1 < size)
			line[len++] = byte;
	}
	line[len] = '\0';
}

/** await_line() - sleep until the test has placed its session */
void await_line(void)
{
	char line[2];

	read_line(line, sizeof(line));
}

/** own_nvcsw() - voluntary context switches of the caller so far */
long own_nvcsw(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/** own_switches() - context switches of the caller so far, of both kinds */
long own_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/** wait_log() - the next free entry of a thread's log, zeroed */
struct own_wait *wait_log(struct own_thread *self)
{
	if (self->nr == self->max) {
		errno = ENOSPC;
		die("log of a thread is full");
	}
	return &self->waits[self->nr++];
}

static uint64_t own_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/** wait_begin() - stamp a wait, right before the call that waits */
void wait_begin(struct own_wait *wait)
{
	wait->cpu_ns = own_cpu_ns();
	wait->begin_ns = now_ns();
}

/** wait_end() - stamp it again, right after the call */
void wait_end(struct own_wait *wait)
{
	wait->end_ns = now_ns();
	wait->cpu_ns = own_cpu_ns() - wait->cpu_ns;
}

/**
 * wait_end_killed() - for a thread of another process, right before its death
 * @wait: its open wait
 * @tgid: the process
 * @tid: the thread
 *
 * It cannot log its end. @end_ns is left to the caller.
 */
void wait_end_killed(struct own_wait *wait, pid_t tgid, pid_t tid)
{
	char path[64];
	unsigned long long cpu_ns;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", tgid, tid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &cpu_ns) != 1)
		die(path);
	fclose(file);
	wait->cpu_ns = cpu_ns - wait->cpu_ns;
	wait->waker_ns = now_ns();
	wait->ended = "kill";
}

static void *thread_main(void *arg)
{
	struct own_thread *self = arg;
	struct rusage before, after;

	self->tid = own_tid();
	while (!released)
		sleep_ns(NSEC_PER_MSEC);
	getrusage(RUSAGE_THREAD, &before);
	self->begin_ns = now_ns();
	self->run(self);
	self->end_ns = now_ns();
	getrusage(RUSAGE_THREAD, &after);
	self->nvcsw = after.ru_nvcsw - before.ru_nvcsw;
	self->nivcsw = after.ru_nivcsw - before.ru_nivcsw;
	__atomic_store_n(&self->finished, true, __ATOMIC_RELEASE);
	return NULL;
}

/** threads_start() - make threads that stand ready for threads_release() */
void threads_start(struct own_thread *threads, unsigned int nr, unsigned int max_waits)
{
	pthread_attr_t attr;
	unsigned int i;

	released = false;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	for (i = 0; i < nr; i++) {
		threads[i].max = max_waits;
		threads[i].waits = calloc(max_waits, sizeof(struct own_wait));
		if (!threads[i].waits)
			die("calloc");
		errno = pthread_create(&threads[i].pthread, &attr, thread_main, &threads[i]);
		if (errno)
			die("pthread_create");
	}
	pthread_attr_destroy(&attr);
	/* A page of code or stack read from disk would be a wait of its own. */
	if (mlockall(MCL_CURRENT))
		die("mlockall");
	for (i = 0; i < nr; i++)
		while (!*(volatile pid_t *)&threads[i].tid)
			sleep_ns(NSEC_PER_MSEC);
}

/** threads_release() - begin the phase */
void threads_release(void)
{
	released = true;
}

/**
 * threads_finish() - sleep until every thread has ended
 * @threads: the threads
 * @nr: how many
 *
 * By polling: pthread_join() would be a futex wait of the main thread's.
 */
void threads_finish(struct own_thread *threads, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		while (!__atomic_load_n(&threads[i].finished, __ATOMIC_ACQUIRE))
			sleep_ns(NSEC_PER_MSEC);
		while (pthread_tryjoin_np(threads[i].pthread, NULL) == EBUSY)
			sleep_ns(NSEC_PER_MSEC);
	}
}

/** wait_print() - one JSON line for one wait */
void wait_print(pid_t tid, const struct own_wait *wait)
{
	unsigned int i;

	printf("{\"wait\": \"%s\", \"tid\": %d, \"ended\": \"%s\", \"begin_ns\": %" PRIu64
	       ", \"end_ns\": %" PRIu64 ", \"cpu_ns\": %" PRIu64 ", \"waker_ns\": %" PRIu64
	       ", \"object\": %" PRIu64 ", \"object_bytes\": %u"
	       ", \"owner_tid\": %d, \"sleeps\": %u",
	       wait->kind, tid, wait->ended ? wait->ended : "open", wait->begin_ns, wait->end_ns,
	       wait->end_ns ? wait->cpu_ns : 0, wait->waker_ns, wait->object, wait->object_bytes,
	       wait->owner_tid, wait->sleeps);
	if (wait->runqueue_ns)
		printf(", \"runqueue_ns\": %" PRIu64, wait->runqueue_ns);
	if (wait->site)
		printf(", \"site\": \"%s\", \"line\": %u", wait->site, wait->line);
	if (wait->frames[0]) {
		printf(", \"frames\": [");
		for (i = 0; i < WAITLOG_FRAMES; i++)
			printf("%s%" PRIu64, i ? ", " : "", wait->frames[i]);
		printf("]");
	}
	printf("}\n");
}

/** threads_print() - the log of all threads, one JSON line per wait */
void threads_print(const struct own_thread *threads, unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		printf("{\"thread\": \"%s\", \"tid\": %d, \"begin_ns\": %" PRIu64
		       ", \"end_ns\": %" PRIu64 ", \"nvcsw\": %ld, \"nivcsw\": %ld"
		       ", \"calls\": %" PRIu64 ", \"calls_ns\": %" PRIu64
		       ", \"calls_max_ns\": %" PRIu64 "}\n",
		       threads[i].name, threads[i].tid, threads[i].begin_ns, threads[i].end_ns,
		       threads[i].nvcsw, threads[i].nivcsw, threads[i].calls, threads[i].calls_ns,
		       threads[i].calls_max_ns);
		for (j = 0; j < threads[i].nr; j++)
			wait_print(threads[i].tid, &threads[i].waits[j]);
	}
}

/** phase_run() - one phase, from the threads' creation to their printed log */
void phase_run(struct own_thread *threads, unsigned int nr, unsigned int max_waits)
{
	unsigned int i;

	threads_start(threads, nr, max_waits);
	for (i = 0; i < nr; i++)
		printf("{\"tid\": %d, \"name\": \"%s\"}\n", threads[i].tid, threads[i].name);
	say("ready");
	await_line();
	threads_release();
	threads_finish(threads, nr);
	threads_print(threads, nr);
	say("done");
}
