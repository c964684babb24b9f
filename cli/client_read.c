// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each command of the family carries: attributes into structures and back.
 * Every attribute is optional here, and a structure of the wire that is longer
 * than ours (a newer module) is taken as far as we know it, so that only a
 * changed ABI number makes a reader refuse.
 *
 * A dump that was interrupted is thrown away and read again, DUMP_TRIES times.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "client_call.h"

#define DUMP_TRIES 8

static void get_u32(struct nlattr *attr, uint32_t *to)
{
	if (attr && nla_len(attr) >= (int)sizeof(*to))
		*to = nla_get_u32(attr);
}

static void get_u64(struct nlattr *attr, uint64_t *to)
{
	if (attr && nla_len(attr) >= (int)sizeof(*to))
		*to = nla_get_u64(attr);
}

static void get_string(struct nlattr *attr, char *to, size_t size)
{
	if (attr)
		nla_strlcpy(to, attr, size);
}

static void get_struct(struct nlattr *attr, void *to, size_t size)
{
	if (attr)
		nla_memcpy(to, attr, (int)size);
}

/* Rows gathered from a dump. */
struct gather {
	void *rows;
	size_t nr;
	size_t row_size;
};

static void *gather_row(struct gather *g)
{
	void *rows = g->rows;

	/* Room doubles: it is full at each power of two. */
	if (!(g->nr & (g->nr - 1))) {
		rows = reallocarray(g->rows, g->nr ? g->nr * 2 : 1, g->row_size);
		if (!rows)
			return NULL;
		g->rows = rows;
	}
	return memset((char *)rows + g->nr++ * g->row_size, 0, g->row_size);
}

static void gather_restart(void *arg)
{
	struct gather *g = arg;

	free(g->rows);
	g->rows = NULL;
	g->nr = 0;
}

typedef struct nl_msg *(*make_fn)(struct client *c, uint32_t id, uint32_t value);

static int dump(struct client *c, make_fn make, uint32_t id, uint32_t value, client_reply_fn reply,
		void (*restart)(void *), void *arg)
{
	int ret = -EINTR;

	for (int i = 0; i < DUMP_TRIES && ret == -EINTR; i++) {
		if (i && restart)
			restart(arg);
		ret = client_call(c, make(c, id, value), reply, arg);
	}
	return ret;
}

static int gather(struct client *c, make_fn make, uint32_t id, uint32_t value,
		  client_reply_fn reply, size_t row_size, void **rows, size_t *nr)
{
	struct gather g = { .row_size = row_size };
	int ret = dump(c, make, id, value, reply, gather_restart, &g);

	if (ret)
		gather_restart(&g);
	*rows = g.rows;
	*nr = g.nr;
	return ret;
}

static int read_info(struct nlattr **a, void *arg)
{
	struct client_info *info = arg;

	get_u32(a[WAITPROF_A_INFO_ABI], &info->abi);
	get_string(a[WAITPROF_A_INFO_VERSION], info->version, sizeof(info->version));
	get_string(a[WAITPROF_A_INFO_KERNEL], info->kernel, sizeof(info->kernel));
	get_u32(a[WAITPROF_A_INFO_CPUS], &info->cpus);
	get_u32(a[WAITPROF_A_INFO_SESSIONS], &info->sessions);
	get_u32(a[WAITPROF_A_INFO_FLAGS], &info->flags);
	get_u64(a[WAITPROF_A_INFO_FIXED_BYTES], &info->fixed_bytes);
	get_u64(a[WAITPROF_A_INFO_NOW_NS], &info->now_ns);
	get_u32(a[WAITPROF_A_INFO_CLASSES], &info->classes);
	get_u64(a[WAITPROF_A_INFO_SESSION_BYTES], &info->session_bytes);
	return 0;
}

/**
 * client_info() - ask what module this is
 * @client: client
 * @info: result
 *
 * Return: 0; -EPERM when the caller may not; another -errno.
 */
int client_info(struct client *client, struct client_info *info)
{
	memset(info, 0, sizeof(*info));
	return client_call(client, client_prepare(client, WAITPROF_CMD_GET_INFO, false), read_info,
			   info);
}

static struct nl_msg *make_points(struct client *c, uint32_t id, uint32_t value)
{
	(void)id;
	(void)value;
	return client_prepare(c, WAITPROF_CMD_GET_POINTS, true);
}

