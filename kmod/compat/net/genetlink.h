/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_NET_GENETLINK_H
#define WP_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

/* Attributes of a dump's request. */
static inline struct nlattr **wp_genl_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* Commands that validate every header field: all, in kernels that can say so. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define WP_GENL_RESV_START_OP	.resv_start_op = WAITPROF_CMD_GET_INFO,
#else
#define WP_GENL_RESV_START_OP
#endif

#endif
