// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink dumps. A dump fills one buffer after the other and may stop anywhere:
 * its cursor (struct cursor, at cb->args[0]) holds a reference to the session
 * from start to done, so the session's tables stay although it may end
 * meanwhile, and remembers the next position. A message that does not fit is
 * cancelled whole and comes first in the next buffer.
 *
 * The tables only grow, so a dump cannot be torn; a row is read at one moment
 * (totals.c), rows of one dump at different ones. Records are taken out of their
 * ring once they are in a message that fits.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>

#include "epoch.h"
#include "hide.h"
#include "netlink.h"
#include "owner.h"
#include "params.h"
#include "point.h"
#include "session.h"
#include "session_rules.h"
#include "task.h"

/* Tasks in one message. */
#define WP_DUMP_TASKS	256

/* Room for the largest message: a row with every bucket. */
#define WP_DUMP_BYTES	8192

/* The CPU's time between two chances to let others run: positions looked at. */
#define WP_DUMP_STRIDE	1024

/* Sleeps of 0.1 ms while a row is being written, before a dump gives up. */
#define WP_DUMP_TRIES	10000

struct cursor {
	bool opened;
	bool hidden;	/* kernel addresses, from this reader */
	struct wp_session *session;
	u32 flags;
	u32 outer;	/* point, CPU, or phase */
	u32 inner;	/* slot, row, stack id, session id, task or records left */
	struct waitprof_task *tasks;
	u32 nr_tasks;
	bool in_ring;
	struct wp_lenders lenders;
	struct wp_stack stack;
	struct waitprof_row row;
	struct wp_hist hist;
	struct waitprof_bucket buckets[WAITPROF_HIST_BUCKETS];
};

static struct cursor *cursor_of(struct netlink_callback *cb)
{
	return (struct cursor *)cb->args[0];
}

/**
 * wp_dump_start() - begin any dump
 * @cb: the dump
 *
 * Permission is decided here, where the current task is sure to be the sender: a
 * later call may run for whoever reads from the socket. All other refusals wait
 * for the first call of the dump (cursor_open()): 6.1 and older have no extended
 * ack here to say why.
 *
 * Context: process; may sleep.
 * Return: 0, -EPERM or -ENOMEM.
 */
int wp_dump_start(struct netlink_callback *cb)
{
	struct cursor *cursor;
	int err;

	err = wp_netlink_permit(cb->skb, cb->extack);
	if (err)
		return err;
	cursor = kvzalloc(sizeof(*cursor), GFP_KERNEL);
	if (!cursor)
		return -ENOMEM;
	cursor->hidden = wp_hide_from(cb->skb);
	cb->args[0] = (long)cursor;
	cb->min_dump_alloc = WP_DUMP_BYTES;
	return 0;
}

/*
 * Checks and takes what the request names, at a dump's first call.
 * Return: 1 if this was the first call, 0 later, -errno.
 */
static int cursor_open(struct netlink_callback *cb, bool needs_session)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct cursor *cursor = cursor_of(cb);

	if (cursor->opened)
		return 0;
	if (needs_session) {
		if (!attrs[WAITPROF_A_SESSION_ID]) {
			NL_SET_ERR_MSG(cb->extack, "session id missing");
			return -EINVAL;
		}
		cursor->session = wp_session_get(nla_get_u32(attrs[WAITPROF_A_SESSION_ID]),
						 NETLINK_CB(cb->skb).portid, cb->extack);
		if (!cursor->session)
			return -ENOENT;
	}
	cursor->opened = true;
	return 1;
}

/**
 * wp_dump_done() - a dump has ended, or its reader is gone
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: 0.
 */
int wp_dump_done(struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);

	if (!cursor)
		return 0;
	if (cursor->session)
		wp_session_put(cursor->session);
	kvfree(cursor->tasks);
	kvfree(cursor);
	cb->args[0] = 0;
	return 0;
}

static void *message_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &wp_netlink_family, NLM_F_MULTI, cmd);
}

/* Ends a message, or takes it back if it did not fit. */
static int message_end(struct sk_buff *skb, void *header, int err)
{
	if (err)
		genlmsg_cancel(skb, header);
	else
		genlmsg_end(skb, header);
	return err;
}