static int read_point(struct nlattr **a, void *arg)
{
	struct client_point *p = gather_row(arg);

	if (!p)
		return -ENOMEM;
	get_u32(a[WAITPROF_A_POINT_ID], &p->id);
	get_u32(a[WAITPROF_A_POINT_CLASS], &p->class_id);
	get_string(a[WAITPROF_A_POINT_NAME], p->name, sizeof(p->name));
	get_string(a[WAITPROF_A_POINT_SYMBOL], p->symbol, sizeof(p->symbol));
	get_u32(a[WAITPROF_A_POINT_STATE], &p->state);
	get_u32(a[WAITPROF_A_POINT_BACKEND], &p->backend);
	get_u32(a[WAITPROF_A_POINT_ERROR], &p->error);
	get_string(a[WAITPROF_A_POINT_REASON], p->reason, sizeof(p->reason));
	get_u32(a[WAITPROF_A_POINT_LIMIT], &p->limit);
	get_u32(a[WAITPROF_A_POINT_OPEN], &p->open);
	get_u64(a[WAITPROF_A_POINT_HITS], &p->hits);
	get_u64(a[WAITPROF_A_POINT_MISSED], &p->missed);
	get_u64(a[WAITPROF_A_POINT_NMISSED], &p->nmissed);
	get_u64(a[WAITPROF_A_POINT_UNPAIRED], &p->unpaired);
	return 0;
}

/**
 * client_points() - the wait points of the module
 * @client: client
 * @points: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_points(struct client *client, struct client_point **points, size_t *nr)
{
	return gather(client, make_points, 0, 0, read_point, sizeof(**points), (void **)points, nr);
}

static int read_stats(struct nlattr **a, void *arg)
{
	struct client_stats *s = arg;
	struct nlattr *c = a[WAITPROF_A_STATS_COUNTERS];

	if (c) {
		size_t nr = (size_t)nla_len(c) / sizeof(s->counters[0]);

		if (nr > WAITPROF_CLASS_MAX + 1)
			nr = WAITPROF_CLASS_MAX + 1;
		memcpy(s->counters, nla_data(c), nr * sizeof(s->counters[0]));
		s->nr_counters = nr;
	}
	get_struct(a[WAITPROF_A_STATS_LOSSES], &s->losses, sizeof(s->losses));
	get_u64(a[WAITPROF_A_STATS_NOW_NS], &s->now_ns);
	return 0;
}

static void read_ids(struct nlattr *attr, uint32_t *nr, uint32_t *first)
{
	if (!attr)
		return;
	*nr = (uint32_t)nla_len(attr) / sizeof(*first);
	if (*nr)
		memcpy(first, nla_data(attr), sizeof(*first));
}

static int fill_session(struct nlattr **a, struct client_session *s)
{
	get_u32(a[WAITPROF_A_SESSION_ID], &s->id);
	get_u32(a[WAITPROF_A_SESSION_PORTID], &s->portid);
	get_u32(a[WAITPROF_A_SESSION_OWNER], &s->owner);
	get_string(a[WAITPROF_A_SESSION_COMM], s->comm, sizeof(s->comm));
	get_u32(a[WAITPROF_A_SESSION_CLASSES], &s->classes);
	get_u32(a[WAITPROF_A_SESSION_FLAGS], &s->flags);
	get_u64(a[WAITPROF_A_SESSION_MIN_NS], &s->min_ns);
	read_ids(a[WAITPROF_A_SESSION_TGIDS], &s->nr_tgids, &s->first_tgid);
	read_ids(a[WAITPROF_A_SESSION_TIDS], &s->nr_tids, &s->first_tid);
	get_u32(a[WAITPROF_A_SESSION_NOT_TGID], &s->not_tgid);
	s->paused = a[WAITPROF_A_SESSION_PAUSED] && nla_get_u8(a[WAITPROF_A_SESSION_PAUSED]);
	get_u64(a[WAITPROF_A_SESSION_START_NS], &s->start_ns);
	get_u64(a[WAITPROF_A_SESSION_USED_BYTES], &s->used_bytes);
	get_u64(a[WAITPROF_A_SESSION_BYTES], &s->limit_bytes);
	return read_stats(a, &s->stats);
}

static int read_session(struct nlattr **a, void *arg)
{
	return fill_session(a, arg);
}

static int read_session_row(struct nlattr **a, void *arg)
{
	struct client_session *s = gather_row(arg);

	return s ? fill_session(a, s) : -ENOMEM;
}

static int put_request(struct nl_msg *msg, const struct client_request *r)
{
	int ret = 0;

	if (r->classes)
		ret |= nla_put_u32(msg, WAITPROF_A_SESSION_CLASSES, r->classes);
	if (r->nr_tgids)
		ret |= nla_put(msg, WAITPROF_A_SESSION_TGIDS,
			       (int)(r->nr_tgids * sizeof(*r->tgids)), r->tgids);
	if (r->nr_tids)
		ret |= nla_put(msg, WAITPROF_A_SESSION_TIDS, (int)(r->nr_tids * sizeof(*r->tids)),
			       r->tids);
	if (r->not_tgid)
		ret |= nla_put_u32(msg, WAITPROF_A_SESSION_NOT_TGID, r->not_tgid);
	if (r->min_ns)
		ret |= nla_put_u64(msg, WAITPROF_A_SESSION_MIN_NS, r->min_ns);
	return ret | nla_put_u32(msg, WAITPROF_A_SESSION_FLAGS, r->flags);
}

/**
 * client_session_new() - open a session; it ends with the client
 * @client: client
 * @request: filter and what to keep
 * @session: result: id, start, used bytes, classes with an armed point
 *
 * Return: 0, or -errno as the uapi header tells.
 */
