// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thousands of threads that wait all the time, in processes that live and die, and
 * that know whether what came of it is right:
 *
 *	churn PROCESSES THREADS
 *
 * Each process has THREADS threads and one part, in turn:
 *
 *	pass	tokens go from thread to thread: none is lost, none is made
 *	timeout	every wait ends by its timeout and not before
 *	lock	a counter under a mutex, and a condition nobody signals
 *	killed	waits that nobody ends; the process is killed and made again
 *	exec	the same, but one of its threads execs this program, for ever
 *
 * "ready" once all of them wait. A line on stdin ends everything; the answer "done"
 * says how much was done and how much of it was wrong. End of input kills all.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw_futex.h"
#include "waitlog.h"

#define MAX_PROCESSES 64
#define STACK_BYTES   (16 * 1024)
#define NR_TOKENS     4
#define OVER	      (1U << 31) /* in a word: wait no more */
#define NAP_NS	      (50 * NSEC_PER_MSEC)

enum part { PASS, TIMEOUT, LOCK, KILLED, EXEC, NR_PARTS };

static const char *const parts[] = { "pass", "timeout", "lock", "killed", "exec" };

/* What a process does and has done; it outlives it. */
struct process {
	enum part part;
	pid_t pid;
	unsigned int lives;
	unsigned int nr_waiting;
	uint64_t due_ns;
	uint64_t done;
	uint64_t wrong;
};

struct shared {
	unsigned int nr_threads;
	unsigned int nr_processes;
	bool stop;
	struct process processes[MAX_PROCESSES];
};

/* A thread of this process. */
struct cell {
	uint32_t word;
	unsigned int seed;
	uint64_t done;
	pthread_t pthread;
};

static struct shared *shared;
static int shared_fd;
static struct process *self;
static struct cell *cells;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t nobody = PTHREAD_COND_INITIALIZER;
static uint64_t under_lock;

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE);
}

static void wrong(const char *what, long value)
{
	fprintf(stderr, "churn: %s, life %u: %s (%ld)\n", parts[self->part], self->lives, what,
		value);
	__atomic_add_fetch(&self->wrong, 1, __ATOMIC_RELAXED);
}

static long wait_for_word(struct cell *cell, uint64_t timeout_ns)
{
	struct timespec ts = {
		.tv_sec = timeout_ns / NSEC_PER_SEC,
		.tv_nsec = timeout_ns % NSEC_PER_SEC,
	};
	uint64_t ip;

	return raw_futex(&cell->word, FUTEX_WAIT_PRIVATE, 0, timeout_ns ? &ts : NULL, 0, &ip);
}

static void pass_on(struct cell *cell)
{
	struct cell *next = &cells[rand_r(&cell->seed) % shared->nr_threads];

	__atomic_add_fetch(&next->word, 1, __ATOMIC_ACQ_REL);
	raw_futex_wake(&next->word, 1);
}

static void pass(struct cell *cell)
{
	long ret;

	while (!stopped()) {
		if (!__atomic_load_n(&cell->word, __ATOMIC_ACQUIRE)) {
			ret = wait_for_word(cell, 0);
			if (ret && ret != -EAGAIN)
				wrong("a wait for a token ended by itself", ret);
			continue;
		}
		__atomic_sub_fetch(&cell->word, 1, __ATOMIC_ACQ_REL);
		cell->done++;
		sleep_ns(NAP_NS);
		pass_on(cell);
	}
}

static void time_out(struct cell *cell)
{
	while (!stopped()) {
		uint64_t timeout_ns = NSEC_PER_SEC + rand_r(&cell->seed) % 8000 * NSEC_PER_MSEC;
		uint64_t begin_ns = now_ns();
		long ret = wait_for_word(cell, timeout_ns);

		if (stopped())
			break;
		if (ret != -ETIMEDOUT)
			wrong("a wait with a timeout ended otherwise", ret);
		if (now_ns() - begin_ns < timeout_ns)
			wrong("a timeout came too early, by ns",
			      timeout_ns - (now_ns() - begin_ns));
		cell->done++;
	}
}

static void count_under_lock(struct cell *cell)
{
	struct timespec ts;

	pthread_mutex_lock(&lock);
	while (!stopped()) {
		under_lock++;
		cell->done++;
		clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_sec += 1 + rand_r(&cell->seed) % 5;
		pthread_cond_timedwait(&nobody, &lock, &ts);
	}
	pthread_mutex_unlock(&lock);
}

static void wait_for_ever(struct cell *cell)
{
	long ret;

	do {
		ret = wait_for_word(cell, 0);
		if (!stopped())
			wrong("a wait that nobody ends has ended", ret);
	} while (!stopped() && ret != -EAGAIN);
}

static void exec_again(struct cell *cell)
{
	char at[16], fd[16];

	/* Who execs meanwhile lets no thread be made. */
	while (__atomic_load_n(&self->nr_waiting, __ATOMIC_ACQUIRE) < shared->nr_threads)
		sleep_ns(NAP_NS);
	sleep_ns((1000 + rand_r(&cell->seed) % 2000) * NSEC_PER_MSEC);
	if (stopped())
		return;
	snprintf(at, sizeof(at), "%d", (int)(self - shared->processes));
	snprintf(fd, sizeof(fd), "%d", shared_fd);
	execl("/proc/self/exe", "churn", "again", at, fd, NULL);
	wrong("exec", errno);
}

