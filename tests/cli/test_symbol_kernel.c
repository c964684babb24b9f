// SPDX-License-Identifier: GPL-2.0-only
/* Kernel names: from a table of our own, and from this machine's. */
#include "../../cli/symbol/symbol_kernel.c"

#include "test_symbol.h"

static char sample[] = "0000000000000000 A fixed_percpu_data\n"
		       "ffffffff81000000 T _stext\n"
		       "ffffffff81000000 T startup_64\n"
		       "ffffffff81002000 t __do_nothing\n"
		       "ffffffff81002000 W do_nothing\n"
		       "ffffffff81002100 d not_code\n"
		       "ffffffff81003000 T _etext\n"
		       "ffffffff81003000 T __after_text\n"
		       "ffffffffc0101000 t jbd2_log_wait_commit\t[jbd2]\n"
		       "ffffffffc0100000 t jbd2_first\t[jbd2]\r\n"
		       "nonsense\n"
		       "ffffffffc0102000\n"
		       "ffffffffc0102000 t\n";

static char hidden[] = "0000000000000000 T _stext\n"
		       "0000000000000000 t jbd2_first\t[jbd2]\n";

static struct symbols *symbols_of(char *text)
{
	struct symbols *s = symbols_new();
	FILE *file = fmemopen(text, strlen(text), "r");

	assert_non_null(s);
	assert_non_null(file);
	s->kernel = calloc(1, sizeof(*s->kernel));
	assert_non_null(s->kernel);
	assert_int_equal(kernel_load(s->kernel, file, true), 0);
	s->kernel->read_s = now_s() + 3600; /* never this machine's */
	fclose(file);
	return s;
}

static int keep(const struct symbol_frame *frame, void *arg)
{
	*(struct symbol_frame *)arg = *frame;
	return 3;
}

static struct symbol_frame find(struct symbols *s, uint64_t addr, bool is_leaf)
{
	struct symbol_frame frame = { 0 };

	assert_int_equal(symbol_kernel(s, addr, is_leaf, keep, &frame), 3);
	assert_true(frame.addr == addr);
	return frame;
}

static void names_and_offsets(void **state)
{
	struct symbols *s = symbols_of(sample);
	struct symbol_frame frame = find(s, 0xffffffff81000010, true);

	(void)state;
	assert_string_equal(frame.symbol, "startup_64");
	assert_string_equal(frame.module, "kernel");
	assert_int_equal(frame.offset, 0x10);
	assert_null(frame.file);
	frame = find(s, 0xffffffff81002000, true);
	assert_string_equal(frame.symbol, "do_nothing");
	/* A return address at the end of a function belongs to that one. */
	frame = find(s, 0xffffffff81002000, false);
	assert_string_equal(frame.symbol, "startup_64");
	assert_int_equal(frame.offset, 0x2000);
	frame = find(s, 0xffffffffc0101001, false);
	assert_string_equal(frame.symbol, "jbd2_log_wait_commit");
	assert_string_equal(frame.module, "jbd2");
	frame = find(s, 0xffffffffc0100001, false);
	assert_string_equal(frame.symbol, "jbd2_first");
	assert_string_equal(frame.module, "jbd2");
	assert_false(symbols_kernel_hidden(s));
	symbols_free(s);
}

static void addresses_outside(void **state)
{
	static const uint64_t outside[] = {
		0,
		1,
		0x1000,
		0xffffffff80ffffff,
		0xffffffff81003000,
		0xffffffff81003800,
		0xffffffffc00fffff,
		0xffffffffc0201000,
		UINT64_MAX,
	};
	struct symbols *s = symbols_of(sample);

	(void)state;
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		assert_null(find(s, outside[i], true).symbol);
	assert_null(find(s, 0, false).symbol);
	symbols_free(s);
}

static void the_kernels_own_code_first(void **state)
{
	struct symbol_kernel half = { 0 };
	FILE *file = fmemopen(sample, strlen(sample), "r");

	(void)state;
	assert_int_equal(kernel_load(&half, file, false), 0);
	assert_false(half.whole);
	assert_non_null(kernel_find(&half, 0xffffffff81002fff));
	assert_null(kernel_find(&half, 0xffffffff81003000));
	assert_null(kernel_find(&half, 0xffffffffc0101000));
	rewind(file);
	assert_int_equal(kernel_load(&half, file, true), 0);
	assert_true(half.whole);
	assert_non_null(kernel_find(&half, 0xffffffffc0101000));
	fclose(file);
	kernel_drop(&half);
}

static void hidden_addresses(void **state)
{
	struct symbols *s = symbols_of(hidden);

	(void)state;
	assert_true(symbols_kernel_hidden(s));
	assert_null(find(s, 0xffffffff81000010, true).symbol);
	symbols_free(s);
}

static void this_machine(void **state)
{
	struct symbols *s = symbols_new();
	char line[256], name[128];
	unsigned long long addr;
	FILE *file = fopen("/proc/kallsyms", "r");
	char type;

	(void)state;
	if (!file || symbols_kernel_hidden(s)) {
		if (file)
			fclose(file);
		symbols_free(s);
		print_message("# kernel addresses are hidden here\n");
		skip();
	}
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %c %127s", &addr, &type, name) == 3 &&
		    !strcmp(name, "schedule_timeout"))
			break;
	fclose(file);
	assert_string_equal(find(s, addr + 1, false).symbol, "schedule_timeout");
	symbols_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_offsets),
		cmocka_unit_test(addresses_outside),
		cmocka_unit_test(the_kernels_own_code_first),
		cmocka_unit_test(hidden_addresses),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests_name("symbol_kernel", tests, NULL, NULL);
}
