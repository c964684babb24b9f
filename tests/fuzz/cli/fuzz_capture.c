// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a capture, or one that was cut off: the length of the file (32 bits), the
 * file, and the rest is the log beside it. Some command shows it; which one, the number
 * of changes that SQLite has counted in the file's head says, of which nothing else
 * depends.
 */
#include <string.h>

#include "fuzz.h"
#include "fuzz_commands.h"

#define MAGIC	   "SQLite format 3"
#define AT_CHANGES 27

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_path("x.wp");
	const uint8_t *log = NULL;
	size_t log_size = 0;
	uint32_t length;

	if (size > sizeof(MAGIC) && memcmp(data, MAGIC, sizeof(MAGIC)) != 0) {
		memcpy(&length, data, sizeof(length));
		data += sizeof(length);
		size -= sizeof(length);
		if (length < size) {
			log = data + length;
			log_size = size - length;
			size = length;
		}
	}
	fuzz_write(path, data, size);
	fuzz_write(fuzz_path("x.wp-wal"), log, log_size);
	if (!log)
		remove(fuzz_path("x.wp-wal"));
	fuzz_show(path, size > AT_CHANGES ? data[AT_CHANGES] : 0);
	return 0;
}
