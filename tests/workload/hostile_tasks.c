// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits of tasks to which something happens meanwhile, each logged by itself:
 *
 *	hostile_tasks ptraced ROUNDS	stopped by a tracer, and single-stepped
 *	hostile_tasks vfork ROUNDS	children that wait while their parent does for them
 *	hostile_tasks exec THREADS	another thread execs; the new program waits as well
 *	hostile_tasks threads NR	NR threads, each waits once and ends
 *	hostile_tasks killed ROUNDS	processes of 4 threads, killed in their waits
 *
 * What other processes log lies in memory that is shared; what an exec ends, in a
 * file in memory, whose descriptor the new program is given.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "raw_futex.h"
#include "waitlog.h"

#define MAX_WAITS   8192
#define STACK_BYTES (16 * 1024)
#define WAIT_NS	    NSEC_PER_MSEC
#define STEPS	    20
#define BATCH	    16
#define TOGETHER    4 /* threads of one process that is killed */

struct shared {
	unsigned int at; /* rounds begun, or waits */
	unsigned int asleep;
	unsigned int nr;
	uint64_t exec_ns;
	uint32_t words[MAX_WAITS];
	pid_t tids[MAX_WAITS];
	struct own_wait waits[MAX_WAITS];
};

static struct shared *shared;
static int shared_fd;

static void share(int fd)
{
	shared_fd = fd < 0 ? memfd_create("log", 0) : fd;
	if (shared_fd < 0 || ftruncate(shared_fd, sizeof(*shared)))
		die("memfd_create");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	if (shared == MAP_FAILED)
		die("mmap");
}

/* Its strings are ours only where this program has not been replaced meanwhile. */
static struct own_wait *wait_new(unsigned int nr)
{
	struct own_wait *wait = &shared->waits[nr];

	if (nr >= MAX_WAITS)
		die("too many waits");
	shared->tids[nr] = own_tid();
	wait->kind = "futex_wait";
	wait->object = (uint64_t)(uintptr_t)&shared->words[nr];
	wait->sleeps = 1;
	return wait;
}

static struct own_wait *wait_next(void)
{
	return wait_new(__atomic_fetch_add(&shared->nr, 1, __ATOMIC_RELAXED));
}

static long wait_for(struct own_wait *wait, uint64_t ns)
{
	struct timespec ts = timespec_of(ns);
	uint64_t ip;
	long ret;

	wait_begin(wait);
	wait->waker_ns = ns ? wait->begin_ns + ns : 0;
	__atomic_add_fetch(&shared->asleep, 1, __ATOMIC_RELEASE);
	ret = raw_futex((uint32_t *)(uintptr_t)wait->object, FUTEX_WAIT, 0, ns ? &ts : NULL, 0,
			&ip);
	wait_end(wait);
	wait->ended = ended_by(ret);
	return ret;
}

static void print_all(void)
{
	unsigned int i;

	for (i = 0; i < shared->nr; i++)
		wait_print(shared->tids[i], &shared->waits[i]);
}

static void await_asleep(unsigned int nr)
{
	while (__atomic_load_n(&shared->asleep, __ATOMIC_ACQUIRE) < nr)
		sleep_ns(NSEC_PER_MSEC / 2);
	sleep_ns(HOLD_NS);
}

static void wake(unsigned int nr)
{
	shared->waits[nr].waker_ns = now_ns();
	__atomic_store_n(&shared->words[nr], 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &shared->words[nr], FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* --- a tracer --- */

static unsigned int nr_interrupted;
static uint64_t stopped_ns; /* for certain: from the stop seen to what let it go on */

static void wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("waitpid of a stop");
}

/* Stop it; a call that was interrupted, and only that, has this return value there. */
static void stop(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		die("PTRACE_INTERRUPT");
	wait_stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs))
		die("PTRACE_GETREGS");
	nr_interrupted += regs.orig_rax == SYS_futex && (long)regs.rax == -512;
}

static void go_on(pid_t pid, int request)
{
	if (ptrace(request, pid, NULL, NULL))
		die("ptrace");
}

/* Stopped twice, then let go on by steps or at once, then woken. */
static void trace_round(pid_t pid, unsigned int round)
{
	uint64_t since;
	int i;

	for (i = 0; i < 2; i++) {
		stop(pid);
		since = now_ns();
		sleep_ns(HOLD_NS);
		stopped_ns += now_ns() - since;
		go_on(pid, i && round % 2 ? PTRACE_SINGLESTEP : PTRACE_CONT);
		sleep_ns(HOLD_NS);
	}
	wake(round);
	/* The step that was the system call ends with it. */
	for (i = 0; round % 2 && i < STEPS; i++) {
		wait_stop(pid);
		go_on(pid, i < STEPS - 1 ? PTRACE_SINGLESTEP : PTRACE_CONT);
	}
}

