// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads what unwind rules are made of out of an ELF file: headers, build id,
 * .eh_frame_hdr and .eh_frame. Only this is read, by pread(): not the file as a
 * whole, which may be gigabytes, and nothing is mapped, since whoever truncates the
 * file would end us by SIGBUS. Program headers say where all of it lies, as for the
 * C library's own unwinder; section headers how long .eh_frame is, and where, in a
 * program linked statically.
 *
 * Bounds: MAX_SEGMENTS program headers, MAX_SECTIONS, MAX_DATA bytes.
 */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind/unwind_elf.h"

#define MAX_PHDRS    64
#define MAX_SECTIONS 4096
#define MAX_NOTES    4096
#define MAX_DATA     (64u << 20)

/* .eh_frame_hdr: version and three encodings, then where .eh_frame is. */
#define HDR_BYTES      12
#define PCREL_SDATA4   0x1b
#define UDATA4	       0x03
#define DATAREL_SDATA4 0x3b

struct headers {
	Elf64_Ehdr file;
	Elf64_Phdr program[MAX_PHDRS];
};

static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX - size && pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

static int read_headers(int fd, struct headers *h)
{
	if (!read_at(fd, &h->file, sizeof(h->file), 0) ||
	    memcmp(h->file.e_ident, ELFMAG, SELFMAG) != 0 ||
	    h->file.e_ident[EI_CLASS] != ELFCLASS64 || h->file.e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->file.e_machine != EM_X86_64 ||
	    (h->file.e_type != ET_EXEC && h->file.e_type != ET_DYN) ||
	    h->file.e_phentsize != sizeof(Elf64_Phdr) || h->file.e_phnum > MAX_PHDRS)
		return -ENOEXEC;
	if (!read_at(fd, h->program, h->file.e_phnum * sizeof(Elf64_Phdr), h->file.e_phoff))
		return -ENOEXEC;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct unwind_segment *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void take_code(const struct headers *h, struct unwind_elf *elf)
{
	for (int i = 0; i < h->file.e_phnum && elf->nr_segments < UNWIND_MAX_SEGMENTS; i++) {
		const Elf64_Phdr *p = &h->program[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || !p->p_filesz ||
		    p->p_vaddr + p->p_filesz < p->p_vaddr ||
		    p->p_offset + p->p_filesz < p->p_offset)
			continue;
		elf->segments[elf->nr_segments++] =
			(struct unwind_segment){ p->p_vaddr, p->p_offset, p->p_filesz };
	}
	qsort(elf->segments, elf->nr_segments, sizeof(elf->segments[0]), by_offset);
}

/* The loaded part of the file that an address lies in. */
static const Elf64_Phdr *find_load(const struct headers *h, uint64_t vaddr)
{
	for (int i = 0; i < h->file.e_phnum; i++) {
		const Elf64_Phdr *p = &h->program[i];

		if (p->p_type == PT_LOAD && vaddr >= p->p_vaddr && vaddr - p->p_vaddr < p->p_filesz)
			return p;
	}
	return NULL;
}

static const Elf64_Phdr *find_type(const struct headers *h, uint32_t type)
{
	for (int i = 0; i < h->file.e_phnum; i++)
		if (h->program[i].p_type == type)
			return &h->program[i];
	return NULL;
}

static void take_notes(int fd, const Elf64_Phdr *p, struct unwind_elf *elf)
{
	char notes[MAX_NOTES];
	size_t size = p->p_filesz < sizeof(notes) ? p->p_filesz : sizeof(notes), at = 0;
	Elf64_Nhdr note;

	if (!read_at(fd, notes, size, p->p_offset))
		return;
	while (size - at >= sizeof(note)) {
		size_t name, desc;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		if (note.n_namesz > MAX_NOTES || note.n_descsz > MAX_NOTES)
			return;
		name = (note.n_namesz + 3) & ~3U;
		desc = (note.n_descsz + 3) & ~3U;
		if (name + desc > size - at)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes + at, "GNU", 4) && note.n_descsz <= UNWIND_MAX_BUILD_ID) {
			elf->build_id_size = note.n_descsz;
			memcpy(elf->build_id, notes + at + name, note.n_descsz);
			return;
		}
		at += name + desc;
	}
}

static void take_build_id(int fd, const struct headers *h, struct unwind_elf *elf)
{
	for (int i = 0; i < h->file.e_phnum && !elf->build_id_size; i++)
		if (h->program[i].p_type == PT_NOTE)
			take_notes(fd, &h->program[i], elf);
}

/* How long the section at an address is; without section headers @most. */
static uint64_t section_size(int fd, const struct headers *h, uint64_t vaddr, uint64_t most)
{
	Elf64_Shdr section;

	if (h->file.e_shentsize != sizeof(section) || h->file.e_shnum > MAX_SECTIONS)
		return most;
	for (unsigned int i = 0; i < h->file.e_shnum; i++) {
		if (!read_at(fd, &section, sizeof(section), h->file.e_shoff + i * sizeof(section)))
			break;
		if (section.sh_addr == vaddr && section.sh_flags & SHF_ALLOC &&
		    section.sh_type != SHT_NOBITS && section.sh_size && section.sh_size < most)
			return section.sh_size;
	}
	return most;
}

