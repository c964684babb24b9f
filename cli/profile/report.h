/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a renderer gets: rows that are grouped, sorted and named already, and
 * the counters beside them. A renderer never talks to the kernel.
 */
#ifndef WAITPROF_CLI_REPORT_H
#define WAITPROF_CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/graph.h"
#include "profile/kind.h"
#include "linux/waitprof.h"
#include "proc/owner.h"
#include "profile/stacks.h"

#define REPORT_SITE_LEN	    160
#define REPORT_OBJECT_LEN   96
#define REPORT_FUNCTION_LEN 64
#define REPORT_LOCK_SITES   4

/**
 * struct report_sites - functions, the costliest first
 * @names: as many as there is room for
 * @nr: how many there are
 */
struct report_sites {
	char names[REPORT_LOCK_SITES][REPORT_FUNCTION_LEN];
	size_t nr;
};

/**
 * struct report_lock - the code around a lock, which in allocated memory has no name
 * @waits: functions that wait for it
 * @wakers: functions that ended waits for it
 * @owner: function that its owner is in (blocked), empty when unknown
 */
struct report_lock {
	struct report_sites waits;
	struct report_sites wakers;
	char owner[REPORT_FUNCTION_LEN];
};

/**
 * struct report_waker - who ended the waits of a row
 * @flags: WAITPROF_WAKER_F_*; 0 = not known
 * @tid: thread that ended one of them
 * @tgid: its process
 * @comm: its name
 * @kstack: kernel stack of the waking, or NULL
 * @ustack: user stack, or NULL
 * @site: call site of the waking
 * @function: its function, NULL when it has no name
 */
struct report_waker {
	uint32_t flags;
	uint32_t tid;
	uint32_t tgid;
	char comm[WAITPROF_COMM_LEN];
	const struct stack *kstack;
	const struct stack *ustack;
	char site[REPORT_SITE_LEN];
	const char *function;
};

/**
 * struct report_row - one row of a report
 * @sum: sums; a part of the key that differs within the row is 0
 * @open: waits still open at the window's end
 * @since_ns: age of an open wait (blocked)
 * @state: task state bits of an open wait (blocked)
 * @kind: of futex and io waits; KIND_NONE where it differs within the row
 * @inferred: class and time are taken from /proc
 * @clipped: the wait began before the session (blocked)
 * @max_bound: @sum.max_ns is an upper bound only
 * @backend: WAITPROF_BACKEND_* of the class
 * @buckets: histogram or NULL
 * @kstack: of the costliest part of the row, or NULL
 * @ustack: likewise
 * @owner_comm: name of the owner, empty when unknown
 * @owner_by: who says so
 * @owner_note: why there is no owner, or NULL
 * @owner_reader: the owner is one of perhaps many readers
 * @object_name: device, or variable of the kernel that an object lies in, or empty
 * @named_object: that object
 * @file: file that is waited for (blocked), NULL when unknown
 * @lock: the code around the lock, where rows are by object and of open waits
 * @site: call site; of a request to a device, the device's name
 * @function: function of @site, see callsite_function()
 * @waker: of the costliest part of the row
 */
struct report_row {
	struct waitprof_row sum;
	uint64_t open;
	uint64_t since_ns;
	uint64_t state;
	enum kind kind;
	bool inferred;
	bool clipped;
	bool max_bound;
	uint32_t backend;
	uint64_t *buckets;
	const struct stack *kstack;
	const struct stack *ustack;
	char owner_comm[WAITPROF_COMM_LEN];
	enum owner_by owner_by;
	const char *owner_note;
	bool owner_reader;
	char object_name[REPORT_OBJECT_LEN];
	uint64_t named_object;
	const char *file;
	struct report_lock lock;
	char site[REPORT_SITE_LEN];
	const char *function;
	struct report_waker waker;
};

/**
 * struct report_record - one wait that has ended
 * @record: the wait
 * @row: who, on what, through which code; its sums are not set
 * @wall_ns: when it ended, CLOCK_REALTIME
 * @left_out: not of a kind that was asked for
 * @idle: in a function that the user calls idle
 */
struct report_record {
	const struct waitprof_record *record;
	struct report_row row;
	uint64_t wall_ns;
	bool left_out;
	bool idle;
};

/* Counters of one class: the session's and those of its wait points. */
struct report_counters {
	struct waitprof_counters counters;
	uint64_t missed;
	uint64_t nmissed; /* of the probes themselves: at least */
	uint64_t unpaired;
};

/* How the wall time of the followed threads divides; nr_threads 0 = unknown. */
struct report_coverage {
	uint64_t nr_threads;
	uint64_t wall_ns;
	uint64_t waits_ns; /* of these threads */
	uint64_t ended_ns; /* of waits by threads that have ended */
	uint64_t cpu_ns;
	uint64_t runqueue_ns;
	bool system_wide;
};

/* What a thread does that others wait for and that has no row. */
struct report_end {
	char state; /* letter of /proc, 0 = unknown */
	uint32_t seen_kstack;
	const struct stack *kstack;
};

struct report {
	const char *version;
	const char *kernel;
	uint64_t begin_unix_ns; /* when the window began, CLOCK_REALTIME; 0 = unknown */
	uint64_t open_unix_ns; /* blocked: when that was seen; 0 = now */
	uint64_t duration_ns;
	struct report_row *rows;
	size_t nr_rows;
	uint64_t total_ns; /* of all rows, but for */
	uint64_t requests_ns; /* those of class block */
	bool has_wakers; /* wakers were asked for */
	bool is_captured; /* out of a capture: nobody is blocked now */
	struct report_counters counters[WAITPROF_CLASS_MAX + 1]; /* by class */
	uint32_t classes; /* mask of the classes that have counters */
	struct waitprof_losses losses;
	struct report_coverage coverage;
	struct report_row *blocked; /* top: blocked right now, longest first */
	size_t nr_blocked;
	struct graph graph; /* blocked: its waits are indices of @rows */
	struct report_end *ends; /* by path of @graph: the thread that a chain ends at */
	bool has_left_out; /* kinds were asked for: */
	uint64_t left_out; /* waits of other kinds */
	uint64_t left_out_ns; /* their time */
	bool has_idle; /* functions were called idle: */
	uint64_t idle; /* waits in them */
	uint64_t idle_ns;
	const char *no_rules; /* of which files there are no unwind rules, or empty */
	const char *blind; /* sentences about blind points, or empty */
};

void report_free_rows(struct report_row *rows, size_t nr);
void report_free(struct report *report);

#endif
