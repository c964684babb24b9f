// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module tells: about itself, its wait points, and about the rows,
 * stacks, records and open waits of a session. What is counted by class relies on
 * waits being of a class that there is: a module that has others has another ABI.
 */
#include <errno.h>
#include <string.h>

#include "client/client.h"
#include "client/client_call.h"

static int read_info(struct nlattr **a, void *arg)
{
	struct client_info *info = arg;

	client_attr_u32(a[WAITPROF_A_INFO_ABI], &info->abi);
	client_attr_string(a[WAITPROF_A_INFO_VERSION], info->version, sizeof(info->version));
	client_attr_string(a[WAITPROF_A_INFO_KERNEL], info->kernel, sizeof(info->kernel));
	client_attr_u32(a[WAITPROF_A_INFO_CPUS], &info->cpus);
	client_attr_u32(a[WAITPROF_A_INFO_SESSIONS], &info->sessions);
	client_attr_u32(a[WAITPROF_A_INFO_FLAGS], &info->flags);
	client_attr_u64(a[WAITPROF_A_INFO_FIXED_BYTES], &info->fixed_bytes);
	client_attr_u64(a[WAITPROF_A_INFO_NOW_NS], &info->now_ns);
	client_attr_u32(a[WAITPROF_A_INFO_CLASSES], &info->classes);
	client_attr_u64(a[WAITPROF_A_INFO_SESSION_BYTES], &info->session_bytes);
	client_attr_struct(a[WAITPROF_A_INFO_STACK_CACHE], &info->stack_cache,
			   sizeof(info->stack_cache));
	client_attr_struct(a[WAITPROF_A_INFO_OWN_COST], &info->own_cost, sizeof(info->own_cost));
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
	struct client_point *p = client_gather_row(arg);

	if (!p)
		return -ENOMEM;
	client_attr_u32(a[WAITPROF_A_POINT_ID], &p->id);
	client_attr_u32(a[WAITPROF_A_POINT_CLASS], &p->class_id);
	client_attr_string(a[WAITPROF_A_POINT_NAME], p->name, sizeof(p->name));
	client_attr_string(a[WAITPROF_A_POINT_SYMBOL], p->symbol, sizeof(p->symbol));
	client_attr_u32(a[WAITPROF_A_POINT_STATE], &p->state);
	client_attr_u32(a[WAITPROF_A_POINT_BACKEND], &p->backend);
	client_attr_u32(a[WAITPROF_A_POINT_ERROR], &p->error);
	client_attr_string(a[WAITPROF_A_POINT_REASON], p->reason, sizeof(p->reason));
	client_attr_u32(a[WAITPROF_A_POINT_LIMIT], &p->limit);
	client_attr_u32(a[WAITPROF_A_POINT_OPEN], &p->open);
	client_attr_u64(a[WAITPROF_A_POINT_HITS], &p->hits);
	client_attr_u64(a[WAITPROF_A_POINT_MISSED], &p->missed);
	client_attr_u64(a[WAITPROF_A_POINT_NMISSED], &p->nmissed);
	client_attr_u64(a[WAITPROF_A_POINT_UNPAIRED], &p->unpaired);
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
	return client_gather(client, make_points, 0, 0, read_point, sizeof(**points),
			     (void **)points, nr);
}

static struct nl_msg *make_costs(struct client *c, uint32_t id, uint32_t value)
{
	(void)id;
	(void)value;
	return client_prepare(c, WAITPROF_CMD_GET_COST, true);
}

static int read_cost(struct nlattr **a, void *arg)
{
	struct waitprof_bucket buckets[WAITPROF_HIST_BUCKETS];
	struct client_cost *cost = client_gather_row(arg);
	size_t nr = 0;

	if (!cost)
		return -ENOMEM;
	client_attr_struct(a[WAITPROF_A_COST], &cost->cost, sizeof(cost->cost));
	if (a[WAITPROF_A_COST_BUCKETS])
		nr = (size_t)nla_memcpy(buckets, a[WAITPROF_A_COST_BUCKETS], sizeof(buckets)) /
		     sizeof(buckets[0]);
	for (size_t i = 0; i < nr; i++)
		if (buckets[i].idx < WAITPROF_HIST_BUCKETS)
			cost->buckets[buckets[i].idx] = buckets[i].count;
	return 0;
}

