// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: who may call, what is valid, and the commands
 * that answer with one message. Dumps are in netlink_dump_*.c. The messages are
 * described in the uapi header.
 *
 * parallel_ops is set: arming patches kernel text and waits for grace periods,
 * which must not happen under the machine-wide genetlink mutex (the registration
 * of another family still waits for a request to end). What needs serialising is
 * serialised by session.c.
 */
#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <waitprof/version.h>

#include "canary.h"
#include "cost.h"
#include "epoch.h"
#include "guard.h"
#include "hide.h"
#include "netlink.h"
#include "params.h"
#include "point.h"
#include "session.h"
#include "stack_cache.h"

#define WP_DEFAULT_CLASSES	((1U << (WAITPROF_CLASS_MAX + 1)) - 2 - \
				 (1U << WAITPROF_CLASS_BLOCK))
#define WP_ALL_CLASSES		((1U << (WAITPROF_CLASS_MAX + 1)) - 2)

#ifndef CAP_PERFMON
#error "this kernel is older than 5.8"
#endif

/**
 * wp_netlink_permit() - may the sender of a message do this?
 * @skb: the message
 * @extack: told why not
 *
 * GENL_ADMIN_PERM would ask for CAP_NET_ADMIN, which is another capability.
 *
 * Context: process.
 * Return: 0 or -EPERM.
 */
int wp_netlink_permit(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN) && !netlink_capable(skb, CAP_PERFMON)) {
		NL_SET_ERR_MSG(extack,
			       "needs CAP_SYS_ADMIN or CAP_PERFMON in the initial user namespace");
		return -EPERM;
	}
	if (!net_eq(sock_net(skb->sk), &init_net) ||
	    task_active_pid_ns(current) != &init_pid_ns) {
		NL_SET_ERR_MSG(extack,
			       "must be called from the initial network and pid namespaces");
		return -EPERM;
	}
	return 0;
}

/**
 * wp_netlink_reply_new() - begin a reply; the caller adds attributes and sends it
 * @info: request
 * @cmd: WAITPROF_CMD_*
 * @header: set, for wp_netlink_reply_send()
 *
 * Context: process; may sleep.
 * Return: the reply or NULL.
 */
struct sk_buff *wp_netlink_reply_new(struct genl_info *info, u8 cmd, void **header)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!reply)
		return NULL;
	*header = genlmsg_put_reply(reply, info, &wp_netlink_family, 0, cmd);
	if (*header)
		return reply;
	nlmsg_free(reply);
	return NULL;
}

/**
 * wp_netlink_reply_send() - end a reply and send it
 * @reply: complete
 * @header: of wp_netlink_reply_new()
 * @info: request
 * @err: not 0: free the reply instead
 *
 * Context: process; may sleep.
 * Return: @err or the error of sending.
 */
int wp_netlink_reply_send(struct sk_buff *reply, void *header, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static u32 info_flags(bool silent, bool hidden)
{
	u32 flags = 0;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		flags |= WAITPROF_INFO_RT;
	if (!IS_ENABLED(CONFIG_SCHED_INFO))
		flags |= WAITPROF_INFO_NO_SCHED_INFO;
	if (silent)
		flags |= WAITPROF_INFO_SILENT;
	if (wp_epoch_blind())
		flags |= WAITPROF_INFO_NO_RULES;
	if (hidden)
		flags |= WAITPROF_INFO_HIDDEN;
	return flags;
}

static u32 info_classes(void)
{
	u32 mask = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++)
		if (wp_points[i].state != WAITPROF_POINT_BLIND)
			mask |= 1U << wp_points[i].desc->class_id;
	return mask;
}

