// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints that the kernel does not export are found by name among those of
 * the core kernel, which stay for ever. A probe is registered with
 * tracepoint_probe_register(); what it uses is freed only after
 * tracepoint_probe_unregister() and tracepoint_synchronize_unregister().
 */
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "tracepoint.h"

struct search {
	const char *name;
	struct tracepoint *found;
};

static void compare(struct tracepoint *tp, void *data)
{
	struct search *search = data;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

/**
 * wp_tracepoint_find() - a tracepoint of the core kernel
 * @name: as in its definition, such as "sched_waking"
 *
 * Context: process.
 * Return: the tracepoint, or NULL: this kernel has none of that name.
 */
struct tracepoint *wp_tracepoint_find(const char *name)
{
	struct search search = { .name = name };

	for_each_kernel_tracepoint(compare, &search);
	return search.found;
}
