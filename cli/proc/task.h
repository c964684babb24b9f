/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_TASK_H
#define WAITPROF_CLI_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task_syscall {
	long nr;
	uint64_t args[6];
	uint64_t sp;
	uint64_t pc;
};

struct task_times {
	uint64_t cpu_ns;
	uint64_t runqueue_ns;
	uint64_t age_ns; /* since the thread began, 10 ms coarse */
};

/* What the scheduler has counted of a thread, as of its latest tick or switch. */
struct task_sched {
	uint64_t cpu_ns;
	uint64_t runqueue_ns;
	uint64_t runs; /* how often it was given a CPU */
};

int task_tgid(uint32_t tid, uint32_t *tgid);
uint32_t task_ns_tgid(uint32_t tgid);
bool task_alive(uint32_t tid);
bool task_process_alive(uint32_t tgid);
int task_threads(uint32_t tgid, uint32_t **tids, size_t *nr);
bool task_is_nested(uint32_t tid);
int task_find(uint32_t tgid, uint32_t id, bool anywhere, uint32_t *tid, uint32_t *found_tgid);
char task_state(uint32_t tid);
int task_comm(uint32_t tid, char *buf, size_t size);
int task_kernel_stack(uint32_t tid, char *buf, size_t size);
int task_syscall(uint32_t tid, struct task_syscall *syscall);
int task_times(uint32_t tid, struct task_times *times);
int task_sched(uint32_t tid, struct task_sched *sched);
int task_sched_open(uint32_t tid);
int task_sched_at(int fd, struct task_sched *sched);
int task_file(uint32_t tid, uint32_t fd, char *buf, size_t size);
int task_sleeps_in(uint32_t tid, char *buf, size_t size);

#endif
