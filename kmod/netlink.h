/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_NETLINK_H
#define WP_NETLINK_H

#include <linux/types.h>

struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct wp_session;

extern struct genl_family wp_netlink_family;

int wp_netlink_init(void);
void wp_netlink_exit(void);
int wp_netlink_permit(struct sk_buff *skb, struct netlink_ext_ack *extack);
struct sk_buff *wp_netlink_reply_new(struct genl_info *info, u8 cmd, void **header);
int wp_netlink_reply_send(struct sk_buff *reply, void *header, struct genl_info *info, int err);
struct wp_session *wp_netlink_session(struct genl_info *info);
int wp_netlink_add_rules(struct sk_buff *skb, struct genl_info *info);
int wp_netlink_take_guard(const struct nlattr *attr, u32 *limit_ppm,
			  struct netlink_ext_ack *extack);
int wp_netlink_put_stats(struct sk_buff *skb, const struct wp_session *session);

int wp_dump_cost_start(struct netlink_callback *cb);
int wp_dump_cost(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_start(struct netlink_callback *cb);
int wp_dump_points(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_totals(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_open(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_records(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_tasks(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_unknown(struct sk_buff *skb, struct netlink_callback *cb);
int wp_dump_done(struct netlink_callback *cb);

#endif
