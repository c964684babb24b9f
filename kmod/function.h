/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_FUNCTION_H
#define WP_FUNCTION_H

/**
 * struct wp_function - where a function of the kernel lies
 * @start: its address
 * @end: behind its last byte; @start = not known
 */
struct wp_function {
	unsigned long start;
	unsigned long end;
};

void wp_function_at(struct wp_function *function, unsigned long addr);

/**
 * wp_function_has() - does an address lie in a function?
 * @function: the function
 * @addr: the address
 */
static inline bool wp_function_has(const struct wp_function *function, unsigned long addr)
{
	return addr >= function->start && addr < function->end;
}

#endif