/* What a dump callback returns: the bytes it wrote, or that nothing fits. */
static int dump_result(struct sk_buff *skb, int err)
{
	return skb->len ? skb->len : err;
}

static u64 point_nmissed(const struct wp_point *point)
{
	return point->backend && point->backend->nmissed ? point->backend->nmissed(point) : 0;
}

static int put_point(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct wp_point *point)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_POINTS);
	struct wp_point_stats stats;
	u32 slot, nr_open = 0, end = wp_open_table_end(&point->open);
	int err;

	if (!header)
		return -EMSGSIZE;
	wp_point_stats_read(point, &stats);
	for (slot = 0; slot < end; slot++) {
		if (!(slot % WP_DUMP_STRIDE))
			cond_resched();
		nr_open += READ_ONCE(point->open.slots[slot].seq) & 1;
	}
	err = nla_put_u32(skb, WAITPROF_A_POINT_ID, point->id + 1) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_CLASS, point->desc->class_id) ?:
	      nla_put_string(skb, WAITPROF_A_POINT_NAME, point->desc->name) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_STATE, point->state) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_BACKEND,
			  point->backend ? point->backend->id : WAITPROF_BACKEND_NONE) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_LIMIT,
			  wp_param_open_limit(point->desc->limit)) ?:
	      nla_put_u32(skb, WAITPROF_A_POINT_OPEN, nr_open) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_HITS, stats.hits, WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_MISSED, stats.missed, WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_NMISSED,
				point_nmissed(point), WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_POINT_UNPAIRED, stats.unpaired,
				WAITPROF_A_PAD);
	if (!err && point->symbol[0])
		err = nla_put_string(skb, WAITPROF_A_POINT_SYMBOL, point->symbol);
	if (!err && point->state == WAITPROF_POINT_BLIND)
		err = nla_put_u32(skb, WAITPROF_A_POINT_ERROR, -point->error) ?:
		      nla_put_string(skb, WAITPROF_A_POINT_REASON, wp_point_reason(point));
	if (!err && point->state == WAITPROF_POINT_COVERED)
		err = nla_put_string(skb, WAITPROF_A_POINT_REASON, wp_point_reason(point));
	return message_end(skb, header, err);
}

