// SPDX-License-Identifier: GPL-2.0-only
/* Totals: rows, sums, histograms, and that nothing is lost when they run out. */
#include <kunit/test.h>

#include "../../kmod/totals.c"

#define NR_CLASSES (WAITPROF_CLASS_MAX + 1)
#define MAX_ROWS   1024

static struct wp_totals *totals;
static struct waitprof_row row;
static struct wp_hist hist;

static void use_totals(struct kunit *test, u32 nr_rows, u32 nr_hists)
{
	wp_totals_exit(totals);
	memset(totals, 0, sizeof(*totals));
	KUNIT_ASSERT_EQ(test, wp_totals_init(totals, nr_rows, nr_hists, NUMA_NO_NODE), 0);
}

static int totals_init(struct kunit *test)
{
	totals = kunit_kzalloc(test, sizeof(*totals), GFP_KERNEL);
	if (!totals)
		return -ENOMEM;
	return wp_totals_init(totals, MAX_ROWS, NR_CLASSES + MAX_ROWS, NUMA_NO_NODE);
}

static void totals_exit(struct kunit *test)
{
	wp_totals_exit(totals);
}

/* A wait of 1000 ns, of which 100 lay in inner waits; thread 5 of process 4. */
static struct wp_sample sample(void)
{
	return (struct wp_sample){
		.key = { .class_id = WAITPROF_CLASS_FUTEX,
			 .op = WAITPROF_OP_WAIT,
			 .tgid = 4,
			 .tid = 5,
			 .kstack = 6,
			 .ustack = 7,
			 .object = 8,
			 .object_type = WAITPROF_OBJECT_UADDR },
		.duration_ns = 1000,
		.own_ns = 900,
		.parts = { .blocked_ns = 600, .runqueue_ns = 200, .spin_ns = 100 },
		.ended = WAITPROF_END_WAKE,
		.owner_tid = 21,
		.owner_tgid = 20,
		.tid = 5,
		.object = 8,
		.object_type = WAITPROF_OBJECT_UADDR,
		.comm = "thread\0\0\0\0\0\0\0\0\0\0",
	};
}

static struct wp_sample sample_of(u32 class_id, u32 tid, u64 duration_ns)
{
	struct wp_sample s = sample();

	s.key.class_id = class_id;
	s.key.tid = tid;
	s.duration_ns = duration_ns;
	s.own_ns = duration_ns;
	s.parts = (struct wp_parts){ .blocked_ns = duration_ns };
	return s;
}

static enum wp_totals_result add_sample(struct wp_sample s)
{
	return wp_totals_add(totals, &s);
}

static u64 bucket_sum(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		sum += hist.buckets[i];
	return sum;
}

/* What all positions hold together. */
struct everything {
	u64 count, total_ns, inner_ns, buckets, overflow, fallback;
	u32 rows;
};

static struct everything read_everything(struct kunit *test)
{
	struct everything all = {};
	u32 index;

	for (index = 0; index < WP_TOTALS_FIRST_ROW + totals->nr_rows; index++) {
		int ret = wp_totals_read(totals, index, &row, &hist);

		KUNIT_EXPECT_GE(test, ret, 0);
		if (ret <= 0)
			continue;
		all.count += row.count;
		all.total_ns += row.total_ns;
		all.inner_ns += row.inner_ns;
		if (row.flags & WAITPROF_ROW_F_OVERFLOW)
			all.overflow += row.count;
		if (row.flags & WAITPROF_ROW_F_FALLBACK_HIST)
			all.fallback += bucket_sum();
		if (row.flags & (WAITPROF_ROW_F_FALLBACK_HIST | WAITPROF_ROW_F_OWN_HIST))
			all.buckets += bucket_sum();
		all.rows += index >= WP_TOTALS_FIRST_ROW;
	}
	return all;
}

/* The only row there is. */
static void read_row(struct kunit *test)
{
	u32 index;

	for (index = 0; index < WP_TOTALS_FIRST_ROW + totals->nr_rows; index++)
		if (wp_totals_read(totals, index, &row, &hist) > 0)
			return;
	KUNIT_FAIL(test, "there is no row");
}

