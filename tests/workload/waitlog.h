/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of a workload: what its threads know about their own waits, written
 * as JSON lines once the phase is over. Nothing here sleeps while a phase runs.
 */
#ifndef WAITPROF_WORKLOAD_WAITLOG_H
#define WAITPROF_WORKLOAD_WAITLOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_SEC  1000000000ULL

#define WAITLOG_FRAMES 3

/**
 * struct own_wait - one wait as the thread that waited knows it
 * @kind: what the thread called
 * @ended: wake, timeout, signal, kill; "none" = the call did not sleep
 * @site: the function that made the call
 * @begin_ns: just before the call
 * @end_ns: just after it; 0 = it did not return
 * @cpu_ns: how long the thread was on a CPU in between; a virtual CPU that stands
 *	still in the middle of the call counts here, so the wait was no shorter
 *	than the rest
 * @runqueue_ns: growth of the thread's run delay in between, where it is logged
 * @waker_ns: stamp of whoever ended it, before doing so (or the deadline)
 * @object: futex address or device, 0 = unknown
 * @object_bytes: the futex lies in so many bytes from there, 0 = exactly there
 * @owner_tid: who held the lock when it began, 0 = unknown or nobody
 * @sleeps: stays in the kernel's sleep function: growth of the thread's voluntary
 *	context switches over the call, where it isn't known beforehand
 * @line: source line of the call, 0 = not logged
 * @frames: code addresses of the leaf and its callers, 0 = not logged
 */
struct own_wait {
	const char *kind;
	const char *ended;
	const char *site;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t cpu_ns;
	uint64_t runqueue_ns;
	uint64_t waker_ns;
	uint64_t object;
	unsigned int object_bytes;
	pid_t owner_tid;
	unsigned int sleeps;
	unsigned int line;
	uint64_t frames[WAITLOG_FRAMES];
};

/**
 * struct own_thread - a thread of the workload and the waits it logs
 * @name: its part in the case
 * @run: what it does in the phase
 * @arg: for @run
 * @tid: its thread id, set once it runs
 * @waits: the waits it logs
 * @max: room in @waits
 * @nr: waits logged
 * @begin_ns: first stamp inside the phase
 * @end_ns: last one
 * @nvcsw: growth of its voluntary context switches between the two
 * @nivcsw: growth of the involuntary ones
 * @calls: calls made, in a case that logs only those that slept
 * @calls_ns: their sum
 * @calls_max_ns: the longest
 * @finished: the phase is over for it
 * @pthread: handle of the thread
 */
struct own_thread {
	const char *name;
	void (*run)(struct own_thread *self);
	void *arg;
	pid_t tid;
	struct own_wait *waits;
	unsigned int max;
	unsigned int nr;
	uint64_t begin_ns;
	uint64_t end_ns;
	long nvcsw;
	long nivcsw;
	uint64_t calls;
	uint64_t calls_ns;
	uint64_t calls_max_ns;
	bool finished;
	pthread_t pthread;
};

uint64_t now_ns(void);
void sleep_ns(uint64_t duration_ns);
pid_t own_tid(void);
long own_nvcsw(void);
long own_switches(void);
void die(const char *what) __attribute__((noreturn));

/* The lines that go between the workload and whoever placed a session. */
void say(const char *state);
void await_line(void);
void read_line(char *line, size_t size);

struct own_wait *wait_log(struct own_thread *self);
void wait_begin(struct own_wait *wait);
void wait_end(struct own_wait *wait);
void wait_end_killed(struct own_wait *wait, pid_t tgid, pid_t tid);
void threads_start(struct own_thread *threads, unsigned int nr, unsigned int max_waits);
void threads_release(void);
void threads_finish(struct own_thread *threads, unsigned int nr);
void threads_print(const struct own_thread *threads, unsigned int nr);
void wait_print(pid_t tid, const struct own_wait *wait);

/* A whole phase: start, "ready", a line, run, log, "done". */
void phase_run(struct own_thread *threads, unsigned int nr, unsigned int max_waits);

#endif /* WAITPROF_WORKLOAD_WAITLOG_H */
