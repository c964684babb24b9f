/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#define hash_32(value, bits)   ((__u32)(value)*0x61C88647U >> (32 - (bits)))
#define hash_64(value, bits)   ((__u32)((__u64)(value)*0x61C8864680B583EBULL >> (64 - (bits))))
#define hash_long(value, bits) hash_64(value, bits)

#endif
