// SPDX-License-Identifier: GPL-2.0-only
/*
 * Perfetto's trace: a track for each thread below one for its process, a slice for
 * each wait, what is known of it as arguments. Packets need not be in order of time;
 * those of a moment are in the order of the file. Waits come as they ended, so an
 * inner one comes before the one around it; both begin at the same nanosecond only
 * if both were cut to the session's begin.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "profile/names.h"
#include "export/perfetto_file.h"
#include "util/utf8.h"

#define MAX_ARGS    24
#define CLOCK_WALL  PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_REALTIME
#define CLOCK_TRACE PERFETTO__BUILTIN_CLOCK__BUILTIN_CLOCK_MONOTONIC

/**
 * struct export_perfetto - a trace being written
 * @file: where to
 * @tracks: threads and processes that have been described
 * @text: the stack being written
 * @nr_text: its length
 * @size_text: its room
 */
struct export_perfetto {
	struct perfetto_file file;
	struct intern tracks;
	char *text;
	size_t nr_text;
	size_t size_text;
};

struct arguments {
	struct Perfetto__DebugAnnotation arguments[MAX_ARGS];
	struct Perfetto__DebugAnnotation *list[MAX_ARGS];
	size_t nr;
};

/* What the two clocks showed when the first wait ended; from it on all are known. */
static void put_clocks(struct export_perfetto *to, const struct report_record *record)
{
	struct Perfetto__ClockSnapshot__Clock clocks[] = {
		PERFETTO__CLOCK_SNAPSHOT__CLOCK__INIT,
		PERFETTO__CLOCK_SNAPSHOT__CLOCK__INIT,
	};
	struct Perfetto__ClockSnapshot__Clock *list[] = { &clocks[0], &clocks[1] };
	struct Perfetto__ClockSnapshot snapshot = PERFETTO__CLOCK_SNAPSHOT__INIT;
	struct Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	for (int i = 0; i < 2; i++) {
		clocks[i].has_clock_id = true;
		clocks[i].clock_id = i ? CLOCK_WALL : CLOCK_TRACE;
		clocks[i].has_timestamp = true;
		clocks[i].timestamp = i ? record->wall_ns : record->record->end_ns;
	}
	snapshot.n_clocks = record->wall_ns ? 2 : 1;
	snapshot.clocks = list;
	snapshot.has_primary_trace_clock = true;
	snapshot.primary_trace_clock = CLOCK_TRACE;
	packet.clock_snapshot = &snapshot;
	packet.has_timestamp = true;
	packet.timestamp = record->record->end_ns;
	packet.has_timestamp_clock_id = true;
	packet.timestamp_clock_id = CLOCK_TRACE;
	perfetto_file_put(&to->file, &packet);
}

static struct Perfetto__DebugAnnotation *add_argument(struct export_perfetto *to,
						      struct arguments *a, const char *name)
{
	struct Perfetto__DebugAnnotation *argument = &a->arguments[a->nr];

	perfetto__debug_annotation__init(argument);
	argument->has_name_iid = true;
	argument->name_iid = perfetto_file_key(&to->file, name);
	a->list[a->nr++] = argument;
	return argument;
}

static void add_number(struct export_perfetto *to, struct arguments *a, const char *name,
		       uint64_t number)
{
	struct Perfetto__DebugAnnotation *argument = add_argument(to, a, name);

	argument->has_uint_value = true;
	argument->uint_value = number;
}

static void add_text(struct export_perfetto *to, struct arguments *a, const char *name,
		     const char *text)
{
	struct Perfetto__DebugAnnotation *argument;
	uint64_t id;

	if (!text || !*text)
		return;
	id = perfetto_file_value(&to->file, text);
	argument = add_argument(to, a, name);
	argument->has_string_value_iid = true;
	argument->string_value_iid = id;
}

static void add_name(struct export_perfetto *to, struct arguments *a, const char *name,
		     const char *text, size_t len)
{
	char clean[EXPORT_NAME_LEN];

	add_text(to, a, name, utf8_clean(clean, sizeof(clean), text, len));
}

