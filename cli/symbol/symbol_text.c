// SPDX-License-Identifier: GPL-2.0-only
/*
 * Texts in sections of a file. libdw and libdwfl hand out where one begins, not all of
 * them having looked for its end: in a damaged file that may lie behind the section, or
 * nowhere.
 */
#include <gelf.h>
#include <string.h>

#include "symbol/symbol_impl.h"

static bool lies_in(const struct symbol_section *section, const char *text)
{
	return text >= section->begin && text < section->end;
}

static bool find_section(Elf *elf, const char *text, struct symbol_section *section)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		const Elf_Data *data = elf_rawdata(scn, NULL);

		if (!data || !data->d_buf)
			continue;
		section->begin = data->d_buf;
		section->end = section->begin + data->d_size;
		if (lies_in(section, text))
			return true;
	}
	*section = (struct symbol_section){ 0 };
	return false;
}

/**
 * symbol_text() - a text of a file, if it ends where it may
 * @elf: the file
 * @section: where the text before lay, of this or of another file; all zero at first
 * @text: where it begins; NULL is allowed
 *
 * Return: @text, or NULL.
 */
const char *symbol_text(Elf *elf, struct symbol_section *section, const char *text)
{
	if (!text || (!lies_in(section, text) && !find_section(elf, text, section)))
		return NULL;
	return memchr(text, '\0', (size_t)(section->end - text)) ? text : NULL;
}
