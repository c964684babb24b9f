// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table to search in, for programs linked statically: their linker leaves it
 * out, as nobody looks for unwind data there. Made from the entries of .eh_frame in
 * the form that linkers write, behind the section:
 *
 *	.eh_frame | padding | .eh_frame_hdr
 *
 * Bounds: MAX_FUNCTIONS.
 */
#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/unwind_elf.h"
#include "unwind/unwind_entry.h"

#define MAX_FUNCTIONS (1u << 19)
#define HDR_BYTES     12

/* A function and its entry, as distances from .eh_frame_hdr. */
struct place {
	int32_t start;
	int32_t entry;
};

static int by_start(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	return a->start < b->start ? -1 : a->start > b->start;
}

static size_t find_places(const struct unwind_elf *elf, struct place *places, size_t room)
{
	struct unwind_entries entries;
	uint64_t offset = 0, start;
	uint32_t size;
	size_t nr = 0;

	unwind_entries_init(&entries, elf->data, elf->size);
	while (nr < room && (size = unwind_entry_next(&entries, offset))) {
		if (unwind_entry_size(&entries, offset) &&
		    unwind_entry_start(&entries, offset, elf->frames_vaddr, &start)) {
			int64_t to_start = (int64_t)(start - elf->hdr_vaddr);
			int64_t to_entry = (int64_t)(elf->frames_vaddr + offset - elf->hdr_vaddr);

			if (to_start == (int32_t)to_start && to_entry == (int32_t)to_entry)
				places[nr++] =
					(struct place){ (int32_t)to_start, (int32_t)to_entry };
		}
		offset += size;
	}
	return nr;
}

static int put_table(struct unwind_elf *elf, const struct place *places, uint32_t nr)
{
	size_t at = elf->hdr_vaddr - elf->data_vaddr;
	int32_t back = (int32_t)(elf->frames_vaddr - (elf->hdr_vaddr + 4));
	unsigned char *data;

	elf->hdr_size = HDR_BYTES + (uint64_t)nr * sizeof(*places);
	data = realloc(elf->data, at + elf->hdr_size);
	if (!data)
		return -ENOMEM;
	memset(data + elf->size, 0, at - elf->size);
	data[at] = 1;
	data[at + 1] = DW_EH_PE_pcrel | DW_EH_PE_sdata4;
	data[at + 2] = DW_EH_PE_udata4;
	data[at + 3] = DW_EH_PE_datarel | DW_EH_PE_sdata4;
	memcpy(data + at + 4, &back, sizeof(back));
	memcpy(data + at + 8, &nr, sizeof(nr));
	memcpy(data + at + HDR_BYTES, places, nr * sizeof(*places));
	elf->data = data;
	elf->size = at + elf->hdr_size;
	return 0;
}

/**
 * unwind_scan() - make the table to search in
 * @elf: with .eh_frame alone as its data; gets the table
 *
 * Return: 0, -ENODATA without a function, -ENOMEM.
 */
int unwind_scan(struct unwind_elf *elf)
{
	/* An entry has 16 bytes at least. */
	size_t room = elf->size / 16 + 1, nr;
	struct place *places;
	int ret = -ENODATA;

	if (room > MAX_FUNCTIONS)
		room = MAX_FUNCTIONS;
	places = calloc(room, sizeof(*places));
	if (!places)
		return -ENOMEM;
	elf->hdr_vaddr = elf->frames_vaddr + ((elf->size + 3) & ~3ULL);
	nr = find_places(elf, places, room);
	if (nr) {
		qsort(places, nr, sizeof(*places), by_start);
		ret = put_table(elf, places, (uint32_t)nr);
	}
	free(places);
	return ret;
}
