// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unwind data that means harm, or was damaged: nothing may crash, take long or take
 * much memory, and a table that comes out of it is one that the module takes. The
 * seed is fixed, so a failure repeats.
 */
#include "cmocka_setup.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "unwind/unwind_cfi.h"
#include "unwind/unwind_elf.h"

#define ROUNDS	   4000
#define ROUNDS_S   4 /* of CPU time: fewer rounds on a slow machine */
#define HOSTILE_S  8 /* the limits of unwind_cfi.c, and the sanitizers */
#define HOSTILE_MB 900

static uint64_t seed = 20011;

static uint64_t next(void)
{
	seed = (seed ^ (seed >> 31)) * 0x9e3779b97f4a7c15ULL + 1;
	return seed ^ (seed >> 29);
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void make(const struct unwind_elf *elf)
{
	struct unwind_table table;

	if (unwind_cfi_table(elf, &table, NULL, NULL))
		return;
	assert_true(unwind_table_is_valid(&table));
	for (int i = 0; i < 16; i++)
		unwind_table_find(&table, next() % (2 * elf->size + 1));
	unwind_table_free(&table);
}

static const char *const victims[] = {
	"/lib64/ld-linux-x86-64.so.2",
	"/lib/x86_64-linux-gnu/libgcc_s.so.1",
	"/proc/self/exe",
};

/* Bytes of .eh_frame_hdr and .eh_frame: what libdw and the table see. */
static void changed_data(void **state)
{
	double begin = cpu_s();
	int rounds = 0;

	(void)state;
	for (; rounds < ROUNDS && cpu_s() - begin < ROUNDS_S; rounds++) {
		int fd = open(victims[rounds % 3], O_RDONLY);
		struct unwind_elf elf;
		size_t range;

		assert_true(fd >= 0);
		assert_int_equal(unwind_elf_read(fd, &elf), 0);
		/* Mostly entries, which the table finds; a few of them or many. */
		range = rounds % 4 ? elf.size : elf.hdr_size;
		for (uint64_t n = 1 + next() % (rounds % 8 ? 40 : 2000); n; n--)
			elf.data[elf.size - 1 - next() % range] = (unsigned char)next();
		make(&elf);
		unwind_elf_free(&elf);
		close(fd);
	}
	print_message("# %d rounds\n", rounds);
	assert_true(rounds > 100);
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("damaged", 0);

	assert_true(fd >= 0);
	assert_true(write(fd, bytes, len) == (ssize_t)len);
	return fd;
}

/* A program without that table, which is made of what .eh_frame says. */
static void changed_static(void **state)
{
	char path[4096];
	double begin = cpu_s();
	size_t size = 4 << 20, at;
	unsigned char *bytes = malloc(size), *copy = malloc(size);
	Elf64_Ehdr header;
	Elf64_Shdr section;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/unwind_static", getenv("TEST_UNWIND_FOLDER"));
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	size = (size_t)read(fd, bytes, size);
	close(fd);
	memcpy(&header, bytes, sizeof(header));
	for (int i = 0; i < ROUNDS / 10 && cpu_s() - begin < ROUNDS_S; i++) {
		struct unwind_elf elf;

		memcpy(copy, bytes, size);
		at = header.e_shoff + next() % header.e_shnum * sizeof(section);
		memcpy(&section, bytes + at, sizeof(section));
		for (uint64_t n = 1 + next() % 100; n; n--) {
			at = section.sh_offset + next() % (section.sh_size + 1);
			if (section.sh_type != SHT_NOBITS && at < size)
				copy[at] = (unsigned char)next();
		}
		if (i % 2)
			copy[header.e_shoff + next() % (size - header.e_shoff)] =
				(unsigned char)next();
		fd = file_of(copy, size);
		if (!unwind_elf_read(fd, &elf))
			make(&elf);
		unwind_elf_free(&elf);
		close(fd);
	}
	free(bytes);
	free(copy);
}

/* The headers, which say where everything is; and files that end too early. */
static void changed_headers(void **state)
{
	int from = open(victims[0], O_RDONLY);
	size_t size = 1 << 20;
	unsigned char *bytes = malloc(size), *copy = malloc(size);
	double begin = cpu_s();

	(void)state;
	size = (size_t)read(from, bytes, size);
	close(from);
	for (int i = 0; i < ROUNDS / 8 && cpu_s() - begin < ROUNDS_S; i++) {
		struct unwind_elf elf;
		size_t len = i % 5 ? size : next() % size;
		int fd;

		memcpy(copy, bytes, size);
		for (uint64_t n = 1 + next() % 12; n; n--)
			copy[next() % 900] = (unsigned char)next();
		fd = file_of(copy, len);
		if (!unwind_elf_read(fd, &elf))
			make(&elf);
		unwind_elf_free(&elf);
		close(fd);
	}
	free(bytes);
	free(copy);
}

#define HDR  0x10000000ULL
#define CODE 0x400000ULL

/* A file with @nr functions at growing addresses, all described by one entry. */
static void make_hostile(struct unwind_elf *elf, uint32_t nr, uint32_t entry_bytes,
			 const unsigned char *program, size_t program_len)
{
	static const unsigned char cie[] = { 1, 'z',  'R',  0, 1, 0x78, 16,
					     1, 0x1b, 0x0c, 7, 8, 0x90, 1 };
	uint32_t cie_len = 4 + sizeof(cie), hdr = 12 + 8 * nr, fde_at, fde_len, at, zero = 0;
	unsigned char *p;
	int32_t distance;

	cie_len = (cie_len + 3) & ~3U;
	memset(elf, 0, sizeof(*elf));
	elf->hdr_vaddr = HDR;
	elf->data_vaddr = HDR;
	elf->frames_vaddr = HDR + hdr;
	elf->hdr_size = hdr;
	elf->size = hdr + 4 + cie_len + 4 + entry_bytes + 4;
	p = calloc(1, elf->size);
	assert_non_null(p);
	elf->data = p;
	elf->nr_segments = 1;
	elf->segments[0] = (struct unwind_segment){ CODE, 0x1000, 1 << 24 };
	memcpy(p, "\x01\x1b\x03\x3b", 4);
	distance = (int32_t)(hdr - 4);
	memcpy(p + 4, &distance, 4);
	memcpy(p + 8, &nr, 4);
	memcpy(p + hdr, &cie_len, 4);
	memcpy(p + hdr + 4, &zero, 4);
	memcpy(p + hdr + 8, cie, sizeof(cie));
	fde_at = hdr + 4 + cie_len;
	fde_len = entry_bytes;
	memcpy(p + fde_at, &fde_len, 4);
	distance = (int32_t)(fde_at + 4 - hdr);
	memcpy(p + fde_at + 4, &distance, 4);
	distance = (int32_t)(CODE - (HDR + fde_at + 8));
	memcpy(p + fde_at + 8, &distance, 4);
	at = 1 << 24;
	memcpy(p + fde_at + 12, &at, 4);
	for (at = 17; at + program_len <= entry_bytes + 4; at += program_len)
		memcpy(p + fde_at + at, program, program_len);
	for (uint32_t i = 0; i < nr; i++) {
		distance = (int32_t)(CODE + 64ULL * i - HDR);
		memcpy(p + 12 + 8 * i, &distance, 4);
		distance = (int32_t)fde_at;
		memcpy(p + 16 + 8 * i, &distance, 4);
	}
}

static void check_hostile(const char *name, uint32_t nr, uint32_t entry_bytes,
			  const unsigned char *program, size_t program_len)
{
	double begin = cpu_s();
	struct unwind_elf elf;
	struct rusage usage;

	make_hostile(&elf, nr, entry_bytes, program, program_len);
	make(&elf);
	unwind_elf_free(&elf);
	getrusage(RUSAGE_SELF, &usage);
	print_message("# %s: %.2f s, %ld MB at most so far\n", name, cpu_s() - begin,
		      usage.ru_maxrss / 1024);
	assert_true(cpu_s() - begin < HOSTILE_S);
	assert_true(usage.ru_maxrss / 1024 < HOSTILE_MB);
}

static void hostile(void **state)
{
	/* advance, remember: as many rows as bytes, and a copy of the row for each */
	static const unsigned char remember[] = { 0x41, 0x0a };
	static const unsigned char advance[] = { 0x41 };
	static const unsigned char nothing[] = { 0x00 };
	/* def_cfa_offset, growing the number of steps */
	static const unsigned char offsets[] = { 0x41, 0x0e, 0x88, 0x01, 0x41, 0x0e, 0x90, 0x02 };

	/* offset_extended: register 100,000,000 at CFA - 8 */
	static const unsigned char high[] = { 0x41, 0x05, 0x80, 0xc2, 0xd7, 0x2f, 0x01 };

	(void)state;
	check_hostile("register that nobody has", 1, 64, high, sizeof(high));
	/* Longer than an entry may be: refused at once. */
	check_hostile("long entry of copies", 1000, 32 << 20, remember, sizeof(remember));
	check_hostile("longest entry of copies", 200000, 65000, remember, sizeof(remember));
	check_hostile("longest entry of rows", 200000, 65000, advance, sizeof(advance));
	check_hostile("longest entry of nothing", 200000, 65000, nothing, sizeof(nothing));
	check_hostile("many functions", 500000, 64, offsets, sizeof(offsets));
}

/* Small functions that name two long shared entries by turns, and no search table. */
static void hostile_turns(void **state)
{
	static const unsigned char cie[] = { 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b };
	const uint32_t cie_len = 65000, fde_len = 20, nr = 500000;
	struct unwind_elf elf = { 0 };
	double begin = cpu_s();
	size_t at;

	(void)state;
	elf.data_vaddr = HDR;
	elf.frames_vaddr = HDR;
	elf.nr_segments = 1;
	elf.segments[0] = (struct unwind_segment){ CODE, 0x1000, 1 << 24 };
	elf.size = 2 * (cie_len + 4) + nr * (fde_len + 4);
	elf.data = calloc(1, elf.size);
	assert_non_null(elf.data);
	for (int i = 0; i < 2; i++) {
		memcpy(elf.data + (uint64_t)i * (cie_len + 4), &cie_len, 4);
		memcpy(elf.data + (uint64_t)i * (cie_len + 4) + 8, cie, sizeof(cie));
	}
	at = 2 * (cie_len + 4);
	for (uint32_t i = 0; i < nr; i++, at += fde_len + 4) {
		uint32_t back = (uint32_t)(at + 4 - i % 2 * (cie_len + 4)), size = 16;
		int32_t distance = (int32_t)(CODE + 16 * i - (HDR + at + 8));

		memcpy(elf.data + at, &fde_len, 4);
		memcpy(elf.data + at + 4, &back, 4);
		memcpy(elf.data + at + 8, &distance, 4);
		memcpy(elf.data + at + 12, &size, 4);
	}
	if (!unwind_scan(&elf))
		make(&elf);
	unwind_elf_free(&elf);
	print_message("# shared entries by turns: %.2f s\n", cpu_s() - begin);
	assert_true(cpu_s() - begin < HOSTILE_S);
}

/* A table of the hostile kind does come out where it is within the limits. */
static void hostile_is_read(void **state)
{
	static const unsigned char offsets[] = { 0x41, 0x0e, 0x10, 0x41, 0x0e, 0x20 };
	const struct waitprof_step *step;
	struct unwind_table table;
	struct unwind_elf elf;

	(void)state;
	make_hostile(&elf, 1, 64, offsets, sizeof(offsets));
	assert_int_equal(unwind_cfi_table(&elf, &table, NULL, NULL), 0);
	step = unwind_table_find(&table, 0x1001);
	assert_non_null(step);
	assert_int_equal(step->kind, WAITPROF_STEP_CALL);
	assert_int_equal(step->cfa_offset, 16);
	step = unwind_table_find(&table, 0xfff);
	assert_int_equal(step->kind, WAITPROF_STEP_STOP);
	step = unwind_table_find(&table, 0x1000 + (1 << 24));
	assert_int_equal(step->kind, WAITPROF_STEP_STOP);
	unwind_table_free(&table);
	unwind_elf_free(&elf);
}

/* The table to search in must be sorted: what is not is refused as a whole. */
static void not_sorted(void **state)
{
	static const unsigned char nothing[] = { 0x00 };
	struct unwind_table table;
	struct unwind_elf elf;
	unsigned char entry[8];

	(void)state;
	make_hostile(&elf, 3, 64, nothing, sizeof(nothing));
	memcpy(entry, elf.data + 12, 8);
	memcpy(elf.data + 12, elf.data + 28, 8);
	memcpy(elf.data + 28, entry, 8);
	assert_int_not_equal(unwind_cfi_table(&elf, &table, NULL, NULL), 0);
	assert_null(table.rules);
	unwind_elf_free(&elf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_data),	  cmocka_unit_test(changed_headers),
		cmocka_unit_test(changed_static), cmocka_unit_test(hostile_is_read),
		cmocka_unit_test(hostile),	  cmocka_unit_test(hostile_turns),
		cmocka_unit_test(not_sorted),
	};

	return cmocka_run_group_tests_name("unwind_damaged", tests, NULL, NULL);
}