static void one_wait(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)add_sample(sample()), (int)WP_TOTALS_OK);
	read_row(test);
	KUNIT_EXPECT_EQ(test, row.class_id, (u32)WAITPROF_CLASS_FUTEX);
	KUNIT_EXPECT_EQ(test, row.op, (u32)WAITPROF_OP_WAIT);
	KUNIT_EXPECT_EQ(test, row.tgid, 4u);
	KUNIT_EXPECT_EQ(test, row.tid, 5u);
	KUNIT_EXPECT_EQ(test, row.kstack, 6u);
	KUNIT_EXPECT_EQ(test, row.ustack, 7u);
	KUNIT_EXPECT_EQ(test, row.object, 8ull);
	KUNIT_EXPECT_EQ(test, row.object_type, (u32)WAITPROF_OBJECT_UADDR);
	KUNIT_EXPECT_EQ(test, row.flags, WAITPROF_ROW_F_OWN_HIST);
	KUNIT_EXPECT_EQ(test, row.count, 1ull);
	KUNIT_EXPECT_EQ(test, row.total_ns, 900ull);
	KUNIT_EXPECT_EQ(test, row.max_ns, 1000ull);
	KUNIT_EXPECT_EQ(test, row.blocked_ns, 600ull);
	KUNIT_EXPECT_EQ(test, row.runqueue_ns, 200ull);
	KUNIT_EXPECT_EQ(test, row.spin_ns, 100ull);
	KUNIT_EXPECT_EQ(test, row.inner_ns, 100ull);
	KUNIT_EXPECT_EQ(test, row.clipped, 0ull);
	KUNIT_EXPECT_EQ(test, row.owner_tid, 21u);
	KUNIT_EXPECT_EQ(test, row.owner_tgid, 20u);
	KUNIT_EXPECT_EQ(test, row.last_object, 8ull);
	KUNIT_EXPECT_EQ(test, row.last_tid, 5u);
	KUNIT_EXPECT_STREQ(test, row.comm, "thread");
	KUNIT_EXPECT_EQ(test, hist.buckets[wp_hist_bucket(1000)], 1ull);
	KUNIT_EXPECT_EQ(test, bucket_sum(), 1ull);
}

static void equal_keys(struct kunit *test)
{
	struct wp_sample s = sample();
	u32 i;

	for (i = 0; i < WAITPROF_NR_ENDS; i++) {
		s.ended = i;
		s.duration_ns = 1000 * (5 - i);
		s.owner_tid = 100 + i;
		s.comm = i == WAITPROF_NR_ENDS - 1 ? "renamed\0\0\0\0\0\0\0\0\0" : s.comm;
		KUNIT_EXPECT_EQ(test, (int)add_sample(s), (int)WP_TOTALS_OK);
	}
	KUNIT_EXPECT_EQ(test, totals->rows_used, 1u);
	read_row(test);
	KUNIT_EXPECT_EQ(test, row.count, (u64)WAITPROF_NR_ENDS);
	KUNIT_EXPECT_EQ(test, row.max_ns, 5000ull);
	KUNIT_EXPECT_EQ(test, row.total_ns, 900ull * WAITPROF_NR_ENDS);
	KUNIT_EXPECT_EQ(test, row.total_ns, row.blocked_ns + row.runqueue_ns + row.spin_ns);
	for (i = 0; i < WAITPROF_NR_ENDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, row.ended[i], 1ull, "end %u", i);
	/* The latest one's. */
	KUNIT_EXPECT_EQ(test, row.owner_tid, 100u + WAITPROF_NR_ENDS - 1);
	KUNIT_EXPECT_STREQ(test, row.comm, "renamed");
}

