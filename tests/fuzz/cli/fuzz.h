/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a harness is: one function, called with one input after the other, by libFuzzer
 * (build) or with the inputs that are kept (replay.c). It returns 0; what goes wrong is
 * for the sanitizers to see.
 */
#ifndef FUZZ_CLI_FUZZ_H
#define FUZZ_CLI_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fuzz_file.c: inputs as files */
const char *fuzz_path(const char *name);
void fuzz_write(const char *path, const uint8_t *data, size_t size);
int fuzz_memory(const uint8_t *data, size_t size);
FILE *fuzz_quiet(void);

/* fuzz_feed.c: inputs as what the module answers */
void fuzz_feed(const uint8_t *data, size_t size);

#endif
