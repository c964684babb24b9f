/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>

#define kzalloc(bytes, flags) calloc(1, (bytes))
#define kfree(memory)	      free(memory)

#endif
