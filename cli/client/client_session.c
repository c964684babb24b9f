// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions over netlink: open, pause, end, list, count.
 */
#include <errno.h>
#include <string.h>

#include "client/client.h"
#include "client/client_call.h"

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
	client_attr_struct(a[WAITPROF_A_STATS_LOSSES], &s->losses, sizeof(s->losses));
	client_attr_u64(a[WAITPROF_A_STATS_NOW_NS], &s->now_ns);
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
	client_attr_u32(a[WAITPROF_A_SESSION_ID], &s->id);
	client_attr_u32(a[WAITPROF_A_SESSION_PORTID], &s->portid);
	client_attr_u32(a[WAITPROF_A_SESSION_OWNER], &s->owner);
	client_attr_string(a[WAITPROF_A_SESSION_COMM], s->comm, sizeof(s->comm));
	client_attr_u32(a[WAITPROF_A_SESSION_CLASSES], &s->classes);
	client_attr_u32(a[WAITPROF_A_SESSION_FLAGS], &s->flags);
	client_attr_u64(a[WAITPROF_A_SESSION_MIN_NS], &s->min_ns);
	read_ids(a[WAITPROF_A_SESSION_TGIDS], &s->nr_tgids, &s->first_tgid);
	read_ids(a[WAITPROF_A_SESSION_TIDS], &s->nr_tids, &s->first_tid);
	client_attr_u32(a[WAITPROF_A_SESSION_NOT_TGID], &s->not_tgid);
	client_attr_string(a[WAITPROF_A_SESSION_COMM_GLOB], s->comm_glob, sizeof(s->comm_glob));
	client_attr_u64(a[WAITPROF_A_SESSION_CGROUP], &s->cgroup);
	s->paused = a[WAITPROF_A_SESSION_PAUSED] && nla_get_u8(a[WAITPROF_A_SESSION_PAUSED]);
	client_attr_u64(a[WAITPROF_A_SESSION_START_NS], &s->start_ns);
	client_attr_u64(a[WAITPROF_A_SESSION_USED_BYTES], &s->used_bytes);
	client_attr_u64(a[WAITPROF_A_SESSION_BYTES], &s->limit_bytes);
	return read_stats(a, &s->stats);
}

static int read_session(struct nlattr **a, void *arg)
{
	return fill_session(a, arg);
}

static int read_session_row(struct nlattr **a, void *arg)
{
	struct client_session *s = client_gather_row(arg);

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
	if (r->comm_glob)
		ret |= nla_put_string(msg, WAITPROF_A_SESSION_COMM_GLOB, r->comm_glob);
	if (r->cgroup)
		ret |= nla_put_u64(msg, WAITPROF_A_SESSION_CGROUP, r->cgroup);
	if (r->min_ns)
		ret |= nla_put_u64(msg, WAITPROF_A_SESSION_MIN_NS, r->min_ns);
	if (r->nr_records)
		ret |= nla_put_u32(msg, WAITPROF_A_SESSION_RECORDS, r->nr_records);
	if (r->has_guard)
		ret |= nla_put_u32(msg, WAITPROF_A_SESSION_GUARD, r->guard_ppm);
	if (r->held)
		ret |= nla_put_u8(msg, WAITPROF_A_SESSION_PAUSED, 1);
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

static struct nl_msg *make_pause(struct client *client, uint32_t id, bool paused)
{
	struct nl_msg *msg = client_prepare_id(client, WAITPROF_CMD_SESSION_PAUSE, false, id);

	if (msg && nla_put_u8(msg, WAITPROF_A_SESSION_PAUSED, paused)) {
		nlmsg_free(msg);
		msg = NULL;
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
	return client_call(client, make_pause(client, id, paused), NULL, NULL);
}

static int read_start(struct nlattr **a, void *arg)
{
	client_attr_u64(a[WAITPROF_A_SESSION_START_NS], arg);
	return 0;
}

/**
 * client_session_begin() - let a session begin that was made to be held
 * @client: client
 * @session: the session; gets its start
 *
 * Return: 0 or -errno.
 */
int client_session_begin(struct client *client, struct client_session *session)
{
	return client_call(client, make_pause(client, session->id, false), read_start,
			   &session->start_ns);
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
	return client_call(client, client_prepare_id(client, WAITPROF_CMD_SESSION_DEL, false, id),
			   NULL, NULL);
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
	return client_gather(client, make_sessions, 0, 0, read_session_row, sizeof(**sessions),
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
	return client_call(client, client_prepare_id(client, WAITPROF_CMD_GET_STATS, false, id),
			   read_stats, stats);
}

/**
 * client_nr_ended() - waits that have ended, of all classes
 * @stats: counters
 *
 * Between two readings with the same number of them no wait ended.
 */
uint64_t client_nr_ended(const struct client_stats *stats)
{
	uint64_t n = 0;

	for (size_t i = 0; i < stats->nr_counters; i++)
		n += stats->counters[i].ended;
	return n;
}