static void append(struct export_perfetto *to, const char *text)
{
	size_t len = strlen(text);

	if (to->nr_text + len + 1 > to->size_text) {
		size_t size = 2 * (to->nr_text + len) + 256;
		char *bigger = realloc(to->text, size);

		if (!bigger) {
			to->file.error = -ENOMEM;
			return;
		}
		to->text = bigger;
		to->size_text = size;
	}
	memcpy(to->text + to->nr_text, text, len + 1);
	to->nr_text += len;
}

/* A line for each frame, the leaf first. */
static void add_stack(struct export_perfetto *to, struct arguments *a, const char *name,
		      const struct stack *stack)
{
	char buf[EXPORT_NAME_LEN], clean[EXPORT_NAME_LEN];

	if (!stack || !stack->nr)
		return;
	to->nr_text = 0;
	for (size_t i = 0; i < stack->nr; i++) {
		const struct export_step step = { .frame = &stack->frames[i] };

		append(to, i ? "\n" : "");
		append(to, utf8_clean(clean, sizeof(clean),
				      export_step_name(buf, sizeof(buf), &step), sizeof(buf)));
	}
	if (stack->truncated)
		append(to, "\n[truncated]");
	if (!to->file.error)
		add_text(to, a, name, to->text);
}

static void add_waker(struct export_perfetto *to, struct arguments *a,
		      const struct report_waker *waker)
{
	char who[NAMES_WAKER_LEN];

	if (!waker->flags)
		return;
	add_name(to, a, "waker", names_waker(who, sizeof(who), waker), sizeof(who));
	add_name(to, a, "woken at", waker->site, sizeof(waker->site));
}

static void add_arguments(struct export_perfetto *to, struct arguments *a,
			  const struct report_record *r)
{
	const struct waitprof_record *w = r->record;
	char object[32];

	add_number(to, a, "blocked_ns", w->blocked_ns);
	add_number(to, a, "runqueue_ns", w->runqueue_ns);
	add_number(to, a, "spin_ns", w->spin_ns);
	add_number(to, a, "inner_ns", w->inner_ns);
	add_text(to, a, "ended", names_end(w->ended));
	add_text(to, a, "op", names_op(w->op));
	add_text(to, a, "kind", kind_name(r->row.kind));
	add_text(to, a, "object", export_object(object, sizeof(object), &r->row.sum));
	add_text(to, a, "object name", names_lock(&r->row));
	if (r->row.sum.owner_tid)
		add_number(to, a, "owner_tid", r->row.sum.owner_tid);
	add_name(to, a, "owner", r->row.owner_comm, sizeof(r->row.owner_comm));
	add_waker(to, a, &r->row.waker);
	if (r->row.clipped)
		add_text(to, a, "clipped", "began before the session");
	add_name(to, a, "call site", r->row.site, sizeof(r->row.site));
	add_stack(to, a, "kernel stack", r->row.kstack);
	add_stack(to, a, "user stack", r->row.ustack);
}

static void put_track(struct export_perfetto *to, struct Perfetto__TrackDescriptor *track,
		      uint64_t uuid)
{
	struct Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	track->has_uuid = true;
	track->uuid = uuid;
	packet.track_descriptor = track;
	perfetto_file_put(&to->file, &packet);
}

/* The number of a track, and whether it has to be described. */
static uint64_t track_uuid(struct export_perfetto *to, uint32_t tgid, uint32_t tid, bool *is_new)
{
	const uint32_t ids[] = { tgid, tid };
	int64_t number = intern_get(&to->tracks, ids, sizeof(ids), is_new);

	if (number >= 0)
		return (uint64_t)number + 1;
	to->file.error = -ENOMEM;
	*is_new = false;
	return 0;
}

static uint64_t process_track(struct export_perfetto *to, const struct waitprof_record *w)
{
	struct Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	struct Perfetto__ProcessDescriptor process = PERFETTO__PROCESS_DESCRIPTOR__INIT;
	char comm[UTF8_CLEAN_LEN(WAITPROF_COMM_LEN)];
	bool is_new;
	uint64_t uuid = track_uuid(to, w->tgid, 0, &is_new);

	process.has_pid = true;
	process.pid = (int32_t)w->tgid;
	/* Of a thread's name nobody knows that it is the process's, but for the first. */
	if (w->tid == w->tgid)
		process.process_name = utf8_clean(comm, sizeof(comm), w->comm, sizeof(w->comm));
	track.process = &process;
	if (is_new)
		put_track(to, &track, uuid);
	return uuid;
}