static int cmd_get_info(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct waitprof_stack_cache cache;
	struct waitprof_own_cost own;
	u64 fixed_bytes;
	int silent;
	u32 classes;
	void *header;
	int err;

	err = wp_netlink_permit(skb, info->extack);
	if (err)
		return err;
	wp_sessions_lock();
	silent = wp_canary_silent();
	fixed_bytes = wp_points_bytes() + wp_open_map_bytes() + wp_epoch_bytes() +
		      wp_stack_cache_bytes() + wp_cost_bytes();
	wp_stack_cache_stats(&cache);
	wp_guard_own(&own);
	classes = info_classes();
	wp_sessions_unlock();

	reply = wp_netlink_reply_new(info, WAITPROF_CMD_GET_INFO, &header);
	if (!reply)
		return -ENOMEM;
	err = nla_put_u32(reply, WAITPROF_A_INFO_ABI, WAITPROF_ABI) ?:
	      nla_put_string(reply, WAITPROF_A_INFO_VERSION, WAITPROF_VERSION) ?:
	      nla_put_string(reply, WAITPROF_A_INFO_KERNEL, init_utsname()->release) ?:
	      nla_put_u32(reply, WAITPROF_A_INFO_CPUS, num_possible_cpus()) ?:
	      nla_put_u32(reply, WAITPROF_A_INFO_SESSIONS, wp_sessions_count()) ?:
	      nla_put_u32(reply, WAITPROF_A_INFO_FLAGS,
			  info_flags(silent > 0, wp_hide_from(skb))) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_INFO_FIXED_BYTES, fixed_bytes,
				WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_INFO_NOW_NS, ktime_get_mono_fast_ns(),
				WAITPROF_A_PAD) ?:
	      nla_put_u32(reply, WAITPROF_A_INFO_CLASSES, classes) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_INFO_SESSION_BYTES,
				wp_param_session_bytes(), WAITPROF_A_PAD) ?:
	      nla_put(reply, WAITPROF_A_INFO_STACK_CACHE, sizeof(cache), &cache) ?:
	      nla_put(reply, WAITPROF_A_INFO_OWN_COST, sizeof(own), &own);
	return wp_netlink_reply_send(reply, header, info, err);
}

static int take_ids(const struct nlattr *attr, u32 *ids, u32 *nr,
		    struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	if (!nla_len(attr) || nla_len(attr) % sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "not an array of 32-bit ids");
		return -EINVAL;
	}
	memcpy(ids, nla_data(attr), nla_len(attr));
	*nr = nla_len(attr) / sizeof(u32);
	return 0;
}

static int take_filter(struct wp_filter *filter, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	int err;

	filter->classes = WP_DEFAULT_CLASSES;
	if (attrs[WAITPROF_A_SESSION_CLASSES])
		filter->classes = nla_get_u32(attrs[WAITPROF_A_SESSION_CLASSES]);
	if (!filter->classes) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WAITPROF_A_SESSION_CLASSES],
				    "no class asked for");
		return -EINVAL;
	}
	if (attrs[WAITPROF_A_SESSION_NOT_TGID])
		filter->not_tgid = nla_get_u32(attrs[WAITPROF_A_SESSION_NOT_TGID]);
	if (attrs[WAITPROF_A_SESSION_MIN_NS])
		filter->min_ns = nla_get_u64(attrs[WAITPROF_A_SESSION_MIN_NS]);
	if (attrs[WAITPROF_A_SESSION_COMM_GLOB])
		nla_strscpy(filter->comm_glob, attrs[WAITPROF_A_SESSION_COMM_GLOB],
			    sizeof(filter->comm_glob));
	if (attrs[WAITPROF_A_SESSION_CGROUP])
		filter->cgroup = nla_get_u64(attrs[WAITPROF_A_SESSION_CGROUP]);
	if (filter->cgroup && !IS_ENABLED(CONFIG_CGROUPS)) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WAITPROF_A_SESSION_CGROUP],
				    "this kernel has no cgroups");
		return -EOPNOTSUPP;
	}
	err = take_ids(attrs[WAITPROF_A_SESSION_TGIDS], filter->tgids, &filter->nr_tgids, extack) ?:
	      take_ids(attrs[WAITPROF_A_SESSION_TIDS], filter->tids, &filter->nr_tids, extack);
	if (err)
		return err;
	if (attrs[WAITPROF_A_SESSION_FLAGS] &&
	    nla_get_u32(attrs[WAITPROF_A_SESSION_FLAGS]) & WAITPROF_SESSION_F_FOLLOW &&
	    !filter->nr_tgids && !filter->nr_tids) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[WAITPROF_A_SESSION_FLAGS],
				    "to follow takes processes or threads to begin with");
		return -EINVAL;
	}
	wp_filter_sort(filter);
	return 0;
}

