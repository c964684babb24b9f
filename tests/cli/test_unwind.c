// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of unwind rules against what libdw says of the same file: at each end of
 * each row and at random addresses both answer where the frame begins, where the
 * return address lies and what rbp and rbx are in the caller. Registers and memory
 * are made up, so that a wrong number shows as a wrong answer. A table may say
 * less than libdw (STOP), but how often that happens is bounded and printed.
 */
#include "cmocka_setup.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/maps.h"
#include "unwind/unwind_cfi.h"
#include "unwind/unwind_elf.h"

#define DWARF_RBX    3
#define DWARF_RBP    6
#define DWARF_RSP    7
#define DWARF_RETURN 16
#define NR_RANDOM    20000
#define MAX_STACK    16

/* A frame, and what its caller's is; only what is known is compared. */
struct machine {
	uint64_t reg[17];
};

struct answer {
	bool has_caller;
	bool is_end;
	uint64_t cfa;
	uint64_t ra_at;
	uint64_t rbp;
	uint64_t rbx;
};

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15ULL;
	return x ^ (x >> 29);
}

/* A word of memory that nobody wrote. */
static uint64_t word(uint64_t at)
{
	return mix(at) & 0x7ffffffffff8ULL;
}

/* As far as unwind data of compilers and the C library goes. */
static bool evaluate(const Dwarf_Op *ops, size_t nr, const struct machine *m, uint64_t cfa,
		     uint64_t *result, bool *is_value)
{
	uint64_t stack[MAX_STACK];
	size_t n = 0;

	*is_value = false;
	for (size_t i = 0; i < nr; i++) {
		uint8_t atom = ops[i].atom;

		if (n + 1 >= MAX_STACK)
			return false;
		if (atom >= DW_OP_breg0 && atom <= DW_OP_breg16)
			stack[n++] = m->reg[atom - DW_OP_breg0] + ops[i].number;
		else if (atom == DW_OP_bregx && ops[i].number < 17)
			stack[n++] = m->reg[ops[i].number] + ops[i].number2;
		else if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
			stack[n++] = atom - DW_OP_lit0;
		else if (atom == DW_OP_call_frame_cfa)
			stack[n++] = cfa;
		else if (atom == DW_OP_stack_value)
			*is_value = true;
		else if (atom == DW_OP_plus_uconst && n)
			stack[n - 1] += ops[i].number;
		else if (atom == DW_OP_deref && n)
			stack[n - 1] = word(stack[n - 1]);
		else if (n < 2)
			return false;
		else if (atom == DW_OP_and && n--)
			stack[n - 1] &= stack[n];
		else if (atom == DW_OP_ge && n--)
			stack[n - 1] = (int64_t)stack[n - 1] >= (int64_t)stack[n];
		else if (atom == DW_OP_shl && n--)
			stack[n - 1] <<= stack[n];
		else if (atom == DW_OP_plus && n--)
			stack[n - 1] += stack[n];
		else
			return false;
	}
	if (n)
		*result = stack[n - 1];
	return n;
}

/* The caller's register by libdw: its value. */
static bool value_of(Dwarf_Frame *frame, int which, const struct machine *m, uint64_t cfa,
		     uint64_t *value, uint64_t *at)
{
	Dwarf_Op memory[3], *ops;
	bool is_value;
	size_t nr;

	assert_int_equal(dwarf_frame_register(frame, which, memory, &ops, &nr), 0);
	*at = 0;
	*value = m->reg[which];
	/* Nothing said: a callee keeps rbp and rbx. */
	if (!nr)
		return which != DWARF_RETURN || !ops;
	if (!evaluate(ops, nr, m, cfa, value, &is_value))
		return false;
	if (!is_value) {
		*at = *value;
		*value = word(*at);
	}
	return true;
}

static bool by_libdw(Dwarf_CFI *cfi, uint64_t vaddr, const struct machine *m, struct answer *a,
		     uint64_t *start, uint64_t *end)
{
	bool is_signal, is_value;
	Dwarf_Frame *frame;
	uint64_t value, at;
	Dwarf_Op *ops, memory[3];
	size_t nr;

	memset(a, 0, sizeof(*a));
	if (dwarf_cfi_addrframe(cfi, vaddr, &frame))
		return false;
	dwarf_frame_info(frame, start, end, &is_signal);
	dwarf_frame_register(frame, DWARF_RETURN, memory, &ops, &nr);
	a->is_end = !nr && ops;
	if (!a->is_end && !dwarf_frame_cfa(frame, &ops, &nr) && nr)
		a->has_caller = evaluate(ops, nr, m, 0, &a->cfa, &is_value) &&
				value_of(frame, DWARF_RETURN, m, a->cfa, &value, &a->ra_at) &&
				value_of(frame, DWARF_RBP, m, a->cfa, &a->rbp, &at) &&
				value_of(frame, DWARF_RBX, m, a->cfa, &a->rbx, &at);
	free(frame);
	return true;
}

