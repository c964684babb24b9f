// SPDX-License-Identifier: GPL-2.0-only
/*
 * Totals: one writer a table, readers of all tables. Every wait of a key has the
 * same duration and says who it was in every field that keeps the latest one, so
 * a row read half before and half after a change shows it. There are more keys
 * than rows and more rows than histograms. Short rounds with fresh tables are
 * about new rows, a long run is about full tables.
 */
#include <stdio.h>
#include <string.h>

#include "../../kmod/totals.h"

/*
 * The latest wait's owner, object and name are plain stores within the row's
 * sequence count; a reader that met one throws its copy away. So the writer of
 * the value is not looked at; the key, the histogram's number and `used`, which
 * no sequence count guards, are.
 */
struct waitprof_row;
static __attribute__((no_sanitize_thread, __noinline__)) void
row_add(struct waitprof_row *row, const struct wp_sample *sample);

#include "../../kmod/totals.c"

#include "stress.h"

#define NR_TABLES    2
#define NR_ROWS	     256
#define NR_HISTS     (WAITPROF_CLASS_MAX + 1 + 100)
#define NR_KEYS	     400
#define NR_POSITIONS (WP_TOTALS_FIRST_ROW + NR_ROWS)
#define CLIP_ONE_IN  16

static struct wp_totals tables[NR_TABLES];

/* Waits written, by the writer of the table alone. */
static u64 written[NR_TABLES], clipped[NR_TABLES];
static u64 results[NR_TABLES][3];
/* What readers got: whole rows, or none because its writer was inside. */
static u64 rows_read, rows_busy;
static u64 last_count[NR_TABLES][NR_TABLES][NR_POSITIONS];
static u64 all_written;

static u32 key_class(u32 number)
{
	return 1 + number % WAITPROF_CLASS_MAX;
}

static u64 key_duration(u32 number)
{
	return 1000 + (u64)number * number * 37;
}

static u64 key_own(u32 number)
{
	return key_duration(number) - number;
}

static void writer(u32 table)
{
	u32 number = stress_random() % NR_KEYS;
	u32 mark = stress_random() >> 33;
	u64 own = key_own(number);
	char comm[WAITPROF_COMM_LEN] = {};
	struct wp_sample sample = {
		.key = {
			.class_id = key_class(number), .op = number, .tgid = number * 3,
			.tid = number * 5, .kstack = number * 7, .ustack = number * 11,
			.object = (u64)number << 40 | number, .object_type = 1,
		},
		.duration_ns = key_duration(number),
		.own_ns = own,
		.parts = { .blocked_ns = own - 2 * (own / 3), .runqueue_ns = own / 3,
			   .spin_ns = own / 3 },
		.ended = mark % WAITPROF_NR_ENDS,
		.clipped = mark % CLIP_ONE_IN == 0,
		.owner_tid = mark, .owner_tgid = mark + 1, .tid = mark + 2,
		.object = mark + 3ULL, .object_type = mark + 4, .comm = comm,
	};

	snprintf(comm, sizeof(comm), "%u", mark);
	results[table][wp_totals_add(&tables[table], &sample)]++;
	written[table]++;
	clipped[table] += sample.clipped;
}

static u64 sum(const u64 *values, u32 nr)
{
	u64 all = 0;

	while (nr--)
		all += values[nr];
	return all;
}

static void check_latest(const struct waitprof_row *row)
{
	char comm[WAITPROF_COMM_LEN] = {};
	u32 mark = row->owner_tid;

	snprintf(comm, sizeof(comm), "%u", mark);
	if (row->owner_tgid != mark + 1 || row->last_tid != mark + 2 ||
	    row->last_object != mark + 3ULL || row->last_object_type != mark + 4 ||
	    memcmp(row->comm, comm, sizeof(comm)))
		stress_fail("torn: owner %u %u, tid %u, object %llu, name %.16s", mark,
			    row->owner_tgid, row->last_tid, row->last_object, row->comm);
}

static void check_key(const struct waitprof_row *row)
{
	u32 number = row->op;

	if (number >= NR_KEYS || row->class_id != key_class(number) || row->tgid != number * 3 ||
	    row->tid != number * 5 || row->kstack != number * 7 || row->ustack != number * 11 ||
	    row->object != ((u64)number << 40 | number)) {
		stress_fail("key: op %u class %u tgid %u tid %u object %llx", number, row->class_id,
			    row->tgid, row->tid, row->object);
		return;
	}
	if (row->total_ns != row->count * key_own(number) || row->inner_ns != row->count * number ||
	    row->max_ns != key_duration(number))
		stress_fail("key %u: count %llu, total %llu, inner %llu, max %llu", number,
			    row->count, row->total_ns, row->inner_ns, row->max_ns);
}