static int take_records(struct wp_session_spec *spec, const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	spec->nr_records = nla_get_u32(attr);
	if (!(spec->flags & WAITPROF_SESSION_F_RECORDS))
		NL_SET_ERR_MSG_ATTR(extack, attr, "room for records of a session that keeps none");
	else if (!spec->nr_records)
		NL_SET_ERR_MSG_ATTR(extack, attr, "no room for any record");
	else if (spec->nr_records > WAITPROF_MAX_RECORDS)
		NL_SET_ERR_MSG_ATTR(extack, attr, "too many records a CPU");
	else
		return 0;
	return -EINVAL;
}

static int take_rules(const struct wp_session_spec *spec, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	if (!(spec->flags & WAITPROF_SESSION_F_RULES) || spec->flags & WAITPROF_SESSION_F_USTACK)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "rules of user stacks for a session that keeps none");
	return -EINVAL;
}

static int take_bytes(struct wp_session_spec *spec, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	spec->limit_bytes = nla_get_u64(attr);
	if (spec->limit_bytes <= wp_param_session_max_bytes())
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "more memory than the module lets a session have (session_max_mbytes)");
	return -EINVAL;
}

static int reply_session_new(struct wp_session *session, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	int err;

	reply = wp_netlink_reply_new(info, WAITPROF_CMD_SESSION_NEW, &header);
	if (!reply)
		return -ENOMEM;
	err = nla_put_u32(reply, WAITPROF_A_SESSION_ID, session->id) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_SESSION_START_NS, READ_ONCE(session->start_ns),
				WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_SESSION_USED_BYTES,
				wp_budget_used(&session->budget), WAITPROF_A_PAD) ?:
	      nla_put_u32(reply, WAITPROF_A_SESSION_CLASSES, wp_session_classes(session));
	return wp_netlink_reply_send(reply, header, info, err);
}

static int cmd_session_new(struct sk_buff *skb, struct genl_info *info)
{
	struct wp_session_spec spec = { .portid = info->snd_portid };
	struct nlattr **attrs = info->attrs;
	struct wp_session *session;
	struct wp_filter *filter;
	int err;

	err = wp_netlink_permit(skb, info->extack);
	if (err)
		return err;
	filter = kzalloc(sizeof(*filter), GFP_KERNEL);
	if (!filter)
		return -ENOMEM;
	err = take_filter(filter, attrs, info->extack);
	if (err)
		goto out;
	spec.filter = filter;
	if (attrs[WAITPROF_A_SESSION_FLAGS])
		spec.flags = nla_get_u32(attrs[WAITPROF_A_SESSION_FLAGS]);
	spec.held = attrs[WAITPROF_A_SESSION_PAUSED] &&
		    nla_get_u8(attrs[WAITPROF_A_SESSION_PAUSED]);
	err = take_rules(&spec, attrs[WAITPROF_A_SESSION_FLAGS], info->extack) ?:
	      take_records(&spec, attrs[WAITPROF_A_SESSION_RECORDS], info->extack) ?:
	      take_bytes(&spec, attrs[WAITPROF_A_SESSION_BYTES], info->extack) ?:
	      wp_netlink_take_guard(attrs[WAITPROF_A_SESSION_GUARD], &spec.guard_ppm,
				    info->extack);
	if (err)
		goto out;
	session = wp_session_new(&spec, info->extack);
	if (IS_ERR(session)) {
		err = PTR_ERR(session);
		goto out;
	}
	err = reply_session_new(session, info);
	if (err)
		wp_session_del(session->id, info->snd_portid, NULL);
	wp_session_put(session);
out:
	kfree(filter);
	return err;
}

