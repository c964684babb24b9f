/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_LINUX_KPROBES_H
#define WP_COMPAT_LINUX_KPROBES_H

#include_next <linux/kprobes.h>
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
static inline struct kretprobe *get_kretprobe(struct kretprobe_instance *ri)
{
	return ri->rp;
}
#endif

/*
 * In a return handler: where the function really returns to. What the instance
 * holds may be the trampoline of another kretprobe on the same function.
 */
static inline unsigned long wp_kretprobe_return_addr(struct kretprobe_instance *ri,
						     const struct pt_regs *regs)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
	return regs->ip;
#else
	return (unsigned long)ri->ret_addr;
#endif
}

/*
 * Hits a kretprobe did not follow: no instance, or, where page faults in
 * handlers do not count as well, another kprobe was running on the CPU. The kernel
 * counts without a lock, so it is the least number, of any moment.
 */
static inline unsigned long wp_kretprobe_nmissed(const struct kretprobe *rp)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	/* See above. */
	return data_race(rp->nmissed) + data_race(rp->kp.nmissed);
#else
	/* See above. */
	return data_race(rp->nmissed);
#endif
}

/* What the kernel allocates for a registered kretprobe. */
static inline u64 wp_kretprobe_bytes(const struct kretprobe *rp)
{
	u64 bytes = (u64)rp->maxactive *
		    ALIGN(sizeof(struct kretprobe_instance) + rp->data_size, 64);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	bytes += (u64)num_possible_cpus() * roundup_pow_of_two(rp->maxactive) * sizeof(void *);
#endif
	return bytes;
}

#endif
