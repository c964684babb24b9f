/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_LINUX_KPROBES_H
#define WP_COMPAT_LINUX_KPROBES_H

#include_next <linux/kprobes.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
static inline struct kretprobe *get_kretprobe(struct kretprobe_instance *ri)
{
	return ri->rp;
}

static inline unsigned long get_kretprobe_retaddr(struct kretprobe_instance *ri)
{
	return (unsigned long)ri->ret_addr;
}
#endif

#endif
