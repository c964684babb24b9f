// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which kernel function stands behind a wait point on this kernel? Functions are
 * renamed between versions, and the compiler adds a suffix to those it changes;
 * kernel symbol look-ups are not exported, so candidates are tried in order. A
 * try that fails costs a walk over all symbols before 6.2, so a name that holds a
 * suffix already is tried as it is.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "resolve.h"

static const char *const suffixes[] = { "", ".constprop.0", ".isra.0", ".part.0" };

/**
 * wp_point_resolve() - find the symbol of a wait point on this kernel
 * @symbols: candidates in order
 * @symbol: WP_SYMBOL_LEN bytes for the name that won
 * @variant: set to the winner's variant
 * @try_symbol: 0 if the kernel lets this symbol be probed, else -errno
 * @arg: passed on to @try_symbol
 *
 * Context: as @try_symbol.
 * Return: 0; -ENOMEM; or the most telling error of all candidates: another than
 * -ENOENT if there was one.
 */
int wp_point_resolve(const struct wp_symbol *symbols, char *symbol, u8 *variant,
		     int (*try_symbol)(const char *symbol, void *arg), void *arg)
{
	int err = -ENOENT, ret;
	unsigned int i;

	for (; symbols->name; symbols++) {
		for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
			if (i && strchr(symbols->name, '.'))
				break;
			snprintf(symbol, WP_SYMBOL_LEN, "%s%s", symbols->name, suffixes[i]);
			*variant = symbols->variant;
			ret = try_symbol(symbol, arg);
			if (!ret)
				return 0;
			/* A later candidate may be a poorer one: try again instead. */
			if (ret == -ENOMEM)
				goto none;
			if (ret != -ENOENT)
				err = ret;
		}
	}
	ret = err;
none:
	symbol[0] = '\0';
	return ret;
}
