// SPDX-License-Identifier: GPL-2.0-only
/*
 * The symbols object: what the kernel and the user side share. Every string that
 * is handed out is kept once in a pool and lives as long as the object, so that
 * tables behind it (kallsyms, ELF files, mappings) may be dropped and read again.
 *
 * Names are demangled by libiberty (Debian package libiberty-dev, link with
 * -liberty): C++, and Rust in both its manglings. elfutils has no demangler.
 */
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/symbol_impl.h"

#define POOL_FIRST_SLOTS 1024
/* A longer mangled name is shown as it is: demangling may grow it without bound. */
#define MAX_MANGLED 4096

struct symbol_pool {
	char **slots;
	size_t nr_slots; /* power of two */
	size_t nr_used;
};

/**
 * symbol_hash() - mix two words into a hash
 * @a: first word
 * @b: second word
 *
 * Return: the hash, all bits usable.
 */
uint64_t symbol_hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ (b * 0x9e3779b97f4a7c15ull)) + 0x632be59bd9b4e019ull;

	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebull;
	return h ^ (h >> 31);
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3ull;
	return symbol_hash(h, 0);
}

static char **pool_slot(char **slots, size_t nr_slots, const char *text)
{
	size_t i = text_hash(text) & (nr_slots - 1);

	while (slots[i] && strcmp(slots[i], text))
		i = (i + 1) & (nr_slots - 1);
	return &slots[i];
}

static bool pool_grow(struct symbol_pool *pool)
{
	size_t nr_slots = pool->nr_slots ? pool->nr_slots * 2 : POOL_FIRST_SLOTS;
	char **slots = calloc(nr_slots, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < pool->nr_slots; i++)
		if (pool->slots[i])
			*pool_slot(slots, nr_slots, pool->slots[i]) = pool->slots[i];
	free(pool->slots);
	pool->slots = slots;
	pool->nr_slots = nr_slots;
	return true;
}

/**
 * symbols_intern() - keep a string once
 * @s: symbols object
 * @text: the string; NULL is allowed
 *
 * Return: a copy that lives as long as @s; NULL for NULL or without memory.
 */
const char *symbols_intern(struct symbols *s, const char *text)
{
	struct symbol_pool *pool = s->pool;
	char **slot;

	if (!text)
		return NULL;
	if (pool->nr_used * 4 >= pool->nr_slots * 3 && !pool_grow(pool))
		return NULL;
	slot = pool_slot(pool->slots, pool->nr_slots, text);
	if (!*slot) {
		*slot = strdup(text);
		pool->nr_used += !!*slot;
	}
	return *slot;
}

/* "name@@VERSION" is how linkers spell versions in .symtab. */
static const char *without_version(struct symbols *s, const char *name)
{
	const char *at = strchr(name, '@');
	const char *kept;
	char *copy;

	if (!at || at == name)
		return symbols_intern(s, name);
	copy = strndup(name, at - name);
	kept = symbols_intern(s, copy);
	free(copy);
	return kept;
}

/**
 * symbols_demangle() - the name a programmer knows a symbol by
 * @s: symbols object
 * @name: name from a symbol table or from DWARF; NULL is allowed
 *
 * C++ names lose their parameters, Rust names their hash.
 *
 * Return: a string that lives as long as @s, or NULL.
 */
const char *symbols_demangle(struct symbols *s, const char *name)
{
	const char *kept;
	char *plain;

	if (!name || !*name)
		return NULL;
	if (strncmp(name, "_Z", 2) && strncmp(name, "_R", 2))
		return without_version(s, name);
	if (strlen(name) > MAX_MANGLED)
		return symbols_intern(s, name);
	plain = cplus_demangle(name, DMGL_AUTO);
	if (!plain)
		return without_version(s, name);
	kept = symbols_intern(s, plain);
	free(plain);
	return kept;
}

/**
 * symbol_name_rank() - order aliases of one address
 * @name: a name
 *
 * Return: a number, lower for the name that people use: pthread_mutex_lock
 * before __pthread_mutex_lock, puts before _IO_puts, glibc's internal aliases
 * last. A mangled name's underscores are no sign of anything.
 */
int symbol_name_rank(const char *name)
{
	int rank = strncmp(name, "__GI_", 5) ? 0 : 5;

	if (!strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2))
		return 0;
	for (; *name == '_'; name++)
		rank++;
	return rank;
}

/**
 * symbols_new() - make a symbols object
 *
 * Return: the object, or NULL without memory.
 */
struct symbols *symbols_new(void)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pool = calloc(1, sizeof(*s->pool));
	if (!s->pool) {
		free(s);
		return NULL;
	}
	return s;
}

/**
 * symbols_free() - free the object and every string it gave out
 * @s: symbols object; NULL is allowed
 */
void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	symbol_user_free(s->user);
	symbol_maps_free(s->maps);
	symbol_kernel_free(s->kernel);
	symbol_data_free(s->data);
	for (size_t i = 0; i < s->pool->nr_slots; i++)
		free(s->pool->slots[i]);
	free(s->pool->slots);
	free(s->pool);
	free(s);
}
