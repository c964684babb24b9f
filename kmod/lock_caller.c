// SPDX-License-Identifier: GPL-2.0-only
/*
 * On an RT kernel mutexes, rt_mutexes, rwsems, spinlock_t and rwlock_t all end in
 * the code of rt_mutex. Which of them it was is told by the function that was
 * called to lock it: one of a few whose places are looked up once.
 *
 * A function's place is found by registering a disabled kprobe on it. One that this
 * kernel has not, or has inlined, is not found in stacks either; one that ends in a
 * jump is, as the target of the call instruction before a return address.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/uaccess.h>

#include "function.h"
#include "lock_caller.h"
#include "point.h"
#include "stack.h"
#include "wait.h"

static struct {
	const char *name;
	enum wp_lock_caller caller;
	struct wp_function at;
} functions[] = {
	{ "rt_mutex_lock", WP_LOCK_RTMUTEX },
	{ "rt_mutex_lock_nested", WP_LOCK_RTMUTEX },
	{ "rt_mutex_lock_interruptible", WP_LOCK_RTMUTEX },
	{ "rt_mutex_lock_killable", WP_LOCK_RTMUTEX },
	{ "__rwbase_read_lock", WP_LOCK_RWSEM_READ },
	{ "__down_read", WP_LOCK_RWSEM_READ },
	{ "__down_read_common", WP_LOCK_RWSEM_READ },
	{ "down_read", WP_LOCK_RWSEM_READ },
	{ "down_read_interruptible", WP_LOCK_RWSEM_READ },
	{ "down_read_killable", WP_LOCK_RWSEM_READ },
	{ "rwbase_write_lock", WP_LOCK_RWSEM_WRITE },
	{ "__down_write", WP_LOCK_RWSEM_WRITE },
	{ "__down_write_common", WP_LOCK_RWSEM_WRITE },
	{ "down_write", WP_LOCK_RWSEM_WRITE },
	{ "down_write_killable", WP_LOCK_RWSEM_WRITE },
	{ "rt_spin_lock", WP_LOCK_SPIN },
	{ "rt_read_lock", WP_LOCK_SPIN },
	{ "rt_write_lock", WP_LOCK_SPIN },
};

/**
 * wp_lock_caller_init() - look the functions up, once
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, or -ENOMEM: another time there may be memory.
 */
int wp_lock_caller_init(void)
{
	static struct kprobe probes[ARRAY_SIZE(functions)];
	struct kprobe *registered[ARRAY_SIZE(functions)];
	static bool done;
	int i, ret = 0, nr = 0;

	if (done)
		return 0;
	for (i = 0; i < ARRAY_SIZE(functions) && ret != -ENOMEM; i++) {
		struct kprobe *probe = &probes[i];

		*probe = (struct kprobe){
			.symbol_name = functions[i].name,
			.flags = KPROBE_FLAG_DISABLED,
		};
		ret = register_kprobe(probe);
		if (ret)
			continue;
		wp_function_at(&functions[i].at, (unsigned long)probe->addr);
		registered[nr++] = probe;
	}
	if (nr)
		unregister_kprobes(registered, nr);
	done = ret != -ENOMEM;
	return done ? 0 : ret;
}

#define CALL_OPCODE	0xe8	/* call rel32 */
#define CALL_BYTES	5

/* Which function was called by the call that returns to an address? 0 = unknown. */
static unsigned long called(unsigned long return_addr)
{
	u8 insn[CALL_BYTES];
	s32 distance;

	if (copy_from_kernel_nofault(insn, (void *)(return_addr - CALL_BYTES), CALL_BYTES) ||
	    insn[0] != CALL_OPCODE)
		return 0;
	memcpy(&distance, &insn[1], sizeof(distance));
	return return_addr + distance;
}

/**
 * wp_lock_caller() - what was to be locked
 * @stack: kernel stack of the task in the code of rt_mutex, leaf first
 *
 * Context: probe.
 * Return: the answer, %WP_LOCK_MUTEX when no frame tells.
 */
enum wp_lock_caller wp_lock_caller(const struct wp_stack *stack)
{
	int frame, i;

	for (frame = 0; frame < stack->nr; frame++) {
		/* Return addresses but for the leaf: the call lies before them. */
		unsigned long addr = stack->frames[frame] - !!frame;
		unsigned long target = frame ? called(stack->frames[frame]) : 0;

		for (i = 0; i < ARRAY_SIZE(functions); i++)
			if (wp_function_has(&functions[i].at, addr) ||
			    (target && target == functions[i].at.start))
				return functions[i].caller;
	}
	return WP_LOCK_MUTEX;
}

/*
 * Two points may hook one function. Where its return address is a trampoline
 * already no frame tells any more what is locked, but the first of them knew.
 */
static bool is_taken(const struct pt_regs *regs)
{
	u32 pos, ref;

	if (!wp_stack_kernel_is_hooked(regs))
		return false;
	ref = wp_open_map_find(current->pid, &pos);
	return ref && wp_points[wp_open_ref_table(ref)].open.slots[wp_open_ref_slot(ref)].sp ==
			      regs->sp;
}

/**
 * wp_lock_caller_entry() - what is to be locked, at the entry of a probed function
 * @regs: the probe's registers
 *
 * Context: probe, interrupts off, before the wait begins.
 * Return: the answer, %WP_LOCK_MUTEX when no frame tells.
 */
enum wp_lock_caller wp_lock_caller_entry(const struct pt_regs *regs)
{
	struct wp_stack *stack = wp_wait_scratch();

	if (is_taken(regs))
		return WP_LOCK_TAKEN;
	/* The unwinder only reads them. */
	wp_stack_kernel(stack, (struct pt_regs *)regs, 0, WP_LOCK_CALLER_DEPTH);
	return wp_lock_caller(stack);
}
