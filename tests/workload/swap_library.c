// SPDX-License-Identifier: GPL-2.0-only
/*
 * One of two libraries that take each other's place: the same functions at the
 * same addresses, but frames of another size (ROOM).
 */
#include <stdint.h>

void library_enter(void (*back)(uint64_t outer, uint64_t inner));

static volatile int sink;

static __attribute__((noinline, noclone)) void inner(void (*back)(uint64_t outer, uint64_t inner),
						     uint64_t outer)
{
	volatile char room[ROOM];

	room[0] = 1;
	back(outer, (uint64_t)__builtin_return_address(0));
	sink += room[0];
}

void library_enter(void (*back)(uint64_t outer, uint64_t inner))
{
	volatile char room[ROOM];

	room[0] = 1;
	inner(back, (uint64_t)__builtin_return_address(0));
	sink += room[0];
}
