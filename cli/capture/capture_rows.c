// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slices of a capture and its single waits: into profiles, reports, records.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture_impl.h"

/* Slices on their way into a profile; no options: every row is taken. */
struct reading {
	struct capture *c;
	const struct options *options;
	struct profile *p;
};

static bool has_id(const uint32_t *ids, uint32_t nr, uint32_t id)
{
	for (uint32_t i = 0; i < nr; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/**
 * capture_takes_thread() - does a filter take a thread
 * @options: the filter: of its options --pid, --tid and --comm
 * @tgid: its process
 * @tid: the thread
 * @comm: its name
 */
bool capture_takes_thread(const struct options *options, uint32_t tgid, uint32_t tid,
			  const char *comm)
{
	if ((options->nr_tgids || options->nr_tids) &&
	    !has_id(options->tgids, options->nr_tgids, tgid) &&
	    !has_id(options->tids, options->nr_tids, tid))
		return false;
	return !options->comm_glob || !fnmatch(options->comm_glob, comm, 0);
}

static bool takes(const struct options *o, uint32_t class_id, uint32_t tgid, uint32_t tid,
		  const char *comm)
{
	if (o->classes && !(o->classes & 1U << class_id))
		return false;
	return capture_takes_thread(o, tgid, tid, comm);
}

/**
 * capture_takes() - does a filter take a row
 * @options: the filter: of its options --pid, --tid, --class and --comm
 * @row: the row
 */
bool capture_takes(const struct options *options, const struct waitprof_row *row)
{
	return takes(options, row->class_id, row->tgid, row->tid, row->comm);
}

/* Two structures hold a row of the file: its key and its values. */
static void join(struct waitprof_row *to, const struct waitprof_row *key)
{
	to->class_id = key->class_id;
	to->op = key->op;
	to->tgid = key->tgid;
	to->tid = key->tid;
	to->kstack = key->kstack;
	to->ustack = key->ustack;
	to->object = key->object;
	to->object_type = key->object_type;
	to->flags = key->flags;
	to->waker_kstack = key->waker_kstack;
	to->waker_ustack = key->waker_ustack;
	to->waker_tgid = key->waker_tgid;
	to->waker_flags = key->waker_flags;
	to->size_log2 = key->size_log2;
}

static int add_total(struct reading *r, const struct capture_total *total)
{
	const struct capture_row_key *key;
	struct profile_row row = {
		.row = total->row,
		.open = total->open,
		.max_bound = total->max_bound,
		.seen_kstack = total->seen_kstack,
		.seen_ustack = total->seen_ustack,
	};

	if (!total->key || total->key > r->c->nr_keys)
		return SQLITE_CORRUPT;
	key = &r->c->keys[total->key - 1];
	join(&row.row, &key->row);
	row.inferred = key->inferred;
	if (r->options && !capture_takes(r->options, &row.row))
		return SQLITE_OK;
	return profile_add_row(r->p, &row) ? SQLITE_OK : SQLITE_NOMEM;
}

static int add_bucket(struct reading *r, const struct capture_bucket *bucket)
{
	const struct capture_row_key *key;
	struct profile_row *row;

	if (!bucket->key || bucket->key > r->c->nr_keys || bucket->idx >= WAITPROF_HIST_BUCKETS)
		return SQLITE_CORRUPT;
	key = &r->c->keys[bucket->key - 1];
	row = (struct profile_row *)profile_find(r->p, &key->row, key->inferred);
	/* It is left out with its row. */
	if (!row)
		return SQLITE_OK;
	if (!row->buckets)
		row->buckets = calloc(WAITPROF_HIST_BUCKETS, sizeof(*row->buckets));
	if (!row->buckets)
		return SQLITE_NOMEM;
	row->buckets[bucket->idx] += bucket->count;
	return SQLITE_OK;
}

static int read_slice(struct reading *r, size_t slice)
{
	struct capture_total total = { 0 };
	struct capture_bucket bucket;
	sqlite3_stmt *rows;
	int ret = capture_table_select(r->c->db, &capture_totals, "WHERE slice = ?", &rows);

	profile_forget_open(r->p);
	sqlite3_bind_int64(rows, 1, (sqlite3_int64)slice);
	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(rows, &capture_totals, &total)) == SQLITE_ROW)
		ret = add_total(r, &total);
	sqlite3_finalize(rows);
	if (ret != SQLITE_DONE)
		return ret;
	ret = capture_table_select(r->c->db, &capture_buckets, "WHERE slice = ?", &rows);
	sqlite3_bind_int64(rows, 1, (sqlite3_int64)slice);
	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(rows, &capture_buckets, &bucket)) == SQLITE_ROW)
		ret = add_bucket(r, &bucket);
	sqlite3_finalize(rows);
	return ret;
}

