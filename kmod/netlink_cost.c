// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module's own work costs, as a dump, and what a session may cost, as it is
 * asked for.
 */
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "cost.h"
#include "guard_rule.h"
#include "netlink.h"
#include "params.h"

/* One kind of handler, while it is made into a message. */
struct told {
	struct waitprof_cost sum;
	u64 counts[WAITPROF_COST_BUCKETS];
	struct waitprof_bucket buckets[WAITPROF_COST_BUCKETS];
};

/**
 * wp_netlink_take_guard() - the limit that a new session asks for
 * @attr: A_SESSION_GUARD, or NULL
 * @limit_ppm: result
 * @extack: told why not
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int wp_netlink_take_guard(const struct nlattr *attr, u32 *limit_ppm,
			  struct netlink_ext_ack *extack)
{
	*limit_ppm = attr ? nla_get_u32(attr) : wp_param_guard_ppm();
	if (*limit_ppm <= WP_GUARD_ALL)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "a guard's limit above a whole CPU");
	return -EINVAL;
}

/**
 * wp_dump_cost_start() - begin to tell what handlers cost
 * @cb: the dump
 *
 * Context: process.
 * Return: 0 or -EPERM.
 */
int wp_dump_cost_start(struct netlink_callback *cb)
{
	return wp_netlink_permit(cb->skb, cb->extack);
}

static int put_cost(struct sk_buff *skb, struct netlink_callback *cb, struct told *told)
{
	void *header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &wp_netlink_family, NLM_F_MULTI, WAITPROF_CMD_GET_COST);
	u32 i, nr = 0;

	if (!header)
		return -EMSGSIZE;
	for (i = 0; i < WAITPROF_COST_BUCKETS; i++)
		if (told->counts[i])
			told->buckets[nr++] = (struct waitprof_bucket){
				.idx = i,
				.count = told->counts[i],
			};
	if (nla_put_64bit(skb, WAITPROF_A_COST, sizeof(told->sum), &told->sum, WAITPROF_A_PAD) ||
	    nla_put_64bit(skb, WAITPROF_A_COST_BUCKETS, nr * sizeof(told->buckets[0]),
			  told->buckets, WAITPROF_A_PAD)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * wp_dump_cost() - go on telling what handlers cost
 * @skb: buffer to fill
 * @cb: the dump; cb->args[0] is the next kind
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_cost(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct told *told = kmalloc(sizeof(*told), GFP_KERNEL);
	int err = 0;

	if (!told)
		return -ENOMEM;
	for (; !err && cb->args[0] < WAITPROF_NR_HANDLERS; cb->args[0] += !err) {
		memset(told, 0, sizeof(*told));
		wp_cost_read(cb->args[0], &told->sum, told->counts);
		err = put_cost(skb, cb, told);
	}
	kfree(told);
	return skb->len ? skb->len : err;
}