static void different_keys(struct kunit *test)
{
	static struct wp_sample s[9];
	struct everything all;
	u32 i;

	/* So small a table that they meet each other. */
	use_totals(test, 16, NR_CLASSES + 16);
	for (i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = sample();
	s[1].key.class_id++;
	s[2].key.op++;
	s[3].key.tgid++;
	s[4].key.tid++;
	s[5].key.kstack++;
	s[6].key.ustack++;
	s[7].key.object++;
	s[8].key.object_type++;
	for (i = 0; i < 3 * ARRAY_SIZE(s); i++)
		KUNIT_EXPECT_EQ(test, (int)add_sample(s[i % ARRAY_SIZE(s)]), (int)WP_TOTALS_OK);
	all = read_everything(test);
	KUNIT_EXPECT_EQ(test, totals->rows_used, (u32)ARRAY_SIZE(s));
	KUNIT_EXPECT_EQ(test, totals->hists_used, (u32)(NR_CLASSES + ARRAY_SIZE(s)));
	KUNIT_EXPECT_EQ(test, all.rows, (u32)ARRAY_SIZE(s));
	KUNIT_EXPECT_EQ(test, all.count, 3ull * ARRAY_SIZE(s));
	KUNIT_EXPECT_EQ(test, all.buckets, 3ull * ARRAY_SIZE(s));
	KUNIT_EXPECT_EQ(test, all.overflow, 0ull);
}

static void clipped_waits(struct kunit *test)
{
	struct wp_sample s = sample();

	add_sample(s);
	s.clipped = true;
	add_sample(s);
	add_sample(s);
	read_row(test);
	KUNIT_EXPECT_EQ(test, row.count, 3ull);
	KUNIT_EXPECT_EQ(test, row.clipped, 2ull);
	KUNIT_EXPECT_EQ(test, row.total_ns, 2700ull);
	KUNIT_EXPECT_EQ_MSG(test, bucket_sum(), 1ull, "a clipped wait is in no bucket");
}

/* Fewer rows than one look-up goes through: rows are all used, then none is. */
static void rows_run_out(struct kunit *test)
{
	struct everything all;
	u32 i, no_row = 0;

	use_totals(test, 8, NR_CLASSES + 8);
	for (i = 0; i < 100; i++)
		no_row += add_sample(sample_of(1 + i % WAITPROF_CLASS_MAX, i / 2, 1000 + i)) ==
			  WP_TOTALS_NO_ROW;
	all = read_everything(test);
	KUNIT_EXPECT_EQ(test, totals->rows_used, 8u);
	KUNIT_EXPECT_EQ(test, all.rows, 8u);
	KUNIT_EXPECT_EQ(test, all.count, 100ull);
	KUNIT_EXPECT_EQ(test, all.total_ns, 100ull * 1000 + 99 * 100 / 2);
	KUNIT_EXPECT_EQ(test, all.buckets, 100ull);
	KUNIT_EXPECT_EQ(test, all.overflow, (u64)no_row);
	KUNIT_EXPECT_EQ_MSG(test, all.fallback, (u64)no_row, "their buckets are the class's");
	KUNIT_EXPECT_GT(test, no_row, 80u);
}

static void overflow_row(struct kunit *test)
{
	struct wp_sample s = sample_of(WAITPROF_CLASS_IO, 2, 5000);

	use_totals(test, 1, NR_CLASSES + 1);
	add_sample(sample());
	s.key.object = 99;
	KUNIT_EXPECT_EQ(test, (int)add_sample(s), (int)WP_TOTALS_NO_ROW);
	KUNIT_ASSERT_EQ(test, wp_totals_read(totals, WAITPROF_CLASS_IO, &row, &hist), 1);
	KUNIT_EXPECT_EQ(test, row.flags, WAITPROF_ROW_F_OVERFLOW);
	KUNIT_EXPECT_EQ(test, row.class_id, (u32)WAITPROF_CLASS_IO);
	KUNIT_EXPECT_EQ_MSG(test, row.tid, 0u, "the attribution is lost");
	KUNIT_EXPECT_EQ(test, row.object, 0ull);
	KUNIT_EXPECT_EQ(test, row.count, 1ull);
	KUNIT_EXPECT_EQ(test, row.total_ns, 5000ull);
	KUNIT_ASSERT_EQ(test, wp_totals_read(totals, NR_CLASSES + WAITPROF_CLASS_IO, &row, &hist),
			1);
	KUNIT_EXPECT_EQ(test, row.flags, WAITPROF_ROW_F_FALLBACK_HIST);
	KUNIT_EXPECT_EQ(test, row.class_id, (u32)WAITPROF_CLASS_IO);
	KUNIT_EXPECT_EQ_MSG(test, row.count, 0ull, "buckets only");
	KUNIT_EXPECT_EQ(test, hist.buckets[wp_hist_bucket(5000)], 1ull);
	KUNIT_EXPECT_EQ(test, wp_totals_read(totals, WAITPROF_CLASS_FUTEX, &row, &hist), 0);
	KUNIT_EXPECT_EQ(test,
			wp_totals_read(totals, NR_CLASSES + WAITPROF_CLASS_FUTEX, &row, &hist), 0);
}

/* Rows enough, histograms for three of them. */
static void hists_run_out(struct kunit *test)
{
	struct everything all;
	u32 i, no_hist = 0, own = 0;

	use_totals(test, 64, NR_CLASSES + 3);
	for (i = 0; i < 30; i++)
		no_hist += add_sample(sample_of(WAITPROF_CLASS_MUTEX, i % 10, 1000)) ==
			   WP_TOTALS_NO_HIST;
	KUNIT_EXPECT_EQ(test, totals->hists_used, (u32)NR_CLASSES + 3);
	KUNIT_EXPECT_EQ(test, totals->rows_used, 10u);
	KUNIT_EXPECT_EQ(test, no_hist, 21u);
	for (i = 0; i < 64; i++)
		if (wp_totals_read(totals, WP_TOTALS_FIRST_ROW + i, &row, &hist) > 0) {
			own += row.flags == WAITPROF_ROW_F_OWN_HIST;
			KUNIT_EXPECT_EQ(test, row.count, 3ull);
		}
	KUNIT_EXPECT_EQ(test, own, 3u);
	all = read_everything(test);
	KUNIT_EXPECT_EQ(test, all.count, 30ull);
	KUNIT_EXPECT_EQ(test, all.overflow, 0ull);
	KUNIT_EXPECT_EQ(test, all.fallback, 21ull);
	KUNIT_EXPECT_EQ(test, all.buckets, 30ull);
}

/* As long as there is a row within reach, it is found. */
static void last_row(struct kunit *test)
{
	u32 i;

	use_totals(test, WP_TOTALS_PROBES, NR_CLASSES + WP_TOTALS_PROBES);
	for (i = 0; i < WP_TOTALS_PROBES; i++)
		KUNIT_EXPECT_EQ_MSG(test, (int)add_sample(sample_of(WAITPROF_CLASS_IO, i, 10)),
				    (int)WP_TOTALS_OK, "key %u", i);
	KUNIT_EXPECT_EQ(test, (int)add_sample(sample_of(WAITPROF_CLASS_IO, i, 10)),
			(int)WP_TOTALS_NO_ROW);
}

/* Keys until the table is as full as look-ups of bounded length can make it. */
static void long_probes(struct kunit *test)
{
	struct everything all;
	u32 i, no_row = 0;

	use_totals(test, 256, NR_CLASSES + 256);
	for (i = 0; i < 5000; i++)
		no_row += add_sample(sample_of(WAITPROF_CLASS_FUTEX, i % 1000, 10)) ==
			  WP_TOTALS_NO_ROW;
	all = read_everything(test);
	KUNIT_EXPECT_EQ(test, all.count, 5000ull);
	KUNIT_EXPECT_EQ(test, all.overflow, (u64)no_row);
	KUNIT_EXPECT_EQ(test, all.rows, totals->rows_used);
	KUNIT_EXPECT_GT(test, totals->rows_used, 240u);
	/* Each key always went the same way: into its row, or past it. */
	KUNIT_EXPECT_EQ(test, no_row, 5 * (1000 - totals->rows_used));
}

static void writer_inside(struct kunit *test)
{
	u32 index;

	add_sample(sample());
	for (index = WP_TOTALS_FIRST_ROW; index < WP_TOTALS_FIRST_ROW + totals->nr_rows; index++)
		if (wp_totals_read(totals, index, &row, &hist) > 0)
			break;
	totals->rows[index - WP_TOTALS_FIRST_ROW].seq++;
	KUNIT_EXPECT_EQ(test, wp_totals_read(totals, index, &row, &hist), -EAGAIN);
	totals->rows[index - WP_TOTALS_FIRST_ROW].seq++;
	KUNIT_EXPECT_EQ(test, wp_totals_read(totals, index, &row, &hist), 1);
}

static void bytes(struct kunit *test)
{
	KUNIT_EXPECT_EQ_MSG(test, sizeof(struct wp_row), (size_t)232, "as documented");
	KUNIT_EXPECT_EQ_MSG(test, sizeof(struct wp_hist), (size_t)2560, "as documented");
	KUNIT_EXPECT_EQ(test, wp_totals_bytes(8192, 1024),
			sizeof(struct wp_totals) + 8192ull * 232 + 1024ull * 2560);
}

static struct kunit_case totals_cases[] = {
	KUNIT_CASE(one_wait),	   KUNIT_CASE(equal_keys),   KUNIT_CASE(different_keys),
	KUNIT_CASE(clipped_waits), KUNIT_CASE(rows_run_out), KUNIT_CASE(overflow_row),
	KUNIT_CASE(hists_run_out), KUNIT_CASE(last_row),     KUNIT_CASE(long_probes),
	KUNIT_CASE(writer_inside), KUNIT_CASE(bytes),	     {},
};

static struct kunit_suite totals_suite = {
	.name = "totals",
	.init = totals_init,
	.exit = totals_exit,
	.test_cases = totals_cases,
};

kunit_test_suites(&totals_suite);