static int read_window(struct reading *r, size_t from, size_t to, uint64_t *duration_ns)
{
	const struct capture_info *info = &r->c->info;
	int ret = 0;

	if (to == CAPTURE_ALL)
		to = info->nr_slices;
	if (from > to || to > info->nr_slices)
		return capture_refuse(r->c, -EINVAL, "has no such slice", NULL);
	for (size_t i = from; !ret && i < to; i++) {
		if (duration_ns)
			*duration_ns += info->slices[i].duration_ns;
		ret = capture_fail(r->c, read_slice(r, i));
	}
	return ret;
}

/**
 * capture_slice() - the rows of one slice
 * @capture: an open one
 * @slice: its number, from 0 on
 * @p: an empty profile, gets the rows
 *
 * Return: 0 or -errno.
 */
int capture_slice(struct capture *capture, size_t slice, struct profile *p)
{
	return capture_window(capture, slice, slice + 1, p, NULL);
}

/**
 * capture_window() - the sum of slices that follow each other
 * @capture: an open one
 * @from: the first one's number
 * @to: the number behind the last one's; CAPTURE_ALL = to the end
 * @p: an empty profile, gets the rows
 * @duration_ns: length of these slices; may be NULL
 *
 * Waits that were open at the end are those of the last slice.
 *
 * Return: 0 or -errno.
 */
int capture_window(struct capture *capture, size_t from, size_t to, struct profile *p,
		   uint64_t *duration_ns)
{
	struct reading r = { .c = capture, .p = p };

	if (duration_ns)
		*duration_ns = 0;
	return read_window(&r, from, to, duration_ns);
}

/**
 * capture_counters() - counters of the whole recording
 * @capture: an open one
 * @report: @counters, @classes, @losses and the texts are set
 */
void capture_counters(struct capture *capture, struct report *report)
{
	report->version = capture->info.module_version;
	report->kernel = capture->info.kernel;
	report->blind = capture->blind;
	report->no_rules = capture->no_rules;
	report->losses = capture->losses;
	report->classes = capture->counted;
	memcpy(report->counters, capture->counters, sizeof(report->counters));
}

static bool has_filter(const struct options *o)
{
	return o->nr_tgids || o->nr_tids || o->classes || o->comm_glob || o->kinds || o->idle_list;
}

static int check_grouping(struct capture *c, const struct options *options)
{
	if (options->wakers && !(c->info.session_flags & WAITPROF_SESSION_F_WAKERS))
		return capture_refuse(c, -EOPNOTSUPP, "does not tell who ended the waits",
				      "record it again with --wakers");
	if (options->by == GROUP_BY_OBJECT && !(c->info.session_flags & WAITPROF_SESSION_F_OBJECTS))
		return capture_refuse(c, -EOPNOTSUPP, "does not tell objects apart",
				      "record it again with --objects");
	return 0;
}

static int report_rows(struct capture *c, const struct options *options, uint32_t kinds,
		       enum group_by by, size_t from, size_t to, struct report *report)
{
	struct profile p = { 0 };
	struct reading r = { .c = c, .options = options, .p = &p };
	int ret;

