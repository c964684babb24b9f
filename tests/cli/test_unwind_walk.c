// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stacks of live programs, walked by the tables as the module does it, frame by
 * frame against libdw, which stops the threads and walks them with its own code.
 */
#include "cmocka_setup.h"

#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbol/maps.h"
#include "unwind/unwind_files.h"

#define MAX_FRAMES   256
#define MAX_MAPPINGS 128

struct mapping {
	struct maps_row row;
	struct unwind_file *file;
};

struct process {
	pid_t pid;
	FILE *in;
	FILE *out;
	struct unwind_files *files;
	struct mapping mappings[MAX_MAPPINGS];
	size_t nr_mappings;
	size_t nr_threads;
	size_t nr_frames;
};

struct frames {
	uint64_t ip[MAX_FRAMES];
	size_t nr;
};

/* Both walks of a thread, done while libdw holds it stopped. */
struct both {
	const struct process *p;
	struct frames theirs;
	struct frames ours;
	bool is_walked;
	bool is_whole;
	pid_t tid;
};

static uint64_t word(pid_t pid, uint64_t at)
{
	uint64_t value = 0;
	struct iovec to = { &value, sizeof(value) },
		     from = { (void *)(uintptr_t)at, sizeof(value) };

	assert_int_equal(process_vm_readv(pid, &to, 1, &from, 1, 0), sizeof(value));
	return value;
}

static const struct waitprof_step *find_step(const struct process *p, uint64_t address)
{
	for (size_t i = 0; i < p->nr_mappings; i++) {
		const struct mapping *m = &p->mappings[i];

		if (address >= m->row.start && address < m->row.end && m->file)
			return unwind_table_find(&m->file->table,
						 address - m->row.start + m->row.offset);
	}
	return NULL;
}

struct state {
	uint64_t ip, sp, bp, bx;
	bool is_exact;
};

static uint64_t saved(pid_t pid, uint64_t base, int16_t offset, uint64_t unchanged)
{
	return offset ? word(pid, base + (uint64_t)(int64_t)offset) : unchanged;
}

static void step_call(pid_t pid, const struct waitprof_step *step, struct state *s)
{
	uint64_t offset = (uint64_t)(int64_t)step->cfa_offset, cfa = s->sp + offset, base;

	if (step->base == WAITPROF_BASE_RBP || step->base == WAITPROF_BASE_AT_RBP)
		cfa = s->bp + offset;
	if (step->base == WAITPROF_BASE_RBX)
		cfa = s->bx + offset;
	if (step->base == WAITPROF_BASE_PLT && s->ip % 16 >= 11)
		cfa += 8;
	if (step->base == WAITPROF_BASE_AT_RSP || step->base == WAITPROF_BASE_AT_RBP)
		cfa = word(pid, cfa) + (uint64_t)(int64_t)step->cfa_add;
	assert_true(cfa > s->sp && cfa % 8 == 0);
	base = step->base == WAITPROF_BASE_AT_RBP ? s->bp : cfa;
	s->bx = saved(pid, base, step->rbx_offset, s->bx);
	s->bp = step->base == WAITPROF_BASE_AT_RBP ?
			word(pid, base + (uint64_t)(int64_t)step->rbp_offset) :
			saved(pid, base, step->rbp_offset, s->bp);
	s->ip = word(pid, cfa - 8);
	s->sp = cfa;
	s->is_exact = false;
}

static void step_signal(pid_t pid, struct state *s)
{
	uint64_t sp = s->sp;

	s->bp = word(pid, sp + 120);
	s->bx = word(pid, sp + 128);
	s->sp = word(pid, sp + 160);
	s->ip = word(pid, sp + 168);
	s->is_exact = true;
}

/* Return: does the stack end where it should. */
static bool walk(const struct process *p, const struct user_regs_struct *regs, struct frames *to)
{
	struct state s = { regs->rip, regs->rsp, regs->rbp, regs->rbx, true };

	to->nr = 0;
	for (;;) {
		const struct waitprof_step *step = find_step(p, s.ip - !s.is_exact);

		to->ip[to->nr++] = s.ip;
		if (!step || step->kind == WAITPROF_STEP_STOP || to->nr == MAX_FRAMES)
			return false;
		if (step->kind == WAITPROF_STEP_END)
			return true;
		if (step->kind == WAITPROF_STEP_SIGNAL)
			step_signal(p->pid, &s);
		else
			step_call(p->pid, step, &s);
	}
}

static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct user_regs_struct regs;
	struct both *both = arg;
	struct frames *f = &both->theirs;
	Dwarf_Addr pc;

	if (!both->is_walked && !ptrace(PTRACE_GETREGS, both->tid, NULL, &regs)) {
		both->is_whole = walk(both->p, &regs, &both->ours);
		both->is_walked = true;
	}
	if (f->nr == MAX_FRAMES || !dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	f->ip[f->nr++] = pc;
	return DWARF_CB_OK;
}

