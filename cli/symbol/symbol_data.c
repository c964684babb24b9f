// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel data by /proc/kallsyms: the lock that lies in a variable of the kernel or of
 * a module is called after it. Most locks lie in memory that was allocated, which has
 * no name; the file, of a hundred thousand lines, is only read for one that may have.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "symbol/symbol_impl.h"

/* Image and modules on x86-64 lie from here on, and nothing else but fixed mappings. */
#define IMAGE 0xffffffff80000000ULL

/* There are no sizes; no structure with a lock in it is longer. */
#define MAX_DATA_BYTES 65536
#define REREAD_S       10

struct data_symbol {
	uint64_t addr;
	char *name; /* with the module: "lock [jbd2]" */
};

struct symbol_data {
	struct data_symbol *symbols;
	size_t nr;
	time_t read_s;
};

static void drop(struct symbol_data *data)
{
	for (size_t i = 0; i < data->nr; i++)
		free(data->symbols[i].name);
	free(data->symbols);
	data->symbols = NULL;
	data->nr = 0;
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* One line: "address type name", then "\t[module]"; code ends data, too. */
static bool parse(char *line, struct data_symbol *symbol)
{
	char *end, *name;

	symbol->addr = strtoull(line, &end, 16);
	if (symbol->addr < IMAGE || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	name = end + 3;
	name[strcspn(name, "\n")] = '\0';
	for (char *tab = strchr(name, '\t'); tab; tab = NULL)
		*tab = ' ';
	symbol->name = strchr("dDbBrRvV", end[1]) ? strdup(name) : NULL;
	return symbol->name || strchr("tTwW", end[1]);
}

static int by_address(const void *va, const void *vb)
{
	const struct data_symbol *a = va, *b = vb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	if (!a->name || !b->name)
		return !a->name - !b->name;
	return strcmp(a->name, b->name);
}

static void load(struct symbol_data *data)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	size_t room = 0, size = 0;
	char *line = NULL;

	drop(data);
	data->read_s = now_s();
	while (file && getline(&line, &room, file) > 0) {
		struct data_symbol symbol, *more;

		if (!parse(line, &symbol))
			continue;
		if (data->nr == size) {
			size = size ? 2 * size : 65536;
			more = reallocarray(data->symbols, size, sizeof(*more));
			if (!more) {
				free(symbol.name);
				break;
			}
			data->symbols = more;
		}
		data->symbols[data->nr++] = symbol;
	}
	free(line);
	if (file)
		fclose(file);
	if (data->nr)
		qsort(data->symbols, data->nr, sizeof(*data->symbols), by_address);
}

static const struct data_symbol *find(const struct symbol_data *data, uint64_t addr)
{
	size_t low = 0, high = data->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (data->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	/* Of several names for one address the first. */
	while (low > 1 && data->symbols[low - 2].addr == data->symbols[low - 1].addr)
		low--;
	if (!low || !data->symbols[low - 1].name ||
	    addr - data->symbols[low - 1].addr >= MAX_DATA_BYTES)
		return NULL;
	return &data->symbols[low - 1];
}

/**
 * symbol_kernel_data() - name an address of the kernel's data: "all_mutex+0x20 [mod]"
 * @s: symbols object
 * @addr: the address
 * @buf: result, empty when it has no name
 * @size: its room
 *
 * Return: @buf.
 */
const char *symbol_kernel_data(struct symbols *s, uint64_t addr, char *buf, size_t size)
{
	const struct data_symbol *found;
	const char *module;
	int len;

	buf[0] = '\0';
	if (addr < IMAGE)
		return buf;
	if (!s->data)
		s->data = calloc(1, sizeof(*s->data));
	if (!s->data)
		return buf;
	found = find(s->data, addr);
	if (!found && (!s->data->read_s || now_s() - s->data->read_s >= REREAD_S)) {
		load(s->data);
		found = find(s->data, addr);
	}
	if (!found)
		return buf;
	module = strchr(found->name, ' ');
	len = module ? (int)(module - found->name) : (int)strlen(found->name);
	if (addr == found->addr)
		snprintf(buf, size, "%s", found->name);
	else
		snprintf(buf, size, "%.*s+0x%" PRIx64 "%s", len, found->name, addr - found->addr,
			 module ? module : "");
	return buf;
}

/**
 * symbol_data_free() - free the table
 * @data: the table; NULL is allowed
 */
void symbol_data_free(struct symbol_data *data)
{
	if (data)
		drop(data);
	free(data);
}
