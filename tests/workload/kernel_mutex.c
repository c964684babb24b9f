// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on mutexes of the kernel, timed by the program that meets them:
 *
 *	kernel_mutex seek FILE [ROUNDS [WAITERS]]
 *	kernel_mutex epoll [CALLS [THREADS]]
 *	kernel_mutex signal [ROUNDS [MILLISECONDS]]
 *	kernel_mutex kill
 *
 * seek: one thread reads a file on a slow device and so holds the file
 * position's lock, while others ask for the position: each lseek() is one wait
 * on one lock with a known owner, and does no I/O itself. epoll: threads change
 * the same epoll set at once. signal, kill: a reader of /dev/kmsg sleeps with
 * the lock of its open file; another reader waits for it, interruptibly.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "waitlog.h"

#define MAX_WAITERS 15
#define READ_BYTES  4096
#define SETTLE_NS   (3 * NSEC_PER_MSEC)
#define HOLD_NS	    (40 * NSEC_PER_MSEC)
#define NOINLINE    __attribute__((noinline, noclone))

static unsigned int rounds = 10;
static unsigned int nr_waiters = 3;
static uint64_t hold_ns = HOLD_NS;

/* One position, many threads */

static struct {
	int fd;
	void *buffer;
	unsigned int reading;
	unsigned int read;
	unsigned int done;
	pid_t holder_tid;
	uint64_t end_ns;
} shared;

NOINLINE static void read_once(struct own_wait *wait)
{
	long nvcsw = own_nvcsw();
	ssize_t got;

	wait_begin(wait);
	got = read(shared.fd, shared.buffer, READ_BYTES);
	wait_end(wait);
	if (got != READ_BYTES)
		die("read");
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = "read";
	wait->site = __func__;
	wait->ended = "wake";
}

NOINLINE static void seek_once(struct own_wait *wait)
{
	long nvcsw = own_nvcsw();

	wait_begin(wait);
	if (lseek(shared.fd, 0, SEEK_CUR) < 0)
		die("lseek");
	wait_end(wait);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->kind = "lseek";
	wait->site = __func__;
	wait->ended = wait->sleeps ? "wake" : "none";
	wait->owner_tid = shared.holder_tid;
}

static void seek_holder(struct own_thread *self)
{
	struct own_wait *wait;
	unsigned int i;

	shared.holder_tid = self->tid;
	for (i = 0; i < rounds; i++) {
		wait = wait_log(self);
		__atomic_store_n(&shared.reading, i + 1, __ATOMIC_RELEASE);
		read_once(wait);
		shared.end_ns = wait->end_ns;
		__atomic_store_n(&shared.read, i + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&shared.done, __ATOMIC_ACQUIRE) < (i + 1) * nr_waiters)
			sleep_ns(NSEC_PER_MSEC / 2);
	}
}

static void seek_waiter(struct own_thread *self)
{
	struct own_wait *wait;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		while (__atomic_load_n(&shared.reading, __ATOMIC_ACQUIRE) <= i)
			sleep_ns(NSEC_PER_MSEC / 2);
		sleep_ns(SETTLE_NS);
		wait = wait_log(self);
		seek_once(wait);
		/* The reader's own stamp may come after the lock was let go. */
		while (__atomic_load_n(&shared.read, __ATOMIC_ACQUIRE) <= i)
			sleep_ns(NSEC_PER_MSEC / 2);
		wait->waker_ns = shared.end_ns;
		__atomic_add_fetch(&shared.done, 1, __ATOMIC_RELEASE);
	}
}

static void run_seek(const char *path)
{
	struct own_thread threads[1 + MAX_WAITERS] = { 0 };
	unsigned int i;

	shared.fd = open(path, O_RDONLY | O_DIRECT);
	if (shared.fd < 0)
		die(path);
	if (posix_memalign(&shared.buffer, READ_BYTES, READ_BYTES))
		die("posix_memalign");
	memset(shared.buffer, 0, READ_BYTES);
	threads[0].name = "holder";
	threads[0].run = seek_holder;
	for (i = 1; i <= nr_waiters; i++) {
		threads[i].name = "waiter";
		threads[i].run = seek_waiter;
	}
	phase_run(threads, 1 + nr_waiters, rounds);
}

