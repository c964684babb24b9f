// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel addresses by /proc/kallsyms: its text symbols, sorted by address. The
 * table is read at the first question, up to the end of the kernel's own code,
 * which is half of the file and most often enough; then whole, and again, at most
 * once a second, when an address is not in it (a module was loaded since). With
 * kernel.kptr_restrict or without privilege every address reads as zero: then
 * nothing is known, and symbols_kernel_hidden() says so.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "symbol/symbol_impl.h"

/* kallsyms has no sizes. No function is longer; what is farther is unknown. */
#define MAX_FUNCTION_BYTES (1u << 20)
#define REREAD_S	   1
#define END		   '!'

struct kernel_symbol {
	uint64_t addr;
	uint32_t name; /* in names[]: "function\0module\0" */
	char type; /* as in kallsyms; END: code ends here */
};

struct symbol_kernel {
	struct kernel_symbol *symbols;
	size_t nr, room;
	char *names;
	size_t names_used, names_room;
	time_t read_s;
	bool whole; /* modules, too */
	bool hidden;
};

/* Frees the table, not the object. */
static void kernel_drop(struct symbol_kernel *kernel)
{
	free(kernel->symbols);
	free(kernel->names);
	*kernel = (struct symbol_kernel){ .read_s = kernel->read_s };
}

static bool grow(void **array, size_t *room, size_t used, size_t more, size_t size)
{
	size_t new_room = *room ? *room * 2 : 4096;
	void *bigger;

	if (used + more <= *room)
		return true;
	while (new_room < used + more)
		new_room *= 2;
	if (new_room > UINT32_MAX)
		return false;
	bigger = realloc(*array, new_room * size);
	if (!bigger)
		return false;
	*array = bigger;
	*room = new_room;
	return true;
}

static int kernel_add(struct symbol_kernel *kernel, uint64_t addr, char type, const char *name,
		      const char *module)
{
	size_t name_len = strlen(name) + 1, module_len = strlen(module) + 1;
	struct kernel_symbol *symbol;

	if (!grow((void **)&kernel->symbols, &kernel->room, kernel->nr, 1, sizeof(*symbol)) ||
	    !grow((void **)&kernel->names, &kernel->names_room, kernel->names_used,
		  name_len + module_len, 1))
		return -ENOMEM;
	symbol = &kernel->symbols[kernel->nr++];
	symbol->addr = addr;
	symbol->type = type;
	symbol->name = kernel->names_used;
	memcpy(kernel->names + kernel->names_used, name, name_len);
	memcpy(kernel->names + kernel->names_used + name_len, module, module_len);
	kernel->names_used += name_len + module_len;
	return 0;
}

/* One line: "address type name", then "\t[module]" for what is not built in. */
static int kernel_parse(struct symbol_kernel *kernel, char *line)
{
	char *module, *name, *end;
	uint64_t addr;
	char type;

	addr = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return 0;
	type = end[1];
	if (!strchr("tTwW", type) || !addr)
		return 0;
	name = end + 3;
	name[strcspn(name, "\n")] = '\0';
	module = strchr(name, '\t');
	if (module) {
		*module++ = '\0';
		module += *module == '[';
		module[strcspn(module, "]")] = '\0';
	}
	if (!strcmp(name, "_etext") || !strcmp(name, "_einittext"))
		type = END;
	return kernel_add(kernel, addr, type, name, module ? module : "kernel");
}

static int by_address(const void *a, const void *b, void *names)
{
	const struct kernel_symbol *x = a, *y = b;
	const char *name_x = (char *)names + x->name;
	const char *name_y = (char *)names + y->name;
	int rank;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if ((x->type == END) != (y->type == END))
		return x->type == END ? -1 : 1;
	rank = symbol_name_rank(name_x) - symbol_name_rank(name_y);
	if (rank)
		return rank;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1; /* global first */
	return strcmp(name_x, name_y);
}

/* The file is in order but for aliases and for what modules added. */
static void kernel_sort(struct symbol_kernel *kernel)
{
	struct kernel_symbol *symbols = kernel->symbols;
	size_t from = 0;

	for (size_t i = 1; i < kernel->nr; i++)
		if (symbols[i].addr < symbols[i - 1].addr) {
			qsort_r(symbols, kernel->nr, sizeof(*symbols), by_address, kernel->names);
			return;
		}
	for (size_t i = 1; i <= kernel->nr; i++) {
		if (i < kernel->nr && symbols[i].addr == symbols[from].addr)
			continue;
		if (i - from > 1)
			qsort_r(&symbols[from], i - from, sizeof(*symbols), by_address,
				kernel->names);
		from = i;
	}
}