int client_session_new(struct client *client, const struct client_request *request,
		       struct client_session *session)
{
	struct nl_msg *msg = client_prepare(client, WAITPROF_CMD_SESSION_NEW, false);

	memset(session, 0, sizeof(*session));
	if (msg && put_request(msg, request)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return client_call(client, msg, read_session, session);
}

static struct nl_msg *make_with_id(struct client *c, int cmd, bool is_dump, uint32_t id)
{
	struct nl_msg *msg = client_prepare(c, cmd, is_dump);

	if (msg && nla_put_u32(msg, WAITPROF_A_SESSION_ID, id)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static struct nl_msg *make_with_u32(struct client *c, int cmd, uint32_t id, int attr,
				    uint32_t value)
{
	struct nl_msg *msg = make_with_id(c, cmd, true, id);

	if (msg && nla_put_u32(msg, attr, value)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * client_session_pause() - stop taking new waits, or go on
 * @client: client
 * @id: session
 * @paused: true to stop
 *
 * Return: 0 or -errno.
 */
int client_session_pause(struct client *client, uint32_t id, bool paused)
{
	struct nl_msg *msg = make_with_id(client, WAITPROF_CMD_SESSION_PAUSE, false, id);

	if (msg && nla_put_u8(msg, WAITPROF_A_SESSION_PAUSED, paused)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return client_call(client, msg, NULL, NULL);
}

/**
 * client_session_del() - end a session now
 * @client: client
 * @id: session
 *
 * Return: 0 or -errno.
 */
int client_session_del(struct client *client, uint32_t id)
{
	return client_call(client, make_with_id(client, WAITPROF_CMD_SESSION_DEL, false, id), NULL,
			   NULL);
}

static struct nl_msg *make_sessions(struct client *c, uint32_t id, uint32_t value)
{
	(void)id;
	(void)value;
	return client_prepare(c, WAITPROF_CMD_SESSION_GET, true);
}

/**
 * client_sessions() - all sessions of the module
 * @client: client
 * @sessions: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_sessions(struct client *client, struct client_session **sessions, size_t *nr)
{
	return gather(client, make_sessions, 0, 0, read_session_row, sizeof(**sessions),
		      (void **)sessions, nr);
}

/**
 * client_stats() - counters of a session
 * @client: client
 * @id: session
 * @stats: result
 *
 * Return: 0 or -errno.
 */
int client_stats(struct client *client, uint32_t id, struct client_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	return client_call(client, make_with_id(client, WAITPROF_CMD_GET_STATS, false, id),
			   read_stats, stats);
}

struct totals_call {
	client_row_fn add;
	void (*restart)(void *arg);
	void *arg;
};

static struct nl_msg *make_totals(struct client *c, uint32_t id, uint32_t value)
{
	return make_with_u32(c, WAITPROF_CMD_GET_TOTALS, id, WAITPROF_A_TOTALS_FLAGS, value);
}

static int read_totals(struct nlattr **a, void *arg)
{
	const struct totals_call *call = arg;
	struct waitprof_bucket buckets[WAITPROF_HIST_BUCKETS];
	struct waitprof_row row = { 0 };
	size_t nr = 0;

	if (!a[WAITPROF_A_TOTALS_ROW])
		return -EBADMSG;
	get_struct(a[WAITPROF_A_TOTALS_ROW], &row, sizeof(row));
	row.comm[WAITPROF_COMM_LEN - 1] = '\0';
	/* Copied: attributes are aligned to 4 bytes only. */
	if (a[WAITPROF_A_TOTALS_BUCKETS])
		nr = (size_t)nla_memcpy(buckets, a[WAITPROF_A_TOTALS_BUCKETS], sizeof(buckets)) /
		     sizeof(buckets[0]);
	return call->add(&row, buckets, nr, call->arg);
}

static void restart_totals(void *arg)
{
	const struct totals_call *call = arg;

	call->restart(call->arg);
}

/**
 * client_totals() - the rows of a session
 * @client: client
 * @id: session
 * @buckets: histograms, too
 * @add: called for each row of each CPU
 * @restart: called when what @add got so far is to be forgotten
 * @arg: for both
 *
 * Return: 0, -errno, or what @add returned.
 */
int client_totals(struct client *client, uint32_t id, bool buckets, client_row_fn add,
		  void (*restart)(void *arg), void *arg)
{
	struct totals_call call = { add, restart, arg };

	return dump(client, make_totals, id, buckets ? WAITPROF_TOTALS_F_BUCKETS : 0, read_totals,
		    restart_totals, &call);
}

struct stacks_call {
	client_stack_fn add;
	void *arg;
};

static struct nl_msg *make_stacks(struct client *c, uint32_t id, uint32_t value)
{
	return make_with_u32(c, WAITPROF_CMD_GET_STACKS, id, WAITPROF_A_STACK_FROM, value);
}

static int read_stack(struct nlattr **a, void *arg)
{
	const struct stacks_call *call = arg;
	struct client_stack stack = { 0 };

	get_u32(a[WAITPROF_A_STACK_ID], &stack.id);
	get_u32(a[WAITPROF_A_STACK_FLAGS], &stack.flags);
	if (a[WAITPROF_A_STACK_FRAMES]) {
		stack.frames = nla_data(a[WAITPROF_A_STACK_FRAMES]);
		stack.nr = (size_t)nla_len(a[WAITPROF_A_STACK_FRAMES]) / sizeof(uint64_t);
	}
	return call->add(&stack, call->arg);
}

/**
 * client_stacks() - the stacks of a session, from an id on
 * @client: client
 * @id: session
 * @from: first stack id wanted
 * @add: called for each; may be called twice for one
 * @arg: for @add
 *
 * Return: 0, -errno, or what @add returned.
 */
int client_stacks(struct client *client, uint32_t id, uint32_t from, client_stack_fn add, void *arg)
{
	struct stacks_call call = { add, arg };

	return dump(client, make_stacks, id, from, read_stack, NULL, &call);
}

static struct nl_msg *make_open(struct client *c, uint32_t id, uint32_t value)
{
	return make_with_u32(c, WAITPROF_CMD_GET_OPEN, id, WAITPROF_A_OPEN_FLAGS, value);
}

static int read_open(struct nlattr **a, void *arg)
{
	struct waitprof_open *w;

	if (!a[WAITPROF_A_OPEN_WAIT])
		return -EBADMSG;
	w = gather_row(arg);
	if (!w)
		return -ENOMEM;
	get_struct(a[WAITPROF_A_OPEN_WAIT], w, sizeof(*w));
	w->comm[WAITPROF_COMM_LEN - 1] = '\0';
	w->owner_comm[WAITPROF_COMM_LEN - 1] = '\0';
	return 0;
}

/**
 * client_open_waits() - waits that have not ended
 * @client: client
 * @id: session whose filter applies
 * @unseen: sleeping threads without a wait of their own, too
 * @waits: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_open_waits(struct client *client, uint32_t id, bool unseen, struct waitprof_open **waits,
		      size_t *nr)
{
	return gather(client, make_open, id, unseen ? WAITPROF_OPEN_F_UNSEEN : 0, read_open,
		      sizeof(**waits), (void **)waits, nr);
}
