// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking probes out of the kernel's code for good.
 *
 * A probe at the entry of a function is ftrace's, and to take it out the kernel makes
 * new tables of what is hooked. When it finds no memory for them, unregister_kprobe()
 * says nothing and leaves the hook where it is: with a handler, and a struct kprobe,
 * in memory that its owner frees next. disable_kprobe() tells, and may be asked again;
 * what is disabled is unregistered without memory.
 *
 * So all of ours are switched off here first, with access to the kernel's reserves
 * (whoever is being killed for want of memory may be closing a session), and once
 * more as long as that is not enough. Each such failure leaves the kernel's own count
 * of hooked functions one too low, which nobody outside can mend; wp_canary_silent()
 * notices when that makes probes silent.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/sched/mm.h>

#include "unhook.h"

#define WP_UNHOOK_MS	20

/**
 * wp_kprobe_off() - a probe is hit no more, whatever it takes
 * @probe: registered
 *
 * Context: process; may sleep.
 */
void wp_kprobe_off(struct kprobe *probe)
{
	unsigned int flags = memalloc_noreclaim_save();

	while (disable_kprobe(probe) == -ENOMEM)
		msleep(WP_UNHOOK_MS);
	memalloc_noreclaim_restore(flags);
}

/**
 * wp_kprobe_unregister() - a probe is gone, and its handler does not run
 * @probe: registered
 *
 * Context: process; may sleep, for a grace period.
 */
void wp_kprobe_unregister(struct kprobe *probe)
{
	wp_kprobe_off(probe);
	unregister_kprobe(probe);
}

/**
 * wp_kretprobes_unregister() - probes are gone, and none of their handlers runs
 * @probes: registered
 * @nr: how many
 *
 * Context: process; may sleep, for a grace period.
 */
void wp_kretprobes_unregister(struct kretprobe **probes, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		wp_kprobe_off(&probes[i]->kp);
	unregister_kretprobes(probes, nr);
}
