// SPDX-License-Identifier: GPL-2.0-only
/*
 * A family of processes and threads that grows and dies on demand, each member
 * in as many futex waits as it is told:
 *
 *	family
 *
 * Lines on stdin, for members by number (0 is the program itself), each answered
 * by a line with member, pid and tid when it is done:
 *
 *	process N	member N forks a new member
 *	thread N	member N makes a thread, a new member
 *	daemon N	member N forks twice; whoever is between ends
 *	processes N K	member N forks K members, of which the last is told
 *	wait N K	member N makes K futex waits of about a millisecond
 *	exec N		member N execs this program and stays the member it is
 *	exit N		member N ends: a process, or a thread
 *
 * Between orders members look for them without a futex. End of input ends all.
 * An ended process is reaped by the kernel at once.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_futex.h"
#include "waitlog.h"

#define MAX_MEMBERS 2048
#define STACK_BYTES (64 * 1024)

enum order { NONE, PROCESS, THREAD, DAEMON, PROCESSES, WAIT, EXEC, EXIT };

static const char *const orders[] = { "",	   "process", "thread", "daemon",
				      "processes", "wait",    "exec",	"exit" };

struct member {
	pid_t pid;
	pid_t tid;
	enum order order;
	unsigned int number; /* of the order */
	uint32_t word;
	bool is_thread;
};

struct family {
	unsigned int nr;
	struct member members[MAX_MEMBERS];
};

static struct family *family;
static int family_fd;

static void *member_main(void *arg);

static void nap(void)
{
	struct timespec ts = { .tv_nsec = NSEC_PER_MSEC / 2 };

	nanosleep(&ts, NULL);
}

static struct member *member_new(bool is_thread)
{
	unsigned int i = __atomic_fetch_add(&family->nr, 1, __ATOMIC_RELAXED);
	struct member *new = &family->members[i];

	if (i >= MAX_MEMBERS)
		die("too many members");
	new->is_thread = is_thread;
	return new;
}

static void member_begin(struct member *self)
{
	self->pid = getpid();
	__atomic_store_n(&self->tid, own_tid(), __ATOMIC_RELEASE);
}

static void await_birth(const struct member *new)
{
	while (!__atomic_load_n(&new->tid, __ATOMIC_ACQUIRE))
		nap();
}

static void fork_member(bool daemon)
{
	struct member *new = member_new(false);
	pid_t between, pid = fork();

	if (pid < 0)
		die("fork");
	if (pid) {
		await_birth(new);
		return;
	}
	if (daemon) {
		between = getpid();
		pid = fork();
		if (pid)
			_exit(pid < 0);
		while (getppid() == between)
			nap();
	}
	member_main(new);
}

static void make_thread(void)
{
	struct member *new = member_new(true);
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	errno = pthread_create(&thread, &attr, member_main, new);
	if (errno)
		die("pthread_create");
	await_birth(new);
}

static void make_waits(struct member *self)
{
	struct timespec ts = { .tv_nsec = NSEC_PER_MSEC };
	unsigned int i;
	uint64_t ip;

	for (i = 0; i < self->number; i++)
		raw_futex(&self->word, FUTEX_WAIT, 0, &ts, 0, &ip);
}

static void exec_again(const struct member *self)
{
	char number[16], fd[16];

	snprintf(number, sizeof(number), "%d", (int)(self - family->members));
	snprintf(fd, sizeof(fd), "%d", family_fd);
	execl("/proc/self/exe", "family", number, fd, NULL);
	die("exec");
}

static void follow_order(struct member *self)
{
	unsigned int i;

	switch (self->order) {
	case PROCESS:
		fork_member(false);
		break;
	case PROCESSES:
		for (i = 0; i < self->number; i++)
			fork_member(false);
		break;
	case THREAD:
		make_thread();
		break;
	case DAEMON:
		fork_member(true);
		break;
	case WAIT:
		make_waits(self);
		break;
	case EXEC:
		exec_again(self);
		break;
	case EXIT:
		if (!self->is_thread)
			_exit(0);
		__atomic_store_n(&self->order, NONE, __ATOMIC_RELEASE);
		pthread_exit(NULL);
	case NONE:
		return;
	}
	__atomic_store_n(&self->order, NONE, __ATOMIC_RELEASE);
}

static void *member_main(void *arg)
{
	struct member *self = arg;

	member_begin(self);
	for (;;) {
		if (__atomic_load_n(&self->order, __ATOMIC_ACQUIRE))
			follow_order(self);
		nap();
	}
	return NULL;
}

/* An ended thread or process is known by its being gone. */
static void give_order(struct member *member, enum order order, unsigned int number)
{
	char path[64];

	member->number = number;
	__atomic_store_n(&member->order, order, __ATOMIC_RELEASE);
	if (member == family->members) {
		follow_order(member);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d", member->pid, member->tid);
	if (order == EXIT)
		while (!access(path, F_OK))
			nap();
	else
		while (__atomic_load_n(&member->order, __ATOMIC_ACQUIRE))
			nap();
}

static void end_all(void)
{
	unsigned int i;

	for (i = 1; i < family->nr; i++)
		if (family->members[i].pid != getpid())
			kill(family->members[i].pid, SIGKILL);
}

static void obey(const char *line)
{
	unsigned int member, number = 0, i;
	const struct member *told;
	char word[16];

	if (sscanf(line, "%15s %u %u", word, &member, &number) < 2 || member >= family->nr) {
		errno = EINVAL;
		die(line);
	}
	for (i = 1; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (strcmp(word, orders[i]))
			continue;
		give_order(&family->members[member], i, number);
		if (i == PROCESS || i == PROCESSES || i == THREAD || i == DAEMON)
			member = family->nr - 1;
		told = &family->members[member];
		printf("{\"state\": \"done\", \"member\": %u, \"pid\": %d, \"tid\": %d}\n", member,
		       told->pid, told->tid);
		fflush(stdout);
		return;
	}
	errno = EINVAL;
	die(line);
}

int main(int argc, char **argv)
{
	char line[64];

	family_fd = argc > 2 ? atoi(argv[2]) : memfd_create("family", 0);
	if (family_fd < 0 || ftruncate(family_fd, sizeof(*family)))
		die("memfd_create");
	family = mmap(NULL, sizeof(*family), PROT_READ | PROT_WRITE, MAP_SHARED, family_fd, 0);
	if (family == MAP_FAILED)
		die("mmap");
	signal(SIGCHLD, SIG_IGN);
	if (argc > 2) {
		struct member *self = &family->members[atoi(argv[1])];

		self->is_thread = false;
		member_begin(self);
		__atomic_store_n(&self->order, NONE, __ATOMIC_RELEASE);
		member_main(self);
	}
	member_begin(member_new(false));
	say("ready");
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	end_all();
	return 0;
}
