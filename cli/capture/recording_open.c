// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recording keeps of the waits that have not ended: those of its last reading,
 * with who holds what they wait for. Files are looked up only when it ends.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/capture_write_impl.h"
#include "capture/recording.h"
#include "collect/follow.h"

#define REST 50 /* as recording_threads.c */

static int put_wait(struct capture_writer *w, uint32_t id, const struct window_open *o,
		    const struct report_row *row)
{
	struct capture_wait wait = {
		.id = id,
		.wait = o->wait,
		.own_ns = o->own_ns,
		.seen_kstack = o->seen_kstack,
		.seen_ustack = o->seen_ustack,
		.owner_by = row->owner_by,
		.file = row->file && strlen(row->file) < CAPTURE_MAX_TEXT ? row->file : NULL,
	};

	wait.wait.owner_tid = row->sum.owner_tid;
	wait.wait.owner_tgid = row->sum.owner_tgid;
	memcpy(wait.owner_in, row->lock.owner, sizeof(wait.owner_in));
	memcpy(wait.wait.owner_comm, row->owner_comm, sizeof(wait.wait.owner_comm));
	return capture_put(w, &capture_waits, &wait) ?:
		       capture_put_process(w, row->sum.tgid, row->sum.ns_tgid);
}

/* What the threads did that others waited for. */
static int put_holders(struct recording *r, struct report_row *rows, size_t nr)
{
	struct report report = { .rows = rows, .nr_rows = nr };
	int ret = collect_graph(r->c, &report);

	for (size_t i = 0; !ret && i < report.graph.nr; i++) {
		const struct report_row *last = open_row_end(&report, i);
		const struct capture_holder holder = {
			.tid = last ? last->sum.owner_tid : 0,
			.state = (unsigned char)report.ends[i].state,
			.seen_kstack = report.ends[i].seen_kstack,
		};

		if (last)
			ret = capture_put(r->w, &capture_holders, &holder);
	}
	graph_free(&report.graph);
	free(report.ends);
	return ret;
}

static int put_open(struct recording *r, uint64_t begin_ns, bool last)
{
	const struct window_open **from = NULL;
	struct report_row *rows = NULL;
	size_t nr = 0;
	int ret, failed;

	failed = collect_open_rows(r->c, 0, !r->c->options->classes, last, &rows, &from, &nr);
	if (!failed && last)
		failed = collect_files(r->c, from, rows, nr);
	if (!failed && last)
		failed = collect_lock_owners(r->c, from, rows, nr, true);
	/* Then those of the reading before are as good as any. */
	ret = failed ? 0 : capture_execute(r->w, "DELETE FROM open_wait; DELETE FROM holder");
	for (size_t i = 0; !failed && !ret && i < nr; i++)
		ret = put_wait(r->w, (uint32_t)i, from[i], &rows[i]);
	if (!failed && !ret)
		ret = put_holders(r, rows, nr);
	if (!failed && !ret)
		ret = capture_put_number(r->w, "open_ns",
					 r->c->edge_ns > begin_ns ? r->c->edge_ns - begin_ns : 0);
	report_free_rows(rows, failed ? 0 : nr);
	free(from);
	return ret;
}

/**
 * recording_open() - keep the open waits of the last reading
 * @r: recording
 * @begin_ns: when the recording began, CLOCK_MONOTONIC
 * @last: no other reading follows: look closer
 *
 * Where there are very many it is done more seldom, so as to take one part in REST of a
 * CPU at most.
 *
 * Return: 0 or -errno of the capture.
 */
int recording_open(struct recording *r, uint64_t begin_ns, bool last)
{
	struct timespec before, after;
	int ret;

	if (!last && follow_now() < r->next_open_ns)
		return 0;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	ret = put_open(r, begin_ns, last);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	r->next_open_ns =
		follow_now() + REST * ((uint64_t)(after.tv_sec - before.tv_sec) * 1000000000 +
				       (uint64_t)after.tv_nsec - (uint64_t)before.tv_nsec);
	return ret;
}