/**
 * wp_netlink_session() - the session named in a request
 * @info: request
 *
 * Context: process; may sleep.
 * Return: the session with a reference, or an error pointer: -EINVAL, -ENOENT.
 */
struct wp_session *wp_netlink_session(struct genl_info *info)
{
	struct wp_session *session;

	if (!info->attrs[WAITPROF_A_SESSION_ID]) {
		NL_SET_ERR_MSG(info->extack, "session id missing");
		return ERR_PTR(-EINVAL);
	}
	session = wp_session_get(nla_get_u32(info->attrs[WAITPROF_A_SESSION_ID]),
				 info->snd_portid, info->extack);
	return session ?: ERR_PTR(-ENOENT);
}

static int cmd_session_pause(struct sk_buff *skb, struct genl_info *info)
{
	struct wp_session *session;
	struct sk_buff *reply;
	void *header;
	u8 paused;
	int err;

	err = wp_netlink_permit(skb, info->extack);
	if (err)
		return err;
	if (!info->attrs[WAITPROF_A_SESSION_PAUSED]) {
		NL_SET_ERR_MSG(info->extack, "whether to pause is missing");
		return -EINVAL;
	}
	session = wp_netlink_session(info);
	if (IS_ERR(session))
		return PTR_ERR(session);
	reply = wp_netlink_reply_new(info, WAITPROF_CMD_SESSION_PAUSE, &header);
	if (!reply) {
		err = -ENOMEM;
		goto out;
	}
	paused = nla_get_u8(info->attrs[WAITPROF_A_SESSION_PAUSED]);
	err = wp_session_pause(session, paused);
	if (err)
		NL_SET_ERR_MSG(info->extack, "its guard has stopped this session: it cost too much");
	err = err ?:
	      nla_put_u32(reply, WAITPROF_A_SESSION_ID, session->id) ?:
	      nla_put_u8(reply, WAITPROF_A_SESSION_PAUSED, paused) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_SESSION_START_NS, READ_ONCE(session->start_ns),
				WAITPROF_A_PAD);
	err = wp_netlink_reply_send(reply, header, info, err);
out:
	wp_session_put(session);
	return err;
}

static int cmd_session_del(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;
	u32 id;
	int err;

	err = wp_netlink_permit(skb, info->extack);
	if (err)
		return err;
	if (!info->attrs[WAITPROF_A_SESSION_ID]) {
		NL_SET_ERR_MSG(info->extack, "session id missing");
		return -EINVAL;
	}
	reply = wp_netlink_reply_new(info, WAITPROF_CMD_SESSION_DEL, &header);
	if (!reply)
		return -ENOMEM;
	id = nla_get_u32(info->attrs[WAITPROF_A_SESSION_ID]);
	err = wp_session_del(id, info->snd_portid, info->extack);
	if (!err)
		err = nla_put_u32(reply, WAITPROF_A_SESSION_ID, id);
	return wp_netlink_reply_send(reply, header, info, err);
}

/**
 * wp_netlink_put_stats() - the counters of a session
 * @skb: message under construction
 * @session: the session
 *
 * Context: process; may sleep.
 * Return: 0 or -EMSGSIZE.
 */
