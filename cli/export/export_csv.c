// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows as comma-separated values (RFC 4180): a header, lines that end in CR LF,
 * quotes where a value needs them. What is not known is empty. Stacks are one
 * value, the leaf first, with semicolons between the frames.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "profile/buckets.h"
#include "export/export.h"
#include "profile/group.h"
#include "profile/names.h"
#include "proc/owner.h"
#include "util/utf8.h"

/* A line that is being written. */
struct csv {
	FILE *out;
	bool is_first;
};

static void next_value(struct csv *to)
{
	if (!to->is_first)
		fputc(',', to->out);
	to->is_first = false;
}

static void put_text(struct csv *to, const char *text, size_t len)
{
	next_value(to);
	if (!memchr(text, '"', len) && !memchr(text, ',', len) && !memchr(text, '\n', len) &&
	    !memchr(text, '\r', len)) {
		fwrite(text, 1, len, to->out);
		return;
	}
	fputc('"', to->out);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			fputc('"', to->out);
		fputc(text[i], to->out);
	}
	fputc('"', to->out);
}

static void put_string(struct csv *to, const char *text)
{
	put_text(to, text ? text : "", text ? strlen(text) : 0);
}

static void put_comm(struct csv *to, const char *comm)
{
	char clean[UTF8_CLEAN_LEN(WAITPROF_COMM_LEN)];

	put_string(to, utf8_clean(clean, sizeof(clean), comm, WAITPROF_COMM_LEN));
}

static void put_u64(struct csv *to, uint64_t value)
{
	next_value(to);
	fprintf(to->out, "%" PRIu64, value);
}

static void put_known(struct csv *to, bool known, uint64_t value)
{
	if (known)
		put_u64(to, value);
	else
		next_value(to);
}

static void put_bool(struct csv *to, bool value)
{
	put_u64(to, value);
}

static void put_stack(struct csv *to, const struct stack *stack, bool is_kernel)
{
	bool quoted = stack && stack->nr;

	next_value(to);
	if (quoted)
		fputc('"', to->out);
	for (size_t i = 0; quoted && i < stack->nr; i++) {
		struct export_step step = { .frame = &stack->frames[i], .is_kernel = is_kernel };
		char buf[EXPORT_NAME_LEN];

		if (i)
			fputc(';', to->out);
		for (const char *c = export_step_name(buf, sizeof(buf), &step); *c; c++) {
			if (*c == '"')
				fputc('"', to->out);
			fputc(*c == ';' ? ':' : *c, to->out);
		}
	}
	if (quoted)
		fputc('"', to->out);
}

static void put_percentile(struct csv *to, const struct report_row *row, unsigned int per_mille)
{
	bool known = row->buckets && buckets_count(row->buckets);

	put_known(to, known,
		  known ? buckets_percentile(row->buckets, per_mille, row->sum.max_ns) : 0);
}

static bool is_cut(const struct report_row *row)
{
	return (row->kstack && row->kstack->truncated) || (row->ustack && row->ustack->truncated);
}

static const char header[] =
	"class,kind,op,pid,tid,comm,object,object_name,owner_tid,owner_comm,callsite,count,open,total_ns,avg_ns,"
	"max_ns,blocked_ns,runqueue_ns,spin_ns,inner_ns,p50_ns,p90_ns,p99_ns,p999_ns,ended_wake,"
	"ended_timeout,ended_signal,ended_kill,inferred,truncated,kstack,ustack\r\n";

static void put_row(struct csv *to, const struct report_row *row)
{
	const struct waitprof_row *sum = &row->sum;
	char object[32];

	to->is_first = true;
	put_string(to, sum->class_id ? names_class(sum->class_id) : NULL);
	put_string(to, kind_name(row->kind));
	put_string(to, names_op(sum->op));
	put_known(to, sum->tgid, sum->tgid);
	put_known(to, sum->tid, sum->tid);
	put_comm(to, sum->comm);
	put_string(to, export_object(object, sizeof(object), sum));
	put_string(to, names_lock(row));
	put_known(to, sum->owner_tid, sum->owner_tid);
	put_comm(to, row->owner_comm);
	put_string(to, row->site);
	put_u64(to, group_count(row));
	put_u64(to, row->open);
	put_u64(to, sum->total_ns);
	put_u64(to, group_avg(row));
	put_u64(to, sum->max_ns);
	put_u64(to, sum->blocked_ns);
	put_u64(to, sum->runqueue_ns);
	put_u64(to, sum->spin_ns);
	put_u64(to, sum->inner_ns);
	put_percentile(to, row, 500);
	put_percentile(to, row, 900);
	put_percentile(to, row, 990);
	put_percentile(to, row, 999);
	for (int i = 0; i < WAITPROF_NR_ENDS; i++)
		put_u64(to, sum->ended[i]);
	put_bool(to, row->inferred);
	put_bool(to, is_cut(row));
	put_stack(to, row->kstack, true);
	put_stack(to, row->ustack, false);
	fputs("\r\n", to->out);
}

/**
 * export_csv() - rows as comma-separated values
 * @out: where to
 * @report: rows with their own stacks
 *
 * Return: 0 or -EIO.
 */
int export_csv(FILE *out, const struct report *report)
{
	struct csv to = { .out = out };

	fputs(header, out);
	for (size_t i = 0; i < report->nr_rows; i++)
		put_row(&to, &report->rows[i]);
	return ferror(out) ? -EIO : 0;
}
