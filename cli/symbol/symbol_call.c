// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call called: the instruction before a return address, of a living process.
 * A function that ends in a jump leaves no frame, and a stripped library has no name
 * for what it jumped to; but the caller's code still says whom it called. Understood
 * are a direct call, a call by way of a PLT, and one through a word of memory.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/uio.h>

#include "symbol/symbol_impl.h"

#define CALL_BYTES  6 /* ff 15 and four */
#define ENTRY_BYTES 16

static bool read_process(pid_t pid, uint64_t addr, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)(uintptr_t)addr, size };

	return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}

static uint64_t relative(const uint8_t *bytes, uint64_t next)
{
	int32_t distance;

	memcpy(&distance, bytes, sizeof(distance));
	return next + (uint64_t)(int64_t)distance;
}

/* The word that "jmp *word(%rip)" of a PLT entry reads, 0 if it is none. */
static uint64_t plt_word(pid_t pid, uint64_t entry)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint8_t bytes[ENTRY_BYTES];
	size_t at = 0;

	if (!read_process(pid, entry, bytes, sizeof(bytes)))
		return 0;
	if (!memcmp(bytes, endbr64, sizeof(endbr64)))
		at = sizeof(endbr64);
	/* bnd */
	at += bytes[at] == 0xf2;
	if (bytes[at] != 0xff || bytes[at + 1] != 0x25)
		return 0;
	return relative(&bytes[at + 2], entry + at + 6);
}

static uint64_t target_of(pid_t pid, uint64_t return_addr)
{
	uint8_t bytes[CALL_BYTES];
	uint64_t target, word = 0;

	if (!read_process(pid, return_addr - CALL_BYTES, bytes, sizeof(bytes)))
		return 0;
	if (bytes[0] == 0xff && bytes[1] == 0x15) {
		word = relative(&bytes[2], return_addr);
	} else if (bytes[1] == 0xe8) {
		target = relative(&bytes[2], return_addr);
		word = plt_word(pid, target);
		if (!word)
			return target;
	}
	return word && read_process(pid, word, &target, sizeof(target)) ? target : 0;
}

static int keep_name(const struct symbol_frame *frame, void *arg)
{
	const char **name = arg;

	/* Only where it begins: else the address is no function's. */
	if (!frame->inlined && !frame->offset)
		*name = frame->symbol;
	return 0;
}

/**
 * symbol_called() - the function that a call called
 * @s: symbols object
 * @pid: the process; must live
 * @return_addr: where the call returns to
 *
 * Return: its name, which lives as long as @s; NULL when nobody can tell.
 */
const char *symbol_called(struct symbols *s, pid_t pid, uint64_t return_addr)
{
	uint64_t target = target_of(pid, return_addr);
	const char *name = NULL;

	if (target)
		symbol_user(s, pid, target, true, keep_name, &name);
	return name;
}