int wp_netlink_put_stats(struct sk_buff *skb, const struct wp_session *session)
{
	u32 classes = wp_session_classes(session);
	struct waitprof_counters *counters;
	struct waitprof_losses losses;
	struct nlattr *attr;
	u32 class_id;

	attr = nla_reserve_64bit(skb, WAITPROF_A_STATS_COUNTERS,
				 hweight32(classes) * sizeof(*counters), WAITPROF_A_PAD);
	if (!attr)
		return -EMSGSIZE;
	counters = nla_data(attr);
	for (class_id = 1; class_id <= WAITPROF_CLASS_MAX; class_id++)
		if (classes & (1U << class_id))
			wp_session_counters(session, class_id, counters++);
	wp_session_losses(session, &losses);
	return nla_put_64bit(skb, WAITPROF_A_STATS_LOSSES, sizeof(losses), &losses,
			     WAITPROF_A_PAD);
}

static int cmd_get_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct wp_session *session;
	struct sk_buff *reply;
	void *header;
	int err;

	err = wp_netlink_permit(skb, info->extack);
	if (err)
		return err;
	session = wp_netlink_session(info);
	if (IS_ERR(session))
		return PTR_ERR(session);
	reply = wp_netlink_reply_new(info, WAITPROF_CMD_GET_STATS, &header);
	if (!reply) {
		err = -ENOMEM;
		goto out;
	}
	err = nla_put_u32(reply, WAITPROF_A_SESSION_ID, session->id) ?:
	      wp_netlink_put_stats(reply, session) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_STATS_NOW_NS, ktime_get_mono_fast_ns(),
				WAITPROF_A_PAD);
	err = wp_netlink_reply_send(reply, header, info, err);
out:
	wp_session_put(session);
	return err;
}

static const struct nla_policy policy_none[WAITPROF_A_MAX + 1] = {};

static const struct nla_policy policy_session_new[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_CLASSES] = NLA_POLICY_MASK(NLA_U32, WP_ALL_CLASSES),
	[WAITPROF_A_SESSION_TGIDS] = { .type = NLA_BINARY, .len = WAITPROF_MAX_IDS * sizeof(u32) },
	[WAITPROF_A_SESSION_TIDS] = { .type = NLA_BINARY, .len = WAITPROF_MAX_IDS * sizeof(u32) },
	[WAITPROF_A_SESSION_NOT_TGID] = { .type = NLA_U32 },
	[WAITPROF_A_SESSION_MIN_NS] = { .type = NLA_U64 },
	[WAITPROF_A_SESSION_COMM_GLOB] = { .type = NLA_NUL_STRING, .len = WAITPROF_GLOB_LEN },
	[WAITPROF_A_SESSION_CGROUP] = { .type = NLA_U64 },
	[WAITPROF_A_SESSION_FLAGS] = NLA_POLICY_MASK(NLA_U32, WAITPROF_SESSION_F_ALL),
	[WAITPROF_A_SESSION_BYTES] = { .type = NLA_U64 },
	[WAITPROF_A_SESSION_RECORDS] = { .type = NLA_U32 },
	[WAITPROF_A_SESSION_PAUSED] = NLA_POLICY_MAX(NLA_U8, 1),
	[WAITPROF_A_SESSION_GUARD] = { .type = NLA_U32 },
};

static const struct nla_policy policy_session_id[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
};