/**
 * wp_dump_points() - go on with a dump of the wait points
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_points(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, false);

	if (err < 0)
		return err;
	err = 0;
	wp_sessions_lock();
	for (; !err && cursor->outer < wp_nr_points; cursor->outer += !err)
		err = put_point(skb, cb, &wp_points[cursor->outer]);
	wp_sessions_unlock();
	return dump_result(skb, err);
}

static int put_ids(struct sk_buff *skb, int attr, const u32 *ids, u32 nr)
{
	return nr ? nla_put(skb, attr, nr * sizeof(*ids), ids) : 0;
}

static int put_task_filter(struct sk_buff *skb, const struct wp_filter *filter)
{
	int err = 0;

	if (filter->comm_glob[0])
		err = nla_put_string(skb, WAITPROF_A_SESSION_COMM_GLOB, filter->comm_glob);
	if (!err && filter->cgroup)
		err = nla_put_u64_64bit(skb, WAITPROF_A_SESSION_CGROUP, filter->cgroup,
					WAITPROF_A_PAD);
	return err;
}

static int put_session(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct wp_session *session)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_SESSION_GET);
	const struct wp_filter *filter = &session->filter;
	int err;

	if (!header)
		return -EMSGSIZE;
	err = nla_put_u32(skb, WAITPROF_A_SESSION_ID, session->id) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_PORTID, session->portid) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_OWNER, session->owner_tgid) ?:
	      nla_put_string(skb, WAITPROF_A_SESSION_COMM, session->owner_comm) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_CLASSES, wp_session_classes(session)) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_FLAGS, session->flags) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_MIN_NS, filter->min_ns,
				WAITPROF_A_PAD) ?:
	      put_ids(skb, WAITPROF_A_SESSION_TGIDS, filter->tgids, filter->nr_tgids) ?:
	      put_ids(skb, WAITPROF_A_SESSION_TIDS, filter->tids, filter->nr_tids) ?:
	      put_task_filter(skb, filter) ?:
	      nla_put_u32(skb, WAITPROF_A_SESSION_NOT_TGID, filter->not_tgid) ?:
	      nla_put_u8(skb, WAITPROF_A_SESSION_PAUSED, READ_ONCE(session->paused)) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_START_NS, READ_ONCE(session->start_ns),
				WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_USED_BYTES,
				wp_budget_used(&session->budget), WAITPROF_A_PAD) ?:
	      nla_put_u64_64bit(skb, WAITPROF_A_SESSION_BYTES, session->budget.limit_bytes,
				WAITPROF_A_PAD) ?:
	      wp_netlink_put_stats(skb, session);
	return message_end(skb, header, err);
}

/**
 * wp_dump_sessions() - go on with a dump of all sessions
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_sessions(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	struct wp_session *session;
	int err = cursor_open(cb, false);

	if (err < 0)
		return err;
	err = 0;
	while (!err) {
		session = wp_session_get_next(cursor->inner);
		if (!session)
			break;
		err = put_session(skb, cb, session);
		if (!err)
			cursor->inner = session->id;
		wp_session_put(session);
	}
	return dump_result(skb, err);
}

static u32 pack_buckets(struct cursor *cursor)
{
	u32 i, nr = 0;

	if (!(cursor->flags & WAITPROF_TOTALS_F_BUCKETS) ||
	    !(cursor->row.flags & (WAITPROF_ROW_F_OWN_HIST | WAITPROF_ROW_F_FALLBACK_HIST)))
		return 0;
	for (i = 0; i < WAITPROF_HIST_BUCKETS; i++)
		if (cursor->hist.buckets[i])
			cursor->buckets[nr++] = (struct waitprof_bucket){
				.idx = i,
				.count = cursor->hist.buckets[i],
			};
	return nr;
}

static int put_row(struct sk_buff *skb, struct netlink_callback *cb, struct cursor *cursor)
{
	u32 nr = pack_buckets(cursor);
	void *header;
	int err;

	header = message_begin(skb, cb, WAITPROF_CMD_GET_TOTALS);
	if (!header)
		return -EMSGSIZE;
	err = nla_put_64bit(skb, WAITPROF_A_TOTALS_ROW, sizeof(cursor->row), &cursor->row,
			    WAITPROF_A_PAD);
	if (!err && nr)
		err = nla_put_64bit(skb, WAITPROF_A_TOTALS_BUCKETS,
				    nr * sizeof(cursor->buckets[0]), cursor->buckets,
				    WAITPROF_A_PAD);
	return message_end(skb, header, err);
}

/* A writer is only inside for instants, but its virtual CPU may be stopped. */
static int read_row(struct cursor *cursor, const struct wp_totals *totals)
{
	int ret, tries;

	for (tries = 0; tries < WP_DUMP_TRIES; tries++) {
		ret = wp_totals_read(totals, cursor->inner, &cursor->row, &cursor->hist);
		if (ret != -EAGAIN)
			break;
		usleep_range(100, 200);
	}
	return ret;
}

static int dump_cpu(struct sk_buff *skb, struct netlink_callback *cb,
		    struct cursor *cursor, const struct wp_totals *totals)
{
	u32 end = WP_TOTALS_FIRST_ROW + totals->nr_rows;
	int ret;

	for (; cursor->inner < end; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		ret = read_row(cursor, totals);
		if (ret > 0 && cursor->hidden) {
			wp_hide_object(&cursor->row.object, cursor->row.object_type);
			wp_hide_object(&cursor->row.last_object, cursor->row.last_object_type);
		}
		if (ret > 0)
			ret = put_row(skb, cb, cursor);
		if (ret)
			return ret;
	}
	cursor->inner = 0;
	return 0;
}

