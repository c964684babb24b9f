/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in a capture: waitprof-capture(5) has it for readers. */
#ifndef WAITPROF_CLI_CAPTURE_SCHEMA_H
#define WAITPROF_CLI_CAPTURE_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_table.h"
#include "linux/waitprof.h"
#include "profile/budget.h"

#define CAPTURE_APPLICATION 0x57505246 /* "WPRF" */
/* Grows with every change that an older reader cannot ignore. */
#define CAPTURE_VERSION 1

/* Bounds of what a reader takes; a writer stays below. */
#define CAPTURE_MAX_ROW_KEYS (4u << 20)
#define CAPTURE_MAX_SLICES   (1u << 20)
#define CAPTURE_MAX_STACKS   (1u << 20)
#define CAPTURE_MAX_FRAMES   1024
#define CAPTURE_MAX_POINTS   1024

#define CAPTURE_MAX_OBJECT 128

/* Beside the module's WAITPROF_STACK_F_*: read from /proc after the fact. */
#define CAPTURE_STACK_PROC (1U << 16)

/* name/value pairs: what and how was recorded; a number, or a text */
struct capture_fact {
	const char *name;
	uint64_t number;
	const char *text;
};

struct capture_loss {
	const char *name;
	uint64_t value;
};

struct capture_counter {
	struct waitprof_counters counters;
	uint64_t missed;
	uint64_t nmissed;
	uint64_t unpaired;
};

struct capture_span {
	uint32_t id;
	uint64_t start_ns;
	uint64_t duration_ns;
};

struct capture_row_key {
	uint32_t id;
	struct waitprof_row row; /* its key only */
	bool inferred;
};

struct capture_total {
	uint32_t slice;
	uint32_t key;
	struct waitprof_row row; /* its values only */
	uint64_t open;
	bool max_bound;
	uint32_t seen_kstack;
	uint32_t seen_ustack;
};

struct capture_bucket {
	uint32_t slice;
	uint32_t key;
	uint32_t idx;
	uint64_t count;
};

struct capture_stack {
	uint32_t id;
	uint32_t flags;
	uint32_t pid; /* of a user stack from /proc */
};

struct capture_address {
	uint32_t stack;
	uint32_t position;
	uint64_t address;
};

/* A frame: of an address, or (@pid is the stack's id) of a stack read from /proc. */
struct capture_name {
	uint32_t pid;
	uint64_t address;
	bool is_leaf;
	uint32_t position;
	const char *symbol;
	uint64_t offset;
	const char *module;
	const char *file;
	uint32_t line;
	bool inlined;
};

struct capture_mapping {
	uint32_t pid;
	uint32_t generation;
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	const char *path;
	const char *build_id;
};

struct capture_thread {
	uint32_t tid;
	char comm[WAITPROF_COMM_LEN];
};

/* A process that waited: its id, and that in its own pid namespace. */
struct capture_process {
	uint32_t pid;
	uint32_t ns_pid;
};

/* Of a stack whose own frames do not tell: what was called where a frame returns to. */
struct capture_called {
	uint32_t pid;
	uint64_t address;
	const char *symbol;
};

/* A lock in the kernel's own data. */
struct capture_object {
	uint64_t address;
	const char *name;
};

struct capture_record {
	uint64_t id;
	struct waitprof_record record;
};

/* What a slice has of a followed thread. */
struct capture_life {
	uint32_t slice;
	uint32_t tid;
	uint32_t tgid;
	char comm[WAITPROF_COMM_LEN];
	uint64_t start_ns;
	uint64_t duration_ns;
	bool began;
	bool ended;
	uint64_t cpu_ns;
	uint64_t runqueue_ns;
	uint64_t samples;
	uint64_t wait_samples;
	uint32_t unseen; /* a wait whose begin and whose end nobody saw: its class */
	uint32_t unseen_op;
	uint32_t unseen_kstack;
	uint32_t unseen_ustack;
	uint64_t unseen_ns;
};

/* What is known of a sample that found a thread asleep in some function. */
enum capture_doubt {
	CAPTURE_ELSEWHERE, /* in no wait */
	CAPTURE_MAYBE, /* in no wait, but it had run before that was asked */
	CAPTURE_MAYBE_WAIT, /* in a wait, but likewise */
	CAPTURE_IN_WAIT, /* of any thread: in a wait */
};

struct capture_sleep {
	uint32_t slice;
	uint32_t tid; /* 0 with CAPTURE_IN_WAIT */
	uint32_t doubt;
	char function[BUDGET_FUNCTION_LEN];
	uint64_t samples;
};

/* A wait that had not ended at the last reading. */
struct capture_wait {
	uint32_t id;
	struct waitprof_open wait; /* with the owner that was found */
	uint64_t own_ns;
	uint32_t seen_kstack;
	uint32_t seen_ustack;
	uint32_t owner_by;
	char owner_in[REPORT_FUNCTION_LEN];
	const char *file;
};

/* A thread that others waited for then and that was in no wait itself. */
struct capture_holder {
	uint32_t tid;
	uint32_t state;
	uint32_t seen_kstack;
};

extern const struct capture_table capture_facts;
extern const struct capture_table capture_losses;
extern const struct capture_table capture_points;
extern const struct capture_table capture_counters_table;
extern const struct capture_table capture_slices;
extern const struct capture_table capture_row_keys;
extern const struct capture_table capture_totals;
extern const struct capture_table capture_buckets;
extern const struct capture_table capture_stacks;
extern const struct capture_table capture_addresses;
extern const struct capture_table capture_seen;
extern const struct capture_table capture_names;
extern const struct capture_table capture_mappings;
extern const struct capture_table capture_threads;
extern const struct capture_table capture_calls;
extern const struct capture_table capture_objects;
extern const struct capture_table capture_records_table;
extern const struct capture_table capture_lives;
extern const struct capture_table capture_sleeps;
extern const struct capture_table capture_waits;
extern const struct capture_table capture_holders;
extern const struct capture_table capture_processes;

extern const struct capture_table *const capture_tables[];
extern const size_t capture_nr_tables;

/* Columns of the table "loss": members of struct waitprof_losses. */
struct capture_loss_member {
	const char *name;
	size_t offset;
};

extern const struct capture_loss_member capture_loss_members[];
extern const size_t capture_nr_loss_members;

#endif
