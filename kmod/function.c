// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extent of a function of the kernel. Look-ups of symbols are not exported;
 * printing an address is, and says how large the function is.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "function.h"

/**
 * wp_function_at() - how far does a function reach?
 * @function: result
 * @addr: in it; where kernels mark the targets of indirect calls, a kprobe stands
 *	behind the mark
 *
 * Context: process.
 */
void wp_function_at(struct wp_function *function, unsigned long addr)
{
	unsigned long offset, size;
	char text[KSYM_SYMBOL_LEN];
	const char *plus;

	function->start = addr;
	function->end = addr;
	sprint_symbol(text, addr);
	plus = strchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, &size) != 2)
		return;
	function->start = addr - offset;
	function->end = function->start + size;
}
