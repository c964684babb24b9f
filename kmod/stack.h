/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_STACK_H
#define WP_STACK_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/waitprof.h>

/* Frames of one stack, at most. */
#define WP_STACK_MAX	127

/**
 * struct wp_stack - a captured stack
 * @nr: frames
 * @flags: WAITPROF_STACK_F_*
 * @fault: the user stack could not be read further
 * @compat: a 32-bit task: not walked
 * @cut: a kernel stack that ends where the outer wait's function returns to
 * @frames: leaf first
 */
struct wp_stack {
	u16 nr;
	u16 flags;
	bool fault;
	bool compat;
	bool cut;
	u64 frames[WP_STACK_MAX];
};

/**
 * struct wp_stack_entry - a stored stack
 * @hash: of flags and frames
 * @next: next entry of the hash chain, 0 = last
 * @first: its first frame's place among the words
 * @nr: frames
 * @flags: WAITPROF_STACK_F_*
 * @ready: set (release) when the frames stand
 */
struct wp_stack_entry {
	u32 hash;
	u32 next;
	u32 first;
	u16 nr;
	u16 flags;
	u32 ready;
};

/**
 * struct wp_stack_table - the stacks of a session
 * @entries: entry i has stack id i + 1
 * @buckets: heads of the hash chains: stack ids
 * @words: frames
 * @nr_entries: size of @entries
 * @nr_words: size of @words
 * @bits: log2 of the number of buckets
 * @next_entry: entries handed out
 * @next_word: words handed out
 */
struct wp_stack_table {
	struct wp_stack_entry *entries;
	u32 *buckets;
	u64 *words;
	u32 nr_entries;
	u32 nr_words;
	u32 bits;
	atomic_t next_entry;
	atomic_t next_word;
};

enum wp_stack_error {
	WP_STACK_OK,
	WP_STACK_FULL,
	WP_STACK_BUSY,
};

int wp_stack_table_init(struct wp_stack_table *table, u32 nr_entries, u32 nr_words);
void wp_stack_table_exit(struct wp_stack_table *table);
u64 wp_stack_table_bytes(u32 nr_entries, u32 nr_words);
u32 wp_stack_put(struct wp_stack_table *table, const struct wp_stack *stack,
		 enum wp_stack_error *error);
const u64 *wp_stack_get(const struct wp_stack_table *table, u32 id, u32 *nr, u32 *flags);
u32 wp_stack_used(const struct wp_stack_table *table);

/**
 * struct wp_call - where code that called a hook goes on
 * @ip: return address
 * @sp: stack pointer after the return
 * @bp: frame register after the return
 * @wrapped: @ip lies in the tracepoint's own loop over its probes
 */
struct wp_call {
	unsigned long ip;
	unsigned long sp;
	unsigned long bp;
	bool wrapped;
};

/* Whose a stack is, and so where it ends. */
enum wp_stack_end {
	WP_STACK_END_TASK,
	WP_STACK_END_HARDIRQ,
	WP_STACK_END_SOFTIRQ,
};

struct pt_regs;
struct wp_cached;
struct wp_function;
struct wp_stack_at;
void wp_stack_kernel_init(void);
bool wp_stack_kernel_is_hooked(const struct pt_regs *regs);
void wp_stack_kernel_call(struct wp_stack *stack, const struct wp_call *call, u32 max);
void wp_stack_kernel(struct wp_stack *stack, struct pt_regs *regs,
		     unsigned long outer_slot, u32 max);
struct wp_cached *wp_stack_kernel_cached(struct wp_stack *stack, const struct wp_stack_at *at,
					 struct pt_regs *regs);
void wp_stack_kernel_here(struct wp_stack *stack, const unsigned long *frame,
			  const struct wp_function *leaf, enum wp_stack_end end,
			  const struct wp_function *softirq);
void wp_stack_append(struct wp_stack *stack, const u64 *frames, u32 nr, u32 flags);
void wp_stack_kernel_caller(struct wp_stack *stack, unsigned long leaf,
			    unsigned long ip, unsigned long sp, unsigned long bp,
			    unsigned long outer_slot);
void wp_stack_user_none(struct wp_stack *stack);
void wp_stack_user(struct wp_stack *stack);

#endif
