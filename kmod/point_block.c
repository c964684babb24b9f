// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device time: the requests of block devices, hooked by the block layer's
 * tracepoints. block_rq_issue begins one, block_rq_complete ends it when all of
 * what was left of it is done, block_rq_requeue tells that its driver gave it
 * back, and block_rq_insert who submits it, when an I/O scheduler issues it later
 * and in another context. A request that nobody inserted belongs to the task that
 * issues it, so a flush, which the block layer makes itself, to one of its workers;
 * one that an interrupt issues belongs to no task.
 *
 * Hooked only while a session wants the class. When none does any more, what is in
 * flight is forgotten: nobody is left to whom it could be told.
 *
 * The probes run in any context, with interrupts off while they work. What ends a
 * request is hooked first and unhooked last.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/tracepoint.h>

#include "cost.h"
#include "params.h"
#include "point.h"
#include "request.h"
#include "request_map.h"
#include "tracepoint.h"
#include "wp_block.h"

/* Its only one. Set before the tracepoints are hooked. */
static struct wp_point *block_point;

static u8 op_of(const struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return WAITPROF_OP_READ;
	case REQ_OP_WRITE:
	case REQ_OP_ZONE_APPEND:
		return WAITPROF_OP_WRITE;
	case REQ_OP_FLUSH:
		return WAITPROF_OP_FLUSH;
	case REQ_OP_DISCARD:
		return WAITPROF_OP_DISCARD;
	default:
		return WAITPROF_OP_OTHER;
	}
}

static u8 size_log2(u32 bytes)
{
	return bytes ? max(order_base_2(bytes), 1) : 0;
}

static u64 device_of(const struct request *rq)
{
	const struct gendisk *disk = wp_request_disk(rq);

	return disk ? (u64)disk->major << 20 | disk->first_minor : 0;
}

static void submitter_now(struct wp_submitter *by)
{
	*by = (struct wp_submitter){ .when_ns = ktime_get_mono_fast_ns() };
	if (!in_task()) {
		strscpy(by->comm, "interrupt", sizeof(by->comm));
		return;
	}
	by->tgid = current->tgid;
	by->tid = current->pid;
	/* Other threads may change it meanwhile: any mix of names will do. */
	data_race(memcpy(by->comm, current->comm, sizeof(by->comm)));
}

static __always_inline void inserted(const struct request *rq)
{
	struct wp_submitter by;
	unsigned long flags;

	local_irq_save(flags);
	/* One that comes back after a requeue has its submitter. */
	if (!wp_request_map_find((unsigned long)rq)) {
		submitter_now(&by);
		wp_submitter_put((unsigned long)rq, &by);
	}
	local_irq_restore(flags);
}

static __always_inline void issued(const struct request *rq)
{
	struct wp_submitter by;
	struct wp_request request = {
		.id = (unsigned long)rq,
		.by = &by,
		.device = device_of(rq),
		.op = op_of(rq),
		.size_log2 = size_log2(blk_rq_bytes(rq)),
	};
	unsigned long flags;

	local_irq_save(flags);
	if (!wp_submitter_take(request.id, &by))
		submitter_now(&by);
	wp_request_begin(block_point, &request);
	local_irq_restore(flags);
}

static __always_inline void requeued(const struct request *rq)
{
	unsigned long flags;

	local_irq_save(flags);
	wp_request_requeue(block_point, (unsigned long)rq);
	local_irq_restore(flags);
}

static __always_inline void completed(const struct request *rq, unsigned int nr_bytes)
{
	unsigned long flags;

	if (nr_bytes < blk_rq_bytes(rq))
		return;
	local_irq_save(flags);
	wp_request_end(block_point, (unsigned long)rq);
	local_irq_restore(flags);
}

static __always_inline bool begin_if_due(void)
{
	return wp_cost_begin_if_due(WAITPROF_HANDLER_BLOCK, BIT(block_point->id));
}

static void on_insert(const struct request *rq)
{
	bool timed = begin_if_due();

	inserted(rq);
	wp_cost_end_if(timed);
}

static void on_issue(const struct request *rq)
{
	bool timed = begin_if_due();

	issued(rq);
	wp_cost_end_if(timed);
}

static void on_requeue(const struct request *rq)
{
	bool timed = begin_if_due();

	requeued(rq);
	wp_cost_end_if(timed);
}

static void wp_block_complete(void *data, struct request *rq, wp_block_error_t error,
			      unsigned int nr_bytes)
{
	bool timed = begin_if_due();

	completed(rq, nr_bytes);
	wp_cost_end_if(timed);
}

WP_BLOCK_PROBE(insert)
WP_BLOCK_PROBE(issue)
WP_BLOCK_PROBE(requeue)

/* In the order in which they are hooked. */
static struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tracepoint;
} hooks[] = {
	{ "block_rq_complete", wp_block_complete },
	{ "block_rq_requeue", wp_block_probe(requeue) },
	{ "block_rq_insert", wp_block_probe(insert) },
	{ "block_rq_issue", wp_block_probe(issue) },
};

static void unhook(int nr)
{
	while (nr-- > 0)
		tracepoint_probe_unregister(hooks[nr].tracepoint, hooks[nr].probe, NULL);
	/* No probe of ours runs any more. */
	tracepoint_synchronize_unregister();
}

static int block_attach(struct wp_point *point)
{
	unsigned int i;
	int ret;

	/* The compiler cannot see through void *: are the types the kernel's? */
	check_trace_callback_type_block_rq_complete(wp_block_complete);
	if (point->desc->class_id != WAITPROF_CLASS_BLOCK)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		hooks[i].tracepoint = wp_tracepoint_find(hooks[i].name);
		if (!hooks[i].tracepoint)
			return -ENOENT;
	}
	ret = wp_request_map_init(wp_param_open_limit(point->desc->limit));
	if (ret)
		return ret;
	block_point = point;
	strscpy(point->symbol, "block_rq_issue", sizeof(point->symbol));
	return 0;
}

static int block_enable(struct wp_point *point)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		ret = tracepoint_probe_register(hooks[i].tracepoint, hooks[i].probe, NULL);
		if (ret)
			goto err_unhook;
	}
	return 0;

err_unhook:
	unhook(i);
	wp_request_forget(point);
	return ret;
}

static void block_disable(struct wp_point *point)
{
	unhook(ARRAY_SIZE(hooks));
	wp_request_forget(point);
}

static void block_detach(struct wp_point **points, int nr)
{
	wp_request_map_exit();
}

static u64 block_bytes(const struct wp_point *point)
{
	return wp_request_map_bytes();
}

const struct wp_backend wp_backend_block = {
	.id = WAITPROF_BACKEND_TRACEPOINT,
	.attach = block_attach,
	.detach = block_detach,
	.enable = block_enable,
	.disable = block_disable,
	.bytes = block_bytes,
};

const struct wp_point_desc wp_point_block[] = {
	{
		.name = "block_rq",
		.class_id = WAITPROF_CLASS_BLOCK,
		.limit = WP_POINT_LIMIT,
	},
	{}
};
