// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recording puts into its capture. Keys of rows, stacks, names of owners
 * are written once, when they are met first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/buckets.h"
#include "capture/capture_write_impl.h"

/**
 * capture_put_number() - keep a fact
 * @w: writer
 * @name: its name
 * @value: its value
 *
 * Return: 0 or -errno.
 */
int capture_put_number(struct capture_writer *w, const char *name, uint64_t value)
{
	const struct capture_fact fact = { .name = name, .number = value };

	return capture_put(w, &capture_facts, &fact);
}

/**
 * capture_put_text() - keep a fact in words
 * @w: writer
 * @name: its name
 * @value: its value
 *
 * Return: 0 or -errno.
 */
int capture_put_text(struct capture_writer *w, const char *name, const char *value)
{
	const struct capture_fact fact = { .name = name, .text = value };

	return capture_put(w, &capture_facts, &fact);
}

/**
 * capture_put_points() - keep the wait points as they are now
 * @w: writer
 * @points: the wait points
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int capture_put_points(struct capture_writer *w, const struct client_point *points, size_t nr)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < nr; i++)
		ret = capture_put(w, &capture_points, &points[i]);
	return ret;
}

/**
 * capture_put_counters() - keep the counters as they are now
 * @w: writer
 * @report: has them
 *
 * Return: 0 or -errno.
 */
int capture_put_counters(struct capture_writer *w, const struct report *report)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i <= WAITPROF_CLASS_MAX; i++) {
		struct capture_counter counter = {
			.counters = report->counters[i].counters,
			.missed = report->counters[i].missed,
			.nmissed = report->counters[i].nmissed,
			.unpaired = report->counters[i].unpaired,
		};

		counter.counters.class_id = i;
		if (report->classes & 1U << i)
			ret = capture_put(w, &capture_counters_table, &counter);
	}
	for (size_t i = 0; !ret && i < capture_nr_loss_members; i++) {
		struct capture_loss loss = { .name = capture_loss_members[i].name };

		memcpy(&loss.value, (const char *)&report->losses + capture_loss_members[i].offset,
		       sizeof(loss.value));
		ret = capture_put(w, &capture_losses, &loss);
	}
	if (!ret)
		ret = capture_put_text(w, "no_rules", report->no_rules);
	return ret ? ret : capture_put_text(w, "blind", report->blind);
}

/**
 * capture_writer_has() - was a row of that key kept before
 * @w: writer
 * @row: the row
 */
bool capture_writer_has(const struct capture_writer *w, const struct profile_row *row)
{
	return profile_find(&w->keys, &row->row, row->inferred);
}

static int put_key(struct capture_writer *w, const struct profile_row *row, uint32_t *id)
{
	size_t before = w->keys.nr;
	struct profile_row *key = profile_get(&w->keys, &row->row, row->inferred);
	struct capture_row_key to = { .inferred = row->inferred };

	if (!key)
		return capture_write_fail(w, SQLITE_NOMEM);
	*id = (uint32_t)(key - w->keys.rows) + 1;
	if (w->keys.nr == before)
		return 0;
	to.id = *id;
	to.row = key->row;
	return capture_put(w, &capture_row_keys, &to);
}

static int put_thread(struct capture_writer *w, uint32_t tid)
{
	struct capture_thread thread = { .tid = tid };

	if (!tid || !w->naming || !ids_add(&w->threads, tid) ||
	    w->naming->comm(w->naming->arg, tid, thread.comm, sizeof(thread.comm)))
		return 0;
	return capture_put(w, &capture_threads, &thread);
}

/**
 * capture_put_process() - keep a process's id in its own pid namespace, once
 * @w: writer
 * @pid: the process
 * @ns_pid: that id, 0 = unknown
 *
 * Return: 0 or -errno.
 */
int capture_put_process(struct capture_writer *w, uint32_t pid, uint32_t ns_pid)
{
	const struct capture_process process = { pid, ns_pid };

	if (!pid || !ns_pid || !ids_add(&w->processes, pid))
		return 0;
	return capture_put(w, &capture_processes, &process);
}

static int put_buckets(struct capture_writer *w, uint32_t slice, uint32_t key,
		       const uint64_t *buckets)
{
	int ret = 0;

	for (uint32_t i = 0; buckets && !ret && i < WAITPROF_HIST_BUCKETS; i++) {
		const struct capture_bucket bucket = { slice, key, i, buckets[i] };

		if (buckets[i])
			ret = capture_put(w, &capture_buckets, &bucket);
	}
	return ret;
}

static int put_row(struct capture_writer *w, uint32_t slice, const struct profile_row *row)
{
	struct capture_total total = {
		.slice = slice,
		.row = row->row,
		.open = row->open,
		.max_bound = row->max_bound,
		.seen_kstack = row->seen_kstack,
		.seen_ustack = row->seen_ustack,
	};
	int ret = put_key(w, row, &total.key);

	if (!ret)
		ret = capture_put(w, &capture_totals, &total);
	if (!ret)
		ret = put_buckets(w, slice, total.key, row->buckets);
	if (!ret)
		ret = capture_put_process(w, row->row.tgid, row->row.ns_tgid);
	return ret ? ret : put_thread(w, row->row.owner_tid);
}