static void run_ptraced(unsigned int nr)
{
	unsigned int i;
	pid_t child;

	child = fork();
	if (!child) {
		while (!__atomic_load_n(&shared->at, __ATOMIC_ACQUIRE))
			sleep_ns(NSEC_PER_MSEC);
		for (i = 0; i < nr; i++)
			wait_for(wait_next(), 0);
		_exit(0);
	}
	printf("{\"child\": %d}\n", child);
	say("ready");
	await_line();
	if (ptrace(PTRACE_SEIZE, child, NULL, NULL))
		die("PTRACE_SEIZE");
	__atomic_store_n(&shared->at, 1, __ATOMIC_RELEASE);
	for (i = 0; i < nr; i++) {
		await_asleep(i + 1);
		trace_round(child, i);
	}
	if (waitpid(child, NULL, 0) != child)
		die("waitpid");
	print_all();
	printf("{\"interrupted\": %u, \"stopped_ns\": %llu}\n", nr_interrupted,
	       (unsigned long long)stopped_ns);
	say("done");
}

/* --- vfork --- */

static void run_vfork(unsigned int nr)
{
	unsigned int i;
	pid_t child;

	say("ready");
	await_line();
	for (i = 0; i < nr; i++) {
		child = vfork();
		if (!child) {
			wait_for(wait_next(), WAIT_NS);
			wait_for(wait_next(), 2 * WAIT_NS);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			die("vfork");
	}
	print_all();
	say("done");
}

/* --- threads --- */

static void thread_new(void *(*run)(void *), void *arg, pthread_t *id)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while ((errno = pthread_create(id, &attr, run, arg)) == EAGAIN)
		sleep_ns(NSEC_PER_MSEC);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
}

static void *wait_briefly(void *unused)
{
	wait_for(wait_next(), WAIT_NS);
	return unused;
}

static void run_threads(unsigned int nr)
{
	pthread_t ids[BATCH];
	unsigned int i, j;

	say("ready");
	await_line();
	for (i = 0; i < nr; i += BATCH) {
		for (j = 0; j < BATCH; j++)
			thread_new(wait_briefly, NULL, &ids[j]);
		/* By polling: to join is a wait of its own. */
		for (j = 0; j < BATCH; j++)
			while (pthread_tryjoin_np(ids[j], NULL) == EBUSY)
				sleep_ns(NSEC_PER_MSEC / 2);
	}
	print_all();
	say("done");
}

/* --- ended in the wait --- */

static void *wait_for_good(void *unused)
{
	wait_for(wait_next(), 0);
	return unused;
}

static void end_from(unsigned int first, uint64_t killed_ns)
{
	unsigned int i;

	for (i = first; i < shared->nr; i++) {
		shared->waits[i].kind = "futex_wait";
		shared->waits[i].ended = "kill";
		shared->waits[i].cpu_ns = 0;
		shared->waits[i].waker_ns = killed_ns;
		shared->waits[i].end_ns = now_ns();
	}
}

static void run_killed(unsigned int nr)
{
	unsigned int i, j, first;
	uint64_t killed_ns;
	pthread_t id;
	pid_t child;

	say("ready");
	await_line();
	for (i = 0; i < nr; i++) {
		first = shared->nr;
		child = fork();
		if (!child) {
			for (j = 0; j < TOGETHER; j++)
				thread_new(wait_for_good, NULL, &id);
			for (;;)
				pause();
		}
		await_asleep(first + TOGETHER);
		killed_ns = now_ns();
		if (child < 0 || kill(child, SIGKILL) || waitpid(child, NULL, 0) != child)
			die("kill");
		end_from(first, killed_ns);
	}
	print_all();
	say("done");
}

/* --- exec --- */

static char **own_argv;

static void *exec_myself(void *unused)
{
	char fd[16];

	await_asleep(shared->at + 1);
	snprintf(fd, sizeof(fd), "%d", shared_fd);
	shared->exec_ns = now_ns();
	execl("/proc/self/exe", own_argv[0], "after", fd, NULL);
	die("execl");
	return unused;
}

static void run_exec(unsigned int nr)
{
	pthread_t id;
	unsigned int i;

	say("ready");
	await_line();
	shared->at = nr;
	for (i = 0; i < nr; i++)
		thread_new(wait_for_good, NULL, &id);
	thread_new(exec_myself, NULL, &id);
	/* The leader is one of those that are ended. */
	wait_for_good(NULL);
}

/* The program that came after. */
static void run_after(void)
{
	end_from(0, shared->exec_ns);
	print_all();
	shared->nr = 0;
	wait_for(wait_next(), WAIT_NS);
	wait_for(wait_next(), WAIT_NS);
	print_all();
	say("done");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(unsigned int nr);
	} cases[] = {
		{ "ptraced", run_ptraced }, { "vfork", run_vfork },   { "exec", run_exec },
		{ "threads", run_threads }, { "killed", run_killed },
	};
	unsigned int i, nr = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	own_argv = argv;
	if (argc > 2 && !strcmp(argv[1], "after")) {
		share((int)nr);
		run_after();
		await_line();
		return 0;
	}
	share(-1);
	for (i = 0; nr && i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!strcmp(argv[1], cases[i].name)) {
			cases[i].run(nr);
			await_line();
			return 0;
		}
	fprintf(stderr, "hostile_tasks: no such case\n");
	return 2;
}
