// SPDX-License-Identifier: GPL-2.0-only
/*
 * A set of process or thread ids, for what is to be done once for each.
 */
#include <stdlib.h>

#include "util/ids.h"

static uint32_t *slot_of(uint32_t *slots, size_t size, uint32_t id)
{
	size_t i = (id * 0x9e3779b1U) & (size - 1);

	while (slots[i] && slots[i] != id)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static bool grow(struct ids *ids)
{
	size_t size = ids->size ? 2 * ids->size : 64;
	uint32_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < ids->size; i++)
		if (ids->slots[i])
			*slot_of(slots, size, ids->slots[i]) = ids->slots[i];
	free(ids->slots);
	ids->slots = slots;
	ids->size = size;
	return true;
}

/**
 * ids_add() - put an id into a set
 * @ids: set
 * @id: not 0
 *
 * Return: true if it is new there, or if there is no memory to know.
 */
bool ids_add(struct ids *ids, uint32_t id)
{
	uint32_t *slot;

	if (4 * (ids->nr + 1) > 3 * ids->size && !grow(ids))
		return true;
	slot = slot_of(ids->slots, ids->size, id);
	if (*slot)
		return false;
	*slot = id;
	ids->nr++;
	return true;
}

/**
 * ids_free() - empty a set
 * @ids: set
 */
void ids_free(struct ids *ids)
{
	free(ids->slots);
	*ids = (struct ids){ 0 };
}
