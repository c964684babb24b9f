// SPDX-License-Identifier: GPL-2.0-only
/*
 * .eh_frame -> rules. The sorted search table in .eh_frame_hdr gives the functions;
 * of each of them libdw gives row after row (a range of addresses and how to find
 * the caller's frame in it), and each row becomes a step. Between functions nothing
 * is known: STOP. Neighbours with the same step become one rule.
 *
 * libdw gets a file of its own, made in memory: one program header and the unwind
 * data. So it never reads more than what was read here before.
 *
 * Whoever wrote the file may mean harm. Each function's entry is looked through
 * before libdw is asked about it (unwind_entry.c), and what is to be done in all is
 * bounded: MAX_FUNCTIONS, MAX_WORK bytes of entries (a row is computed from the
 * entry's first byte on), MAX_CPU_NS. What lies beyond a limit stays STOP.
 *
 * Memory: 16 bytes a row until the table is done, then 8 a rule and 16 a step.
 */
#include <elf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unwind/unwind_cfi.h"
#include "unwind/unwind_entry.h"
#include "unwind/unwind_step.h"

#define MAX_FUNCTIONS (1u << 19)
#define MAX_WORK      (1ULL << 29)
#define ROW_WORK      64
#define MAX_CPU_NS    4000000000ULL
#define CHECK_WORK    (1u << 20) /* how much of it between two looks at the clock */

#define HDR_ENTRIES 12 /* where the search table begins */
#define STEP_SLOTS  8192

/* Each can begin a rule and end one. */
#define MAX_ROWS (UNWIND_MAX_RULES / 2 - 1)

/* A range of the file with one step. */
struct row {
	uint32_t start;
	uint32_t end;
	uint32_t step;
};

struct maker {
	const struct unwind_elf *elf;
	struct unwind_table *table;
	Dwarf_CFI *cfi;
	struct unwind_entries entries;
	unsigned char *functions; /* the search table: sound ones only */
	uint32_t nr_functions;
	struct row *rows;
	size_t nr_rows;
	size_t room;
	uint16_t slots[STEP_SLOTS]; /* index + 1 of a step, by hash */
	uint64_t work;
	uint64_t checked; /* @work at the last look at the clock */
	uint64_t began_ns;
	bool (*stop)(void *arg); /* NULL = nobody asks */
	void *arg;
	bool is_stopped;
};

/* What libdw is given: this, then the data. */
struct image {
	Elf64_Ehdr file;
	Elf64_Phdr hdr;
	unsigned char data[];
};

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct image *make_image(const struct unwind_elf *elf, size_t *size)
{
	struct image *image;

	*size = sizeof(*image) + elf->size;
	image = calloc(1, *size);
	if (!image)
		return NULL;
	memcpy(image->file.e_ident, ELFMAG, SELFMAG);
	image->file.e_ident[EI_CLASS] = ELFCLASS64;
	image->file.e_ident[EI_DATA] = ELFDATA2LSB;
	image->file.e_ident[EI_VERSION] = EV_CURRENT;
	image->file.e_type = ET_DYN;
	image->file.e_machine = EM_X86_64;
	image->file.e_version = EV_CURRENT;
	image->file.e_ehsize = sizeof(Elf64_Ehdr);
	image->file.e_phoff = offsetof(struct image, hdr);
	image->file.e_phentsize = sizeof(Elf64_Phdr);
	image->file.e_phnum = 1;
	image->hdr.p_type = PT_GNU_EH_FRAME;
	image->hdr.p_offset = sizeof(*image) + (elf->hdr_vaddr - elf->data_vaddr);
	image->hdr.p_vaddr = elf->hdr_vaddr;
	image->hdr.p_filesz = elf->hdr_size;
	image->hdr.p_memsz = elf->hdr_size;
	memcpy(image->data, elf->data, elf->size);
	return image;
}

static bool has_time(struct maker *m)
{
	if (m->work > MAX_WORK)
		return false;
	if (m->work - m->checked < CHECK_WORK)
		return true;
	m->checked = m->work;
	m->is_stopped = m->stop && m->stop(m->arg);
	if (!m->is_stopped && cpu_ns() - m->began_ns < MAX_CPU_NS)
		return true;
	m->work = MAX_WORK + 1;
	return false;
}

/* One number of the search table: 0 = a function's first address, 1 = its entry. */
static uint64_t table_address(const struct maker *m, uint32_t index, int which)
{
	int32_t distance;

	memcpy(&distance, m->functions + 8ULL * index + 4 * which, sizeof(distance));
	return m->elf->hdr_vaddr + (uint64_t)(int64_t)distance;
}

static uint64_t function_start(const struct maker *m, uint32_t index)
{
	return table_address(m, index, 0);
}

static uint64_t function_entry(const struct maker *m, uint32_t index)
{
	return table_address(m, index, 1);
}

/* The length of a function's entry; 0 = it is refused. */
static uint32_t function_size(struct maker *m, uint64_t vaddr)
{
	return unwind_entry_size(&m->entries, vaddr - m->elf->frames_vaddr);
}