static bool is_idle(const struct profile_row *r)
{
	return !r->row.count && !r->open && !r->row.total_ns &&
	       !(r->buckets && buckets_count(r->buckets));
}

/**
 * capture_put_slice() - keep what a slice saw, instead of what was kept of it before
 * @w: writer
 * @slice: its number, from 0 on
 * @start_ns: when it began, since the recording did
 * @duration_ns: its length so far
 * @p: its rows
 *
 * Return: 0 or -errno.
 */
int capture_put_slice(struct capture_writer *w, uint32_t slice, uint64_t start_ns,
		      uint64_t duration_ns, const struct profile *p)
{
	const struct capture_span span = { slice, start_ns, duration_ns };
	int ret = capture_put(w, &capture_slices, &span);

	for (size_t i = 0; !ret && i < p->nr; i++)
		if (!is_idle(&p->rows[i]))
			ret = put_row(w, slice, &p->rows[i]);
	return ret;
}

/**
 * capture_put_records() - keep single waits
 * @w: writer
 * @rows: the waits, in the order of their ends as far as known
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int capture_put_records(struct capture_writer *w, const struct waitprof_record *rows, size_t nr)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < nr; i++) {
		const struct capture_record record = { ++w->nr_records, rows[i] };

		ret = capture_put(w, &capture_records_table, &record);
		if (!ret)
			ret = put_thread(w, rows[i].owner_tid);
		if (!ret)
			ret = capture_put_process(w, rows[i].tgid, rows[i].ns_tgid);
	}
	return ret;
}

static int put_stack(struct capture_writer *w, uint32_t id, const struct stacks_raw *raw)
{
	struct capture_stack stack = { id, raw->flags, (uint32_t)raw->pid };
	int ret;

	if (id >= STACKS_SEEN)
		stack.flags = CAPTURE_STACK_PROC | (raw->pid ? WAITPROF_STACK_F_USER : 0) |
			      (raw->truncated ? WAITPROF_STACK_F_TRUNCATED : 0);
	ret = capture_put(w, &capture_stacks, &stack);
	for (uint32_t i = 0; !ret && i < raw->nr && i < CAPTURE_MAX_FRAMES; i++) {
		const struct capture_address address = { id, i, raw->addrs[i] };

		ret = capture_put(w, &capture_addresses, &address);
	}
	for (uint32_t i = 0; !ret && raw->named && i < raw->named->nr; i++) {
		const struct symbol_frame *frame = &raw->named->frames[i];
		const struct capture_name name = {
			.pid = id,
			.position = i,
			.symbol = frame->symbol,
			.offset = frame->offset,
			.module = frame->module,
		};

		ret = capture_put(w, &capture_seen, &name);
	}
	return ret;
}

static int mark_written(struct capture_writer *w, uint32_t id)
{
	if (id >= w->nr_is_written) {
		uint32_t nr = id + id / 2 + 1024;
		uint8_t *more = realloc(w->is_written, nr);

		if (!more)
			return capture_write_fail(w, SQLITE_NOMEM);
		memset(more + w->nr_is_written, 0, nr - w->nr_is_written);
		w->is_written = more;
		w->nr_is_written = nr;
	}
	w->is_written[id] = 1;
	return 0;
}

/**
 * capture_put_stacks() - keep the stacks that are new
 * @w: writer
 * @stacks: all stacks
 *
 * Ids come with holes that may be filled later: those are looked at again.
 *
 * Return: 0 or -errno.
 */
int capture_put_stacks(struct capture_writer *w, const struct stacks *stacks)
{
	uint32_t end = stacks_next(stacks), hole = 0;
	struct stacks_raw raw;
	int ret = 0;

	for (uint32_t id = w->next_stack; !ret && id < end && id <= CAPTURE_MAX_STACKS; id++) {
		if (id < w->nr_is_written && w->is_written[id])
			continue;
		if (!stacks_raw(stacks, id, &raw)) {
			hole = hole ? hole : id;
			continue;
		}
		ret = put_stack(w, id, &raw);
		if (!ret)
			ret = mark_written(w, id);
	}
	w->next_stack = hole ? hole : end;
	while (!ret && stacks_raw(stacks, STACKS_SEEN + w->nr_seen, &raw))
		ret = put_stack(w, STACKS_SEEN + w->nr_seen++, &raw);
	return ret;
}

static int put_mapping(const struct symbol_mapped *mapped, void *arg)
{
	const struct capture_mapping mapping = {
		.pid = (uint32_t)mapped->pid,
		.generation = mapped->generation,
		.start = mapped->start,
		.end = mapped->end,
		.offset = mapped->offset,
		.path = mapped->path,
		.build_id = mapped->build_id,
	};

	/* A reader takes a longer text for damage. */
	if (strlen(mapped->path) >= CAPTURE_MAX_TEXT)
		return 0;
	return capture_put(arg, &capture_mappings, &mapping);
}

/**
 * capture_put_mappings() - keep the mappings that are new
 * @w: writer
 * @symbols: has noted them
 *
 * Return: 0 or -errno.
 */
int capture_put_mappings(struct capture_writer *w, struct symbols *symbols)
{
	return symbols_tell(symbols, put_mapping, w);
}
