/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where wall time went, in parts that add up to it. Arithmetic only.
 */
#ifndef WAITPROF_CLI_BUDGET_H
#define WAITPROF_CLI_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/kind.h"
#include "profile/report.h"

#define BUDGET_FUNCTION_LEN 64
#define BUDGET_NEXT_LEN	    200

enum budget_type {
	BUDGET_ON_CPU,
	BUDGET_RUN_QUEUE,
	BUDGET_WAIT, /* blocked in a wait of a class */
	BUDGET_SLEEP, /* asleep in a function of the kernel that is no wait point */
	BUDGET_UNACCOUNTED,
};

/**
 * struct budget_part - a part of the wall time
 * @type: which
 * @class_id: of a wait: WAITPROF_CLASS_*
 * @kind: of a wait, or KIND_NONE
 * @function: of other sleep: function of the kernel
 * @ns: its time
 * @inferred_ns: of @ns: of waits whose begin nobody saw
 * @samples: of other sleep: how often the thread was found there
 */
struct budget_part {
	enum budget_type type;
	uint32_t class_id;
	enum kind kind;
	char function[BUDGET_FUNCTION_LEN];
	uint64_t ns;
	uint64_t inferred_ns;
	uint64_t samples;
};

/**
 * struct budget - the parts of some wall time
 * @parts: once closed, the largest first, unaccounted last
 * @nr: their number
 * @wall_ns: their sum, once closed
 * @excess_ns: so much more was measured than there is wall time; every part was
 *	made smaller in proportion
 * @samples: how often it was looked where the thread is
 * @wait_samples: how often it was found in a wait
 */
struct budget {
	struct budget_part *parts;
	size_t nr;
	uint64_t wall_ns;
	uint64_t excess_ns;
	uint64_t samples;
	uint64_t wait_samples;
};

struct budget_thread {
	uint32_t tid;
	uint32_t tgid;
	char comm[WAITPROF_COMM_LEN];
	bool began; /* within the window */
	bool ended;
	struct budget budget;
};

struct budget_process {
	uint32_t tgid;
	char comm[WAITPROF_COMM_LEN];
	size_t nr_threads;
	struct budget budget; /* of all its threads */
};

/**
 * struct budget_report - what `budget` shows
 * @report: counters and losses of the session; its rows, waits by thread, are not shown
 * @threads: by process, the largest wall time first
 * @nr_threads: their number
 * @processes: likewise
 * @nr_processes: their number
 * @begin_ns: begin of the window, CLOCK_MONOTONIC
 * @samples: how often it was looked where the threads sleep
 * @unseen: threads that lived too short to be looked at
 * @unseen_ns: blocked time of their waits
 * @unattributed_ns: blocked time of waits that no row was left for
 * @next: what to ask next: a sentence each, or empty
 */
struct budget_report {
	struct report report;
	struct budget_thread *threads;
	size_t nr_threads;
	struct budget_process *processes;
	size_t nr_processes;
	uint64_t begin_ns;
	uint64_t samples;
	uint64_t unseen;
	uint64_t unseen_ns;
	uint64_t unattributed_ns;
	char next[2][BUDGET_NEXT_LEN];
};

int budget_add(struct budget *b, const struct budget_part *part);
int budget_add_measured(struct budget *b, uint64_t cpu_ns, uint64_t runqueue_ns);
int budget_add_unseen(struct budget *b, uint32_t class_id, enum kind kind, uint64_t ns);
int budget_close(struct budget *b);
int budget_merge(struct budget *to, const struct budget *from);
void budget_free(struct budget *b);
uint64_t budget_sum(const struct budget *b);
const char *budget_part_name(char *buf, size_t size, const struct budget_part *part);
void budget_ask_next(struct budget_report *report, const char *whom);
int budget_finish(struct budget_report *report);
void budget_report_free(struct budget_report *report);

#endif
