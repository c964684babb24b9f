// SPDX-License-Identifier: GPL-2.0-only
/*
 * spike rules PID	what the test module wants to know about a process
 * spike sizes FILE...	how large tables become, and which forms occur
 * spike names PID	names for the module's lines "tid end ns ip..." (input)
 * spike libdw PID	"tid ip..." as libdw walks the waiting threads
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "symbol/symbol.h"
#include "unwind/unwind.h"

#define MAX_TABLES 128

struct rules {
	struct spike_mapping mappings[MAX_TABLES];
	struct unwind_table tables[MAX_TABLES];
	char *paths[MAX_TABLES];
	unsigned int nr_mappings, nr_tables;
};

static int table_of_file(const char *path, struct unwind_table *table)
{
	int fd = open(path, O_RDONLY), err;
	Elf *elf;

	if (fd < 0)
		return -errno;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	err = elf ? unwind_table_make(elf, table) : -EINVAL;
	elf_end(elf);
	close(fd);
	return err;
}

/* The number of a file's table; -1 without one. */
static int rules_table(struct rules *rules, const char *path)
{
	unsigned int i;

	for (i = 0; i < rules->nr_tables; i++)
		if (!strcmp(rules->paths[i], path))
			return i;
	if (i == MAX_TABLES || table_of_file(path, &rules->tables[i]))
		return -1;
	rules->paths[i] = strdup(path);
	return rules->nr_tables++;
}

static int rules_read(struct rules *rules, int pid)
{
	char line[4400], path[4097];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		return -errno;
	while (fgets(line, sizeof(line), maps) && rules->nr_mappings < MAX_TABLES) {
		struct spike_mapping map = { 0 };
		int table;

		if (sscanf(line, "%llx-%llx r-xp %llx %*s %*s %4096s", &map.start, &map.end,
			   &map.offset, path) != 4 ||
		    *path != '/')
			continue;
		table = rules_table(rules, path);
		if (table < 0)
			continue;
		map.table = table;
		rules->mappings[rules->nr_mappings++] = map;
	}
	fclose(maps);
	return 0;
}

static int command_rules(int pid)
{
	static struct rules rules;
	struct spike_header header = { .magic = SPIKE_MAGIC, .tgid = pid };
	unsigned int first = 0;
	int err = rules_read(&rules, pid);

	if (err)
		return err;
	header.nr_mappings = rules.nr_mappings;
	header.nr_tables = rules.nr_tables;
	for (unsigned int i = 0; i < rules.nr_tables; i++)
		header.nr_rules += rules.tables[i].nr;
	fwrite(&header, sizeof(header), 1, stdout);
	fwrite(rules.mappings, sizeof(*rules.mappings), rules.nr_mappings, stdout);
	for (unsigned int i = 0; i < rules.nr_tables; i++) {
		struct spike_table table = { first, rules.tables[i].nr };

		fwrite(&table, sizeof(table), 1, stdout);
		first += table.nr;
	}
	for (unsigned int i = 0; i < rules.nr_tables; i++) {
		fwrite(rules.tables[i].rules, sizeof(struct spike_rule), rules.tables[i].nr,
		       stdout);
		free(rules.tables[i].rules);
		free(rules.paths[i]);
	}
	return fflush(stdout) ? -errno : 0;
}

static int by_step(const void *a, const void *b)
{
	const struct spike_rule *x = a, *y = b;

	return memcmp(&x->cfa_offset, &y->cfa_offset,
		      sizeof(*x) - offsetof(struct spike_rule, cfa_offset));
}