/**
 * client_costs() - what the module's handlers cost
 * @client: client
 * @costs: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_costs(struct client *client, struct client_cost **costs, size_t *nr)
{
	return client_gather(client, make_costs, 0, 0, read_cost, sizeof(**costs), (void **)costs,
			     nr);
}

struct totals_call {
	client_row_fn add;
	void (*restart)(void *arg);
	void *arg;
};

static struct nl_msg *make_totals(struct client *c, uint32_t id, uint32_t value)
{
	return client_prepare_u32(c, WAITPROF_CMD_GET_TOTALS, id, WAITPROF_A_TOTALS_FLAGS, value);
}

static int read_totals(struct nlattr **a, void *arg)
{
	const struct totals_call *call = arg;
	struct waitprof_bucket buckets[WAITPROF_HIST_BUCKETS];
	struct waitprof_row row = { 0 };
	size_t nr = 0;

	if (!a[WAITPROF_A_TOTALS_ROW])
		return -EBADMSG;
	client_attr_struct(a[WAITPROF_A_TOTALS_ROW], &row, sizeof(row));
	if (row.class_id > WAITPROF_CLASS_MAX)
		return -EBADMSG;
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

	return client_dump(client, make_totals, id, buckets ? WAITPROF_TOTALS_F_BUCKETS : 0,
			   read_totals, restart_totals, &call);
}

struct stacks_call {
	client_stack_fn add;
	void *arg;
};

static struct nl_msg *make_stacks(struct client *c, uint32_t id, uint32_t value)
{
	return client_prepare_u32(c, WAITPROF_CMD_GET_STACKS, id, WAITPROF_A_STACK_FROM, value);
}

static int read_stack(struct nlattr **a, void *arg)
{
	const struct stacks_call *call = arg;
	struct client_stack stack = { 0 };

	client_attr_u32(a[WAITPROF_A_STACK_ID], &stack.id);
	client_attr_u32(a[WAITPROF_A_STACK_FLAGS], &stack.flags);
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

	return client_dump(client, make_stacks, id, from, read_stack, NULL, &call);
}

struct records_call {
	client_record_fn add;
	void *arg;
};

static int read_records(struct nlattr **a, void *arg)
{
	const struct records_call *call = arg;
	struct waitprof_record record;
	const char *at;
	int ret = 0;

	if (!a[WAITPROF_A_RECORDS])
		return -EBADMSG;
	at = nla_data(a[WAITPROF_A_RECORDS]);
	for (size_t nr = (size_t)nla_len(a[WAITPROF_A_RECORDS]) / sizeof(record); !ret && nr;
	     nr--, at += sizeof(record)) {
		memcpy(&record, at, sizeof(record));
		if (record.class_id > WAITPROF_CLASS_MAX)
			return -EBADMSG;
		record.comm[WAITPROF_COMM_LEN - 1] = '\0';
		record.waker_comm[WAITPROF_COMM_LEN - 1] = '\0';
		ret = call->add(&record, call->arg);
	}
	return ret;
}

/**
 * client_records() - the waits that ended since the last call, one by one
 * @client: client
 * @id: session, with WAITPROF_SESSION_F_RECORDS
 * @add: called for each; what it has been given, the module has forgotten
 * @arg: for @add
 *
 * Return: 0, -errno, or what @add returned.
 */
int client_records(struct client *client, uint32_t id, client_record_fn add, void *arg)
{
	struct records_call call = { add, arg };
	int ret = client_call(client, client_prepare_id(client, WAITPROF_CMD_GET_RECORDS, true, id),
			      read_records, &call);

	/* An interrupted dump cannot be repeated, nor need it: the rest comes next time. */
	return ret == -EINTR ? 0 : ret;
}

static struct nl_msg *make_open(struct client *c, uint32_t id, uint32_t value)
{
	return client_prepare_u32(c, WAITPROF_CMD_GET_OPEN, id, WAITPROF_A_OPEN_FLAGS, value);
}

static int read_open(struct nlattr **a, void *arg)
{
	struct waitprof_open *w;

	if (!a[WAITPROF_A_OPEN_WAIT])
		return -EBADMSG;
	w = client_gather_row(arg);
	if (!w)
		return -ENOMEM;
	client_attr_struct(a[WAITPROF_A_OPEN_WAIT], w, sizeof(*w));
	if (w->class_id > WAITPROF_CLASS_MAX)
		return -EBADMSG;
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
	return client_gather(client, make_open, id, unseen ? WAITPROF_OPEN_F_UNSEEN : 0, read_open,
			     sizeof(**waits), (void **)waits, nr);
}

static struct nl_msg *make_tasks(struct client *c, uint32_t id, uint32_t value)
{
	(void)value;
	return client_prepare_id(c, WAITPROF_CMD_GET_TASKS, true, id);
}

static int read_tasks(struct nlattr **a, void *arg)
{
	size_t nr = a[WAITPROF_A_TASKS] ?
			    (size_t)nla_len(a[WAITPROF_A_TASKS]) / sizeof(struct waitprof_task) :
			    0;

	for (size_t i = 0; i < nr; i++) {
		struct waitprof_task *task = client_gather_row(arg);

		if (!task)
			return -ENOMEM;
		memcpy(task, (char *)nla_data(a[WAITPROF_A_TASKS]) + i * sizeof(*task),
		       sizeof(*task));
	}
	return 0;
}

/**
 * client_tasks() - the threads that a session's filter takes at the moment
 * @client: client
 * @id: session
 * @tasks: result, to be freed
 * @nr: their number
 *
 * Return: 0 or -errno.
 */
int client_tasks(struct client *client, uint32_t id, struct waitprof_task **tasks, size_t *nr)
{
	return client_gather(client, make_tasks, id, 0, read_tasks, sizeof(**tasks), (void **)tasks,
			     nr);
}