/**
 * wp_dump_totals() - go on with a dump of a session's totals
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_totals(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);

	if (err < 0)
		return err;
	if (err && attrs[WAITPROF_A_TOTALS_FLAGS])
		cursor->flags = nla_get_u32(attrs[WAITPROF_A_TOTALS_FLAGS]);
	err = 0;
	for (; !err && cursor->outer < nr_cpu_ids; cursor->outer += !err) {
		const struct wp_session_cpu *cpu = cursor->session->cpu[cursor->outer];

		if (cpu)
			err = dump_cpu(skb, cb, cursor, &cpu->totals);
	}
	return dump_result(skb, err);
}

static int put_stack(struct sk_buff *skb, struct netlink_callback *cb, u32 id,
		     const u64 *frames, u32 nr, u32 flags)
{
	bool hidden = cursor_of(cb)->hidden && !(flags & WAITPROF_STACK_F_USER);
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_STACKS);
	int err;

	if (!header)
		return -EMSGSIZE;
	err = nla_put_u32(skb, WAITPROF_A_STACK_ID, id) ?:
	      nla_put_u32(skb, WAITPROF_A_STACK_FLAGS, flags) ?:
	      nla_put_64bit(skb, WAITPROF_A_STACK_FRAMES, nr * sizeof(*frames), frames,
			    WAITPROF_A_PAD);
	if (!err && hidden)
		wp_hide_addresses(skb_tail_pointer(skb) - nr * sizeof(*frames), nr);
	return message_end(skb, header, err);
}

/**
 * wp_dump_stacks() - go on with a dump of a session's stacks
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_stacks(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **attrs = wp_genl_dump_attrs(cb);
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);
	struct wp_stack_table *stacks;
	u32 last;

	if (err < 0)
		return err;
	if (err)
		cursor->inner = attrs[WAITPROF_A_STACK_FROM] ?
				nla_get_u32(attrs[WAITPROF_A_STACK_FROM]) : 1;
	stacks = &cursor->session->stacks;
	last = wp_stack_used(stacks);
	err = 0;
	for (; cursor->inner <= last; cursor->inner++) {
		u32 nr, flags;
		const u64 *frames = wp_stack_get(stacks, cursor->inner, &nr, &flags);

		if (!frames)
			continue;
		err = put_stack(skb, cb, cursor->inner, frames, nr, flags);
		if (err)
			break;
	}
	return dump_result(skb, err);
}

static int open_waits_begin(struct cursor *cursor, struct nlattr **attrs)
{
	if (attrs[WAITPROF_A_OPEN_FLAGS])
		cursor->flags = nla_get_u32(attrs[WAITPROF_A_OPEN_FLAGS]);
	if (!(cursor->flags & WAITPROF_OPEN_F_UNSEEN))
		return 0;
	return wp_task_list(&cursor->session->filter, &cursor->tasks, &cursor->nr_tasks);
}

static void open_owner(struct waitprof_open *row, const struct wp_open *wait,
		       const struct wp_point_desc *desc)
{
	struct wp_owner owner;

	row->owner_begin_tid = wait->owner_tid;
	if (!desc->owner || !wait->arg[0])
		return;
	rcu_read_lock();
	if (desc->owner(&owner, wait->arg[0])) {
		row->owner_tid = owner.tid;
		row->owner_tgid = owner.tgid;
		wp_owner_comm(&owner, row->owner_comm);
		if (owner.reader)
			row->flags |= WAITPROF_WAIT_F_OWNER_READER;
	}
	rcu_read_unlock();
}

/* A block request may outlive the thread that submitted it. */
static bool open_passes(const struct wp_filter *filter, const struct wp_open *wait, u64 *state)
{
	return wp_task_state(filter, wait->tid, wait->begin_ns, state) ||
	       (wait->class_id == WAITPROF_CLASS_BLOCK &&
		wp_task_passes(filter, wait->tgid, wait->tid, wait->comm, wait->begin_ns));
}

