// SPDX-License-Identifier: GPL-2.0-only
/* The ring of records: its room, its order, and what a record says. */
#include <kunit/test.h>

#include "../../kmod/ring.c"

static struct wp_ring *ring;
static u64 next_put, next_take;

static int ring_init(struct kunit *test)
{
	ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	next_put = 0;
	next_take = 0;
	return ring ? 0 : -ENOMEM;
}

static void ring_exit(struct kunit *test)
{
	wp_ring_exit(ring);
}

static void use_ring(struct kunit *test, u32 nr_records)
{
	KUNIT_ASSERT_EQ(test, wp_ring_init(ring, nr_records, 3, NUMA_NO_NODE), 0);
}

static bool put_next(void)
{
	struct wp_sample sample = { .end_ns = next_put, .comm = "thread\0\0\0\0\0\0\0\0\0\0" };
	bool stored = wp_ring_put(ring, &sample);

	next_put += stored;
	return stored;
}

/* Takes what lies in a row, at most @limit; each is the one after the last. */
static u32 take_some(struct kunit *test, u32 limit)
{
	const struct waitprof_record *records;
	u32 i, nr = min(wp_ring_peek(ring, &records), limit);

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, records[i].end_ns, next_take++);
	wp_ring_take(ring, nr);
	return nr;
}

static void room_is_exact(struct kunit *test)
{
	u32 rooms[] = { 1, 2, 16, 17, 100 }, i, nr;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		use_ring(test, rooms[i]);
		for (nr = 0; put_next();)
			nr++;
		KUNIT_EXPECT_EQ(test, nr, rooms[i]);
		KUNIT_EXPECT_EQ(test, wp_ring_pending(ring), rooms[i]);
		KUNIT_EXPECT_EQ(test, take_some(test, U32_MAX), rooms[i]);
		KUNIT_EXPECT_EQ(test, wp_ring_pending(ring), 0U);
		KUNIT_EXPECT_EQ(test, take_some(test, U32_MAX), 0U);
		wp_ring_exit(ring);
		memset(ring, 0, sizeof(*ring));
	}
}

static void full_keeps_the_old(struct kunit *test)
{
	use_ring(test, 4);
	while (put_next())
		;
	KUNIT_EXPECT_FALSE(test, put_next());
	KUNIT_EXPECT_EQ(test, take_some(test, 1), 1U);
	KUNIT_EXPECT_TRUE(test, put_next());
	KUNIT_EXPECT_FALSE(test, put_next());
	/* Three up to the end of the slots, one at their start. */
	KUNIT_EXPECT_EQ(test, take_some(test, U32_MAX), 3U);
	KUNIT_EXPECT_EQ(test, take_some(test, U32_MAX), 1U);
	KUNIT_EXPECT_EQ(test, next_take, 5ULL);
}

static void order_over_many_rounds(struct kunit *test)
{
	u32 i;

	use_ring(test, 7);
	for (i = 0; i < 1000; i++) {
		u32 want = i % 9;

		while (want-- && put_next())
			;
		take_some(test, i % 5);
		KUNIT_EXPECT_EQ(test, (u64)wp_ring_pending(ring), next_put - next_take);
	}
	while (take_some(test, U32_MAX))
		;
	KUNIT_EXPECT_EQ(test, next_take, next_put);
}

static void record_holds_the_wait(struct kunit *test)
{
	struct wp_sample sample = {
		.key = { .class_id = WAITPROF_CLASS_RWSEM,
			 .op = WAITPROF_OP_READ,
			 .tgid = 4,
			 .kstack = 6,
			 .ustack = 7,
			 .waker_kstack = 8,
			 .waker_ustack = 9,
			 .waker_tgid = 10,
			 .waker_flags = WAITPROF_WAKER_F_KNOWN,
			 .size_log2 = 12 },
		.end_ns = 5000,
		.duration_ns = 1000,
		.own_ns = 900,
		.parts = { .blocked_ns = 600, .runqueue_ns = 200, .spin_ns = 100 },
		.ended = WAITPROF_END_SIGNAL,
		.clipped = true,
		.owner_tid = 21,
		.owner_tgid = 20,
		.tid = 5,
		.point = 2,
		.object = 0xabcdef,
		.object_type = WAITPROF_OBJECT_KADDR,
		.comm = "thread\0\0\0\0\0\0\0\0\0\0",
	};
	const struct waitprof_record *r;

	use_ring(test, 1);
	KUNIT_ASSERT_TRUE(test, wp_ring_put(ring, &sample));
	KUNIT_ASSERT_EQ(test, wp_ring_peek(ring, &r), 1U);
	KUNIT_EXPECT_EQ(test, r->end_ns, 5000ULL);
	KUNIT_EXPECT_EQ(test, r->duration_ns, 1000ULL);
	KUNIT_EXPECT_EQ(test, r->blocked_ns, 600ULL);
	KUNIT_EXPECT_EQ(test, r->runqueue_ns, 200ULL);
	KUNIT_EXPECT_EQ(test, r->spin_ns, 100ULL);
	KUNIT_EXPECT_EQ(test, r->inner_ns, 100ULL);
	KUNIT_EXPECT_EQ(test, r->class_id, (u32)WAITPROF_CLASS_RWSEM);
	KUNIT_EXPECT_EQ(test, r->op, (u32)WAITPROF_OP_READ);
	KUNIT_EXPECT_EQ(test, r->ended, (u32)WAITPROF_END_SIGNAL);
	KUNIT_EXPECT_EQ(test, r->flags, WAITPROF_WAIT_F_CLIPPED);
	KUNIT_EXPECT_EQ(test, r->tgid, 4U);
	KUNIT_EXPECT_EQ(test, r->tid, 5U);
	KUNIT_EXPECT_EQ(test, r->kstack, 6U);
	KUNIT_EXPECT_EQ(test, r->ustack, 7U);
	KUNIT_EXPECT_EQ(test, r->object, 0xabcdefULL);
	KUNIT_EXPECT_EQ(test, r->object_type, (u32)WAITPROF_OBJECT_KADDR);
	KUNIT_EXPECT_EQ(test, r->point, 2U);
	KUNIT_EXPECT_EQ(test, r->owner_tid, 21U);
	KUNIT_EXPECT_EQ(test, r->owner_tgid, 20U);
	KUNIT_EXPECT_EQ(test, r->waker_tgid, 10U);
	KUNIT_EXPECT_EQ(test, r->waker_kstack, 8U);
	KUNIT_EXPECT_EQ(test, r->waker_ustack, 9U);
	KUNIT_EXPECT_EQ(test, (u32)r->waker_flags, WAITPROF_WAKER_F_KNOWN);
	KUNIT_EXPECT_EQ(test, (u32)r->size_log2, 12U);
	KUNIT_EXPECT_EQ(test, r->cpu, 3U);
	KUNIT_EXPECT_STREQ(test, (const char *)r->comm, "thread");
}

static struct kunit_case ring_cases[] = { KUNIT_CASE(room_is_exact),
					  KUNIT_CASE(full_keeps_the_old),
					  KUNIT_CASE(order_over_many_rounds),
					  KUNIT_CASE(record_holds_the_wait),
					  {} };

static struct kunit_suite ring_suite = {
	.name = "waitprof-ring",
	.init = ring_init,
	.exit = ring_exit,
	.test_cases = ring_cases,
};

kunit_test_suites(&ring_suite);
