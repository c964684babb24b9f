// SPDX-License-Identifier: GPL-2.0-only
/*
 * Epochs of address spaces: code that is unmapped takes its rules with it, for
 * other code may come to lie at the same addresses. An epoch grows whenever
 * executable memory of the space is unmapped, replaced or no longer executable;
 * mappings hold for the epoch that was read before they were.
 *
 * Two probes, armed only while a session walks by rules:
 *
 *	uprobe_munmap	called for each mapping of a file that munmap, mremap, mmap
 *			over it or the end of the process takes away, after it left
 *			the space's tree
 *	mprotect_fixup	of each mapping that mprotect changes
 *
 * Both are called with mmap_lock held, so no new code can come to lie there, nor
 * anybody read the new mappings, before the epoch has grown: a walk that meets
 * new code meets the new epoch, too. Mappings without a file have no rules.
 *
 * Epochs are counters that spaces share, id modulo WP_EPOCHS: nothing has to know
 * when a space begins or ends. Neighbours in time have different ones; a space that
 * shares with another gets a growth too many now and then, and its mappings are
 * asked for once more. A probe that the kernel skipped (kp.nmissed) counts as
 * growth of all.
 *
 * Memory: 4 B * WP_EPOCHS = 32 KiB, part of the module.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "cost.h"
#include "epoch.h"
#include "ftrace_hold.h"
#include "session.h"
#include "unhook.h"
#include "wp_mprotect.h"

#define WP_EPOCHS	8192U

static atomic_t epochs[WP_EPOCHS];
static u32 nr_users;
static bool blind;

static atomic_t *epoch_of(u64 space)
{
	return &epochs[space % WP_EPOCHS];
}

static __always_inline void unmap(const struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_EXEC)
		atomic_inc(epoch_of(vma->vm_mm->context.ctx_id));
}

static int wp_epoch_unmap(struct kprobe *probe, struct pt_regs *regs)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_RULES);

	unmap((const void *)regs->di);
	wp_cost_end_if(timed);
	return 0;
}

static __always_inline void protect(struct pt_regs *regs)
{
	const struct vm_area_struct *vma = wp_mprotect_vma(regs);

	if (vma->vm_file && vma->vm_flags & VM_EXEC && !(wp_mprotect_flags(regs) & VM_EXEC))
		atomic_inc(epoch_of(vma->vm_mm->context.ctx_id));
}

static int wp_epoch_protect(struct kprobe *probe, struct pt_regs *regs)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_TASK, WP_ARMED_RULES);

	protect(regs);
	wp_cost_end_if(timed);
	return 0;
}

static const struct {
	const char *symbol;
	kprobe_pre_handler_t handler;
} hooks[] = {
	{ "uprobe_munmap", wp_epoch_unmap },
	{ "mprotect_fixup", wp_epoch_protect },
};

/*
 * Once registered they stay so, disabled while nobody needs them: to take them back each
 * time is a grace period for each, and memory that the kernel may not find.
 */
static struct kprobe probes[ARRAY_SIZE(hooks)];
static int nr_registered;

static int enable(int i)
{
	int ret;

	if (i < nr_registered)
		return enable_kprobe(&probes[i]);
	probes[i] = (struct kprobe){
		.symbol_name = hooks[i].symbol,
		.pre_handler = hooks[i].handler,
	};
	ret = register_kprobe(&probes[i]);
	nr_registered += !ret;
	return ret;
}

static void disable(int nr)
{
	while (nr-- > 0)
		wp_kprobe_off(&probes[nr]);
	wp_ftrace_release();
}

static int enable_all(void)
{
	int i, ret = wp_ftrace_hold();

	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = enable(i);
		if (ret)
			break;
	}
	if (ret)
		disable(i);
	return ret;
}

/**
 * wp_epoch_arm() - one more session walks by rules
 *
 * On a kernel that refuses a probe, wp_epoch_blind() is true from then on.
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0 or -ENOMEM.
 */
int wp_epoch_arm(void)
{
	int ret;

	if (nr_users++)
		return 0;
	ret = enable_all();
	/* Another time there may be memory. */
	if (ret == -ENOMEM) {
		nr_users--;
		return ret;
	}
	WRITE_ONCE(blind, ret);
	return 0;
}

/**
 * wp_epoch_disarm() - a session that walked by rules is gone from wp_sessions
 *
 * Context: process; may sleep; serialised by the caller.
 */
void wp_epoch_disarm(void)
{
	if (!--nr_users && !blind)
		disable(ARRAY_SIZE(hooks));
}

/**
 * wp_epoch_exit() - unregister the probes; afterwards none of them runs
 *
 * Context: process; may sleep; no session is left.
 */
void wp_epoch_exit(void)
{
	while (nr_registered)
		wp_kprobe_unregister(&probes[--nr_registered]);
}

/**
 * wp_epoch_blind() - does this kernel not tell of code that is unmapped?
 *
 * Return: true if it has refused a probe; false also while nobody has asked.
 */
bool wp_epoch_blind(void)
{
	return READ_ONCE(blind);
}

/**
 * wp_epoch() - the epoch of an address space
 * @space: its id
 *
 * Context: any, while a session walks by rules.
 * Return: a number that grows; it may wrap.
 */
u32 wp_epoch(u64 space)
{
	u32 epoch = atomic_read(epoch_of(space));
	int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		/* The kernel's. Two CPUs may count as one: it has grown all the same. */
		epoch += data_race(READ_ONCE(probes[i].nmissed));
	return epoch;
}

/**
 * wp_epoch_bytes() - memory of the epochs
 *
 * Return: bytes.
 */
u64 wp_epoch_bytes(void)
{
	return sizeof(epochs);
}
