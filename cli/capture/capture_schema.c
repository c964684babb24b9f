// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of a capture, row by row. A change of what is here is a new
 * CAPTURE_VERSION, but for a new table, which older readers ignore and newer ones do
 * without; waitprof-capture(5) tells what each column means.
 */
#include "capture/capture_schema.h"
#include "client/client.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

#define COLUMN(type, structure, name, member)              \
	{                                                  \
		name, type, offsetof(structure, member), 0 \
	}
static const struct capture_column info_columns[] = {
	COLUMN(CAPTURE_TEXT, struct capture_fact, "name", name),
	COLUMN(CAPTURE_U64, struct capture_fact, "number", number),
	COLUMN(CAPTURE_TEXT, struct capture_fact, "text", text),
};

const struct capture_table capture_facts = { "info", "name", info_columns, NR(info_columns),
					     false };

static const struct capture_column loss_columns[] = {
	COLUMN(CAPTURE_TEXT, struct capture_loss, "name", name),
	COLUMN(CAPTURE_U64, struct capture_loss, "value", value),
};

const struct capture_table capture_losses = { "loss", "name", loss_columns, NR(loss_columns),
					      false };

static const struct capture_column point_columns[] = {
	COLUMN(CAPTURE_U32, struct client_point, "id", id),
	COLUMN(CAPTURE_U32, struct client_point, "class", class_id),
	{ "name", CAPTURE_CHARS, offsetof(struct client_point, name),
	  sizeof(((struct client_point *)0)->name) },
	{ "symbol", CAPTURE_CHARS, offsetof(struct client_point, symbol),
	  sizeof(((struct client_point *)0)->symbol) },
	COLUMN(CAPTURE_U32, struct client_point, "state", state),
	COLUMN(CAPTURE_U32, struct client_point, "backend", backend),
	COLUMN(CAPTURE_U32, struct client_point, "error", error),
	{ "reason", CAPTURE_CHARS, offsetof(struct client_point, reason),
	  sizeof(((struct client_point *)0)->reason) },
	COLUMN(CAPTURE_U32, struct client_point, "room", limit),
	COLUMN(CAPTURE_U32, struct client_point, "open", open),
	COLUMN(CAPTURE_U64, struct client_point, "hits", hits),
	COLUMN(CAPTURE_U64, struct client_point, "missed", missed),
	COLUMN(CAPTURE_U64, struct client_point, "nmissed", nmissed),
	COLUMN(CAPTURE_U64, struct client_point, "unpaired", unpaired),
};

const struct capture_table capture_points = { "point", "id", point_columns, NR(point_columns),
					      false };

static const struct capture_column counter_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_counter, "class", counters.class_id),
	COLUMN(CAPTURE_U64, struct capture_counter, "begun", counters.begun),
	COLUMN(CAPTURE_U64, struct capture_counter, "ended", counters.ended),
	COLUMN(CAPTURE_U64, struct capture_counter, "open", counters.open),
	COLUMN(CAPTURE_U64, struct capture_counter, "reported", counters.reported),
	COLUMN(CAPTURE_U64, struct capture_counter, "filtered", counters.filtered),
	COLUMN(CAPTURE_U64, struct capture_counter, "lost", counters.lost),
	COLUMN(CAPTURE_U64, struct capture_counter, "unattributed", counters.unattributed),
	COLUMN(CAPTURE_U64, struct capture_counter, "nohist", counters.nohist),
	COLUMN(CAPTURE_U64, struct capture_counter, "clamped", counters.clamped),
	COLUMN(CAPTURE_U64, struct capture_counter, "clipped", counters.clipped),
	COLUMN(CAPTURE_U64, struct capture_counter, "missed", missed),
	COLUMN(CAPTURE_U64, struct capture_counter, "nmissed", nmissed),
	COLUMN(CAPTURE_U64, struct capture_counter, "unpaired", unpaired),
};

const struct capture_table capture_counters_table = { "counter", "class", counter_columns,
						      NR(counter_columns), false };

static const struct capture_column slice_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_span, "id", id),
	COLUMN(CAPTURE_U64, struct capture_span, "start_ns", start_ns),
	COLUMN(CAPTURE_U64, struct capture_span, "duration_ns", duration_ns),
};

const struct capture_table capture_slices = { "slice", "id", slice_columns, NR(slice_columns),
					      false };

