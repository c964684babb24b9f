// SPDX-License-Identifier: GPL-2.0-only
/* Programs of every kind, running and ended, named and compared with addr2line. */
#include "test_symbol.h"

#include <dlfcn.h>
#include <gelf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

static struct symbols *s;

static int setup(void **state)
{
	(void)state;
	s = symbols_new();
	return !s;
}

static int teardown(void **state)
{
	(void)state;
	symbols_free(s);
	return 0;
}

static bool have(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return !access(path, R_OK);
}

static void own_function(void **state)
{
	uint64_t addr = (uintptr_t)own_function;
	struct found found = find_user(s, getpid(), addr, true);

	(void)state;
	assert_int_equal(found.nr, 1);
	assert_string_equal(found.frame[0].symbol, "own_function");
	assert_int_equal(found.frame[0].offset, 0);
	assert_true(found.frame[0].addr == addr);
	assert_false(found.frame[0].inlined);
	assert_non_null(strstr(found.frame[0].file, "test_symbol_user.c"));
	found = find_user(s, getpid(), addr + 1, false);
	assert_string_equal(found.frame[0].symbol, "own_function");
	assert_int_equal(found.frame[0].offset, 1);
}

/* The name that people use, of several at one address. */
static void exported_name_of_libc(void **state)
{
	static const char *const names[] = {
		"pthread_mutex_lock",
		"pthread_cond_wait",
		"sem_wait",
		"puts",
	};
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	struct found found;

	(void)state;
	assert_non_null(libc);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		found = find_user(s, getpid(), (uintptr_t)dlsym(libc, names[i]), true);
		assert_string_equal(found.frame[0].symbol, names[i]);
		assert_string_equal(strrchr(found.frame[0].module, '/'), "/libc.so.6");
	}
	dlclose(libc);
}

static void check_inlined(const char *name)
{
	struct target *target = target_start(name, NULL, NULL);
	uint64_t addr = target_addr(target, "inlined");
	uint64_t base = target_addr(target, "base");
	struct found found = find_user(s, target->pid, addr, false), again;

	/* A fixed program is linked where it runs. */
	if (base < 0x1000000)
		base = 0;
	/* addr2line of that age does not follow split DWARF. */
	if (strcmp(name, "split"))
		assert_addr2line(&found, target->path, addr - 1 - base);
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.frame[0].symbol, "innermost");
	assert_string_equal(found.frame[1].symbol, "middle");
	assert_string_equal(found.frame[2].symbol, "concrete");
	assert_true(found.frame[0].inlined && found.frame[1].inlined);
	assert_false(found.frame[2].inlined);
	assert_true(found.frame[2].offset == addr - target_addr(target, "concrete"));
	assert_string_equal(found.frame[0].module, target->path);
	assert_true(found.frame[0].line > 0 && found.frame[1].line > 0 &&
		    found.frame[2].line > found.frame[1].line);
	/* Once more, from the cache. */
	again = find_user(s, target->pid, addr, false);
	assert_int_equal(again.nr, found.nr);
	assert_ptr_equal(again.frame[0].symbol, found.frame[0].symbol);
	assert_ptr_equal(again.frame[2].file, found.frame[2].file);
	target_stop(target);
	free(target);
}

static void inlined_pie(void **state)
{
	(void)state;
	check_inlined("pie");
}

static void inlined_fixed(void **state)
{
	(void)state;
	check_inlined("fixed");
}

static void inlined_static(void **state)
{
	(void)state;
	check_inlined("static");
}

static void inlined_without_aranges(void **state)
{
	(void)state;
	check_inlined("noaranges");
}

static void inlined_split_dwarf(void **state)
{
	(void)state;
	check_inlined("split");
}

static void inlined_dwarf4(void **state)
{
	(void)state;
	check_inlined("dwarf4");
}

static void inlined_compressed(void **state)
{
	(void)state;
	check_inlined("compressed");
}

static void separate_debug_file(void **state)
{
	struct target *target = target_start("linked", NULL, NULL);
	struct found found = find_user(s, target->pid, target_addr(target, "inlined"), false);

	(void)state;
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.frame[0].symbol, "innermost");
	assert_true(found.frame[0].line > 0);
	found = find_user(s, target->pid, target_addr(target, "hidden"), false);
	assert_string_equal(found.frame[0].symbol, "hidden");
	target_stop(target);
	free(target);
}

