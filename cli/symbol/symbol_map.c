// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is told of the mapping behind a frame: each mapping once, and kept as long
 * as the symbols object, while a process's own list changes with every look at it.
 */
#include <stdlib.h>

#include "symbol/symbol_impl.h"

#define NR_BUCKETS 1024

struct entry {
	struct entry *next;
	struct symbol_map map;
};

struct symbol_maps {
	struct entry *buckets[NR_BUCKETS];
};

/**
 * symbols_keep_map() - keep a mapping once
 * @s: symbols object
 * @map: the mapping; its strings are of @s
 *
 * Return: a copy that lives as long as @s; NULL without memory.
 */
const struct symbol_map *symbols_keep_map(struct symbols *s, const struct symbol_map *map)
{
	uint64_t hash = symbol_hash(map->start, map->end ^ (uintptr_t)map->path);
	struct entry *entry, **bucket;

	if (!s->maps)
		s->maps = calloc(1, sizeof(*s->maps));
	if (!s->maps)
		return NULL;
	bucket = &s->maps->buckets[hash % NR_BUCKETS];
	for (entry = *bucket; entry; entry = entry->next) {
		const struct symbol_map *m = &entry->map;

		/* Strings of the pool are equal if their addresses are. */
		if (m->start == map->start && m->end == map->end && m->offset == map->offset &&
		    m->path == map->path && m->build_id == map->build_id)
			return m;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->map = *map;
	entry->next = *bucket;
	*bucket = entry;
	return &entry->map;
}

/**
 * symbol_maps_free() - forget all mappings
 * @maps: of a symbols object; NULL is allowed
 */
void symbol_maps_free(struct symbol_maps *maps)
{
	if (!maps)
		return;
	for (size_t i = 0; i < NR_BUCKETS; i++) {
		while (maps->buckets[i]) {
			struct entry *entry = maps->buckets[i];

			maps->buckets[i] = entry->next;
			free(entry);
		}
	}
	free(maps);
}