/* Only the form that linkers write is known: a sorted table to search in. */
static int find_frames(int fd, const Elf64_Phdr *hdr, uint64_t *frames)
{
	unsigned char head[HDR_BYTES];
	int32_t distance;

	if (hdr->p_filesz < sizeof(head) || !read_at(fd, head, sizeof(head), hdr->p_offset) ||
	    head[0] != 1 || head[1] != PCREL_SDATA4 || head[2] != UDATA4 ||
	    head[3] != DATAREL_SDATA4)
		return -ENODATA;
	memcpy(&distance, head + 4, sizeof(distance));
	*frames = hdr->p_vaddr + 4 + (uint64_t)(int64_t)distance;
	return 0;
}

/* Where it is linked statically nothing else says where .eh_frame is. */
static bool find_section(int fd, const struct headers *h, Elf64_Shdr *found)
{
	static const char name[] = ".eh_frame";
	Elf64_Shdr names;
	char text[sizeof(name)];

	if (h->file.e_shentsize != sizeof(names) || h->file.e_shnum > MAX_SECTIONS ||
	    h->file.e_shstrndx >= h->file.e_shnum ||
	    !read_at(fd, &names, sizeof(names),
		     h->file.e_shoff + h->file.e_shstrndx * sizeof(names)))
		return false;
	for (unsigned int i = 0; i < h->file.e_shnum; i++) {
		if (!read_at(fd, found, sizeof(*found), h->file.e_shoff + i * sizeof(*found)))
			return false;
		if (found->sh_flags & SHF_ALLOC && found->sh_type != SHT_NOBITS &&
		    found->sh_name < names.sh_size &&
		    read_at(fd, text, sizeof(text), names.sh_offset + found->sh_name) &&
		    !memcmp(text, name, sizeof(name)))
			return true;
	}
	return false;
}

static int read_section(int fd, const struct headers *h, struct unwind_elf *elf)
{
	Elf64_Shdr section;

	if (!find_section(fd, h, &section) || !section.sh_size)
		return -ENODATA;
	if (section.sh_size > MAX_DATA)
		return -EFBIG;
	elf->size = section.sh_size;
	elf->data_vaddr = section.sh_addr;
	elf->frames_vaddr = section.sh_addr;
	elf->data = malloc(elf->size);
	if (!elf->data)
		return -ENOMEM;
	if (!read_at(fd, elf->data, elf->size, section.sh_offset))
		return -ENODATA;
	return unwind_scan(elf);
}

static int read_frames(int fd, const struct headers *h, struct unwind_elf *elf)
{
	const Elf64_Phdr *hdr = find_type(h, PT_GNU_EH_FRAME), *load;
	uint64_t frames, frames_end, end, most;

	if (!hdr)
		return read_section(fd, h, elf);
	if (find_frames(fd, hdr, &frames))
		return -ENODATA;
	load = find_load(h, frames);
	/* One piece of the file holds both, so that they can be read at once. */
	if (!load || load != find_load(h, hdr->p_vaddr) ||
	    hdr->p_filesz > load->p_filesz - (hdr->p_vaddr - load->p_vaddr))
		return -ENODATA;
	most = load->p_filesz - (frames - load->p_vaddr);
	frames_end = frames + section_size(fd, h, frames, most);
	elf->hdr_vaddr = hdr->p_vaddr;
	elf->hdr_size = hdr->p_filesz;
	elf->frames_vaddr = frames;
	elf->data_vaddr = frames < hdr->p_vaddr ? frames : hdr->p_vaddr;
	end = hdr->p_vaddr + hdr->p_filesz;
	if (end < frames_end)
		end = frames_end;
	if (end - elf->data_vaddr > MAX_DATA)
		return -EFBIG;
	elf->size = end - elf->data_vaddr;
	elf->data = malloc(elf->size);
	if (!elf->data)
		return -ENOMEM;
	if (!read_at(fd, elf->data, elf->size, load->p_offset + elf->data_vaddr - load->p_vaddr))
		return -ENODATA;
	return 0;
}

/**
 * unwind_elf_read() - read the unwind data of a file
 * @fd: the file
 * @elf: result; to be given to unwind_elf_free() whatever this returns
 *
 * Return: 0; -ENOEXEC no program or library for x86-64; -ENODATA no unwind data,
 * or none in the form that linkers write; -EFBIG too much of it; -ENOMEM.
 */
int unwind_elf_read(int fd, struct unwind_elf *elf)
{
	struct headers h;
	int ret;

	memset(elf, 0, sizeof(*elf));
	ret = read_headers(fd, &h);
	if (ret)
		return ret;
	take_code(&h, elf);
	take_build_id(fd, &h, elf);
	return read_frames(fd, &h, elf);
}

/**
 * unwind_elf_free() - give up what was read
 * @elf: file
 */
void unwind_elf_free(struct unwind_elf *elf)
{
	free(elf->data);
	elf->data = NULL;
}

/**
 * unwind_elf_offset() - where code lies in the file
 * @elf: file
 * @vaddr: the address it is linked to
 * @offset: receives its offset in the file
 * @left: receives how much code follows in one piece
 *
 * Return: false when there is no code.
 */
bool unwind_elf_offset(const struct unwind_elf *elf, uint64_t vaddr, uint64_t *offset,
		       uint64_t *left)
{
	for (uint32_t i = 0; i < elf->nr_segments; i++) {
		const struct unwind_segment *s = &elf->segments[i];

		if (vaddr < s->vaddr || vaddr - s->vaddr >= s->size)
			continue;
		*offset = s->offset + (vaddr - s->vaddr);
		*left = s->size - (vaddr - s->vaddr);
		return true;
	}
	return false;
}
