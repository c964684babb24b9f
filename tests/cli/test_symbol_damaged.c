// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that are not what they should be: random bytes changed in a program with
 * debug information, files cut short, at once or in use, no ELF at all. Nothing may crash; what is
 * found does not matter. The seed is fixed, so a failure repeats.
 */
#include "test_symbol.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbol/symbol_impl.h"

#define ROUNDS 1500

static unsigned char *original;
static size_t size;

static uint64_t next(uint64_t *state)
{
	*state = symbol_hash(*state, 1);
	return *state;
}

static void resolve(struct symbols *s, int fd)
{
	struct symbol_frame frames[SYMBOL_MAX_FRAMES];
	struct symbol_elf *elf = symbol_elf_open(s, "damaged", fd);
	uint64_t vaddr;

	if (!elf)
		return;
	for (uint64_t offset = 0; offset < 0x4000; offset += 97)
		if (symbol_elf_vaddr(elf, offset, &vaddr))
			symbol_elf_resolve(elf, vaddr, offset & 1, frames);
	symbol_elf_close(elf);
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("damaged", 0);

	assert_true(fd >= 0);
	assert_true(write(fd, bytes, len) == (ssize_t)len);
	return fd;
}

static void changed_bytes(void **state)
{
	unsigned char *copy = malloc(size);
	struct symbols *s = symbols_new();
	uint64_t random = 4711;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		/* A third of the rounds aim at the file header and segments. */
		size_t range = i % 3 ? size : 1024;

		memcpy(copy, original, size);
		for (int n = 1 + i % 24; n > 0; n--)
			copy[next(&random) % range] = next(&random);
		resolve(s, file_of(copy, size));
	}
	symbols_free(s);
	free(copy);
}

static void cut_short(void **state)
{
	struct symbols *s = symbols_new();

	(void)state;
	for (size_t len = 0; len < size; len += 1 + len / 64)
		resolve(s, file_of(original, len));
	symbols_free(s);
}

/* Somebody writes over a library while it is being read. */
static void truncated_in_use(void **state)
{
	struct symbol_frame frames[SYMBOL_MAX_FRAMES];
	struct symbols *s = symbols_new();
	uint64_t vaddr;

	(void)state;
	for (int used = 0; used < 2; used++) {
		int fd = file_of(original, size);
		struct symbol_elf *elf = symbol_elf_open(s, "damaged", fd);

		assert_non_null(elf);
		for (uint64_t offset = 0; offset < 0x4000; offset += 97) {
			/* Its headers stay; at once, and when its tables have been read. */
			if (offset / 97 == (used ? 60U : 0U))
				assert_int_equal(ftruncate(fd, 4096), 0);
			if (symbol_elf_vaddr(elf, offset, &vaddr))
				symbol_elf_resolve(elf, vaddr, false, frames);
		}
		symbol_elf_close(elf);
	}
	symbols_free(s);
}

static void not_elf(void **state)
{
	static const char text[] = "#!/bin/sh\necho no program\n";
	struct symbols *s = symbols_new();

	(void)state;
	assert_null(symbol_elf_open(s, "text", file_of(text, sizeof(text))));
	symbols_free(s);
}

static int read_original(void **state)
{
	char path[512];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/pie", test_folder());
	file = fopen(path, "r");
	original = malloc(1 << 20);
	if (!file || !original)
		return -1;
	size = fread(original, 1, 1 << 20, file);
	fclose(file);
	return 0;
}

static int drop_original(void **state)
{
	(void)state;
	free(original);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(truncated_in_use),
		cmocka_unit_test(not_elf),
	};

	return cmocka_run_group_tests_name("symbol_damaged", tests, read_original, drop_original);
}