/* One epoll set, many threads */

static int epoll_fd;

/* Logs the calls in which the thread left its CPU, and sums up all of them. */
NOINLINE static void epoll_once(struct own_thread *self, int op, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct own_wait *wait;
	uint64_t begin, end;
	long nvcsw, switches;

	nvcsw = own_nvcsw();
	switches = own_switches();
	begin = now_ns();
	if (epoll_ctl(epoll_fd, op, fd, &event))
		die("epoll_ctl");
	end = now_ns();
	switches = own_switches() - switches;
	nvcsw = own_nvcsw() - nvcsw;
	self->calls++;
	self->calls_ns += end - begin;
	if (end - begin > self->calls_max_ns)
		self->calls_max_ns = end - begin;
	if (!switches)
		return;
	wait = wait_log(self);
	wait->kind = "epoll_ctl";
	wait->site = __func__;
	wait->begin_ns = begin;
	wait->end_ns = end;
	wait->sleeps = nvcsw;
	wait->ended = nvcsw ? "wake" : "none";
}

static void epoll_thread(struct own_thread *self)
{
	unsigned int i;
	int fd;

	fd = eventfd(0, 0);
	if (fd < 0)
		die("eventfd");
	for (i = 0; i < rounds / 2; i++) {
		epoll_once(self, EPOLL_CTL_ADD, fd);
		epoll_once(self, EPOLL_CTL_DEL, fd);
	}
	close(fd);
}

static void run_epoll(void)
{
	struct own_thread threads[MAX_WAITERS] = { 0 };
	unsigned int i;

	epoll_fd = epoll_create1(0);
	if (epoll_fd < 0)
		die("epoll_create1");
	for (i = 0; i < nr_waiters; i++) {
		threads[i].name = "changer";
		threads[i].run = epoll_thread;
	}
	phase_run(threads, nr_waiters, rounds);
}

/* One open /dev/kmsg, two readers */

struct kmsg {
	int fd;
	pid_t holder_tid;
	pid_t waiter_tid;
	unsigned int waiting;
	unsigned int returned;
	bool stop;
	struct own_wait waits[64];
};

static struct kmsg *kmsg;

static void on_signal(int signo)
{
	(void)signo;
}