static uint64_t saved(uint64_t base, int16_t offset, uint64_t unchanged)
{
	return offset ? word(base + (uint64_t)(int64_t)offset) : unchanged;
}

/* What the module does with a step. */
static void by_step(const struct waitprof_step *step, const struct machine *m, struct answer *a)
{
	uint64_t rsp = m->reg[DWARF_RSP], rbp = m->reg[DWARF_RBP], rbx = m->reg[DWARF_RBX];
	uint64_t offset = (uint64_t)(int64_t)step->cfa_offset;

	memset(a, 0, sizeof(*a));
	a->is_end = step->kind == WAITPROF_STEP_END;
	a->has_caller = step->kind == WAITPROF_STEP_CALL || step->kind == WAITPROF_STEP_SIGNAL;
	if (step->kind == WAITPROF_STEP_SIGNAL) {
		a->cfa = word(rsp + 160);
		a->ra_at = rsp + 168;
		a->rbp = word(rsp + 120);
		a->rbx = word(rsp + 128);
	}
	if (step->kind != WAITPROF_STEP_CALL)
		return;
	switch (step->base) {
	case WAITPROF_BASE_RSP:
		a->cfa = rsp + offset;
		break;
	case WAITPROF_BASE_RBP:
		a->cfa = rbp + offset;
		break;
	case WAITPROF_BASE_RBX:
		a->cfa = rbx + offset;
		break;
	case WAITPROF_BASE_AT_RSP:
		a->cfa = word(rsp + offset) + (uint64_t)(int64_t)step->cfa_add;
		break;
	case WAITPROF_BASE_AT_RBP:
		a->cfa = word(rbp + offset) + (uint64_t)(int64_t)step->cfa_add;
		break;
	default:
		a->cfa = rsp + offset + (m->reg[DWARF_RETURN] % 16 >= 11 ? 8 : 0);
		break;
	}
	a->ra_at = a->cfa - 8;
	a->rbp = saved(a->cfa, step->rbp_offset, rbp);
	a->rbx = saved(a->cfa, step->rbx_offset, rbx);
	if (step->base != WAITPROF_BASE_AT_RBP)
		return;
	a->rbp = word(rbp + (uint64_t)(int64_t)step->rbp_offset);
	a->rbx = saved(rbp, step->rbx_offset, rbx);
}

struct checked {
	Dwarf_CFI *cfi;
	struct unwind_elf elf;
	struct unwind_table table;
	const char *path;
	uint64_t nr;
	uint64_t nr_stops;
	uint64_t random;
};

/* Return: the end of libdw's row, or 0 when it has none. */
static uint64_t check_address(struct checked *c, uint64_t vaddr)
{
	uint64_t start = 0, end = 0, offset, left;
	const struct waitprof_step *step = NULL;
	struct answer theirs, ours;
	struct machine m;
	bool known;

	for (int i = 0; i < 17; i++) {
		c->random = mix(c->random + 1);
		m.reg[i] = c->random & 0x7ffffffffff8ULL;
	}
	m.reg[DWARF_RETURN] = vaddr;
	known = by_libdw(c->cfi, vaddr, &m, &theirs, &start, &end);
	if (unwind_elf_offset(&c->elf, vaddr, &offset, &left))
		step = unwind_table_find(&c->table, offset);
	if (!known || !step) {
		if (step && step->kind != WAITPROF_STEP_STOP)
			fail_msg("%s: %" PRIx64 ": a step where libdw knows nothing", c->path,
				 vaddr);
		return 0;
	}
	c->nr++;
	by_step(step, &m, &ours);
	if (step->kind == WAITPROF_STEP_STOP) {
		c->nr_stops++;
		return end;
	}
	if (memcmp(&ours, &theirs, sizeof(ours)))
		fail_msg("%s: %" PRIx64 ": end %d %d, caller %d %d, cfa %" PRIx64 " %" PRIx64
			 ", return address at %" PRIx64 " %" PRIx64 ", rbp %" PRIx64 " %" PRIx64
			 ", rbx %" PRIx64 " %" PRIx64,
			 c->path, vaddr, ours.is_end, theirs.is_end, ours.has_caller,
			 theirs.has_caller, ours.cfa, theirs.cfa, ours.ra_at, theirs.ra_at,
			 ours.rbp, theirs.rbp, ours.rbx, theirs.rbx);
	return end;
}

