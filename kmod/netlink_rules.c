// SPDX-License-Identifier: GPL-2.0-only
/*
 * The requests about unwind rules: tables, mappings and questions in, places where
 * walks stopped out.
 */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <net/genetlink.h>

#include "epoch.h"
#include "netlink.h"
#include "session.h"
#include "session_rules.h"

static int array_of(const struct nlattr *attr, size_t size, const void **rows, u32 *nr,
		    struct netlink_ext_ack *extack)
{
	*rows = NULL;
	*nr = 0;
	if (!attr)
		return 0;
	if (nla_len(attr) % size) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "not a whole number of rows");
		return -EINVAL;
	}
	*rows = nla_data(attr);
	*nr = nla_len(attr) / size;
	return 0;
}

static u32 u32_of(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static int add_piece(struct wp_session *session, struct nlattr **attrs, struct sk_buff *reply,
		     struct netlink_ext_ack *extack)
{
	struct wp_piece piece = {
		.number = u32_of(attrs[WAITPROF_A_RULES_TABLE]),
		.total = u32_of(attrs[WAITPROF_A_RULES_TOTAL]),
		.first = u32_of(attrs[WAITPROF_A_RULES_FIRST]),
	};
	int err;

	if (!attrs[WAITPROF_A_RULES_TOTAL] || !attrs[WAITPROF_A_RULES_FIRST]) {
		NL_SET_ERR_MSG(extack, "the table's size or the piece's place in it is missing");
		return -EINVAL;
	}
	err = array_of(attrs[WAITPROF_A_RULES], sizeof(struct waitprof_rule), &piece.rules,
		       &piece.nr_rules, extack) ?:
	      array_of(attrs[WAITPROF_A_RULES_STEPS], sizeof(struct waitprof_step), &piece.steps,
		       &piece.nr_steps, extack);
	if (err)
		return err;
	mutex_lock(&session->rules->lock);
	err = wp_tables_add(&session->rules->tables, &piece, extack);
	mutex_unlock(&session->rules->lock);
	return err ?: nla_put_u32(reply, WAITPROF_A_RULES_TABLE, piece.number);
}

static int put_space(struct sk_buff *reply, u64 id)
{
	return nla_put_u64_64bit(reply, WAITPROF_A_SPACE_ID, id, WAITPROF_A_PAD) ?:
	       nla_put_u32(reply, WAITPROF_A_SPACE_EPOCH, wp_epoch(id));
}

static int add_mappings(struct wp_session *session, struct nlattr **attrs,
			struct sk_buff *reply, struct netlink_ext_ack *extack)
{
	const void *rows;
	u32 nr, epoch;
	u64 id;
	int err;

	if (!attrs[WAITPROF_A_SPACE_EPOCH] || !attrs[WAITPROF_A_SPACE_MAPPINGS]) {
		NL_SET_ERR_MSG(extack, "the epoch or the mappings of the space are missing");
		return -EINVAL;
	}
	id = nla_get_u64(attrs[WAITPROF_A_SPACE_ID]);
	epoch = nla_get_u32(attrs[WAITPROF_A_SPACE_EPOCH]);
	err = array_of(attrs[WAITPROF_A_SPACE_MAPPINGS], sizeof(struct waitprof_mapping),
		       &rows, &nr, extack);
	if (err)
		return err;
	if (nr && epoch != wp_epoch(id)) {
		NL_SET_ERR_MSG(extack, "code of this space was unmapped meanwhile: ask again");
		return -ESTALE;
	}
	mutex_lock(&session->rules->lock);
	err = wp_spaces_put(&session->rules->spaces, &session->rules->tables, id, epoch, rows,
			    nr, extack);
	mutex_unlock(&session->rules->lock);
	return err ?: put_space(reply, id);
}

/* A leader that has ended has left its threads' address space. */
static struct mm_struct *mm_of(u32 tgid)
{
	struct task_struct *process, *thread;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	process = pid_task(find_pid_ns(tgid, &init_pid_ns), PIDTYPE_TGID);
	if (process) {
		for_each_thread(process, thread) {
			mm = get_task_mm(thread);
			if (mm)
				break;
		}
	}
	rcu_read_unlock();
	return mm;
}

static int answer(struct nlattr **attrs, struct sk_buff *reply, struct netlink_ext_ack *extack)
{
	struct mm_struct *mm = mm_of(nla_get_u32(attrs[WAITPROF_A_SPACE_TGID]));
	u64 id;

	if (!mm) {
		NL_SET_ERR_MSG(extack, "no such process, or it has no address space");
		return -ESRCH;
	}
	id = mm->context.ctx_id;
	mmput(mm);
	return put_space(reply, id);
}

static int add(struct wp_session *session, struct nlattr **attrs, struct sk_buff *reply,
	       struct netlink_ext_ack *extack)
{
	if (!!attrs[WAITPROF_A_RULES_TABLE] + !!attrs[WAITPROF_A_SPACE_ID] +
	    !!attrs[WAITPROF_A_SPACE_TGID] != 1) {
		NL_SET_ERR_MSG(extack, "name one table, one space or one process");
		return -EINVAL;
	}
	if (attrs[WAITPROF_A_RULES_TABLE])
		return add_piece(session, attrs, reply, extack);
	if (wp_epoch_blind()) {
		NL_SET_ERR_MSG(extack, "this kernel does not tell of code that is unmapped");
		return -EOPNOTSUPP;
	}
	if (attrs[WAITPROF_A_SPACE_ID])
		return add_mappings(session, attrs, reply, extack);
	return answer(attrs, reply, extack);
}

static int check_session(const struct wp_session *session, struct netlink_ext_ack *extack)
{
	if (session->rules)
		return 0;
	NL_SET_ERR_MSG(extack, "this session does not walk by rules");
	return -EOPNOTSUPP;
}

/**
 * wp_netlink_add_rules() - take rules or mappings, or answer where they belong
 * @skb: request
 * @info: request
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int wp_netlink_add_rules(struct sk_buff *skb, struct genl_info *info)
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
	err = check_session(session, info->extack);
	if (err)
		goto out;
	reply = wp_netlink_reply_new(info, WAITPROF_CMD_ADD_RULES, &header);
	if (!reply) {
		err = -ENOMEM;
		goto out;
	}
	err = add(session, info->attrs, reply, info->extack) ?:
	      nla_put_u32(reply, WAITPROF_A_SESSION_ID, session->id) ?:
	      nla_put_u64_64bit(reply, WAITPROF_A_SESSION_USED_BYTES,
				wp_budget_used(&session->budget), WAITPROF_A_PAD);
	err = wp_netlink_reply_send(reply, header, info, err);
out:
	wp_session_put(session);
	return err;
}