static void kmsg_setup(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	kmsg = mmap(NULL, sizeof(*kmsg), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (kmsg == MAP_FAILED)
		die("mmap");
	if (sigaction(SIGUSR1, &action, NULL))
		die("sigaction");
	kmsg->fd = open("/dev/kmsg", O_RDONLY);
	if (kmsg->fd < 0 || lseek(kmsg->fd, 0, SEEK_END) < 0)
		die("/dev/kmsg");
}

static void kmsg_holder(struct own_thread *self)
{
	char line[8192];

	kmsg->holder_tid = self->tid;
	/* A message of the kernel's own may end one read early. */
	while (!__atomic_load_n(&kmsg->stop, __ATOMIC_ACQUIRE))
		if (read(kmsg->fd, line, sizeof(line)) < 0 && errno != EINTR)
			break;
}

/* The second reader: in a process of its own when it is to be killed. */
NOINLINE static void kmsg_wait_once(struct own_wait *wait)
{
	char line[8192];
	ssize_t got;
	long nvcsw;

	__atomic_add_fetch(&kmsg->waiting, 1, __ATOMIC_RELEASE);
	nvcsw = own_nvcsw();
	wait->kind = "kmsg_read";
	wait->site = __func__;
	wait->owner_tid = kmsg->holder_tid;
	wait_begin(wait);
	got = read(kmsg->fd, line, sizeof(line));
	wait_end(wait);
	wait->sleeps = own_nvcsw() - nvcsw;
	wait->ended = got < 0 && errno == EINTR ? "signal" : "none";
	__atomic_add_fetch(&kmsg->returned, 1, __ATOMIC_RELEASE);
}

static void kmsg_await_holder(void)
{
	while (!__atomic_load_n(&kmsg->holder_tid, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	sleep_ns(HOLD_NS);
}

static void kmsg_waiter(struct own_thread *self)
{
	unsigned int i;

	kmsg->waiter_tid = self->tid;
	kmsg_await_holder();
	for (i = 0; i < rounds; i++)
		kmsg_wait_once(wait_log(self));
}

static void kmsg_ender(struct own_thread *self)
{
	unsigned int i;

	(void)self;
	for (i = 0; i < rounds; i++) {
		while (__atomic_load_n(&kmsg->waiting, __ATOMIC_ACQUIRE) <= i)
			sleep_ns(NSEC_PER_MSEC / 2);
		sleep_ns(hold_ns);
		kmsg->waits[i].waker_ns = now_ns();
		syscall(SYS_tgkill, getpid(), kmsg->waiter_tid, SIGUSR1);
	}
}

/* End the holder's last read. */
static void kmsg_release(const struct own_thread *holder)
{
	__atomic_store_n(&kmsg->stop, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&holder->finished, __ATOMIC_ACQUIRE)) {
		syscall(SYS_tgkill, getpid(), holder->tid, SIGUSR1);
		sleep_ns(NSEC_PER_MSEC);
	}
}

static void run_signal(void)
{
	struct own_thread threads[3] = {
		{ .name = "holder", .run = kmsg_holder },
		{ .name = "waiter", .run = kmsg_waiter },
		{ .name = "ender", .run = kmsg_ender },
	};
	unsigned int i;

	threads_start(threads, 3, rounds);
	say("ready");
	await_line();
	threads_release();
	threads_finish(&threads[1], 2);
	kmsg_release(&threads[0]);
	threads_finish(threads, 1);
	for (i = 0; i < rounds; i++)
		threads[1].waits[i].waker_ns = kmsg->waits[i].waker_ns;
	threads_print(threads, 3);
	say("done");
}

static void run_kill(void)
{
	struct own_thread holder = { .name = "holder", .run = kmsg_holder };
	pid_t child;

	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		kmsg_await_holder();
		kmsg_wait_once(&kmsg->waits[0]);
		_exit(0);
	}
	threads_start(&holder, 1, 1);
	printf("{\"child\": %d}\n", child);
	say("ready");
	await_line();
	threads_release();
	while (!__atomic_load_n(&kmsg->waiting, __ATOMIC_ACQUIRE))
		sleep_ns(NSEC_PER_MSEC);
	sleep_ns(HOLD_NS);
	wait_end_killed(&kmsg->waits[0], child, child);
	if (kill(child, SIGKILL) || waitpid(child, NULL, 0) != child)
		die("kill");
	kmsg->waits[0].end_ns = now_ns();
	kmsg->waits[0].sleeps = 1;
	kmsg_release(&holder);
	threads_finish(&holder, 1);
	wait_print(child, &kmsg->waits[0]);
	say("done");
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	int next = 2;

	if (!strcmp(name, "seek") && argc < 3) {
		fprintf(stderr, "kernel_mutex: seek needs a file\n");
		return 2;
	}
	next += !strcmp(name, "seek");
	if (!strcmp(name, "epoll"))
		rounds = 4000;
	if (argc > next)
		rounds = strtoul(argv[next], NULL, 0);
	if (argc > next + 1 && strcmp(name, "signal"))
		nr_waiters = strtoul(argv[next + 1], NULL, 0);
	if (!rounds || !nr_waiters || nr_waiters > MAX_WAITERS) {
		fprintf(stderr, "kernel_mutex: 1 to %d waiters\n", MAX_WAITERS);
		return 2;
	}
	if (!strcmp(name, "seek")) {
		run_seek(argv[2]);
	} else if (!strcmp(name, "epoll")) {
		run_epoll();
	} else if (!strcmp(name, "signal") && rounds <= 64) {
		if (argc > 3)
			hold_ns = strtoul(argv[3], NULL, 0) * NSEC_PER_MSEC;
		kmsg_setup();
		run_signal();
	} else if (!strcmp(name, "kill")) {
		kmsg_setup();
		run_kill();
	} else {
		fprintf(stderr, "kernel_mutex: no case \"%s\"\n", name);
		return 2;
	}
	return 0;
}