static const struct nla_policy policy_session_pause[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
	[WAITPROF_A_SESSION_PAUSED] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy policy_totals[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
	[WAITPROF_A_TOTALS_FLAGS] = NLA_POLICY_MASK(NLA_U32, WAITPROF_TOTALS_F_ALL),
};

static const struct nla_policy policy_stacks[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
	[WAITPROF_A_STACK_FROM] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy policy_open[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
	[WAITPROF_A_OPEN_FLAGS] = NLA_POLICY_MASK(NLA_U32, WAITPROF_OPEN_F_ALL),
};

/* Arrays as long as an attribute can be. */
static const struct nla_policy policy_add_rules[WAITPROF_A_MAX + 1] = {
	[WAITPROF_A_SESSION_ID] = { .type = NLA_U32 },
	[WAITPROF_A_RULES_TABLE] = { .type = NLA_U32 },
	[WAITPROF_A_RULES_TOTAL] = { .type = NLA_U32 },
	[WAITPROF_A_RULES_FIRST] = { .type = NLA_U32 },
	[WAITPROF_A_RULES_STEPS] = { .type = NLA_BINARY },
	[WAITPROF_A_RULES] = { .type = NLA_BINARY },
	[WAITPROF_A_SPACE_TGID] = { .type = NLA_U32 },
	[WAITPROF_A_SPACE_ID] = { .type = NLA_U64 },
	[WAITPROF_A_SPACE_EPOCH] = { .type = NLA_U32 },
	[WAITPROF_A_SPACE_MAPPINGS] = { .type = NLA_BINARY },
};

#define WP_DO(op, call, rules) {			\
	.cmd = WAITPROF_CMD_##op,			\
	.doit = (call),					\
	.policy = rules,				\
	.maxattr = WAITPROF_A_MAX,			\
}

#define WP_DUMP(op, call, rules) {			\
	.cmd = WAITPROF_CMD_##op,			\
	.start = wp_dump_start,				\
	.dumpit = (call),				\
	.done = wp_dump_done,				\
	.policy = rules,				\
	.maxattr = WAITPROF_A_MAX,			\
}

static const struct genl_ops netlink_ops[] = {
	WP_DO(GET_INFO, cmd_get_info, policy_none),
	WP_DUMP(GET_POINTS, wp_dump_points, policy_none),
	WP_DO(SESSION_NEW, cmd_session_new, policy_session_new),
	WP_DO(SESSION_PAUSE, cmd_session_pause, policy_session_pause),
	WP_DO(SESSION_DEL, cmd_session_del, policy_session_id),
	WP_DUMP(SESSION_GET, wp_dump_sessions, policy_none),
	WP_DUMP(GET_TOTALS, wp_dump_totals, policy_totals),
	WP_DUMP(GET_STACKS, wp_dump_stacks, policy_stacks),
	WP_DUMP(GET_OPEN, wp_dump_open, policy_open),
	WP_DUMP(GET_RECORDS, wp_dump_records, policy_session_id),
	WP_DUMP(GET_UNKNOWN, wp_dump_unknown, policy_session_id),
	WP_DO(ADD_RULES, wp_netlink_add_rules, policy_add_rules),
	WP_DO(GET_STATS, cmd_get_stats, policy_session_id),
	WP_DUMP(GET_TASKS, wp_dump_tasks, policy_session_id),
	{
		.cmd = WAITPROF_CMD_GET_COST,
		.start = wp_dump_cost_start,
		.dumpit = wp_dump_cost,
		.policy = policy_none,
		.maxattr = WAITPROF_A_MAX,
	},
};

struct genl_family wp_netlink_family __ro_after_init = {
	.name = WAITPROF_GENL_NAME,
	.version = WAITPROF_GENL_VERSION,
	.maxattr = WAITPROF_A_MAX,
	.module = THIS_MODULE,
	.ops = netlink_ops,
	.n_ops = ARRAY_SIZE(netlink_ops),
	WP_GENL_RESV_START_OP
	/* Visible elsewhere to be refused with a sentence. */
	.netnsok = true,
	.parallel_ops = true,
};

static int socket_event(struct notifier_block *block, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		wp_session_release_portid(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block socket_notifier = {
	.notifier_call = socket_event,
};

/**
 * wp_netlink_init() - begin to take requests
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int __init wp_netlink_init(void)
{
	int ret;

	ret = netlink_register_notifier(&socket_notifier);
	if (ret)
		return ret;
	ret = genl_register_family(&wp_netlink_family);
	if (ret)
		netlink_unregister_notifier(&socket_notifier);
	return ret;
}

/**
 * wp_netlink_exit() - take no more requests; those that run have ended
 *
 * Context: process; may sleep.
 */
void wp_netlink_exit(void)
{
	genl_unregister_family(&wp_netlink_family);
	netlink_unregister_notifier(&socket_notifier);
}
