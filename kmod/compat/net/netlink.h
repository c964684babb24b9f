/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_NET_NETLINK_H
#define WP_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define nla_strscpy(to, attr, size) nla_strlcpy(to, attr, size)
#endif

#endif