/* Fills a row from a slot; false: no open wait there that the session takes. */
static bool open_row(struct waitprof_open *row, struct cursor *cursor, u32 point, u32 slot)
{
	const struct wp_open *from = &wp_points[point].open.slots[slot];
	struct wp_session *session = cursor->session;
	const struct wp_side *side = &session->side[point][slot];
	struct wp_borrowed borrowed;
	struct wp_open wait;
	u64 now, state;
	u32 pos;

	if (!wp_open_read(from, &wait) ||
	    !wp_filter_ids(&session->filter, wait.tgid, wait.tid) ||
	    !open_passes(&session->filter, &wait, &state))
		return false;
	now = ktime_get_mono_fast_ns();
	memset(row, 0, sizeof(*row));
	row->begin_ns = wait.begin_ns;
	row->since_ns = now > wait.begin_ns ? now - wait.begin_ns : 0;
	row->tgid = wait.tgid;
	row->tid = wait.tid;
	row->class_id = wait.class_id;
	row->op = wait.op;
	row->object = wait.object;
	row->object_type = wait.object_type;
	row->point = point + 1;
	row->state = state;
	memcpy(row->comm, wait.comm, sizeof(row->comm));
	if (READ_ONCE(side->gen) == wait.seq) {
		row->kstack = side->kstack;
		row->ustack = side->ustack;
	} else if (wp_session_came_later(session, wait.begin_ns)) {
		row->flags |= WAITPROF_WAIT_F_CLIPPED;
		wp_session_borrow(session, &cursor->lenders, point, slot, wait.seq,
				  &cursor->stack, &borrowed);
		row->kstack = borrowed.kstack;
		row->ustack = borrowed.ustack;
	} else {
		/* Begun while the session was paused, or ending this moment. */
		return false;
	}
	if (READ_ONCE(side->inner_gen) == wait.seq)
		row->inner_ns = READ_ONCE(side->inner_ns);
	if (wait.class_id != WAITPROF_CLASS_BLOCK &&
	    wp_open_map_find(wait.tid, &pos) != wait.self)
		row->flags |= WAITPROF_WAIT_F_OUTER;
	open_owner(row, &wait, wp_points[point].desc);
	if (cursor->hidden)
		wp_hide_object(&row->object, row->object_type);
	/* Still the same wait: so was all that was read about it. */
	return wp_open_same(from, &wait);
}

static int put_open(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct waitprof_open *row)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_OPEN);

	if (!header)
		return -EMSGSIZE;
	return message_end(skb, header,
			   nla_put_64bit(skb, WAITPROF_A_OPEN_WAIT, sizeof(*row), row,
					 WAITPROF_A_PAD));
}

static int dump_point(struct sk_buff *skb, struct netlink_callback *cb,
		      struct cursor *cursor, u32 point)
{
	u32 end = wp_open_table_end(&wp_points[point].open);
	struct waitprof_open row;
	int err;

	if (!cursor->session->side[point])
		return 0;
	for (; cursor->inner < end; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		if (!open_row(&row, cursor, point, cursor->inner))
			continue;
		err = put_open(skb, cb, &row);
		if (err)
			return err;
	}
	cursor->inner = 0;
	return 0;
}

static int dump_asleep(struct sk_buff *skb, struct netlink_callback *cb, struct cursor *cursor)
{
	struct waitprof_open row;
	int err;

	for (; cursor->inner < cursor->nr_tasks; cursor->inner++) {
		if (!(cursor->inner % WP_DUMP_STRIDE))
			cond_resched();
		if (!wp_task_asleep(&cursor->session->filter,
				    cursor->tasks[cursor->inner].tid, &row))
			continue;
		err = put_open(skb, cb, &row);
		if (err)
			return err;
	}
	return 0;
}

/**
 * wp_dump_open() - go on with a dump of the open waits
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_open(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);

	if (err > 0)
		err = open_waits_begin(cursor, wp_genl_dump_attrs(cb));
	if (!err && cursor->outer < wp_nr_points) {
		wp_session_lenders_get(&cursor->lenders, cursor->session);
		for (; !err && cursor->outer < wp_nr_points; cursor->outer += !err)
			err = dump_point(skb, cb, cursor, cursor->outer);
		wp_session_lenders_put(&cursor->lenders);
	}
	if (!err)
		err = dump_asleep(skb, cb, cursor);
	return dump_result(skb, err);
}

/* Records that go into one message of at most WP_DUMP_BYTES. */
#define WP_DUMP_RECORDS							\
	((u32)((WP_DUMP_BYTES - NLMSG_HDRLEN - GENL_HDRLEN -		\
		nla_total_size_64bit(0)) / sizeof(struct waitprof_record)))

/* Return: how many of the records found their way into a message, or -EMSGSIZE. */
static int put_records(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct waitprof_record *records, u32 nr)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_RECORDS);
	u32 room, each = sizeof(*records);
	int err;

	if (!header)
		return -EMSGSIZE;
	room = skb_tailroom(skb);
	room = room > nla_total_size_64bit(0) ? room - nla_total_size_64bit(0) : 0;
	nr = min3(nr, room / each, WP_DUMP_RECORDS);
	err = nr ? nla_put_64bit(skb, WAITPROF_A_RECORDS, nr * each, records, WAITPROF_A_PAD) :
		   -EMSGSIZE;
	if (!err && cursor_of(cb)->hidden)
		wp_hide_records(skb_tail_pointer(skb) - nr * each, nr);
	return message_end(skb, header, err) ?: nr;
}