	c->naming.ask.idle = options->idle_list;
	capture_counters(c, report);
	if (options->classes)
		report->classes &= options->classes;
	report->is_captured = true;
	if (!from)
		report->begin_unix_ns = c->info.begun_wall_ns;
	report->has_wakers = c->info.session_flags & WAITPROF_SESSION_F_WAKERS;
	report->duration_ns = 0;
	ret = read_window(&r, from, to, &report->duration_ns);
	if (!ret)
		ret = naming_report(&c->naming, &p, kinds, by, report);
	if (!ret)
		ret = capture_fail(c, c->failure);
	profile_free(&p);
	return ret;
}

/**
 * capture_report() - rows of some slices, named and grouped, in no order
 * @capture: an open one
 * @options: --by, and of the filter what capture_takes() looks at, and --kind
 * @from: as capture_window()
 * @to: likewise
 * @report: as collect_report() fills it, and its length; to be freed whatever this
 *	returns, before the capture is closed
 *
 * Return: 0 or -errno.
 */
int capture_report(struct capture *capture, const struct options *options, size_t from, size_t to,
		   struct report *report)
{
	uint32_t kinds = options->kinds ? options->kinds : capture->kinds;
	int ret = check_grouping(capture, options);

	if (!ret)
		ret = report_rows(capture, options, kinds, options->by, from, to, report);
	if (!ret && !has_filter(options) && report->duration_ns == capture->info.duration_ns)
		report->coverage = capture->coverage;
	return ret;
}

/**
 * capture_rows() - the rows of some slices, not grouped, of all kinds
 * @c: an open one
 * @options: of the filter what capture_takes() looks at
 * @from: as capture_window()
 * @to: likewise
 * @report: as capture_report()
 *
 * Return: 0 or -errno.
 */
int capture_rows(struct capture *c, const struct options *options, size_t from, size_t to,
		 struct report *report)
{
	return report_rows(c, options, 0, GROUP_BY_NONE, from, to, report);
}

static uint32_t backend_of(const struct capture_info *info, uint32_t point)
{
	for (size_t i = 0; i < info->nr_points; i++)
		if (info->points[i].id == point)
			return info->points[i].backend;
	return WAITPROF_BACKEND_NONE;
}

/**
 * capture_records() - the single waits of a capture, in the order of their ends
 * @capture: an open one, recorded with --records
 * @options: as for capture_report(); what --kind leaves out comes, too, marked
 * @each: is called for each; not 0 ends this
 * @arg: for @each
 *
 * Return: 0, -errno, or what @each returned.
 */
int capture_records(struct capture *capture, const struct options *options,
		    int (*each)(const struct report_record *record, void *arg), void *arg)
{
	const struct capture_info *info = &capture->info;
	uint32_t kinds = options->kinds ? options->kinds : capture->kinds;
	struct capture_record record = { 0 };
	struct report_record to;
	sqlite3_stmt *rows;
	int code = capture_table_select(capture->db, &capture_records_table, "ORDER BY id", &rows);
	int ret = capture_fail(capture, code);

	capture->naming.ask.idle = options->idle_list;
	while (!ret &&
	       (code = capture_table_get(rows, &capture_records_table, &record)) == SQLITE_ROW) {
		const struct waitprof_record *w = &record.record;

		if (!w->class_id || w->class_id > WAITPROF_CLASS_MAX ||
		    w->ended >= WAITPROF_NR_ENDS) {
			code = SQLITE_CORRUPT;
			break;
		}
		if (!takes(options, w->class_id, w->tgid, w->tid, w->comm))
			continue;
		naming_record(&capture->naming, w, backend_of(info, w->point), kinds, &to);
		to.wall_ns = info->begun_wall_ns + (w->end_ns - info->begun_ns);
		ret = each(&to, arg);
	}
	sqlite3_finalize(rows);
	if (!ret)
		ret = capture_fail(capture, code);
	return ret ? ret : capture_fail(capture, capture->failure);
}