static bool is_end_of_text(const struct symbol_kernel *kernel)
{
	const struct kernel_symbol *last = kernel->nr ? &kernel->symbols[kernel->nr - 1] : NULL;

	return last && last->type == END && !strcmp(kernel->names + last->name, "_etext");
}

static int kernel_load(struct symbol_kernel *kernel, FILE *file, bool whole)
{
	size_t room = 0, kept = 0;
	char *line = NULL;
	int err = 0;

	kernel_drop(kernel);
	kernel->whole = true;
	while (!err && getline(&line, &room, file) > 0) {
		err = kernel_parse(kernel, line);
		if (!whole && is_end_of_text(kernel)) {
			kernel->whole = false;
			break;
		}
	}
	free(line);
	if (err) {
		kernel_drop(kernel);
		return err;
	}
	kernel->hidden = !kernel->nr;
	if (!kernel->nr)
		return 0;
	kernel_sort(kernel);
	for (size_t i = 0; i < kernel->nr; i++)
		if (!kept || kernel->symbols[i].addr != kernel->symbols[kept - 1].addr)
			kernel->symbols[kept++] = kernel->symbols[i];
	kernel->nr = kept;
	return 0;
}

static void kernel_read(struct symbol_kernel *kernel, time_t now, bool whole)
{
	FILE *file = fopen("/proc/kallsyms", "re");

	kernel->read_s = now;
	if (!file) {
		kernel->hidden = !kernel->nr;
		return;
	}
	kernel_load(kernel, file, whole);
	fclose(file);
}

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static struct symbol_kernel *kernel_get(struct symbols *s)
{
	if (!s->kernel) {
		s->kernel = calloc(1, sizeof(*s->kernel));
		if (s->kernel)
			kernel_read(s->kernel, now_s(), false);
	}
	return s->kernel;
}

static const struct kernel_symbol *kernel_find(const struct symbol_kernel *kernel, uint64_t addr)
{
	const struct kernel_symbol *symbol;
	size_t low = 0, high = kernel->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kernel->symbols[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	symbol = &kernel->symbols[low - 1];
	if (symbol->type == END || addr - symbol->addr >= MAX_FUNCTION_BYTES)
		return NULL;
	return symbol;
}

/**
 * symbol_kernel() - name a kernel address
 * @s: symbols object
 * @addr: the address
 * @is_leaf: look up @addr itself; else it is a return address, look up the call
 * @emit: called for the frame; a non-zero return is handed back
 * @arg: passed to @emit
 *
 * Return: what @emit returned.
 */
int symbol_kernel(struct symbols *s, uint64_t addr, bool is_leaf,
		  int (*emit)(const struct symbol_frame *, void *), void *arg)
{
	struct symbol_kernel *kernel = kernel_get(s);
	struct symbol_frame frame = { .addr = addr };
	const struct kernel_symbol *found = NULL;
	uint64_t pc = is_leaf || !addr ? addr : addr - 1;
	const char *name;

	if (kernel) {
		found = kernel_find(kernel, pc);
		if (!found && !kernel->hidden &&
		    (!kernel->whole || now_s() - kernel->read_s >= REREAD_S)) {
			kernel_read(kernel, now_s(), true);
			found = kernel_find(kernel, pc);
		}
	}
	if (found) {
		name = kernel->names + found->name;
		frame.symbol = symbols_intern(s, name);
		frame.offset = addr - found->addr;
		frame.module = symbols_intern(s, name + strlen(name) + 1);
	}
	return emit(&frame, arg);
}

/**
 * symbols_kernel_hidden() - are kernel addresses hidden from this user?
 * @s: symbols object
 *
 * Return: true when /proc/kallsyms is missing or shows no address
 * (kernel.kptr_restrict, no privilege): all kernel frames stay unnamed.
 */
bool symbols_kernel_hidden(struct symbols *s)
{
	struct symbol_kernel *kernel = kernel_get(s);

	return !kernel || kernel->hidden;
}

/**
 * symbol_kernel_free() - free the kernel's table
 * @kernel: the table; NULL is allowed
 */
void symbol_kernel_free(struct symbol_kernel *kernel)
{
	if (!kernel)
		return;
	kernel_drop(kernel);
	free(kernel);
}
