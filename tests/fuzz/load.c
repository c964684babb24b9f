// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define DEVICE	    "/dev/nullb0"
#define BLOCK_BYTES 4096
#define MAP_BYTES   (256 << 10)

/* How often, in us: a little of all, for most of the time is to be the messages'. */
#define READ_US	     5000
#define INTERRUPT_US 50000
#define MAP_US	     50000
#define FORK_US	     300000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_often(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		usleep(500);
		pthread_mutex_unlock(&lock);
		usleep(200);
	}
	return unused;
}

static void *read_often(void *unused)
{
	void *block = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES);
	int fd = open(DEVICE, O_RDONLY | O_DIRECT | O_CLOEXEC);

	while (fd >= 0 && block && pread(fd, block, BLOCK_BYTES, 0) >= 0)
		usleep(READ_US);
	return unused;
}

static void wait_briefly(void)
{
	const struct timespec time = { .tv_nsec = 2000000 };
	int word = 0;

	syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0);
}

static void on_alarm(int unused)
{
	(void)unused;
	wait_briefly();
}

/* A wait within a signal's handler, the signal within a wait. */
static void *interrupt_often(void *unused)
{
	const struct itimerspec often = { { 0, 1000 * INTERRUPT_US }, { 0, 1000 * INTERRUPT_US } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	timer_t timer;

	signal(SIGALRM, on_alarm);
	if (!timer_create(CLOCK_MONOTONIC, &event, &timer))
		timer_settime(timer, 0, &often, NULL);
	for (;;) {
		wait_briefly();
		usleep(INTERRUPT_US / 10);
	}
	return unused;
}

/* Several of these wait for mmap_lock, which belongs to who populates, a reader. */
static void *map_often(void *unused)
{
	for (;;) {
		void *memory = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (memory != MAP_FAILED)
			munmap(memory, MAP_BYTES);
		usleep(MAP_US);
	}
	return unused;
}

static void be_steady(void)
{
	pthread_t thread;

	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, wait_often, NULL);
		pthread_create(&thread, NULL, map_often, NULL);
	}
	pthread_create(&thread, NULL, read_often, NULL);
	pthread_create(&thread, NULL, interrupt_often, NULL);
	wait_often(NULL);
}

/* Code that comes and goes, by munmap() and by mprotect(). */
static void change_code(int fd, int turn)
{
	void *code = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (code == MAP_FAILED)
		return;
	if (turn % 2)
		mprotect(code, BLOCK_BYTES, PROT_READ);
	munmap(code, BLOCK_BYTES);
}

static void fork_often(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	for (int turn = 0;; turn++) {
		pid_t pid = fork();

		if (!pid) {
			for (int i = 0; i < 5; i++)
				wait_briefly();
			_exit(0);
		}
		wait_briefly();
		waitpid(pid, NULL, 0);
		if (!(turn % 8))
			change_code(fd, turn / 8);
		usleep(FORK_US);
	}
}

static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run();
	_exit(0);
}

/**
 * load_start() - start programs that wait
 * @load: result, to be given to load_stop()
 */
void load_start(struct load *load)
{
	load->steady = start(be_steady);
	load->forker = start(fork_often);
}

/**
 * load_stop() - end them
 * @load: from load_start()
 */
void load_stop(const struct load *load)
{
	const pid_t pids[] = { load->steady, load->forker };

	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}