static void *cell_main(void *arg)
{
	struct cell *cell = arg;

	__atomic_add_fetch(&self->nr_waiting, 1, __ATOMIC_RELEASE);
	switch (self->part) {
	case PASS:
		pass(cell);
		break;
	case TIMEOUT:
		time_out(cell);
		break;
	case LOCK:
		count_under_lock(cell);
		break;
	case EXEC:
		if (cell == cells)
			exec_again(cell);
		else
			wait_for_ever(cell);
		break;
	default:
		wait_for_ever(cell);
	}
	return NULL;
}

static void cells_start(void)
{
	unsigned int i, nr = shared->nr_threads;
	pthread_attr_t attr;
	char *stacks;

	cells = calloc(nr, sizeof(*cells));
	stacks = mmap(NULL, (size_t)nr * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (!cells || stacks == MAP_FAILED)
		die("memory");
	for (i = 0; self->part == PASS && i < NR_TOKENS; i++)
		cells[i % nr].word++;
	pthread_attr_init(&attr);
	for (i = 0; i < nr; i++) {
		cells[i].seed = now_ns() + i;
		pthread_attr_setstack(&attr, stacks + (size_t)i * STACK_BYTES, STACK_BYTES);
		errno = pthread_create(&cells[i].pthread, &attr, cell_main, &cells[i]);
		if (errno)
			die("pthread_create");
	}
	pthread_attr_destroy(&attr);
}

/* What the threads did fits together. */
static void cells_check(void)
{
	uint64_t done = 0, tokens = 0;
	unsigned int i;

	for (i = 0; i < shared->nr_threads; i++) {
		done += cells[i].done;
		tokens += cells[i].word & ~OVER;
	}
	if (self->part == PASS && tokens != NR_TOKENS)
		wrong("tokens at the end", tokens);
	if (self->part == LOCK && under_lock != done)
		wrong("counted under the lock, too many or too few", under_lock - done);
	self->done += done;
}

static void process_main(void)
{
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self->nr_waiting = 0;
	if (!stopped())
		cells_start();
	while (!stopped())
		sleep_ns(NAP_NS);
	for (i = 0; cells && i < shared->nr_threads; i++) {
		__atomic_fetch_or(&cells[i].word, OVER, __ATOMIC_RELEASE);
		raw_futex_wake(&cells[i].word, 1);
	}
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&nobody);
	pthread_mutex_unlock(&lock);
	for (i = 0; cells && i < shared->nr_threads; i++)
		pthread_join(cells[i].pthread, NULL);
	if (cells)
		cells_check();
	exit(0);
}

static void process_start(struct process *process)
{
	pid_t pid;

	process->lives++;
	process->due_ns = now_ns() + (1000 + rand() % 2000) * NSEC_PER_MSEC;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		self = process;
		process_main();
	}
	process->pid = pid;
}

static void look_after(struct process *process)
{
	int status;

	self = process;
	if (process->part == KILLED && now_ns() > process->due_ns && !stopped()) {
		kill(process->pid, SIGKILL);
		if (waitpid(process->pid, &status, 0) != process->pid || !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGKILL)
			wrong("status of one that was killed", status);
		process->done++;
		process_start(process);
	} else if (!stopped() && waitpid(process->pid, &status, WNOHANG) == process->pid) {
		wrong("a process ended by itself, status", status);
		process_start(process);
	}
}

static void finish(void)
{
	uint64_t done[NR_PARTS] = {}, nr_wrong = 0;
	unsigned int i;
	int status;

	__atomic_store_n(&shared->stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < shared->nr_processes; i++) {
		self = &shared->processes[i];
		if (waitpid(self->pid, &status, 0) != self->pid || status)
			wrong("status at the end", status);
		done[self->part] += self->done;
		nr_wrong += self->wrong;
	}
	printf("{\"state\": \"done\", \"pid\": %d, \"wrong\": %" PRIu64, getpid(), nr_wrong);
	for (i = 0; i < NR_PARTS; i++)
		printf(", \"%s\": %" PRIu64, parts[i], done[i]);
	printf("}\n");
	fflush(stdout);
}

static bool all_wait(void)
{
	unsigned int i;

	for (i = 0; i < shared->nr_processes; i++)
		if (__atomic_load_n(&shared->processes[i].nr_waiting, __ATOMIC_ACQUIRE) <
			    shared->nr_threads &&
		    shared->processes[i].lives < 2)
			return false;
	return true;
}

static int supervise(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	bool ready = false;
	unsigned int i;
	char line[2];

	for (i = 0; i < shared->nr_processes; i++) {
		shared->processes[i].part = i % NR_PARTS;
		process_start(&shared->processes[i]);
	}
	while (poll(&input, 1, 20) <= 0) {
		for (i = 0; i < shared->nr_processes; i++)
			look_after(&shared->processes[i]);
		if (!ready && all_wait()) {
			say("ready");
			ready = true;
		}
	}
	read_line(line, sizeof(line));
	finish();
	return 0;
}

static void share(int fd)
{
	shared_fd = fd;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		die("mmap");
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "again")) {
		share(atoi(argv[3]));
		self = &shared->processes[atoi(argv[2])];
		self->lives++;
		self->done++;
		process_main();
	}
	share(memfd_create("churn", 0));
	if (ftruncate(shared_fd, sizeof(*shared)))
		die("ftruncate");
	shared->nr_processes = argc > 2 ? strtoul(argv[1], NULL, 0) : 0;
	shared->nr_threads = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	if (!shared->nr_threads || !shared->nr_processes || shared->nr_processes > MAX_PROCESSES) {
		fprintf(stderr, "churn: 1 to %d processes, and threads of each\n", MAX_PROCESSES);
		return 2;
	}
	return supervise();
}
