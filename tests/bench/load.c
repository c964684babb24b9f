// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads that wait, or that only might:
 *
 *	load NAME COUNT [SETTLE_MS]
 *
 * Each thread does COUNT operations. Prints the nanoseconds of one operation
 * (wall time over all threads' operations), then median, 99th percentile and
 * maximum of the first thread's operations where it keeps them apart, else 0.
 * Before that it does a few, and sleeps for SETTLE_MS: what a tool does once for a
 * new process is not counted.
 * Real-time threads leave no room for anybody else on a machine with one CPU.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 4
#define MESSAGE	    64
#define BLOCK	    4096
#define DEVICE	    "/dev/nullb0"
#define COMMAND	    "/sys/kernel/debug/waitprof_bench/command"

static unsigned long count;
static uint64_t *samples;
static unsigned long nr_samples;
static pthread_barrier_t warm, start;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void sample(int thread)
{
	if (thread == 0)
		samples[nr_samples++] = now_ns();
}

/* --- a futex handed from thread to thread; one FUTEX_WAIT that sleeps each time --- */

static int turn;

static void futex(int op, int value)
{
	syscall(SYS_futex, &turn, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void run_futex(int thread)
{
	for (unsigned long i = 0; i < count; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != thread)
			futex(FUTEX_WAIT, !thread);
		__atomic_store_n(&turn, !thread, __ATOMIC_RELEASE);
		futex(FUTEX_WAKE, 1);
		sample(thread);
	}
}

/* --- locks of the test module --- */

static void command(const char *verb)
{
	int fd = open(COMMAND, O_WRONLY);

	if (fd < 0 || dprintf(fd, "%s %lu", verb, count) < 0)
		die(COMMAND);
	close(fd);
}

static void run_mutex(int thread)
{
	(void)thread;
	command("turns");
}

static void run_locks(int thread)
{
	(void)thread;
	command("locks");
}

static void run_clock(int thread)
{
	(void)thread;
	command("clock");
}

/* --- a mutex of libc, given away by a holder that goes to the end of the queue --- */

static pthread_mutex_t libc_mutex = PTHREAD_MUTEX_INITIALIZER;

static void run_pthread(int thread)
{
	(void)thread;
	for (unsigned long i = 0; i < count; i++) {
		pthread_mutex_lock(&libc_mutex);
		sched_yield();
		pthread_mutex_unlock(&libc_mutex);
	}
}

/* --- one pipe, two writers, two readers: its mutex --- */

static int pipe_fds[2];

static void run_pipe(int thread)
{
	char message[MESSAGE] = "";

	for (unsigned long i = 0; i < count; i++) {
		ssize_t done = thread % 2 ? read(pipe_fds[0], message, MESSAGE) :
					    write(pipe_fds[1], message, MESSAGE);

		if (done != MESSAGE)
			die("pipe");
	}
}

/* --- files of one directory: its rwsem --- */

static char folder[] = "/tmp/waitprof-bench-XXXXXX";

static void run_rename(int thread)
{
	char one[64], other[64];

	snprintf(one, sizeof(one), "%s/%d.one", folder, thread);
	snprintf(other, sizeof(other), "%s/%d.other", folder, thread);
	close(open(one, O_CREAT | O_WRONLY, 0600));
	for (unsigned long i = 0; i < count; i++)
		if (rename(i % 2 ? other : one, i % 2 ? one : other))
			die("rename");
	unlink(one);
	unlink(other);
}

/* --- direct reads of a device that answers at once, from an interrupt --- */

static void run_dio(int thread)
{
	int fd = open(DEVICE, O_RDONLY | O_DIRECT);
	void *buffer;

	if (fd < 0 || posix_memalign(&buffer, BLOCK, BLOCK))
		die(DEVICE);
	for (unsigned long i = 0; i < count; i++) {
		if (pread(fd, buffer, BLOCK, i % 1024 * BLOCK) != BLOCK)
			die("pread");
		sample(thread);
	}
	free(buffer);
	close(fd);
}

#define REALTIME (1 << 0)
#define FILLED	 (1 << 1)

static const struct load {
	const char *name;
	void (*run)(int thread);
	int nr_threads;
	int flags;
} loads[] = {
	{ "futex", run_futex, 2, REALTIME },
	{ "mutex", run_mutex, 2, REALTIME },
	{ "locks", run_locks, 1, REALTIME },
	{ "clock", run_clock, 1, REALTIME },
	{ "pthread", run_pthread, 4, 0 },
	{ "pipe", run_pipe, 4, 0 },
	{ "rename", run_rename, 2, 0 },
	{ "dio", run_dio, 1, REALTIME },
	{ "dio-filled", run_dio, 1, REALTIME | FILLED },
};

static const struct load *load;

static unsigned long count_timed, settle_ms;

static void wait_warm(void)
{
	/* One of them, after the last has come, and before the first goes on. */
	if (pthread_barrier_wait(&warm) == PTHREAD_BARRIER_SERIAL_THREAD) {
		count = count_timed;
		nr_samples = 0;
	}
}

static void *thread_main(void *arg)
{
	if (settle_ms)
		load->run((int)(intptr_t)arg);
	wait_warm();
	pthread_barrier_wait(&start);
	load->run((int)(intptr_t)arg);
	return NULL;
}

/*
 * Runs when nobody else does. What it runs for is the time that the load waited
 * for its device and is not counted; an idle CPU's time would also hold what the
 * kernel does around idling, which is not the same twice.
 */
static int ended;

static void *fill(void *arg)
{
	struct sched_param priority = {};

	if (sched_setscheduler(0, SCHED_IDLE, &priority))
		die("sched_setscheduler");
	while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE))
		;
	return arg;
}