static const struct capture_column row_key_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_row_key, "id", id),
	COLUMN(CAPTURE_U32, struct capture_row_key, "class", row.class_id),
	COLUMN(CAPTURE_U32, struct capture_row_key, "op", row.op),
	COLUMN(CAPTURE_U32, struct capture_row_key, "pid", row.tgid),
	COLUMN(CAPTURE_U32, struct capture_row_key, "tid", row.tid),
	COLUMN(CAPTURE_U32, struct capture_row_key, "kstack", row.kstack),
	COLUMN(CAPTURE_U32, struct capture_row_key, "ustack", row.ustack),
	COLUMN(CAPTURE_U64, struct capture_row_key, "object", row.object),
	COLUMN(CAPTURE_U32, struct capture_row_key, "object_type", row.object_type),
	COLUMN(CAPTURE_U32, struct capture_row_key, "flags", row.flags),
	COLUMN(CAPTURE_U32, struct capture_row_key, "waker_kstack", row.waker_kstack),
	COLUMN(CAPTURE_U32, struct capture_row_key, "waker_ustack", row.waker_ustack),
	COLUMN(CAPTURE_U32, struct capture_row_key, "waker_pid", row.waker_tgid),
	COLUMN(CAPTURE_U16, struct capture_row_key, "waker_flags", row.waker_flags),
	COLUMN(CAPTURE_U16, struct capture_row_key, "size_log2", row.size_log2),
	COLUMN(CAPTURE_BOOL, struct capture_row_key, "inferred", inferred),
};

const struct capture_table capture_row_keys = { "row_key", "id", row_key_columns,
						NR(row_key_columns), false };

static const struct capture_column totals_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_total, "slice", slice),
	COLUMN(CAPTURE_U32, struct capture_total, "row_key", key),
	COLUMN(CAPTURE_U64, struct capture_total, "count", row.count),
	COLUMN(CAPTURE_U64, struct capture_total, "total_ns", row.total_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "max_ns", row.max_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "blocked_ns", row.blocked_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "runqueue_ns", row.runqueue_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "spin_ns", row.spin_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "inner_ns", row.inner_ns),
	COLUMN(CAPTURE_U64, struct capture_total, "woken", row.ended[WAITPROF_END_WAKE]),
	COLUMN(CAPTURE_U64, struct capture_total, "timed_out", row.ended[WAITPROF_END_TIMEOUT]),
	COLUMN(CAPTURE_U64, struct capture_total, "signalled", row.ended[WAITPROF_END_SIGNAL]),
	COLUMN(CAPTURE_U64, struct capture_total, "killed", row.ended[WAITPROF_END_KILL]),
	COLUMN(CAPTURE_U64, struct capture_total, "clipped", row.clipped),
	COLUMN(CAPTURE_U32, struct capture_total, "owner_tid", row.owner_tid),
	COLUMN(CAPTURE_U32, struct capture_total, "owner_pid", row.owner_tgid),
	COLUMN(CAPTURE_U64, struct capture_total, "last_object", row.last_object),
	COLUMN(CAPTURE_U32, struct capture_total, "last_object_type", row.last_object_type),
	COLUMN(CAPTURE_U32, struct capture_total, "last_tid", row.last_tid),
	{ "comm", CAPTURE_CHARS, offsetof(struct capture_total, row.comm),
	  sizeof(((struct capture_total *)0)->row.comm) },
	COLUMN(CAPTURE_U32, struct capture_total, "waker_tid", row.waker_tid),
	{ "waker_comm", CAPTURE_CHARS, offsetof(struct capture_total, row.waker_comm),
	  sizeof(((struct capture_total *)0)->row.waker_comm) },
	COLUMN(CAPTURE_U64, struct capture_total, "open", open),
	COLUMN(CAPTURE_BOOL, struct capture_total, "max_is_bound", max_bound),
	COLUMN(CAPTURE_U32, struct capture_total, "seen_kstack", seen_kstack),
	COLUMN(CAPTURE_U32, struct capture_total, "seen_ustack", seen_ustack),
};

const struct capture_table capture_totals = { "totals", "slice, row_key", totals_columns,
					      NR(totals_columns), false };

static const struct capture_column bucket_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_bucket, "slice", slice),
	COLUMN(CAPTURE_U32, struct capture_bucket, "row_key", key),
	COLUMN(CAPTURE_U32, struct capture_bucket, "idx", idx),
	COLUMN(CAPTURE_U64, struct capture_bucket, "count", count),
};

const struct capture_table capture_buckets = { "bucket", "slice, row_key, idx", bucket_columns,
					       NR(bucket_columns), false };