static uint64_t thread_track(struct export_perfetto *to, const struct waitprof_record *w)
{
	struct Perfetto__TrackDescriptor track = PERFETTO__TRACK_DESCRIPTOR__INIT;
	struct Perfetto__ThreadDescriptor thread = PERFETTO__THREAD_DESCRIPTOR__INIT;
	uint64_t process = process_track(to, w);
	char comm[UTF8_CLEAN_LEN(WAITPROF_COMM_LEN)];
	bool is_new;
	uint64_t uuid = track_uuid(to, w->tgid, w->tid, &is_new);

	thread.has_pid = true;
	thread.pid = (int32_t)w->tgid;
	thread.has_tid = true;
	thread.tid = (int32_t)w->tid;
	thread.thread_name = utf8_clean(comm, sizeof(comm), w->comm, sizeof(w->comm));
	track.has_parent_uuid = true;
	track.parent_uuid = process;
	track.thread = &thread;
	if (is_new)
		put_track(to, &track, uuid);
	return uuid;
}

static void put_slice(struct export_perfetto *to, uint64_t time_ns,
		      struct Perfetto__TrackEvent *event)
{
	struct Perfetto__TracePacket packet = PERFETTO__TRACE_PACKET__INIT;

	packet.has_timestamp = true;
	packet.timestamp = time_ns;
	packet.has_timestamp_clock_id = true;
	packet.timestamp_clock_id = CLOCK_TRACE;
	packet.track_event = event;
	perfetto_file_put(&to->file, &packet);
}

/**
 * export_perfetto_add() - one wait
 * @to: trace
 * @record: the wait; those of a thread come in the order of their ends
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int export_perfetto_add(struct export_perfetto *to, const struct report_record *record)
{
	const struct waitprof_record *w = record->record;
	struct Perfetto__TrackEvent begin = PERFETTO__TRACK_EVENT__INIT;
	struct Perfetto__TrackEvent end = PERFETTO__TRACK_EVENT__INIT;
	uint64_t begin_ns = w->end_ns > w->duration_ns ? w->end_ns - w->duration_ns : 0;
	uint64_t categories[1];
	struct arguments arguments = { .nr = 0 };
	char name[EXPORT_NAME_LEN];

	if (!export_is_wait(&record->row))
		return to->file.error;
	if (!to->file.begun)
		put_clocks(to, record);
	/* What lies inside of it was cut there, too. */
	if (record->row.clipped && w->inner_ns && begin_ns)
		begin_ns--;
	begin.has_track_uuid = true;
	begin.track_uuid = thread_track(to, w);
	categories[0] = perfetto_file_category(&to->file, names_class(w->class_id));
	begin.n_category_iids = 1;
	begin.category_iids = categories;
	snprintf(name, sizeof(name), "%s%s%s", names_class(w->class_id),
		 record->row.site[0] ? " " : "", record->row.site);
	begin.has_name_iid = true;
	begin.name_iid = perfetto_file_name(&to->file, name);
	add_arguments(to, &arguments, record);
	begin.n_debug_annotations = arguments.nr;
	begin.debug_annotations = arguments.list;
	begin.has_type = true;
	begin.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_BEGIN;
	put_slice(to, begin_ns, &begin);
	end.has_track_uuid = true;
	end.track_uuid = begin.track_uuid;
	end.has_type = true;
	end.type = PERFETTO__TRACK_EVENT__TYPE__TYPE_SLICE_END;
	put_slice(to, w->end_ns, &end);
	return to->file.error;
}

/**
 * export_perfetto_new() - begin a trace
 * @out: where to
 *
 * Return: the trace, to be given up by export_perfetto_finish(); NULL without memory.
 */
struct export_perfetto *export_perfetto_new(FILE *out)
{
	struct export_perfetto *to = calloc(1, sizeof(*to));

	if (to)
		to->file.out = out;
	return to;
}

/**
 * export_perfetto_finish() - end a trace and give it up
 * @to: trace; without a wait it is an empty file, which is a trace of nothing
 *
 * Return: 0, or the first error: -ENOMEM, -EIO.
 */
int export_perfetto_finish(struct export_perfetto *to)
{
	int ret = to->file.error;

	perfetto_file_free(&to->file);
	intern_free(&to->tracks);
	free(to->text);
	free(to);
	return ret;
}
