// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of waits; those of io are a label from the kernel stack. Frames are looked at from
 * the leaf on, each against the whole table, and the first frame that any row
 * matches decides; of several rows that match one frame the first does. So the
 * innermost cause wins: direct I/O that waits for a free tag is "tag", and only
 * when nothing inside it has a label is it "direct".
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "profile/kind.h"
#include "linux/waitprof.h"

static const char *const names[NR_KINDS] = {
	[KIND_TAG] = "tag",	  [KIND_THROTTLE] = "throttle",	  [KIND_PAGE] = "page",
	[KIND_BUFFER] = "buffer", [KIND_SUBMIT] = "submit",	  [KIND_DIRECT] = "direct",
	[KIND_LOCK] = "lock",	  [KIND_CONDITION] = "condition", [KIND_SEMAPHORE] = "semaphore",
	[KIND_JOIN] = "join",	  [KIND_OTHER] = "other",
};

#define OF_IO                                                                         \
	(1U << KIND_TAG | 1U << KIND_THROTTLE | 1U << KIND_PAGE | 1U << KIND_BUFFER | \
	 1U << KIND_SUBMIT | 1U << KIND_DIRECT | 1U << KIND_OTHER)
#define OF_FUTEX                                                                           \
	(1U << KIND_LOCK | 1U << KIND_CONDITION | 1U << KIND_SEMAPHORE | 1U << KIND_JOIN | \
	 1U << KIND_OTHER)

/* Names of all supported kernels: pages became folios from 5.16 on. */
static const struct {
	const char *symbol;
	enum kind kind;
} table[] = {
	/* a free request of the device's queue */
	{ "blk_mq_get_tag", KIND_TAG },
	{ "__sbitmap*", KIND_TAG },
	{ "sbitmap*", KIND_TAG },
	/* a limit: writeback, a cgroup's, that on dirty pages */
	{ "rq_qos_wait", KIND_THROTTLE },
	{ "wbt_wait", KIND_THROTTLE },
	{ "blk_throttle*", KIND_THROTTLE },
	{ "*blk_throtl*", KIND_THROTTLE },
	{ "blkcg_maybe_throttle*", KIND_THROTTLE },
	{ "ioc_rqos_throttle", KIND_THROTTLE },
	{ "balance_dirty_pages*", KIND_THROTTLE },
	{ "congestion_wait", KIND_THROTTLE },
	{ "wait_iff_congested", KIND_THROTTLE },
	/* a page of the page cache: being read, written or locked */
	{ "folio_wait_bit*", KIND_PAGE },
	{ "folio_wait_writeback*", KIND_PAGE },
	{ "folio_put_wait_locked", KIND_PAGE },
	{ "wait_on_page_*", KIND_PAGE },
	{ "put_and_wait_on_page_locked", KIND_PAGE },
	{ "__lock_page*", KIND_PAGE },
	{ "__folio_lock*", KIND_PAGE },
	{ "migration_entry_wait*", KIND_PAGE },
	/* a block of metadata */
	{ "__wait_on_buffer", KIND_BUFFER },
	{ "__lock_buffer", KIND_BUFFER },
	{ "bit_wait_io*", KIND_BUFFER },
	{ "out_of_line_wait_on_bit*", KIND_BUFFER },
	/* one request, sent and waited for */
	{ "submit_bio_wait", KIND_SUBMIT },
	{ "bio_await*", KIND_SUBMIT },
	{ "blk_execute_rq*", KIND_SUBMIT },
	/* O_DIRECT */
	{ "__blkdev_direct_IO*", KIND_DIRECT },
	{ "blkdev_direct_IO*", KIND_DIRECT },
	{ "*blockdev_direct_IO*", KIND_DIRECT },
	{ "iomap_dio*", KIND_DIRECT },
	{ "__iomap_dio*", KIND_DIRECT },
	{ "dio_*", KIND_DIRECT },
};

/**
 * kind_name() - what a kind is called
 * @kind: kind
 *
 * Return: its name, NULL for KIND_NONE.
 */
const char *kind_name(enum kind kind)
{
	return names[kind];
}

/**
 * kind_find() - the kind with a name
 * @name: need not be terminated
 * @len: length of @name
 *
 * Return: enum kind, or -EINVAL.
 */
int kind_find(const char *name, size_t len)
{
	for (int i = KIND_NONE + 1; i < NR_KINDS; i++)
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return i;
	return -EINVAL;
}

/**
 * kind_list() - all names in one line, for messages
 */
const char *kind_list(void)
{
	return "tag, throttle, page, buffer, submit, direct, "
	       "lock, condition, semaphore, join, other";
}

/**
 * kind_of_class() - the kinds that waits of a class can be of
 * @class_id: WAITPROF_CLASS_*
 *
 * Return: mask of 1 << enum kind, 0 = none.
 */
uint32_t kind_of_class(uint32_t class_id)
{
	switch (class_id) {
	case WAITPROF_CLASS_IO:
		return OF_IO;
	case WAITPROF_CLASS_FUTEX:
		return OF_FUTEX;
	default:
		return 0;
	}
}

/**
 * kind_classes() - the classes that some kinds are of
 * @kinds: mask of 1 << enum kind
 *
 * Return: mask of 1 << WAITPROF_CLASS_*.
 */
uint32_t kind_classes(uint32_t kinds)
{
	uint32_t classes = 0;

	for (uint32_t id = 1; id <= WAITPROF_CLASS_MAX; id++)
		if (kind_of_class(id) & kinds)
			classes |= 1U << id;
	return classes;
}

/**
 * kind_is_left_out() - is a wait not of a kind that was asked for
 * @kinds: mask of 1 << enum kind, 0 = all
 * @class_id: class of the wait; one of which no kind was asked for stays
 * @kind: its kind
 */
bool kind_is_left_out(uint32_t kinds, uint32_t class_id, enum kind kind)
{
	return kind_of_class(class_id) & kinds && !(kinds & 1U << kind);
}

/* "f.constprop.0" is f. */
static const char *plain(char *buf, size_t size, const char *symbol)
{
	snprintf(buf, size, "%.*s", (int)strcspn(symbol, "."), symbol);
	return buf;
}

/**
 * kind_of_io() - the kind that a kernel stack speaks of
 * @frames: stack of an io wait, leaf first
 * @nr: its length
 *
 * Return: a kind, KIND_OTHER when no frame has a label; never KIND_NONE.
 */
enum kind kind_of_io(const struct symbol_frame *frames, size_t nr)
{
	char symbol[128];

	for (size_t i = 0; i < nr; i++) {
		if (!frames[i].symbol)
			continue;
		plain(symbol, sizeof(symbol), frames[i].symbol);
		for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
			if (!fnmatch(table[k].symbol, symbol, 0))
				return table[k].kind;
	}
	return KIND_OTHER;
}