/*
 * What a ring held when the dump came to it, no more: its CPU may fill it as fast
 * as it is emptied.
 */
static int dump_ring(struct sk_buff *skb, struct netlink_callback *cb,
		     struct cursor *cursor, struct wp_ring *ring)
{
	const struct waitprof_record *records;
	u32 nr;
	int ret;

	if (!cursor->in_ring)
		cursor->inner = wp_ring_pending(ring);
	cursor->in_ring = true;
	while (cursor->inner) {
		nr = min(wp_ring_peek(ring, &records), cursor->inner);
		ret = put_records(skb, cb, records, nr);
		if (ret < 0)
			return ret;
		wp_ring_take(ring, ret);
		cursor->inner -= ret;
	}
	cursor->in_ring = false;
	return 0;
}

/**
 * wp_dump_records() - go on with a dump of a session's records
 * @skb: buffer to fill
 * @cb: the dump
 *
 * A session has one socket and a socket one dump at a time, so the rings have one
 * reader.
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_records(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);

	if (err < 0)
		return err;
	if (!(cursor->session->flags & WAITPROF_SESSION_F_RECORDS)) {
		NL_SET_ERR_MSG(cb->extack, "this session keeps no records");
		return -EOPNOTSUPP;
	}
	err = 0;
	for (; !err && cursor->outer < nr_cpu_ids; cursor->outer += !err) {
		struct wp_session_cpu *cpu = cursor->session->cpu[cursor->outer];

		if (cpu)
			err = dump_ring(skb, cb, cursor, &cpu->ring);
	}
	return dump_result(skb, err);
}

static int put_tasks(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct waitprof_task *tasks, u32 nr)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_TASKS);

	if (!header)
		return -EMSGSIZE;
	return message_end(skb, header,
			   nla_put(skb, WAITPROF_A_TASKS, nr * sizeof(*tasks), tasks));
}

/**
 * wp_dump_tasks() - go on with a dump of the threads that a session's filter takes
 * @skb: buffer to fill
 * @cb: the dump
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_tasks(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);

	if (err > 0)
		err = wp_task_list(&cursor->session->filter, &cursor->tasks,
				   &cursor->nr_tasks);
	while (!err && cursor->inner < cursor->nr_tasks) {
		u32 nr = min_t(u32, cursor->nr_tasks - cursor->inner, WP_DUMP_TASKS);

		err = put_tasks(skb, cb, cursor->tasks + cursor->inner, nr);
		if (!err)
			cursor->inner += nr;
	}
	return dump_result(skb, err);
}

static int put_unknown(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct waitprof_unknown *row)
{
	void *header = message_begin(skb, cb, WAITPROF_CMD_GET_UNKNOWN);

	if (!header)
		return -EMSGSIZE;
	return message_end(skb, header,
			   nla_put_64bit(skb, WAITPROF_A_UNKNOWN, sizeof(*row), row,
					 WAITPROF_A_PAD));
}

/**
 * wp_dump_unknown() - go on with a dump of the places where walks by rules stopped
 * @skb: buffer to fill
 * @cb: the dump
 *
 * A session has one socket and a socket one dump at a time, so the places have
 * one reader.
 *
 * Context: process; may sleep.
 * Return: bytes written, 0 at the end, or -errno.
 */
int wp_dump_unknown(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct cursor *cursor = cursor_of(cb);
	int err = cursor_open(cb, true);
	struct waitprof_unknown row;
	struct wp_unknown *unknown;

	if (err < 0)
		return err;
	if (!cursor->session->rules) {
		NL_SET_ERR_MSG(cb->extack, "this session does not walk by rules");
		return -EOPNOTSUPP;
	}
	unknown = &cursor->session->rules->unknown;
	for (; cursor->inner < WP_UNKNOWN_PLACES; cursor->inner++) {
		if (!wp_unknown_look(unknown, cursor->inner, &row))
			continue;
		/* Read before the reader reads the mappings. */
		row.epoch = wp_epoch(row.space);
		err = put_unknown(skb, cb, &row);
		if (err)
			return dump_result(skb, err);
		wp_unknown_told(unknown, cursor->inner, row.count);
	}
	return dump_result(skb, 0);
}