static const struct capture_column stack_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_stack, "id", id),
	COLUMN(CAPTURE_U32, struct capture_stack, "flags", flags),
	COLUMN(CAPTURE_U32, struct capture_stack, "pid", pid),
};

const struct capture_table capture_stacks = { "stack", "id", stack_columns, NR(stack_columns),
					      false };

static const struct capture_column stack_frame_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_address, "stack", stack),
	COLUMN(CAPTURE_U32, struct capture_address, "position", position),
	COLUMN(CAPTURE_U64, struct capture_address, "address", address),
};

const struct capture_table capture_addresses = { "stack_frame", "stack, position",
						 stack_frame_columns, NR(stack_frame_columns),
						 false };

static const struct capture_column seen_frame_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_name, "stack", pid),
	COLUMN(CAPTURE_U32, struct capture_name, "position", position),
	COLUMN(CAPTURE_TEXT, struct capture_name, "symbol", symbol),
	COLUMN(CAPTURE_U64, struct capture_name, "offset", offset),
	COLUMN(CAPTURE_TEXT, struct capture_name, "module", module),
	COLUMN(CAPTURE_TEXT, struct capture_name, "file", file),
	COLUMN(CAPTURE_U32, struct capture_name, "line", line),
	COLUMN(CAPTURE_BOOL, struct capture_name, "inlined", inlined),
};

const struct capture_table capture_seen = { "seen_frame", "stack, position", seen_frame_columns,
					    NR(seen_frame_columns), false };

static const struct capture_column name_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_name, "pid", pid),
	COLUMN(CAPTURE_U64, struct capture_name, "address", address),
	COLUMN(CAPTURE_BOOL, struct capture_name, "is_leaf", is_leaf),
	COLUMN(CAPTURE_U32, struct capture_name, "position", position),
	COLUMN(CAPTURE_TEXT, struct capture_name, "symbol", symbol),
	COLUMN(CAPTURE_U64, struct capture_name, "offset", offset),
	COLUMN(CAPTURE_TEXT, struct capture_name, "module", module),
	COLUMN(CAPTURE_TEXT, struct capture_name, "file", file),
	COLUMN(CAPTURE_U32, struct capture_name, "line", line),
	COLUMN(CAPTURE_BOOL, struct capture_name, "inlined", inlined),
};

const struct capture_table capture_names = { "name", "pid, address, is_leaf, position",
					     name_columns, NR(name_columns), false };

static const struct capture_column mapping_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_mapping, "pid", pid),
	COLUMN(CAPTURE_U32, struct capture_mapping, "generation", generation),
	COLUMN(CAPTURE_U64, struct capture_mapping, "start", start),
	COLUMN(CAPTURE_U64, struct capture_mapping, "stop", end),
	COLUMN(CAPTURE_U64, struct capture_mapping, "offset", offset),
	COLUMN(CAPTURE_TEXT, struct capture_mapping, "path", path),
	COLUMN(CAPTURE_TEXT, struct capture_mapping, "build_id", build_id),
};

const struct capture_table capture_mappings = { "mapping", "pid, generation, start",
						mapping_columns, NR(mapping_columns), false };

static const struct capture_column thread_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_thread, "tid", tid),
	{ "comm", CAPTURE_CHARS, offsetof(struct capture_thread, comm),
	  sizeof(((struct capture_thread *)0)->comm) },
};

const struct capture_table capture_threads = { "thread", "tid", thread_columns, NR(thread_columns),
					       false };

static const struct capture_column called_columns[] = {
	COLUMN(CAPTURE_U32, struct capture_called, "pid", pid),
	COLUMN(CAPTURE_U64, struct capture_called, "address", address),
	COLUMN(CAPTURE_TEXT, struct capture_called, "symbol", symbol),
};

const struct capture_table capture_calls = { "called", "pid, address", called_columns,
					     NR(called_columns), false };

static const struct capture_column object_columns[] = {
	COLUMN(CAPTURE_U64, struct capture_object, "address", address),
	COLUMN(CAPTURE_TEXT, struct capture_object, "name", name),
};

const struct capture_table capture_objects = { "object", "address", object_columns,
					       NR(object_columns), false };