static void mini_debug_info(void **state)
{
	struct target *target;
	struct found found;

	(void)state;
	if (!have("mini")) {
		print_message("# no xz here\n");
		skip();
	}
	target = target_start("mini", NULL, NULL);
	found = find_user(s, target->pid, target_addr(target, "hidden"), false);
	assert_int_equal(found.nr, 1);
	assert_string_equal(found.frame[0].symbol, "hidden");
	assert_null(found.frame[0].file);
	target_stop(target);
	free(target);
}

static void stripped(void **state)
{
	struct target *target = target_start("stripped", NULL, NULL);
	uint64_t addr = target_addr(target, "hidden");
	struct found found = find_user(s, target->pid, addr, false);

	(void)state;
	assert_int_equal(found.nr, 1);
	assert_null(found.frame[0].symbol);
	/* Its place in the file: of the same page offset, and no address. */
	assert_int_equal(found.frame[0].offset & 0xfff, addr & 0xfff);
	assert_in_range(found.frame[0].offset, 1, 1 << 20);
	assert_string_equal(found.frame[0].module, target->path);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_int_equal(found.nr, 1);
	assert_string_equal(found.frame[0].symbol, "concrete");
	target_stop(target);
	free(target);
}

static void library_loaded_later(void **state)
{
	char path[512];
	struct target *target;
	struct found found;

	(void)state;
	snprintf(path, sizeof(path), "%s/library.so", test_folder());
	target = target_start("pie", path, NULL);
	assert_int_equal(symbols_note_process(s, target->pid), 0);
	target_ask(target, 'l');
	usleep(250000);
	found = find_user(s, target->pid, target_addr(target, "library"), false);
	assert_int_equal(found.nr, 2);
	assert_string_equal(found.frame[0].symbol, "library_inlined");
	assert_string_equal(found.frame[1].symbol, "library_inside");
	assert_string_equal(found.frame[1].module, path);
	target_stop(target);
	free(target);
}

static void cpp_names(void **state)
{
	struct target *target = target_start("cpp", NULL, NULL);
	uint64_t addr = target_addr(target, "inlined");
	struct found found = find_user(s, target->pid, addr, false);

	(void)state;
	assert_int_equal(found.nr, 2);
	assert_string_equal(found.frame[0].symbol, "shop::Queue<long>::peek");
	assert_string_equal(found.frame[1].symbol, "shop::Queue<long>::take");
	assert_addr2line(&found, target->path, addr - 1 - target_addr(target, "base"));
	target_stop(target);
	free(target);
}

static void check_rust(const char *name, const char *type)
{
	struct target *target;
	struct found found;
	char expect[64];

	if (!have(name)) {
		print_message("# no rustc here\n");
		skip();
	}
	target = target_start(name, NULL, NULL);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_int_equal(found.nr, 2);
	snprintf(expect, sizeof(expect), "<target::shop::Queue<%s>>::peek", type);
	if (*type)
		assert_string_equal(found.frame[0].symbol, expect);
	else
		assert_string_equal(found.frame[0].symbol, "target::shop::Queue<T>::peek");
	assert_non_null(strstr(found.frame[0].file, "target.rs"));
	assert_addr2line(&found, target->path,
			 target_addr(target, "inlined") - 1 - target_addr(target, "base"));
	target_stop(target);
	free(target);
}

static void rust_names_v0(void **state)
{
	(void)state;
	check_rust("rust_v0", "u64");
}

static void rust_names_legacy(void **state)
{
	(void)state;
	check_rust("rust_legacy", "");
}

static void ended_process(void **state)
{
	struct target *target = target_start("pie", NULL, NULL);
	uint64_t addr = target_addr(target, "inlined");
	struct found found;

	(void)state;
	assert_int_equal(symbols_note_process(s, target->pid), 0);
	target_stop(target);
	found = find_user(s, target->pid, addr, false);
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.frame[2].symbol, "concrete");
	free(target);
}

