// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is /proc/kallsyms, read for functions and for data.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "symbol/symbol.h"

static const uint8_t *text;
static size_t text_size;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (!strcmp(path, "/proc/kallsyms"))
		return fmemopen(text_size ? (void *)text : "\n", text_size ? text_size : 1, "r");
	return __real_fopen(path, mode);
}

static int look(const struct symbol_frame *frame, void *arg)
{
	size_t *length = arg;

	*length += frame->symbol ? strlen(frame->symbol) + strlen(frame->module) : 0;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t addresses[] = {
		0,
		1,
		0xffffffff81000000,
		0xffffffff81000010,
		0xffffffff81fffff0,
		0xffffffffc0001234,
		UINT64_MAX,
	};
	struct symbols *symbols = symbols_new();
	size_t length = 0;
	char name[96];

	if (!symbols)
		abort();
	text = data;
	text_size = size;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		symbol_kernel(symbols, addresses[i], i % 2, look, &length);
		symbol_kernel_data(symbols, addresses[i], name, sizeof(name));
	}
	symbols_kernel_hidden(symbols);
	symbols_free(symbols);
	return 0;
}