/*
 * Leaves only what libdw may be asked about in the search table: it looks there by
 * itself. Of two functions at one address the first.
 */
static int check_functions(struct maker *m, struct image *image)
{
	const struct unwind_elf *elf = m->elf;
	unsigned char *hdr = image->data + (elf->hdr_vaddr - elf->data_vaddr);
	uint32_t nr, size;

	memcpy(&nr, hdr + 8, sizeof(nr));
	if (nr > (elf->hdr_size - HDR_ENTRIES) / 8)
		return -ENODATA;
	if (nr > MAX_FUNCTIONS) {
		m->table->is_cut = true;
		nr = MAX_FUNCTIONS;
	}
	m->functions = hdr + HDR_ENTRIES;
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t start = function_start(m, i);

		/* Smaller: not sorted, not to be trusted. */
		if (i && start < function_start(m, i - 1))
			return -ENODATA;
	}
	for (uint32_t i = 0; i < nr; i++) {
		if (m->nr_functions &&
		    function_start(m, i) == function_start(m, m->nr_functions - 1))
			continue;
		size = has_time(m) ? function_size(m, function_entry(m, i)) : 0;
		m->work += size;
		if (!size) {
			m->table->is_cut = true;
			continue;
		}
		memmove(m->functions + 8ULL * m->nr_functions, m->functions + 8ULL * i, 8);
		m->nr_functions++;
	}
	if (m->work <= MAX_WORK)
		m->work = 0;
	m->checked = m->work;
	memcpy(hdr + 8, &m->nr_functions, sizeof(m->nr_functions));
	return m->nr_functions ? 0 : -ENODATA;
}

