/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs to symbolise, and addr2line as a second opinion. */
#ifndef TEST_SYMBOL_H
#define TEST_SYMBOL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "symbol/symbol.h"

#define MAX_FOUND 64

struct found {
	int nr;
	struct symbol_frame frame[MAX_FOUND];
};

struct target {
	pid_t pid;
	FILE *in, *out;
	char path[512];
	struct {
		char name[32];
		uint64_t addr;
	} known[16];
	int nr_known;
};

/* The folder with the built programs. */
const char *test_folder(void);
struct target *target_start(const char *name, const char *library, const char *next);
struct target *target_start_path(const char *path, const char *library, const char *next);
void target_ask(struct target *target, char command);
uint64_t target_addr(const struct target *target, const char *name);
void target_stop(struct target *target);
struct found find_user(struct symbols *s, pid_t pid, uint64_t addr, bool is_leaf);
/* Compares frame by frame with addr2line -f -i; vaddr is an address of file. */
void assert_addr2line(const struct found *found, const char *file, uint64_t vaddr);

#endif
