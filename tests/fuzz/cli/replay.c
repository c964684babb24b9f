// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a harness with inputs that are kept, without libFuzzer.
 * usage: replay FILE|FOLDER...
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

#define MAX_BYTES (1 << 20)

static unsigned int nr;

static void run_file(const char *path)
{
	uint8_t *data = malloc(MAX_BYTES), *exact;
	FILE *file = fopen(path, "r");
	size_t size = file && data ? fread(data, 1, MAX_BYTES, file) : 0;

	/* Of its very length, so that what reads beyond it is seen. */
	exact = realloc(data, size ? size : 1);
	if (!file || !exact) {
		perror(path);
		exit(2);
	}
	fclose(file);
	/* Known if this is the last that is done. */
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	nr++;
}

static void run(const char *path)
{
	struct dirent **entries;
	struct stat st;
	char *inner;
	int n;

	if (stat(path, &st)) {
		perror(path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.' &&
		    asprintf(&inner, "%s/%s", path, entries[i]->d_name) > 0) {
			run_file(inner);
			free(inner);
		}
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	fprintf(stderr, "# %u inputs\n", nr);
	return nr ? 0 : 1;
}