static void ended_process_not_noted(void **state)
{
	struct target *target = target_start("pie", NULL, NULL);
	struct found found;

	(void)state;
	target_stop(target);
	assert_true(symbols_note_process(s, target->pid) < 0);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_int_equal(found.nr, 1);
	assert_null(found.frame[0].symbol);
	assert_null(found.frame[0].module);
	free(target);
}

static void process_that_executes(void **state)
{
	char next[512];
	struct target *target;
	struct found found;
	uint64_t before;

	(void)state;
	snprintf(next, sizeof(next), "%s/cpp", test_folder());
	target = target_start("fixed", NULL, next);
	before = target_addr(target, "inlined");
	found = find_user(s, target->pid, before, false);
	assert_string_equal(found.frame[2].symbol, "concrete");
	target_ask(target, 'x');
	usleep(30000);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_string_equal(found.frame[1].symbol, "shop::Queue<long>::take");
	assert_string_equal(found.frame[1].module, next);
	/* What was recorded before keeps its name. */
	found = find_user(s, target->pid, before, false);
	assert_string_equal(found.frame[2].symbol, "concrete");
	target_stop(target);
	free(target);
}

/* The same program again: only its random place tells. */
static void process_that_executes_itself(void **state)
{
	char next[512];
	struct target *target;
	struct found found;

	(void)state;
	snprintf(next, sizeof(next), "%s/pie", test_folder());
	target = target_start("pie", NULL, next);
	find_user(s, target->pid, target_addr(target, "inlined"), false);
	target_ask(target, 'x');
	usleep(30000);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.frame[2].symbol, "concrete");
	target_stop(target);
	free(target);
}

static char *copy_program(const char *name)
{
	char command[1200];
	static char path[512];

	snprintf(path, sizeof(path), "%s/copy", test_folder());
	snprintf(command, sizeof(command), "cp '%s/%s' '%s'", test_folder(), name, path);
	assert_int_equal(system(command), 0);
	return path;
}

static void deleted_program(void **state)
{
	char *path = copy_program("pie");
	struct target *target = target_start_path(path, NULL, NULL);
	struct found found;

	(void)state;
	unlink(path);
	copy_program("cpp"); /* another file has its name now */
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	if (geteuid()) {
		assert_null(found.frame[0].symbol);
	} else {
		assert_int_equal(found.nr, 3);
		assert_string_equal(found.frame[2].symbol, "concrete");
	}
	assert_string_equal(found.frame[0].module, path);
	unlink(path);
	target_stop(target);
	free(target);
}

/* A program on a file system that only its own mount namespace has. */
static void other_mount_namespace(void **state)
{
	char path[600];
	struct target *target;
	struct found found;

	(void)state;
	if (system("unshare -m true 2>/dev/null")) {
		print_message("# not permitted: no mount namespace\n");
		skip();
	}
	target = target_start("elsewhere", NULL, NULL);
	snprintf(path, sizeof(path), "%s/mnt/inside", test_folder());
	assert_int_not_equal(access(path, F_OK), 0);
	found = find_user(s, target->pid, target_addr(target, "inlined"), false);
	assert_int_equal(found.nr, 3);
	assert_string_equal(found.frame[2].symbol, "concrete");
	assert_string_equal(found.frame[2].module, path);
	target_stop(target);
	free(target);
}

/* Offset of a function in the vdso, by its own symbol table. */
static uint64_t vdso_offset(const char *wanted)
{
	char *start = (char *)getauxval(AT_SYSINFO_EHDR);
	uint64_t offset = 0;
	Elf *elf;
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	if (!start)
		return 0;
	elf_version(EV_CURRENT);
	elf = elf_memory(start, 8192);
	while ((section = elf_nextscn(elf, section))) {
		Elf_Data *data = elf_getdata(section, NULL);
		GElf_Sym sym;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM)
			continue;
		for (int i = 0; gelf_getsym(data, i, &sym); i++)
			if (!strcmp(elf_strptr(elf, header.sh_link, sym.st_name), wanted))
				offset = sym.st_value;
	}
	elf_end(elf);
	return offset;
}

static void *volatile trampoline;

