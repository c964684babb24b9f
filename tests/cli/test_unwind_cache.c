// SPDX-License-Identifier: GPL-2.0-only
/* Tables on disk: what was stored comes back, and nothing else ever does. */
#include "cmocka_setup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unwind/unwind_cache.h"

static char folder[64];
static char file[256];
static struct unwind_elf elf;
static struct unwind_table table;

static void shell(const char *command)
{
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	int fd = open("/lib64/ld-linux-x86-64.so.2", O_RDONLY);
	size_t len;

	(void)state;
	strcpy(folder, "/tmp/unwind-cache-XXXXXX");
	if (fd < 0 || !mkdtemp(folder) || unwind_elf_read(fd, &elf) ||
	    unwind_cfi_table(&elf, &table, NULL, NULL) || !elf.build_id_size)
		return -1;
	close(fd);
	setenv("XDG_CACHE_HOME", folder, 1);
	len = (size_t)snprintf(file, sizeof(file), "%s/waitprof/rules/", folder);
	for (uint32_t i = 0; i < elf.build_id_size; i++)
		len += (size_t)sprintf(file + len, "%02x", elf.build_id[i]);
	strcpy(file + len, ".rules");
	return 0;
}

static int clear_up(void **state)
{
	char command[128];

	(void)state;
	unwind_table_free(&table);
	unwind_elf_free(&elf);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* A fresh cache with the one table in it. */
static int stored(void)
{
	int cache = unwind_cache_open();

	assert_true(cache >= 0);
	assert_int_equal(unwind_cache_store(cache, &elf, &table), 0);
	return cache;
}

static bool is_here(int cache, const struct unwind_elf *of)
{
	struct unwind_table found;
	bool here = !unwind_cache_load(cache, of, &found);

	if (here) {
		assert_int_equal(found.nr_rules, table.nr_rules);
		assert_int_equal(found.nr_steps, table.nr_steps);
		assert_memory_equal(found.rules, table.rules,
				    table.nr_rules * sizeof(*table.rules));
		assert_memory_equal(found.steps, table.steps,
				    table.nr_steps * sizeof(*table.steps));
	} else {
		assert_null(found.rules);
	}
	unwind_table_free(&found);
	return here;
}

static void round_trip(void **state)
{
	struct stat st;
	int cache = stored();

	(void)state;
	assert_true(is_here(cache, &elf));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(cache);
	cache = unwind_cache_open();
	assert_true(is_here(cache, &elf));
	assert_false(is_here(-1, &elf));
	close(cache);
}

/* Every byte counts, the length too. */
static void damaged(void **state)
{
	int cache = stored(), fd;
	struct stat st;
	char byte;

	(void)state;
	assert_int_equal(stat(file, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 1 + at / 3) {
		fd = open(file, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_false(is_here(cache, &elf));
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		assert_true(is_here(cache, &elf));
	}
	assert_int_equal(truncate(file, st.st_size - 1), 0);
	assert_false(is_here(cache, &elf));
	assert_int_equal(truncate(file, st.st_size + 1), 0);
	assert_false(is_here(cache, &elf));
	assert_int_equal(truncate(file, 0), 0);
	assert_false(is_here(cache, &elf));
	/* And is written anew. */
	assert_int_equal(unwind_cache_store(cache, &elf, &table), 0);
	assert_true(is_here(cache, &elf));
	close(cache);
}

/* Another file that claims the same build id. */
static void forged(void **state)
{
	struct unwind_elf other = elf;
	int cache = stored();

	(void)state;
	other.data = malloc(elf.size);
	memcpy(other.data, elf.data, elf.size);
	assert_true(is_here(cache, &other));
	other.data[elf.size / 2] ^= 1;
	assert_false(is_here(cache, &other));
	other.data[elf.size / 2] ^= 1;
	other.segments[0].offset += 4096;
	assert_false(is_here(cache, &other));
	free(other.data);
	close(cache);
}

static void writable_by_others(void **state)
{
	char rules[128], link[300];
	int cache = stored();

	(void)state;
	assert_int_equal(chmod(file, 0620), 0);
	assert_false(is_here(cache, &elf));
	assert_int_equal(chmod(file, 0600), 0);
	snprintf(link, sizeof(link), "%s.old", file);
	assert_int_equal(rename(file, link), 0);
	assert_int_equal(symlink(link, file), 0);
	assert_false(is_here(cache, &elf));
	close(cache);
	shell("rm -f \"$XDG_CACHE_HOME\"/waitprof/rules/*");
	snprintf(rules, sizeof(rules), "%s/waitprof/rules", folder);
	assert_int_equal(chmod(rules, 0770), 0);
	assert_true(unwind_cache_open() < 0);
	assert_int_equal(chmod(rules, 0700), 0);
	if (!geteuid()) {
		assert_int_equal(chown(rules, 65534, 65534), 0);
		assert_true(unwind_cache_open() < 0);
		assert_int_equal(chown(rules, 0, 0), 0);
	}
}

static void somebody_died_writing(void **state)
{
	int cache = stored();

	(void)state;
	shell("touch -d '2 hours ago' \"$XDG_CACHE_HOME/waitprof/rules/1.rules.new\"");
	shell("touch \"$XDG_CACHE_HOME/waitprof/rules/2.rules.new\"");
	shell("touch \"$XDG_CACHE_HOME/waitprof/rules/somebody-else\"");
	assert_int_equal(unwind_cache_store(cache, &elf, &table), 0);
	shell("cd \"$XDG_CACHE_HOME/waitprof/rules\" && [ ! -e 1.rules.new ] && [ -e 2.rules.new ] && "
	      "[ -e somebody-else ] && [ \"$(ls | wc -l)\" -eq 3 ]");
	assert_true(is_here(cache, &elf));
	close(cache);
}

static void bounded(void **state)
{
	int cache = stored();

	(void)state;
	/* One in use, and hundreds that are older; one of them sparse and huge. */
	shell("cd \"$XDG_CACHE_HOME/waitprof/rules\" && for i in $(seq 600); do "
	      "touch -d '2 days ago' $i.rules; done && truncate -s 1G huge.rules && "
	      "touch -d '1 day ago' huge.rules");
	assert_int_equal(unwind_cache_store(cache, &elf, &table), 0);
	shell("cd \"$XDG_CACHE_HOME/waitprof/rules\" && [ \"$(ls *.rules | wc -l)\" -le 512 ] && "
	      "[ ! -e huge.rules ]");
	assert_true(is_here(cache, &elf));
	close(cache);
}

static void no_place(void **state)
{
	(void)state;
	setenv("XDG_CACHE_HOME", "/proc/no/such", 1);
	assert_true(unwind_cache_open() < 0);
	setenv("XDG_CACHE_HOME", folder, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(damaged),
		cmocka_unit_test(forged),
		cmocka_unit_test(writable_by_others),
		cmocka_unit_test(somebody_died_writing),
		cmocka_unit_test(bounded),
		cmocka_unit_test(no_place),
	};

	return cmocka_run_group_tests_name("unwind_cache", tests, set_up, clear_up);
}
