/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_VMALLOC_H
#define SHIM_LINUX_VMALLOC_H

#include <stdlib.h>
#include <string.h>

#define array_size(nr, bytes) ((size_t)(nr) * (bytes))

/* Page-aligned as the kernel's, so that cache lines lie as they do there. */
static inline void *vzalloc(size_t bytes)
{
	void *memory = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);

	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

#define vzalloc_node(bytes, node) ((void)(node), vzalloc(bytes))
#define vfree(memory)		  free(memory)

#endif
