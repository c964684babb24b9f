/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording without a module: slices of made-up waits of this very process. */
#ifndef TESTS_CLI_CAPTURE_MADE_H
#define TESTS_CLI_CAPTURE_MADE_H

#include "cmocka_setup.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_write_impl.h"
#include "profile/naming.h"

#define MADE_SLICES   3
#define MADE_STACKS   12
#define MADE_SLICE_NS 1000000000ULL
#define MADE_SEEN     "[<0>] vfs_made_read+0x1b/0x300\n[<0>] do_syscall_64+0x55/0xb0\n"

/**
 * struct made - what was recorded, as it is before it goes into a file
 * @symbols: names addresses of this process
 * @stacks: stacks
 * @naming: as a session has it
 * @slices: what each slice saw
 * @whole: all slices
 */
struct made {
	struct symbols *symbols;
	struct stacks *stacks;
	struct naming naming;
	struct profile slices[MADE_SLICES];
	struct profile whole;
};

static void made_inner(void)
{
	raise(0);
}

static int made_comm(void *arg, uint32_t tid, char *buf, size_t size)
{
	(void)arg;
	snprintf(buf, size, "owner-%u", tid);
	return 0;
}

static void made_object(void *arg, uint32_t type, uint64_t object, char *buf, size_t size)
{
	(void)arg;
	buf[0] = '\0';
	if (object % 2 == 0)
		snprintf(buf, size, type == WAITPROF_OBJECT_DEV ? "disk_%u" : "lock_%u",
			 (unsigned int)(object & 0xff));
}

/* Whom the frame of an unknown file called. */
static const char *made_called(void *arg, pid_t pid, uint64_t return_addr)
{
	(void)arg;
	(void)pid;
	return return_addr == 0x1234 ? "pthread_join" : NULL;
}

static const uint64_t made_kernel[] = { 0xffffffff81000010, 0xffffffff81000200,
					0xffffffff81000333 };

static void made_stacks(struct made *m)
{
	for (uint32_t id = 1; id <= MADE_STACKS; id++) {
		uint64_t user[2] = { (uint64_t)(uintptr_t)made_inner + id / 2, 0x1234 };

		if (id % 2)
			assert_int_equal(stacks_add(m->stacks, id, 0, made_kernel, 3), 0);
		else
			assert_int_equal(stacks_add(m->stacks, id,
						    WAITPROF_STACK_F_USER |
							    (id == 4 ? WAITPROF_STACK_F_FP : 0),
						    user, 2),
					 0);
	}
}

static void made_row(struct made *m, int slice, uint32_t class_id, uint32_t tid, uint32_t kstack,
		     uint32_t ustack, uint64_t count, uint64_t ns)
{
	struct waitprof_row row = {
		.class_id = class_id,
		.op = class_id == WAITPROF_CLASS_FUTEX ? WAITPROF_OP_WAIT : WAITPROF_OP_NONE,
		.tgid = (uint32_t)getpid(),
		.tid = tid,
		.kstack = kstack,
		.ustack = ustack,
		.count = count,
		.total_ns = count * ns,
		.max_ns = ns + (uint64_t)slice,
		.blocked_ns = count * ns - count * 2,
		.runqueue_ns = count,
		.spin_ns = count,
		.ended = { count - 1, 1 },
		.last_object = 0xffff888812345678 + tid,
		.last_object_type = WAITPROF_OBJECT_KADDR,
		.last_tid = tid,
		.owner_tid = tid + 1,
		.owner_tgid = (uint32_t)getpid(),
	};
	const struct waitprof_bucket bucket = { .idx = 100 + (uint32_t)slice, .count = count };

	if (class_id == WAITPROF_CLASS_BLOCK) {
		row.object = 8 << 20 | 1;
		row.object_type = WAITPROF_OBJECT_DEV;
		row.size_log2 = 12;
	}
	if (class_id == WAITPROF_CLASS_MUTEX) {
		row.waker_flags = WAITPROF_WAKER_F_KNOWN;
		row.waker_tgid = row.tgid;
		row.waker_tid = tid + 2;
		row.waker_kstack = 1;
		row.waker_ustack = 6;
		snprintf(row.waker_comm, sizeof(row.waker_comm), "waker");
	}
	snprintf(row.comm, sizeof(row.comm), "thread-%u", tid);
	assert_int_equal(profile_add(&m->slices[slice], &row, &bucket, 1), 0);
}

/* One that is open, its stack told by /proc. */
static void made_open(struct made *m, int slice)
{
	struct waitprof_row key = { .class_id = WAITPROF_CLASS_IO,
				    .tgid = (uint32_t)getpid(),
				    .tid = 77 };
	struct profile_row *row = profile_get(&m->slices[slice], &key, true);

	assert_non_null(row);
	row->open = 1;
	row->row.total_ns = MADE_SLICE_NS;
	row->row.blocked_ns = MADE_SLICE_NS;
	row->row.max_ns = MADE_SLICE_NS;
	row->max_bound = slice == 1;
	row->seen_kstack = stacks_add_seen(m->stacks, MADE_SEEN, NULL);
	row->seen_ustack = stacks_add_pc(m->stacks, getpid(), (uintptr_t)made_inner + 3);
	assert_int_not_equal(row->seen_kstack, 0);
	assert_int_not_equal(row->seen_ustack, 0);
}

