/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the rule maker and the test module: one write, all or nothing. */
#ifndef TESTS_SPIKE_H
#define TESTS_SPIKE_H

#include <linux/types.h>

#define SPIKE_MAGIC 0x57505255

/* struct spike_rule.base: where the canonical frame address comes from */
enum spike_base {
	SPIKE_BASE_RSP, /* rsp + cfa_offset; return address below it */
	SPIKE_BASE_RBP, /* rbp + cfa_offset */
	/* the word at rbp + cfa_offset (realigned frame); rbp is saved at
	 * rbp + rbp_offset, 0 too
	 */
	SPIKE_BASE_AT_RBP,
	SPIKE_BASE_PLT, /* rsp + cfa_offset, 8 more if ip % 16 >= 11 */
};

/* struct spike_rule.kind; an rbp_offset of 0 means that rbp is unchanged */
enum spike_kind {
	SPIKE_KIND_STEP,
	SPIKE_KIND_END, /* outermost frame */
	SPIKE_KIND_SIGNAL, /* registers lie on the stack */
	SPIKE_KIND_STOP, /* there is no way on from here */
};

/* One step, for [offset, offset + len) of the file. */
struct spike_rule {
	__u32 offset;
	__u32 len;
	__s32 cfa_offset;
	__s16 rbp_offset;
	__u8 base;
	__u8 kind;
};

struct spike_header {
	__u32 magic;
	__u32 tgid;
	__u32 nr_mappings;
	__u32 nr_tables;
	__u64 nr_rules;
};

/* Sorted by start. Offset in the file of an ip: ip - start + offset. */
struct spike_mapping {
	__u64 start;
	__u64 end;
	__u64 offset;
	__u32 table;
	__u32 pad;
};

/* Rules [first, first + nr), sorted by offset, without overlap. */
struct spike_table {
	__u32 first;
	__u32 nr;
};

#endif
