/* SPDX-License-Identifier: GPL-2.0-only */
/* What of an ELF file unwind rules are made of. Nothing in the file is trusted. */
#ifndef WAITPROF_CLI_UNWIND_ELF_H
#define WAITPROF_CLI_UNWIND_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNWIND_MAX_SEGMENTS 16
#define UNWIND_MAX_BUILD_ID 64

/* A part of the file that is mapped executable. */
struct unwind_segment {
	uint64_t vaddr;
	uint64_t offset;
	uint64_t size;
};

/**
 * struct unwind_elf - the unwind data of a file and where its code lies
 * @data: .eh_frame_hdr and .eh_frame, with what lies between them
 * @size: length of @data
 * @data_vaddr: address that @data is linked to
 * @hdr_vaddr: address of .eh_frame_hdr
 * @hdr_size: its length
 * @frames_vaddr: address of .eh_frame; it goes on to the end of @data, or before
 * @segments: code, by offset in the file
 * @nr_segments: their number
 * @build_id: of the file
 * @build_id_size: its length; 0 = none
 */
struct unwind_elf {
	unsigned char *data;
	size_t size;
	uint64_t data_vaddr;
	uint64_t hdr_vaddr;
	uint64_t hdr_size;
	uint64_t frames_vaddr;
	struct unwind_segment segments[UNWIND_MAX_SEGMENTS];
	uint32_t nr_segments;
	unsigned char build_id[UNWIND_MAX_BUILD_ID];
	uint32_t build_id_size;
};

int unwind_elf_read(int fd, struct unwind_elf *elf);
void unwind_elf_free(struct unwind_elf *elf);
int unwind_scan(struct unwind_elf *elf);
bool unwind_elf_offset(const struct unwind_elf *elf, uint64_t vaddr, uint64_t *offset,
		       uint64_t *left);

#endif