static void handler(int number)
{
	(void)number;
	trampoline = __builtin_return_address(0);
}

/* A handler returns to the first byte of a function: never the one before it. */
static void signal_trampoline(void **state)
{
	struct found found;

	(void)state;
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	found = find_user(s, getpid(), (uintptr_t)trampoline, false);
	if (found.frame[0].symbol)
		assert_string_equal(found.frame[0].symbol, "__restore_rt");
	assert_int_equal(found.frame[0].offset, 0);
}

static void vdso_function(void **state)
{
	uint64_t start = getauxval(AT_SYSINFO_EHDR);
	uint64_t offset = vdso_offset("__vdso_clock_gettime");
	struct found found;

	(void)state;
	if (!offset) {
		print_message("# no vdso here\n");
		skip();
	}
	found = find_user(s, getpid(), start + offset, true);
	assert_string_equal(found.frame[0].module, "[vdso]");
	assert_string_equal(found.frame[0].symbol, "clock_gettime");
}

static void no_such_address(void **state)
{
	struct found found = find_user(s, getpid(), 0, true);

	(void)state;
	assert_null(found.frame[0].symbol);
	found = find_user(s, getpid(), 0, false);
	assert_null(found.frame[0].symbol);
	found = find_user(s, getpid(), UINT64_MAX, false);
	assert_null(found.frame[0].symbol);
	found = find_user(s, -1, 4096, false);
	assert_null(found.frame[0].module);
}

static void assert_same(const struct found *one, const struct found *other)
{
	assert_int_equal(one->nr, other->nr);
	for (int i = 0; i < one->nr; i++) {
		assert_string_equal(one->frame[i].symbol, other->frame[i].symbol);
		assert_int_equal(one->frame[i].offset, other->frame[i].offset);
		assert_int_equal(one->frame[i].line, other->frame[i].line);
	}
}

/*
 * More than the table of results begins with: the answers stay what they were, and are
 * those of an object that was asked the other way round.
 */
static void many_addresses(void **state)
{
	enum { MANY = 3000 };
	static struct found first[MANY];
	struct symbols *other = symbols_new();
	uintptr_t start = (uintptr_t)assert_same;
	struct found again;

	(void)state;
	assert_non_null(other);
	for (int i = 0; i < MANY; i++)
		first[i] = find_user(s, getpid(), start + i, true);
	assert_string_equal(first[0].frame[0].symbol, "assert_same");
	for (int i = MANY; i-- > 0;) {
		again = find_user(s, getpid(), start + i, true);
		assert_same(&again, &first[i]);
		again = find_user(other, getpid(), start + i, true);
		assert_same(&again, &first[i]);
	}
	symbols_free(other);
}

static int refuse(const struct symbol_frame *frame, void *arg)
{
	(void)frame;
	++*(int *)arg;
	return -7;
}

static void emit_can_stop(void **state)
{
	struct target *target = target_start("pie", NULL, NULL);
	int calls = 0;

	(void)state;
	assert_int_equal(symbol_user(s, target->pid, target_addr(target, "inlined"), false, refuse,
				     &calls),
			 -7);
	assert_int_equal(calls, 1);
	target_stop(target);
	free(target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_function),	     TEST(exported_name_of_libc),
		TEST(inlined_pie),	     TEST(inlined_fixed),
		TEST(inlined_static),	     TEST(inlined_without_aranges),
		TEST(inlined_split_dwarf),   TEST(inlined_dwarf4),
		TEST(inlined_compressed),    TEST(separate_debug_file),
		TEST(mini_debug_info),	     TEST(stripped),
		TEST(library_loaded_later),  TEST(cpp_names),
		TEST(rust_names_v0),	     TEST(rust_names_legacy),
		TEST(ended_process),	     TEST(ended_process_not_noted),
		TEST(process_that_executes), TEST(process_that_executes_itself),
		TEST(deleted_program),	     TEST(other_mount_namespace),
		TEST(signal_trampoline),     TEST(vdso_function),
		TEST(no_such_address),	     TEST(many_addresses),
		TEST(emit_can_stop),
	};

	return cmocka_run_group_tests_name("symbol_user", tests, NULL, NULL);
}