static uint64_t filled_ns(pthread_t filler)
{
	struct timespec ts;
	clockid_t clock;

	if (pthread_getcpuclockid(filler, &clock) || clock_gettime(clock, &ts))
		die("clock of the filler");
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_quantiles(void)
{
	unsigned long nr = nr_samples - 1;

	if (nr_samples < 2) {
		puts(" 0 0 0");
		return;
	}
	for (unsigned long i = 0; i < nr; i++)
		samples[i] = samples[i + 1] - samples[i];
	qsort(samples, nr, sizeof(samples[0]), compare);
	printf(" %lu %lu %lu\n", (unsigned long)samples[nr / 2],
	       (unsigned long)samples[nr * 99 / 100], (unsigned long)samples[nr - 1]);
}

int main(int argc, char **argv)
{
	struct sched_param priority = { .sched_priority = 10 };
	pthread_t threads[MAX_THREADS], filler;
	uint64_t begin, begin_filled = 0, taken;

	for (size_t i = 0; (argc == 3 || argc == 4) && i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(argv[1], loads[i].name))
			load = &loads[i];
	if (!load) {
		fprintf(stderr, "usage: load NAME COUNT [SETTLE_MS]\n");
		return 2;
	}
	count_timed = strtoul(argv[2], NULL, 10);
	settle_ms = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	count = count_timed / 20 + 1;
	samples = calloc(count_timed + count, sizeof(samples[0]));
	if (!samples || pipe(pipe_fds) || !mkdtemp(folder))
		die("load");
	/* Touched before it is timed. */
	memset(samples, 1, (count_timed + count) * sizeof(samples[0]));
	if (load->flags & FILLED && pthread_create(&filler, NULL, fill, NULL))
		die("pthread_create");
	if (load->flags & REALTIME && sched_setscheduler(0, SCHED_FIFO, &priority))
		die("sched_setscheduler");
	pthread_barrier_init(&warm, NULL, load->nr_threads + 1);
	pthread_barrier_init(&start, NULL, load->nr_threads + 1);
	for (int i = 0; i < load->nr_threads; i++)
		if (pthread_create(&threads[i], NULL, thread_main, (void *)(intptr_t)i))
			die("pthread_create");
	wait_warm();
	usleep(settle_ms * 1000);
	/* Before: a thread may be far on when this one has the CPU again. */
	begin = now_ns();
	if (load->flags & FILLED)
		begin_filled = filled_ns(filler);
	pthread_barrier_wait(&start);
	for (int i = 0; i < load->nr_threads; i++)
		pthread_join(threads[i], NULL);
	taken = now_ns() - begin;
	if (load->flags & FILLED) {
		taken -= filled_ns(filler) - begin_filled;
		__atomic_store_n(&ended, 1, __ATOMIC_RELEASE);
		pthread_join(filler, NULL);
	}
	printf("%.2f", (double)taken / count / load->nr_threads);
	print_quantiles();
	rmdir(folder);
	return 0;
}
