/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_COMPAT_BLOCK_H
#define WP_COMPAT_BLOCK_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/version.h>
#include <trace/events/block.h>

/* How the tracepoint block_rq_complete tells of an error. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#define wp_block_error_t	blk_status_t
#else
#define wp_block_error_t	int
#endif

static inline struct gendisk *wp_request_disk(const struct request *rq)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	return rq->q->disk;
#else
	return rq->rq_disk;
#endif
}

/*
 * A probe of a tracepoint that tells of a request: before 5.11, but not in later
 * stable versions of 5.10, it names the queue as well. on_VERB() does the work.
 */
#define WP_BLOCK_PROBE(verb)							\
	static void wp_block_##verb(void *data, struct request *rq)		\
	{									\
		on_##verb(rq);							\
	}									\
	static void wp_block_##verb##_of_queue(void *data,			\
					       struct request_queue *q,		\
					       struct request *rq)		\
	{									\
		on_##verb(rq);							\
	}

#define wp_block_probe(verb)							\
	__builtin_choose_expr(__builtin_types_compatible_p(			\
		typeof(trace_block_rq_##verb), void (struct request *)),	\
		(void *)wp_block_##verb, (void *)wp_block_##verb##_of_queue)

#endif