static const struct capture_column record_columns[] = {
	COLUMN(CAPTURE_U64, struct capture_record, "id", id),
	COLUMN(CAPTURE_U64, struct capture_record, "end_ns", record.end_ns),
	COLUMN(CAPTURE_U64, struct capture_record, "duration_ns", record.duration_ns),
	COLUMN(CAPTURE_U64, struct capture_record, "blocked_ns", record.blocked_ns),
	COLUMN(CAPTURE_U64, struct capture_record, "runqueue_ns", record.runqueue_ns),
	COLUMN(CAPTURE_U64, struct capture_record, "spin_ns", record.spin_ns),
	COLUMN(CAPTURE_U64, struct capture_record, "inner_ns", record.inner_ns),
	COLUMN(CAPTURE_U32, struct capture_record, "class", record.class_id),
	COLUMN(CAPTURE_U32, struct capture_record, "op", record.op),
	COLUMN(CAPTURE_U32, struct capture_record, "ended", record.ended),
	COLUMN(CAPTURE_U32, struct capture_record, "flags", record.flags),
	COLUMN(CAPTURE_U32, struct capture_record, "pid", record.tgid),
	COLUMN(CAPTURE_U32, struct capture_record, "tid", record.tid),
	COLUMN(CAPTURE_U32, struct capture_record, "kstack", record.kstack),
	COLUMN(CAPTURE_U32, struct capture_record, "ustack", record.ustack),
	COLUMN(CAPTURE_U64, struct capture_record, "object", record.object),
	COLUMN(CAPTURE_U32, struct capture_record, "object_type", record.object_type),
	COLUMN(CAPTURE_U32, struct capture_record, "point", record.point),
	COLUMN(CAPTURE_U32, struct capture_record, "owner_tid", record.owner_tid),
	COLUMN(CAPTURE_U32, struct capture_record, "owner_pid", record.owner_tgid),
	COLUMN(CAPTURE_U32, struct capture_record, "waker_tid", record.waker_tid),
	COLUMN(CAPTURE_U32, struct capture_record, "waker_pid", record.waker_tgid),
	COLUMN(CAPTURE_U32, struct capture_record, "waker_kstack", record.waker_kstack),
	COLUMN(CAPTURE_U32, struct capture_record, "waker_ustack", record.waker_ustack),
	COLUMN(CAPTURE_U16, struct capture_record, "waker_flags", record.waker_flags),
	COLUMN(CAPTURE_U16, struct capture_record, "size_log2", record.size_log2),
	COLUMN(CAPTURE_U32, struct capture_record, "cpu", record.cpu),
	{ "comm", CAPTURE_CHARS, offsetof(struct capture_record, record.comm),
	  sizeof(((struct capture_record *)0)->record.comm) },
	{ "waker_comm", CAPTURE_CHARS, offsetof(struct capture_record, record.waker_comm),
	  sizeof(((struct capture_record *)0)->record.waker_comm) },
};

const struct capture_table capture_records_table = { "record", "id", record_columns,
						     NR(record_columns), false };

const struct capture_table *const capture_tables[] = {
	&capture_facts,		&capture_losses,    &capture_points, &capture_counters_table,
	&capture_slices,	&capture_row_keys,  &capture_totals, &capture_buckets,
	&capture_stacks,	&capture_addresses, &capture_seen,   &capture_names,
	&capture_mappings,	&capture_threads,   &capture_calls,  &capture_objects,
	&capture_records_table, &capture_lives,	    &capture_sleeps, &capture_waits,
	&capture_holders,	&capture_processes,
};

const size_t capture_nr_tables = NR(capture_tables);

#define LOSS(member)                                              \
	{                                                         \
#member, offsetof(struct waitprof_losses, member) \
	}

const struct capture_loss_member capture_loss_members[] = {
	LOSS(stack_full),    LOSS(stack_busy),	     LOSS(kstack_truncated), LOSS(ustack_truncated),
	LOSS(ustack_fault),  LOSS(ustack_compat),    LOSS(rows_used),	     LOSS(rows_limit),
	LOSS(stacks_used),   LOSS(stacks_limit),     LOSS(hists_used),	     LOSS(hists_limit),
	LOSS(nest_deep),     LOSS(follow_full),	     LOSS(followed),	     LOSS(records_pending),
	LOSS(records_limit), LOSS(ustack_walks),     LOSS(ustack_memo),	     LOSS(ustack_space),
	LOSS(ustack_stale),  LOSS(ustack_address),   LOSS(ustack_table),     LOSS(ustack_stop),
	LOSS(ustack_bad),    LOSS(ustack_deep),	     LOSS(unknown_full),     LOSS(rules_bytes),
	LOSS(spaces),	     LOSS(spaces_forgotten), LOSS(cost_ns),	     LOSS(cost_share),
	LOSS(guard_limit),   LOSS(stopped_ns),	     LOSS(stopped_share),
};

const size_t capture_nr_loss_members = NR(capture_loss_members);