static void print_sizes(const char *path, struct unwind_table *table, double ms)
{
	const struct spike_rule *rule = table->rules;
	uint32_t longest = 0;
	size_t steps = 0, gaps = 0;

	for (size_t i = 0; i < table->nr; i++) {
		if (rule[i].len > longest)
			longest = rule[i].len;
		gaps += i + 1 == table->nr || rule[i].offset + rule[i].len != rule[i + 1].offset;
	}
	qsort(table->rules, table->nr, sizeof(*table->rules), by_step);
	for (size_t i = 0; i < table->nr; i++)
		steps += !i || by_step(&table->rules[i - 1], &table->rules[i]);
	printf("%s: %zu functions, %zu rules, %zu bytes, %zu gaps, %zu different steps, longest %u, %.1f ms\n",
	       path, table->nr_functions, table->nr, table->nr * sizeof(*table->rules), gaps, steps,
	       longest, ms);
	for (int i = 0; i < NR_FORMS; i++)
		if (table->forms[i])
			printf("  %s %zu", unwind_form_names[i], table->forms[i]);
	for (int i = 0; i < 17; i++)
		if (table->registers[i])
			printf("  (register %d: %zu)", i, table->registers[i]);
	putchar('\n');
}

static int command_sizes(char **paths)
{
	for (; *paths; paths++) {
		struct unwind_table table = { 0 };
		struct timespec begin, end;
		int err;

		clock_gettime(CLOCK_MONOTONIC, &begin);
		err = table_of_file(*paths, &table);
		clock_gettime(CLOCK_MONOTONIC, &end);
		if (err)
			return err;
		print_sizes(*paths, &table,
			    (end.tv_sec - begin.tv_sec) * 1e3 +
				    (end.tv_nsec - begin.tv_nsec) / 1e6);
		free(table.rules);
	}
	return 0;
}

static int print_frame(const struct symbol_frame *frame, void *arg)
{
	const char *slash = frame->module ? strrchr(frame->module, '/') : NULL;

	(void)arg;
	printf(" %s%s@%s", frame->inlined ? "+" : "", frame->symbol ? frame->symbol : "?",
	       slash	     ? slash + 1 :
	       frame->module ? frame->module :
			       "?");
	return 0;
}

static int command_names(int pid)
{
	struct symbols *symbols = symbols_new();
	char line[4096], *word, *save;

	while (symbols && fgets(line, sizeof(line), stdin)) {
		word = strtok_r(line, " \n", &save);
		for (int i = 0; word; i++, word = strtok_r(NULL, " \n", &save)) {
			if (i < 3)
				printf("%s%s", i ? " " : "", word);
			else
				symbol_user(symbols, pid, strtoull(word, NULL, 16), i == 3,
					    print_frame, NULL);
		}
		putchar('\n');
	}
	symbols_free(symbols);
	return symbols ? 0 : -ENOMEM;
}

static int print_pc(Dwfl_Frame *frame, void *arg)
{
	Dwarf_Addr pc;

	(void)arg;
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	printf(" %" PRIx64, pc);
	return DWARF_CB_OK;
}

static int print_thread(Dwfl_Thread *thread, void *arg)
{
	(void)arg;
	printf("%d", dwfl_thread_tid(thread));
	dwfl_thread_getframes(thread, print_pc, NULL);
	putchar('\n');
	return DWARF_CB_OK;
}

static int command_libdw(int pid)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);
	int err = dwfl_linux_proc_report(dwfl, pid);

	dwfl_report_end(dwfl, NULL, NULL);
	if (!err)
		err = dwfl_linux_proc_attach(dwfl, pid, false);
	if (!err)
		err = dwfl_getthreads(dwfl, print_thread, NULL);
	if (err)
		fprintf(stderr, "spike: libdw: %s\n", dwfl_errmsg(-1));
	dwfl_end(dwfl);
	return err;
}

int main(int argc, char **argv)
{
	int err = -EINVAL;

	elf_version(EV_CURRENT);
	if (argc == 3 && !strcmp(argv[1], "rules"))
		err = command_rules(atoi(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "names"))
		err = command_names(atoi(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "libdw"))
		err = command_libdw(atoi(argv[2]));
	else if (argc >= 3 && !strcmp(argv[1], "sizes"))
		err = command_sizes(argv + 2);
	if (err)
		fprintf(stderr, "spike: %s\n", err < 0 ? strerror(-err) : "failed");
	return err ? 1 : 0;
}
