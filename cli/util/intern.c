// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers for things: formats that write a string, a frame or a stack once and
 * refer to it afterwards all need the same table. Two things are equal if their
 * bytes are; a copy of these is kept. Pure.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/intern.h"

/**
 * intern_free() - give up all keys; the table is empty and usable again
 * @t: table
 */
void intern_free(struct intern *t)
{
	for (size_t i = 0; i < t->nr; i++)
		free(t->keys[i].bytes);
	free(t->keys);
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

static uint64_t hash_of(const unsigned char *bytes, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * 0x100000001b3ULL;
	return h ^ h >> 32;
}

static uint32_t *find_slot(const struct intern *t, const void *bytes, size_t len)
{
	size_t i = hash_of(bytes, len) & (t->nr_slots - 1);

	for (; t->slots[i]; i = (i + 1) & (t->nr_slots - 1)) {
		const struct intern_key *key = &t->keys[t->slots[i] - 1];

		if (key->len == len && !memcmp(key->bytes, bytes, len))
			break;
	}
	return &t->slots[i];
}

static int grow(struct intern *t)
{
	size_t size = t->size ? 2 * t->size : 64;
	struct intern_key *keys = reallocarray(t->keys, size, sizeof(*keys));
	uint32_t *slots;

	if (!keys)
		return -ENOMEM;
	t->keys = keys;
	slots = calloc(2 * size, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(t->slots);
	t->slots = slots;
	t->nr_slots = 2 * size;
	t->size = size;
	for (size_t i = 0; i < t->nr; i++)
		*find_slot(t, keys[i].bytes, keys[i].len) = (uint32_t)i + 1;
	return 0;
}

/**
 * intern_get() - the number of a thing
 * @t: table
 * @bytes: the thing
 * @len: its length
 * @is_new: set to whether it was not met before; may be NULL
 *
 * Return: its number, or -ENOMEM.
 */
int64_t intern_get(struct intern *t, const void *bytes, size_t len, bool *is_new)
{
	uint32_t *slot;
	void *copy;

	if (t->nr == t->size && grow(t))
		return -ENOMEM;
	slot = find_slot(t, bytes, len);
	if (is_new)
		*is_new = !*slot;
	if (*slot)
		return *slot - 1;
	copy = malloc(len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, len);
	t->keys[t->nr] = (struct intern_key){ .bytes = copy, .len = len };
	t->nr++;
	*slot = (uint32_t)t->nr;
	return *slot - 1;
}