static int check_thread(Dwfl_Thread *thread, void *arg)
{
	struct process *p = arg;
	struct both both = { .p = p, .tid = dwfl_thread_tid(thread) };
	const struct frames *ours = &both.ours, *theirs = &both.theirs;

	dwfl_thread_getframes(thread, take_frame, &both);
	assert_true(both.is_walked);
	for (size_t i = 0; i < ours->nr && i < theirs->nr; i++)
		if (ours->ip[i] != theirs->ip[i])
			fail_msg("thread %d, frame %zu: %" PRIx64 ", libdw says %" PRIx64, both.tid,
				 i, ours->ip[i], theirs->ip[i]);
	if (!both.is_whole || ours->nr != theirs->nr)
		fail_msg("thread %d: %zu frames, %s; libdw says %zu; last %" PRIx64, both.tid,
			 ours->nr, both.is_whole ? "whole" : "cut", theirs->nr,
			 ours->ip[ours->nr - 1]);
	p->nr_threads++;
	p->nr_frames += ours->nr;
	return DWARF_CB_OK;
}

static void start(struct process *p, char *const argv[])
{
	int in[2], out[2];
	char line[64];

	memset(p, 0, sizeof(*p));
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	p->pid = fork();
	if (!p->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p->in = fdopen(in[1], "w");
	p->out = fdopen(out[0], "r");
	assert_non_null(fgets(line, sizeof(line), p->out));
	p->files = unwind_files_new();
	assert_non_null(p->files);
}

static void read_mappings(struct process *p)
{
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", p->pid);
	maps = fopen(path, "r");
	assert_non_null(maps);
	while (p->nr_mappings < MAX_MAPPINGS && getline(&line, &room, maps) > 0) {
		struct mapping *m = &p->mappings[p->nr_mappings];

		if (!maps_parse(line, &m->row) || (*m->row.path != '/' && !maps_is_vdso(&m->row)))
			continue;
		m->file = unwind_files_get(p->files, p->pid, &m->row);
		m->row.path = NULL;
		p->nr_mappings++;
	}
	free(line);
	fclose(maps);
}

static void stop(struct process *p)
{
	fclose(p->in);
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	fclose(p->out);
	unwind_files_free(p->files);
}

static void check_program(char *const argv[], size_t min_threads, size_t min_frames)
{
	static char *debug_path = ".";

	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &debug_path,
	};
	struct process p;
	Dwfl *dwfl;

	start(&p, argv);
	read_mappings(&p);
	dwfl = dwfl_begin(&callbacks);
	assert_int_equal(dwfl_linux_proc_report(dwfl, p.pid), 0);
	assert_int_equal(dwfl_report_end(dwfl, NULL, NULL), 0);
	if (dwfl_linux_proc_attach(dwfl, p.pid, false)) {
		dwfl_end(dwfl);
		stop(&p);
		skip();
	}
	assert_int_equal(dwfl_getthreads(dwfl, check_thread, &p), 0);
	dwfl_end(dwfl);
	stop(&p);
	print_message("# %s: %zu threads, %zu frames\n", argv[0], p.nr_threads, p.nr_frames);
	assert_true(p.nr_threads >= min_threads && p.nr_frames >= min_frames);
}

static char *built(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("TEST_UNWIND_FOLDER"), name);
	return path;
}

static void c_program(void **state)
{
	char *argv[] = { built("unwind_c"), NULL };

	(void)state;
	check_program(argv, 6, 60);
}

/* Without the table that a linker adds elsewhere. */
static void static_program(void **state)
{
	char *argv[] = { built("unwind_static"), NULL };

	(void)state;
	check_program(argv, 6, 60);
}

static void cpp_program(void **state)
{
	char *argv[] = { built("unwind_cpp"), NULL };

	(void)state;
	check_program(argv, 6, 40);
}

static void python(void **state)
{
	char *argv[] = {
		"/usr/bin/python3", "-c",
		"import sys, threading, time\n"
		"lock = threading.Lock()\n"
		"lock.acquire()\n"
		"def deep(n): return deep(n - 1) if n else sorted([1], key=lambda x: lock.acquire())\n"
		"for n in (3, 9): threading.Thread(target=deep, args=(n,), daemon=True).start()\n"
		"time.sleep(.5)\n"
		"print('ready', flush=True)\n"
		"sys.stdin.read()",
		NULL
	};

	(void)state;
	if (access(argv[0], X_OK))
		skip();
	check_program(argv, 3, 40);
}

static void shell(void **state)
{
	char *argv[] = { "/bin/bash", "-c", "f() { echo ready; read; }; f", NULL };

	(void)state;
	if (access(argv[0], X_OK))
		skip();
	check_program(argv, 1, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_program),   cmocka_unit_test(static_program),
		cmocka_unit_test(cpp_program), cmocka_unit_test(python),
		cmocka_unit_test(shell),
	};

	return cmocka_run_group_tests_name("unwind_walk", tests, NULL, NULL);
}
