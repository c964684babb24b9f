/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL 0

#define kzalloc(bytes, flags)	  calloc(1, (bytes))
#define kcalloc(nr, bytes, flags) calloc((nr), (bytes))
#define kfree(memory)		  free(memory)

#endif