static void check_segment(struct checked *c, const struct unwind_segment *s)
{
	uint64_t at = s->vaddr, end, last = s->vaddr + s->size;

	while (at < last) {
		end = check_address(c, at);
		if (end > at + 1)
			check_address(c, end - 1);
		at = end > at ? end : at + 1;
	}
	for (int i = 0; i < NR_RANDOM; i++) {
		c->random = mix(c->random + 1);
		check_address(c, s->vaddr + c->random % s->size);
	}
}

static void check_file(const char *path, int fd, bool is_usual)
{
	struct checked c = { .path = path, .random = 4711 };
	Elf *elf;

	assert_int_equal(unwind_elf_read(fd, &c.elf), 0);
	assert_int_equal(unwind_cfi_table(&c.elf, &c.table, NULL, NULL), 0);
	assert_true(unwind_table_is_valid(&c.table));
	assert_false(c.table.is_cut);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	c.cfi = dwarf_getcfi_elf(elf);
	assert_non_null(c.cfi);
	for (uint32_t i = 0; i < c.elf.nr_segments; i++)
		check_segment(&c, &c.elf.segments[i]);
	print_message("# %s: %u rules, %u steps, %" PRIu64 " addresses, %" PRIu64 " of them STOP\n",
		      path, c.table.nr_rules, c.table.nr_steps, c.nr, c.nr_stops);
	/* Forms that a step cannot say are rare, or the table is of little use. */
	assert_true(!is_usual || c.nr_stops * 200 <= c.nr);
	dwarf_cfi_end(c.cfi);
	elf_end(elf);
	unwind_table_free(&c.table);
	unwind_elf_free(&c.elf);
}

static void system_files(void **state)
{
	static const char *const paths[] = {
		"/lib/x86_64-linux-gnu/libc.so.6",
		"/lib64/ld-linux-x86-64.so.2",
		"/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
		"/usr/lib/x86_64-linux-gnu/libdw.so.1",
		"/bin/bash",
		"/usr/bin/python3",
		"/proc/self/exe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_RDONLY);

		/* The C library is everywhere. */
		assert_true(i || fd >= 0);
		if (fd < 0)
			continue;
		check_file(paths[i], fd, true);
		close(fd);
	}
}

static int open_vdso(void)
{
	struct maps_row row = { 0 };
	char *line = NULL;
	size_t room = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	int fd = -1;

	while (fd < 0 && getline(&line, &room, maps) > 0)
		if (maps_parse(line, &row) && maps_is_vdso(&row))
			fd = maps_open(getpid(), &row);
	free(line);
	fclose(maps);
	return fd;
}

static void vdso(void **state)
{
	int fd = open_vdso();

	(void)state;
	if (fd < 0)
		skip();
	check_file("vdso", fd, true);
	close(fd);
}

/* Compilers' rarer forms: realigned stacks, functions that end in a call. */
static void built_files(void **state)
{
	static const char *const names[] = { "unwind_c", "unwind_cpp", "unwind_static",
					     "unwind_forms" };
	char path[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", getenv("TEST_UNWIND_FOLDER"), names[i]);
		fd = open(path, O_RDONLY);
		assert_true(fd >= 0);
		check_file(names[i], fd, false);
		close(fd);
	}
}

/* Of the bases that the interface has, each occurs somewhere in what was built. */
static void every_form(void **state)
{
	struct unwind_elf elf;
	struct unwind_table table;
	uint32_t bases = 0, kinds = 0;
	char path[4096];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/unwind_forms", getenv("TEST_UNWIND_FOLDER"));
	fd = open(path, O_RDONLY);
	assert_int_equal(unwind_elf_read(fd, &elf), 0);
	assert_int_equal(unwind_cfi_table(&elf, &table, NULL, NULL), 0);
	for (uint32_t i = 0; i < table.nr_steps; i++) {
		kinds |= 1U << table.steps[i].kind;
		if (table.steps[i].kind == WAITPROF_STEP_CALL)
			bases |= 1U << table.steps[i].base;
	}
	assert_int_equal(bases, (1U << (WAITPROF_BASE_MAX + 1)) - 1);
	assert_int_equal(kinds, (1U << (WAITPROF_STEP_MAX + 1)) - 1);
	unwind_table_free(&table);
	unwind_elf_free(&elf);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_files),
		cmocka_unit_test(vdso),
		cmocka_unit_test(built_files),
		cmocka_unit_test(every_form),
	};

	return cmocka_run_group_tests_name("unwind", tests, NULL, NULL);
}
