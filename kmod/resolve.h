/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_RESOLVE_H
#define WP_RESOLVE_H

#include <linux/types.h>

#define WP_SYMBOL_LEN	64

/**
 * struct wp_symbol - a kernel function a wait point can hook
 * @name: with a compiler's suffix, or without: then those are tried as well
 * @variant: how its arguments lie, for the point's own use
 */
struct wp_symbol {
	const char *name;
	u8 variant;
};

int wp_point_resolve(const struct wp_symbol *symbols, char *symbol, u8 *variant,
		     int (*try_symbol)(const char *symbol, void *arg), void *arg);

#endif