static void made_init(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->symbols = symbols_new();
	m->stacks = stacks_new(m->symbols);
	m->naming.stacks = m->stacks;
	m->naming.sites = sites_new();
	m->naming.comm = made_comm;
	m->naming.object = made_object;
	m->naming.ask.called = made_called;
	m->naming.backends[WAITPROF_CLASS_MUTEX] = WAITPROF_BACKEND_TRACEPOINT;
	assert_int_equal(symbols_note_process(m->symbols, getpid()), 0);
	made_stacks(m);
	for (int i = 0; i < MADE_SLICES; i++) {
		for (uint32_t t = 0; t < 5; t++)
			made_row(m, i, WAITPROF_CLASS_FUTEX, 10 + t, 1, 2 + 2 * t, 3 + t, 1000);
		made_row(m, i, WAITPROF_CLASS_MUTEX, 20, 3, 8, 10, 500 * (uint64_t)(i + 1));
		made_row(m, i, WAITPROF_CLASS_BLOCK, 21, 0, 0, 7, 90000);
		if (i == 1)
			made_row(m, i, WAITPROF_CLASS_IO, 30, 5, 0, 1, 123456);
		if (i > 0)
			made_open(m, i);
		profile_forget_open(&m->whole);
		for (size_t k = 0; k < m->slices[i].nr; k++)
			assert_non_null(profile_add_row(&m->whole, &m->slices[i].rows[k]));
	}
}

static void made_free(struct made *m)
{
	for (int i = 0; i < MADE_SLICES; i++)
		profile_free(&m->slices[i]);
	profile_free(&m->whole);
	sites_free(m->naming.sites);
	stacks_free(m->stacks);
	symbols_free(m->symbols);
}

static void made_counters(struct report *report)
{
	report->version = "1.2";
	report->kernel = "6.1.0-made";
	report->blind = "f (no such symbol)";
	report->no_rules = "";
	report->classes = 1U << WAITPROF_CLASS_FUTEX | 1U << WAITPROF_CLASS_MUTEX |
			  1U << WAITPROF_CLASS_IO | 1U << WAITPROF_CLASS_BLOCK;
	for (uint32_t i = 1; i <= WAITPROF_CLASS_MAX; i++)
		if (report->classes & 1U << i)
			report->counters[i] = (struct report_counters){
				.counters = { .class_id = i,
					      .begun = 100 * i,
					      .ended = 99 * i,
					      .open = i,
					      .reported = 98 * i,
					      .lost = i },
				.missed = 3,
			};
	report->losses.stack_full = 5;
	report->losses.spaces_forgotten = 6;
}

static void made_record(struct waitprof_record *record, uint32_t i)
{
	memset(record, 0, sizeof(*record));
	record->end_ns = 5000 + i;
	record->duration_ns = 100 + i;
	record->blocked_ns = 100 + i;
	record->class_id = i % 2 ? WAITPROF_CLASS_FUTEX : WAITPROF_CLASS_MUTEX;
	record->ended = i % 4;
	record->tgid = (uint32_t)getpid();
	record->tid = 10 + i % 5;
	record->kstack = 1;
	record->ustack = 2 + 2 * (i % 5);
	record->point = 7;
	record->object = 0xffff888800000000 + i;
	record->object_type = WAITPROF_OBJECT_KADDR;
	record->cpu = 3;
	snprintf(record->comm, sizeof(record->comm), "thread-%u", record->tid);
}

static int made_sleep(struct capture_writer *w, uint32_t slice, uint32_t tid,
		      enum capture_doubt doubt, const char *function, uint64_t samples)
{
	struct capture_sleep sleep = {
		.slice = slice, .tid = tid, .doubt = doubt, .samples = samples
	};

	snprintf(sleep.function, sizeof(sleep.function), "%s", function);
	return capture_put(w, &capture_sleeps, &sleep);
}

/*
 * Thread 10 lives throughout: 300 ms on a CPU in each slice, 100 ms runnable. 11 begins
 * in the middle of the first slice and ends in the middle of the second. 12 was in a
 * wait nobody saw begin until 400 ms into the second slice.
 */
