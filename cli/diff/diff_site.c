// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call sites of two builds of one program: lines and offsets move when the code
 * around them is changed, names of functions seldom do. Where each side has a
 * call site in a function that the other has not, nobody knows which belongs to
 * which, and all of that function are taken together.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff.h"

/* Where "+0x1f" or " file.c:12" begins at the end of a text of this length, else its end. */
static size_t end_of_name(const char *site, size_t len)
{
	size_t i = len;

	while (i && isxdigit((unsigned char)site[i - 1]))
		i--;
	if (i < len && i > 3 && !strncmp(site + i - 3, "+0x", 3))
		return i - 3;
	i = len;
	while (i && isdigit((unsigned char)site[i - 1]))
		i--;
	if (i == len || !i || site[i - 1] != ':')
		return len;
	while (i && site[i - 1] != ' ')
		i--;
	return i > 1 ? i - 1 : len;
}

/**
 * diff_function() - leave of a call site the function and its module
 * @site: as callsite_name() writes it: "worker main.c:42 [prog]", "do_exit+0x1a"
 */
void diff_function(char *site)
{
	size_t len = strlen(site), module = len, end;

	if (len && site[len - 1] == ']') {
		while (module && site[module] != '[')
			module--;
		if (!module || site[module - 1] != ' ')
			module = len;
		else
			module--;
	}
	end = end_of_name(site, module);
	memmove(site + end, site + module, len - module + 1);
}

/* Make one row of two: @from has no waits afterwards. */
static int absorb(struct diff_row *to, struct diff_row *from)
{
	size_t max = to->nr_cells + from->nr_cells, nr = 0, a = 0, b = 0;
	struct diff_cell *cells = calloc(max ? max : 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	while (a < to->nr_cells || b < from->nr_cells) {
		bool second = a == to->nr_cells ||
			      (b < from->nr_cells && from->cells[b].slice < to->cells[a].slice);
		const struct diff_cell *cell = second ? &from->cells[b++] : &to->cells[a++];

		if (nr && cells[nr - 1].slice == cell->slice)
			nr--;
		cells[nr].slice = cell->slice;
		for (size_t v = 0; v < DIFF_NR_VALUES; v++)
			cells[nr].values[v] += cell->values[v];
		nr++;
	}
	free(to->cells);
	free(from->cells);
	to->cells = cells;
	to->nr_cells = nr;
	to->max_cells = max;
	from->cells = NULL;
	from->nr_cells = 0;
	from->max_cells = 0;
	for (size_t s = 0; s < DIFF_NR_SIDES; s++) {
		for (size_t v = 0; v < DIFF_NR_VALUES; v++) {
			to->total[s][v] += from->total[s][v];
			from->total[s][v] = 0;
		}
	}
	return 0;
}

/* A row and the key that it has without its line. */
struct named {
	struct diff_key key;
	struct diff_row *row;
};

static int by_key(const void *a, const void *b)
{
	return memcmp(&((const struct named *)a)->key, &((const struct named *)b)->key,
		      sizeof(struct diff_key));
}

static bool is_only(const struct diff_row *row, enum diff_side side)
{
	return !row->total[!side][DIFF_TIME] && !row->total[!side][DIFF_WAITS];
}

/* The call sites of one function, of one class and kind. */
static int merge(struct named *named, size_t nr)
{
	bool only[DIFF_NR_SIDES] = { false, false };
	struct diff_row *to = named[0].row;

	for (size_t i = 0; i < nr; i++)
		for (size_t s = 0; s < DIFF_NR_SIDES; s++)
			only[s] |= is_only(named[i].row, (enum diff_side)s);
	if (!only[DIFF_BEFORE] || !only[DIFF_AFTER])
		return 0;
	for (size_t i = 1; i < nr; i++)
		if (absorb(to, named[i].row))
			return -ENOMEM;
	to->merged = true;
	memcpy(&to->key, &named[0].key, sizeof(to->key));
	return 0;
}

/**
 * diff_merge_functions() - take together what cannot be matched by line
 * @d: comparison; rows that were merged into others have no waits any more, and
 *	none may be added
 *
 * Return: 0 or -ENOMEM.
 */
int diff_merge_functions(struct diff *d)
{
	struct named *named = calloc(d->nr ? d->nr : 1, sizeof(*named));
	size_t nr = 0;
	int ret = 0;

	if (!named)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr; i++) {
		const char *site = d->rows[i].key.site;

		if (d->rows[i].key.level != DIFF_SITE ||
		    d->rows[i].key.class_id == WAITPROF_CLASS_BLOCK)
			continue;
		memcpy(&named[nr].key, &d->rows[i].key, sizeof(named[nr].key));
		/* The rest of the text must be 0: keys are compared byte by byte. */
		diff_function(named[nr].key.site);
		memset(named[nr].key.site + strlen(named[nr].key.site), 0,
		       sizeof(named[nr].key.site) - strlen(named[nr].key.site));
		named[nr].row = &d->rows[i];
		nr += site[0] != '\0';
	}
	qsort(named, nr, sizeof(*named), by_key);
	for (size_t i = 0, next; i < nr && !ret; i = next) {
		for (next = i + 1; next < nr && !by_key(&named[i], &named[next]);)
			next++;
		ret = merge(&named[i], next - i);
	}
	free(named);
	return ret;
}
