// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was mapped where, and which files these are, for who keeps addresses to name
 * them later or elsewhere. Nothing is parsed for it but the notes of each file.
 */
#include <elfutils/libdwelf.h>
#include <stdio.h>

#include "symbol/symbol_impl.h"

/**
 * symbol_build_id() - the build id of an ELF file
 * @fd: the file
 * @buf: its hexadecimal digits
 * @size: room of @buf
 *
 * Return: false when it has none, or one that is too long.
 */
bool symbol_build_id(int fd, char *buf, size_t size)
{
	const unsigned char *id;
	ssize_t len = -1;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		len = dwelf_elf_gnu_build_id(elf, (const void **)&id);
	if ((size_t)len > SYMBOL_MAX_BUILD_ID || 2 * (size_t)len >= size)
		len = 0;
	for (ssize_t i = 0; i < len; i++)
		snprintf(buf + 2 * i, 3, "%02x", id[i]);
	elf_end(elf);
	return len > 0;
}

struct telling {
	int (*tell)(const struct symbol_mapped *mapped, void *arg);
	void *arg;
};

static int tell_process(struct symbols *s, struct symbol_process *process, void *arg)
{
	const struct telling *telling = arg;
	const struct symbol_mapping *map;
	uint32_t generation;
	size_t nr;
	int ret = 0;

	while (!ret && (map = symbol_process_untold(process, &generation, &nr))) {
		for (size_t i = 0; !ret && i < nr; i++) {
			const struct symbol_mapped mapped = {
				.pid = symbol_process_pid(process),
				.generation = generation,
				.start = map[i].start,
				.end = map[i].end,
				.offset = map[i].offset,
				.path = map[i].module ? map[i].module : "",
				.build_id = map[i].file ? symbol_file_build_id(s, map[i].file) :
							  NULL,
			};

			ret = telling->tell(&mapped, telling->arg);
		}
	}
	return ret;
}

/**
 * symbols_tell() - mappings of the noted processes that were not told before
 * @s: symbols object
 * @tell: is called for each; not 0 ends this
 * @arg: for @tell
 *
 * Return: 0, or what @tell returned.
 */
int symbols_tell(struct symbols *s, int (*tell)(const struct symbol_mapped *mapped, void *arg),
		 void *arg)
{
	struct telling telling = { tell, arg };

	return symbol_user_each(s, tell_process, &telling);
}