static int made_lives(struct capture_writer *w, uint32_t slice)
{
	struct capture_life life = { .slice = slice,
				     .tid = 10,
				     .tgid = (uint32_t)getpid(),
				     .comm = "lives",
				     .start_ns = slice * MADE_SLICE_NS,
				     .duration_ns = MADE_SLICE_NS,
				     .cpu_ns = 300000000,
				     .runqueue_ns = 100000000,
				     .samples = 100,
				     .wait_samples = 2 };
	int ret = capture_put(w, &capture_lives, &life);

	ret |= made_sleep(w, slice, 10, CAPTURE_ELSEWHERE, "ep_poll", 50);
	ret |= made_sleep(w, slice, 10, CAPTURE_MAYBE, slice ? "made_wait_queue" : "do_nanosleep",
			  10);
	if (slice == 2)
		ret |= made_sleep(w, slice, 0, CAPTURE_IN_WAIT, "made_wait_queue", 7);
	life.tid = 11;
	life.duration_ns /= 2;
	life.began = !slice;
	life.ended = slice == 1;
	life.cpu_ns = 100000000;
	life.runqueue_ns = 0;
	life.samples = 0;
	life.wait_samples = 0;
	snprintf(life.comm, sizeof(life.comm), "short");
	if (slice < 2)
		ret |= capture_put(w, &capture_lives, &life);
	life.tid = 12;
	life.duration_ns = MADE_SLICE_NS;
	life.ended = false;
	if (slice == 1) {
		life.unseen = WAITPROF_CLASS_MUTEX;
		life.unseen_kstack = 1;
		life.unseen_ns = 400000000;
	}
	return ret | capture_put(w, &capture_lives, &life) |
	       capture_put_number(w, "thread_samples", 100 * (slice + 1));
}

/* 31 and 32 wait for each other, 33 for 34, which nobody sees wait. */
static int made_waits(struct capture_writer *w, uint32_t seen_kstack)
{
	static const uint32_t owners[] = { 32, 31, 34 };
	const struct capture_holder holder = { 34, 'D', seen_kstack };
	int ret = capture_put_number(w, "open_ns", 2 * MADE_SLICE_NS);

	for (uint32_t i = 0; i < 3; i++) {
		struct capture_wait wait = { .id = i,
					     .wait = { .tgid = (uint32_t)getpid(),
						       .tid = 31 + i,
						       .class_id = i == 2 ? WAITPROF_CLASS_IO :
									    WAITPROF_CLASS_MUTEX,
						       .since_ns = (i + 1) * 1000000ULL,
						       .object = 0xffff888812345600 + i,
						       .object_type = WAITPROF_OBJECT_KADDR,
						       .kstack = 1,
						       .state = 2,
						       .owner_tid = owners[i],
						       .owner_tgid = (uint32_t)getpid() },
					     .own_ns = 1000000,
					     .seen_kstack = seen_kstack,
					     .owner_by = OWNER_BY_KERNEL,
					     .file = i == 2 ? "/made/file" : NULL };

		snprintf(wait.wait.comm, sizeof(wait.wait.comm), "waits-%u", i);
		snprintf(wait.wait.owner_comm, sizeof(wait.wait.owner_comm), "owns-%u", i);
		ret |= capture_put(w, &capture_waits, &wait);
	}
	return ret | capture_put(w, &capture_holders, &holder);
}

/* Everything but what makes it finished. */
static int made_write(struct made *m, struct capture_writer *w, int slices)
{
	struct client_point point = { .id = 7,
				      .class_id = WAITPROF_CLASS_MUTEX,
				      .backend = WAITPROF_BACKEND_TRACEPOINT,
				      .name = "mutex",
				      .symbol = "contention_begin" };
	struct report report = { 0 };
	char boot[40];
	int ret = 0;

	capture_writer_ask(w, &m->naming);
	made_counters(&report);
	ret |= capture_put_text(w, "version", "0.9");
	ret |= capture_put_text(w, "module_version", report.version);
	ret |= capture_put_text(w, "kernel", report.kernel);
	capture_boot_id(boot, sizeof(boot));
	ret |= capture_put_text(w, "boot_id", boot);
	ret |= capture_put_text(w, "filter", "all processes");
	ret |= capture_put_number(w, "cpus", 4);
	ret |= capture_put_number(w, "work", 1000);
	ret |= capture_put_number(w, "begun_ns", 5000);
	ret |= capture_put_number(w, "begun_wall_ns", 1700000000000000000);
	ret |= capture_put_number(w, "session_flags",
				  WAITPROF_SESSION_F_WAKERS | WAITPROF_SESSION_F_OBJECTS);
	ret |= capture_put_points(w, &point, 1);
	ret |= capture_put_counters(w, &report);
	for (int i = 0; !ret && i < slices; i++) {
		ret = capture_put_slice(w, (uint32_t)i, (uint64_t)i * MADE_SLICE_NS, MADE_SLICE_NS,
					&m->slices[i]);
		ret |= capture_put_stacks(w, m->stacks);
		ret |= capture_put_mappings(w, m->symbols);
		ret |= made_lives(w, (uint32_t)i);
		ret |= made_waits(w, m->slices[i].rows[m->slices[i].nr - 1].seen_kstack);
		ret |= capture_commit(w);
	}
	return ret;
}

static void made_file(struct made *m, const char *path, uint32_t nr_records)
{
	struct capture_writer *w;

	assert_int_equal(capture_writer_new(&w, path), 0);
	assert_int_equal(made_write(m, w, MADE_SLICES), 0);
	for (uint32_t i = 0; i < nr_records; i++) {
		struct waitprof_record record;

		made_record(&record, i);
		assert_int_equal(capture_put_records(w, &record, 1), 0);
	}
	assert_int_equal(capture_put_names(w, m->symbols), 0);
	assert_int_equal(capture_writer_finish(w), 0);
	capture_writer_free(w);
}

#endif
