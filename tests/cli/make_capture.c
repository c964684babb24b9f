// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a capture of made-up waits: two locks of this very program, whose waits
 * differ from slice to slice by chance, the first one's by FACTOR; and where the time
 * of its only thread went, which still waits for itself at the end.
 * usage: make_capture FILE SLICES FACTOR SEED WORK KERNEL
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/capture_write_impl.h"

#define SLICE_NS 1000000000ULL

static struct symbols *symbols;
static struct stacks *stacks;
static struct naming naming;
static uint32_t state;

static void must(int ret)
{
	if (!ret)
		return;
	fprintf(stderr, "make_capture: error %d\n", ret);
	exit(2);
}

/* Between 0.8 and 1.2. */
static double about_one(void)
{
	state = state * 1664525 + 1013904223;
	return 0.8 + 0.4 * (state >> 8) / (1 << 24);
}

static void hot_lock(void)
{
	raise(0);
}

static void other_lock(void)
{
	raise(0);
	raise(0);
}

static int no_comm(void *arg, uint32_t tid, char *buf, size_t size)
{
	(void)arg;
	(void)tid;
	(void)buf;
	(void)size;
	return -ENOENT;
}

static void take_stacks(void)
{
	uint64_t frames[] = { (uint64_t)(uintptr_t)hot_lock + 4,
			      (uint64_t)(uintptr_t)other_lock + 4 };

	symbols = symbols_new();
	stacks = stacks_new(symbols);
	naming.stacks = stacks;
	naming.sites = sites_new();
	naming.comm = no_comm;
	must(symbols_note_process(symbols, getpid()));
	for (uint32_t i = 0; i < 2; i++)
		must(stacks_add(stacks, i + 1, WAITPROF_STACK_F_USER, &frames[i], 1));
}

static void add(struct profile *p, uint32_t stack, double us)
{
	struct waitprof_row row = {
		.class_id = WAITPROF_CLASS_FUTEX,
		.op = WAITPROF_OP_WAIT,
		.tgid = (uint32_t)getpid(),
		.tid = (uint32_t)getpid(),
		.ustack = stack,
		.count = (uint64_t)(100 * about_one()),
		.total_ns = (uint64_t)(1000 * us * about_one()),
		.comm = "made",
	};

	row.blocked_ns = row.total_ns;
	must(profile_add(p, &row, NULL, 0));
}

static void put_views(struct capture_writer *w, uint32_t slice)
{
	const uint32_t pid = (uint32_t)getpid();
	const struct capture_life life = { .slice = slice,
					   .tid = pid,
					   .tgid = pid,
					   .comm = "made",
					   .start_ns = slice * SLICE_NS,
					   .duration_ns = SLICE_NS,
					   .cpu_ns = SLICE_NS / 10,
					   .runqueue_ns = SLICE_NS / 50,
					   .samples = 100,
					   .wait_samples = 28 };
	const struct capture_sleep sleep = {
		.slice = slice, .tid = pid, .function = "made_poll", .samples = 60
	};
	const struct capture_wait wait = { .wait = { .class_id = WAITPROF_CLASS_FUTEX,
						     .op = WAITPROF_OP_WAIT,
						     .tgid = pid,
						     .tid = pid,
						     .comm = "made",
						     .since_ns = SLICE_NS / 2,
						     .object = 0x1000,
						     .object_type = WAITPROF_OBJECT_UADDR,
						     .ustack = 1,
						     .state = 1,
						     .owner_tid = pid,
						     .owner_tgid = pid,
						     .owner_comm = "made" },
					   .own_ns = SLICE_NS / 2,
					   .owner_by = OWNER_BY_GLIBC };

	must(capture_put(w, &capture_lives, &life));
	must(capture_put(w, &capture_sleeps, &sleep));
	must(capture_put(w, &capture_waits, &wait));
	must(capture_put_number(w, "thread_samples", 100 * (slice + 1)));
	must(capture_put_number(w, "open_ns", (slice + 1) * SLICE_NS));
}

static void put_slices(struct capture_writer *w, uint32_t nr, double factor)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct profile p = { 0 };

		add(&p, 1, 200000 * factor);
		add(&p, 2, 30000);
		must(capture_put_slice(w, i, i * SLICE_NS, SLICE_NS, &p));
		must(capture_put_stacks(w, stacks));
		must(capture_put_mappings(w, symbols));
		put_views(w, i);
		must(capture_commit(w));
		profile_free(&p);
	}
}

static void put_facts(struct capture_writer *w, uint64_t work, const char *kernel)
{
	char boot[40], filter[40];

	capture_boot_id(boot, sizeof(boot));
	snprintf(filter, sizeof(filter), "pid %d", (int)getpid());
	must(capture_put_text(w, "boot_id", boot));
	must(capture_put_text(w, "kernel", kernel));
	must(capture_put_text(w, "module_version", "0.1.0"));
	must(capture_put_text(w, "filter", filter));
	must(capture_put_number(w, "cpus", 4));
	must(capture_put_number(w, "work", work));
	must(capture_put_number(w, "slice_ns", SLICE_NS));
	must(capture_put_number(w, "classes", 1U << WAITPROF_CLASS_FUTEX));
}

int main(int argc, char **argv)
{
	struct capture_writer *w;

	if (argc != 7)
		return 2;
	state = (uint32_t)atoi(argv[4]);
	take_stacks();
	must(capture_writer_new(&w, argv[1]));
	capture_writer_ask(w, &naming);
	put_facts(w, strtoull(argv[5], NULL, 0), argv[6]);
	put_slices(w, (uint32_t)atoi(argv[2]), atof(argv[3]));
	must(capture_put_names(w, symbols));
	must(capture_writer_finish(w));
	capture_writer_free(w);
	sites_free(naming.sites);
	stacks_free(stacks);
	symbols_free(symbols);
	return 0;
}
