/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_NETLINK_H
#define WP_NETLINK_H

#include <linux/types.h>

struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct sk_buff;
struct wp_session;

extern struct genl_family wp_netlink_family;

int wp_netlink_init(void);
void wp_netlink_exit(void);
int wp_netlink_permit(struct sk_buff *skb, struct netlink_ext_ack *extack);
int wp_netlink_put_stats(struct sk_buff *skb, const struct wp_session *session);

int wp_dump_start(struct netlink_callback *cb);
int wp_dump_points(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_totals(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_open(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_records(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_tasks(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_reserved(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_done(struct netlink_callback *cb);

#endif