static uint32_t step_hash(const struct waitprof_step *step)
{
	uint64_t words[2];

	_Static_assert(sizeof(*step) == sizeof(words), "a step is two words");
	memcpy(words, step, sizeof(words));
	words[0] = (words[0] ^ words[1] * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	return (uint32_t)(words[0] >> 40);
}

/* The number of a step, new or known; that of STOP when there are too many. */
static uint32_t step_number(struct maker *m, const struct waitprof_step *step)
{
	struct unwind_table *t = m->table;
	uint32_t slot = step_hash(step) % STEP_SLOTS;

	for (; m->slots[slot]; slot = (slot + 1) % STEP_SLOTS)
		if (!memcmp(&t->steps[m->slots[slot] - 1], step, sizeof(*step)))
			return m->slots[slot] - 1U;
	if (t->nr_steps == UNWIND_MAX_STEPS) {
		t->is_cut = true;
		return 0;
	}
	t->steps[t->nr_steps] = *step;
	t->nr_steps++;
	m->slots[slot] = (uint16_t)t->nr_steps;
	return t->nr_steps - 1;
}

static int add_row(struct maker *m, uint64_t vaddr, uint64_t size, uint32_t step)
{
	struct row *last = m->nr_rows ? &m->rows[m->nr_rows - 1] : NULL, *more;
	uint64_t offset, left;

	if (!unwind_elf_offset(m->elf, vaddr, &offset, &left) || offset > UINT32_MAX)
		return 0;
	if (size > left)
		size = left;
	if (size > UINT32_MAX - offset)
		size = UINT32_MAX - offset;
	if (last && last->end == offset && last->step == step) {
		last->end = (uint32_t)(offset + size);
		return 0;
	}
	if (m->nr_rows == m->room) {
		if (m->room == MAX_ROWS) {
			m->table->is_cut = true;
			return -E2BIG;
		}
		m->room = m->room ? m->room * 2 : 1024;
		if (m->room > MAX_ROWS)
			m->room = MAX_ROWS;
		more = reallocarray(m->rows, m->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		m->rows = more;
	}
	m->rows[m->nr_rows++] = (struct row){ (uint32_t)offset, (uint32_t)(offset + size), step };
	return 0;
}

/* All rows of the function at @at, as far as the next one. */
static int add_function(struct maker *m, uint64_t at, uint64_t next, uint32_t work)
{
	int ret = 0;

	while (at < next && !ret) {
		struct waitprof_step step;
		Dwarf_Addr start, end;
		Dwarf_Frame *frame;
		bool is_signal;

		m->work += work + ROW_WORK;
		if (!has_time(m)) {
			m->table->is_cut = true;
			return -E2BIG;
		}
		if (dwarf_cfi_addrframe(m->cfi, at, &frame))
			return 0;
		dwarf_frame_info(frame, &start, &end, &is_signal);
		unwind_step_of(&step, frame, is_signal);
		free(frame);
		if (end <= at)
			return 0;
		if (end > next)
			end = next;
		ret = add_row(m, at, end - at, step_number(m, &step));
		at = end;
	}
	return ret;
}

static int add_functions(struct maker *m)
{
	int ret = 0;

	for (uint32_t i = 0; i < m->nr_functions && !ret; i++) {
		uint64_t at = function_start(m, i);
		uint64_t next = i + 1 < m->nr_functions ? function_start(m, i + 1) : UINT64_MAX;

		ret = add_function(m, at, next, function_size(m, function_entry(m, i)));
	}
	return ret == -E2BIG ? 0 : ret;
}

static int by_start(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void add_rule(struct unwind_table *t, uint32_t offset, uint32_t step)
{
	if (t->nr_rules && t->rules[t->nr_rules - 1].step == step)
		return;
	t->rules[t->nr_rules++] = (struct waitprof_rule){ offset, step };
}

/* Rows to rules: in the file's order, with STOP wherever no row is. */
static int join_rows(struct maker *m)
{
	struct unwind_table *t = m->table;
	uint32_t end = 0;

	if (!m->nr_rows)
		return -ENODATA;
	qsort(m->rows, m->nr_rows, sizeof(*m->rows), by_start);
	t->rules = calloc(2 * m->nr_rows + 2, sizeof(*t->rules));
	if (!t->rules)
		return -ENOMEM;
	for (size_t i = 0; i < m->nr_rows; i++) {
		const struct row *row = &m->rows[i];
		uint32_t start = row->start > end ? row->start : end;

		if (row->end <= start)
			continue;
		if (start > end)
			add_rule(t, end, 0);
		add_rule(t, start, row->step);
		end = row->end;
	}
	add_rule(t, end, 0);
	return 0;
}

static int make_table(struct maker *m, struct image *image, size_t size)
{
	static const struct waitprof_step stop;
	Elf *elf = elf_memory((char *)image, size);
	int ret = -ENODATA;

	m->table->steps = calloc(UNWIND_MAX_STEPS, sizeof(*m->table->steps));
	if (!elf || !m->table->steps) {
		elf_end(elf);
		return -ENOMEM;
	}
	step_number(m, &stop);
	m->cfi = check_functions(m, image) ? NULL : dwarf_getcfi_elf(elf);
	if (m->cfi)
		ret = add_functions(m);
	if (!ret)
		ret = join_rows(m);
	if (m->cfi)
		dwarf_cfi_end(m->cfi);
	elf_end(elf);
	return ret;
}

/**
 * unwind_cfi_table() - the rules of a file
 * @elf: its unwind data
 * @table: result; to be given to unwind_table_free() whatever this returns
 * @stop: asked now and then: true = give up; may be NULL
 * @arg: for @stop
 *
 * Return: 0; -ENODATA when there is nothing usable; -ENOMEM; -EINTR: given up.
 */
int unwind_cfi_table(const struct unwind_elf *elf, struct unwind_table *table,
		     bool (*stop)(void *arg), void *arg)
{
	struct maker m = { .elf = elf, .table = table, .stop = stop, .arg = arg };
	struct image *image;
	size_t size;
	int ret;

	memset(table, 0, sizeof(*table));
	if (!elf->data || elf->hdr_size < HDR_ENTRIES)
		return -ENODATA;
	elf_version(EV_CURRENT);
	image = make_image(elf, &size);
	if (!image)
		return -ENOMEM;
	m.began_ns = cpu_ns();
	unwind_entries_init(&m.entries, elf->data + (elf->frames_vaddr - elf->data_vaddr),
			    elf->size - (elf->frames_vaddr - elf->data_vaddr));
	ret = make_table(&m, image, size);
	free(image);
	free(m.rows);
	if (m.is_stopped)
		ret = -EINTR;
	if (ret)
		unwind_table_free(table);
	return ret;
}

/**
 * unwind_table_free() - give up a table
 * @table: table; empty afterwards
 */
void unwind_table_free(struct unwind_table *table)
{
	free(table->steps);
	free(table->rules);
	memset(table, 0, sizeof(*table));
}

/**
 * unwind_table_is_valid() - is a table one that the module takes
 * @table: table, from wherever
 */
bool unwind_table_is_valid(const struct unwind_table *table)
{
	if (!table->nr_steps || table->nr_steps > UNWIND_MAX_STEPS || !table->nr_rules ||
	    table->nr_rules > UNWIND_MAX_RULES)
		return false;
	for (uint32_t i = 0; i < table->nr_steps; i++)
		if (table->steps[i].base > WAITPROF_BASE_MAX ||
		    table->steps[i].kind > WAITPROF_STEP_MAX || table->steps[i].pad)
			return false;
	for (uint32_t i = 0; i < table->nr_rules; i++)
		if (table->rules[i].step >= table->nr_steps ||
		    (i && table->rules[i].offset <= table->rules[i - 1].offset))
			return false;
	return true;
}

/**
 * unwind_table_find() - the step at an offset
 * @table: table
 * @offset: offset in the file
 *
 * Return: the step, or NULL when no rule is there.
 */
const struct waitprof_step *unwind_table_find(const struct unwind_table *table, uint64_t offset)
{
	uint32_t low = 0, high = table->nr_rules;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (table->rules[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &table->steps[table->rules[low - 1].step] : NULL;
}