static void check_row(const struct waitprof_row *row, const struct wp_hist *hist)
{
	if (row->flags == WAITPROF_ROW_F_FALLBACK_HIST)
		return;
	if (row->total_ns != row->blocked_ns + row->runqueue_ns + row->spin_ns)
		stress_fail("parts: %llu is not %llu + %llu + %llu", row->total_ns, row->blocked_ns,
			    row->runqueue_ns, row->spin_ns);
	if (row->count != sum(row->ended, WAITPROF_NR_ENDS))
		stress_fail("ends: %llu waits, %llu ended", row->count,
			    sum(row->ended, WAITPROF_NR_ENDS));
	if (row->flags == WAITPROF_ROW_F_OWN_HIST &&
	    row->count != row->clipped + sum(hist->buckets, WAITPROF_HIST_BUCKETS))
		stress_fail("buckets: %llu waits, %llu clipped, %llu in buckets", row->count,
			    row->clipped, sum(hist->buckets, WAITPROF_HIST_BUCKETS));
	check_latest(row);
	if (row->flags != WAITPROF_ROW_F_OVERFLOW)
		check_key(row);
}

static u64 in_buckets(const struct waitprof_row *row, const struct wp_hist *hist)
{
	if (!(row->flags & (WAITPROF_ROW_F_OWN_HIST | WAITPROF_ROW_F_FALLBACK_HIST)))
		return 0;
	return sum(hist->buckets, WAITPROF_HIST_BUCKETS);
}

static void reader(u32 id)
{
	u32 table = stress_random() % NR_TABLES;
	u32 index = stress_random() % NR_POSITIONS;
	struct waitprof_row row;
	struct wp_hist hist;

	switch (wp_totals_read(&tables[table], index, &row, &hist)) {
	case 0:
		return;
	case -EAGAIN:
		__atomic_fetch_add(&rows_busy, 1, __ATOMIC_RELAXED);
		return;
	}
	check_row(&row, &hist);
	if (row.count < last_count[id][table][index])
		stress_fail("went back: %llu waits after %llu", row.count,
			    last_count[id][table][index]);
	last_count[id][table][index] = row.count;
	__atomic_fetch_add(&rows_read, 1, __ATOMIC_RELAXED);
}

static void begin(u64 round)
{
	u32 i;

	memset(last_count, 0, sizeof(last_count));
	memset(results, 0, sizeof(results));
	memset(written, 0, sizeof(written));
	memset(clipped, 0, sizeof(clipped));
	memset(tables, 0, sizeof(tables));
	for (i = 0; i < NR_TABLES; i++)
		if (wp_totals_init(&tables[i], NR_ROWS, NR_HISTS, 0))
			stress_fail("no memory");
}

static void write_round(u32 table)
{
	u32 i;

	for (i = 0; i < NR_KEYS; i++)
		writer(table);
}

static void read_round(u32 id)
{
	u32 i;

	for (i = 0; i < 4 * NR_POSITIONS; i++)
		reader(id);
}

/* Nothing is lost: all that was written is in some row and in some bucket. */
static void check_sums(u32 table)
{
	u64 count = 0, attributed = 0, bucketed = 0;
	struct waitprof_row row;
	struct wp_hist hist;
	u32 index;

	for (index = 0; index < NR_POSITIONS; index++) {
		if (wp_totals_read(&tables[table], index, &row, &hist) <= 0)
			continue;
		check_row(&row, &hist);
		count += row.count;
		if (row.flags == WAITPROF_ROW_F_OWN_HIST || !row.flags)
			attributed += row.count;
		bucketed += in_buckets(&row, &hist);
	}
	if (count != written[table] || bucketed != written[table] - clipped[table] ||
	    count - attributed != results[table][WP_TOTALS_NO_ROW])
		stress_fail("table %u: %llu waits, %llu clipped, %llu in rows, %llu in buckets",
			    table, count, clipped[table], attributed, bucketed);
}

static void end(u64 round)
{
	u32 i;

	for (i = 0; i < NR_TABLES; i++) {
		check_sums(i);
		all_written += written[i];
		wp_totals_exit(&tables[i]);
	}
}

int main(int argc, char **argv)
{
	static const struct stress_role rounds[] = {
		{ write_round, 0 },
		{ write_round, 1 },
		{ read_round, 0 },
		{ read_round, 1 },
	};
	static const struct stress_role endless[] = {
		{ writer, 0 },
		{ writer, 1 },
		{ reader, 0 },
		{ reader, 1 },
	};
	double seconds = stress_seconds(argc, argv);

	stress_pause(64);
	stress_rounds(rounds, 4, seconds / 2, begin, end);
	stress_pause(0);
	begin(0);
	stress_run(endless, 4, seconds / 2);
	end(0);
	if (!stress_failed() && (!results[0][WP_TOTALS_NO_HIST] || !results[0][WP_TOTALS_NO_ROW]))
		stress_fail("the tables were never full");
	return stress_end("totals", "%llu waits added, %llu rows read, %llu busy", all_written,
			  rows_read, rows_busy);
}
