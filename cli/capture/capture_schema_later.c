// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables that captures have got later; see capture_schema.c. A capture without them is
 * an older one.
 */
#include "capture/capture_schema.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define COLUMN(type, structure, name, member)              \
	{                                                  \
		name, type, offsetof(structure, member), 0 \
	}

static const struct capture_column life_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_life, "slice", slice),
	COLUMN(CAPTURE_U32, struct capture_life, "tid", tid),
	COLUMN(CAPTURE_U32, struct capture_life, "pid", tgid),
	{ "comm", CAPTURE_CHARS, offsetof(struct capture_life, comm),
	  sizeof(((struct capture_life *)0)->comm) },
	COLUMN(CAPTURE_U64, struct capture_life, "start_ns", start_ns),
	COLUMN(CAPTURE_U64, struct capture_life, "duration_ns", duration_ns),
	COLUMN(CAPTURE_BOOL, struct capture_life, "began", began),
	COLUMN(CAPTURE_BOOL, struct capture_life, "ended", ended),
	COLUMN(CAPTURE_U64, struct capture_life, "cpu_ns", cpu_ns),
	COLUMN(CAPTURE_U64, struct capture_life, "runqueue_ns", runqueue_ns),
	COLUMN(CAPTURE_U64, struct capture_life, "samples", samples),
	COLUMN(CAPTURE_U64, struct capture_life, "wait_samples", wait_samples),
	COLUMN(CAPTURE_U32, struct capture_life, "unseen_class", unseen),
	COLUMN(CAPTURE_U32, struct capture_life, "unseen_op", unseen_op),
	COLUMN(CAPTURE_U32, struct capture_life, "unseen_kstack", unseen_kstack),
	COLUMN(CAPTURE_U32, struct capture_life, "unseen_ustack", unseen_ustack),
	COLUMN(CAPTURE_U64, struct capture_life, "unseen_ns", unseen_ns),
};

const struct capture_table capture_lives = { "thread_time", "slice, tid", life_columns,
					     NR(life_columns), true };

static const struct capture_column sleep_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_sleep, "slice", slice),
	COLUMN(CAPTURE_U32, struct capture_sleep, "tid", tid),
	COLUMN(CAPTURE_U32, struct capture_sleep, "doubt", doubt),
	{ "function", CAPTURE_CHARS, offsetof(struct capture_sleep, function),
	  sizeof(((struct capture_sleep *)0)->function) },
	COLUMN(CAPTURE_U64, struct capture_sleep, "samples", samples),
};

const struct capture_table capture_sleeps = { "thread_sleep", "slice, tid, doubt, function",
					      sleep_columns, NR(sleep_columns), true };

static const struct capture_column wait_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_wait, "id", id),
	COLUMN(CAPTURE_U32, struct capture_wait, "class", wait.class_id),
	COLUMN(CAPTURE_U32, struct capture_wait, "op", wait.op),
	COLUMN(CAPTURE_U32, struct capture_wait, "flags", wait.flags),
	COLUMN(CAPTURE_U32, struct capture_wait, "pid", wait.tgid),
	COLUMN(CAPTURE_U32, struct capture_wait, "tid", wait.tid),
	{ "comm", CAPTURE_CHARS, offsetof(struct capture_wait, wait.comm),
	  sizeof(((struct capture_wait *)0)->wait.comm) },
	COLUMN(CAPTURE_U64, struct capture_wait, "since_ns", wait.since_ns),
	COLUMN(CAPTURE_U64, struct capture_wait, "own_ns", own_ns),
	COLUMN(CAPTURE_U64, struct capture_wait, "inner_ns", wait.inner_ns),
	COLUMN(CAPTURE_U64, struct capture_wait, "state", wait.state),
	COLUMN(CAPTURE_U32, struct capture_wait, "point", wait.point),
	COLUMN(CAPTURE_U64, struct capture_wait, "object", wait.object),
	COLUMN(CAPTURE_U32, struct capture_wait, "object_type", wait.object_type),
	COLUMN(CAPTURE_U32, struct capture_wait, "kstack", wait.kstack),
	COLUMN(CAPTURE_U32, struct capture_wait, "ustack", wait.ustack),
	COLUMN(CAPTURE_U32, struct capture_wait, "seen_kstack", seen_kstack),
	COLUMN(CAPTURE_U32, struct capture_wait, "seen_ustack", seen_ustack),
	COLUMN(CAPTURE_U32, struct capture_wait, "owner_tid", wait.owner_tid),
	COLUMN(CAPTURE_U32, struct capture_wait, "owner_pid", wait.owner_tgid),
	{ "owner_comm", CAPTURE_CHARS, offsetof(struct capture_wait, wait.owner_comm),
	  sizeof(((struct capture_wait *)0)->wait.owner_comm) },
	COLUMN(CAPTURE_U32, struct capture_wait, "owner_by", owner_by),
	{ "owner_in", CAPTURE_CHARS, offsetof(struct capture_wait, owner_in),
	  sizeof(((struct capture_wait *)0)->owner_in) },
	COLUMN(CAPTURE_TEXT, struct capture_wait, "file", file),
};

const struct capture_table capture_waits = { "open_wait", "id", wait_columns, NR(wait_columns),
					     true };

static const struct capture_column holder_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_holder, "tid", tid),
	COLUMN(CAPTURE_U32, struct capture_holder, "state", state),
	COLUMN(CAPTURE_U32, struct capture_holder, "seen_kstack", seen_kstack),
};

const struct capture_table capture_holders = { "holder", "tid", holder_columns, NR(holder_columns),
					       true };

static const struct capture_column process_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_process, "pid", pid),
	COLUMN(CAPTURE_U32, struct capture_process, "ns_pid", ns_pid),
};

const struct capture_table capture_processes = { "process", "pid", process_columns,
						 NR(process_columns), true };
