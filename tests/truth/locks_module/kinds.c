// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kinds of locks, the ways to take them, and two locks of each kind.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "kinds.h"

struct lock_set lock_sets[NR_SETS];
static DEFINE_WW_CLASS(locks_ww_class);

/* The ways to take a lock: 0, or why it was not taken */

static int take_mutex(struct lock_set *set, unsigned int ms)
{
	mutex_lock(&set->mutex);
	return 0;
}

static int take_mutex_interruptible(struct lock_set *set, unsigned int ms)
{
	return mutex_lock_interruptible(&set->mutex);
}

static int take_mutex_killable(struct lock_set *set, unsigned int ms)
{
	return mutex_lock_killable(&set->mutex);
}

static int take_mutex_io(struct lock_set *set, unsigned int ms)
{
	mutex_lock_io(&set->mutex);
	return 0;
}

static void drop_mutex(struct lock_set *set)
{
	mutex_unlock(&set->mutex);
}

static int take_ww_mutex(struct lock_set *set, unsigned int ms)
{
	struct ww_acquire_ctx ctx;
	int ret;

	ww_acquire_init(&ctx, &locks_ww_class);
	ret = ww_mutex_lock(&set->ww_mutex, &ctx);
	if (!ret)
		ww_mutex_unlock(&set->ww_mutex);
	ww_acquire_fini(&ctx);
	return ret;
}

static int take_ww_mutex_interruptible(struct lock_set *set, unsigned int ms)
{
	struct ww_acquire_ctx ctx;
	int ret;

	ww_acquire_init(&ctx, &locks_ww_class);
	ret = ww_mutex_lock_interruptible(&set->ww_mutex, &ctx);
	if (!ret)
		ww_mutex_unlock(&set->ww_mutex);
	ww_acquire_fini(&ctx);
	return ret;
}

static int hold_ww_mutex(struct lock_set *set, unsigned int ms)
{
	return ww_mutex_lock(&set->ww_mutex, NULL);
}

static void drop_ww_mutex(struct lock_set *set)
{
	ww_mutex_unlock(&set->ww_mutex);
}

static void drop_nothing(struct lock_set *set)
{
}

static int take_rwsem_read(struct lock_set *set, unsigned int ms)
{
	down_read(&set->rwsem);
	return 0;
}

static int take_rwsem_read_killable(struct lock_set *set, unsigned int ms)
{
	return down_read_killable(&set->rwsem);
}

static void drop_rwsem_read(struct lock_set *set)
{
	up_read(&set->rwsem);
}

static int take_rwsem_write(struct lock_set *set, unsigned int ms)
{
	down_write(&set->rwsem);
	return 0;
}

static int take_rwsem_write_killable(struct lock_set *set, unsigned int ms)
{
	return down_write_killable(&set->rwsem);
}

static void drop_rwsem_write(struct lock_set *set)
{
	up_write(&set->rwsem);
}

static int take_rt_mutex(struct lock_set *set, unsigned int ms)
{
	rt_mutex_lock(&set->rt_mutex);
	return 0;
}

static int take_rt_mutex_interruptible(struct lock_set *set, unsigned int ms)
{
	int ret = rt_mutex_lock_interruptible(&set->rt_mutex);

	/* A call and no jump: by it an rt_mutex is told from a mutex on RT. */
	barrier();
	return ret;
}

static void drop_rt_mutex(struct lock_set *set)
{
	rt_mutex_unlock(&set->rt_mutex);
}

static int take_semaphore(struct lock_set *set, unsigned int ms)
{
	down(&set->semaphore);
	return 0;
}

static int take_semaphore_interruptible(struct lock_set *set, unsigned int ms)
{
	return down_interruptible(&set->semaphore);
}

static int take_semaphore_killable(struct lock_set *set, unsigned int ms)
{
	return down_killable(&set->semaphore);
}

static int take_semaphore_timeout(struct lock_set *set, unsigned int ms)
{
	return down_timeout(&set->semaphore, msecs_to_jiffies(ms));
}

static void drop_semaphore(struct lock_set *set)
{
	up(&set->semaphore);
}

static int take_percpu_rwsem_read(struct lock_set *set, unsigned int ms)
{
	percpu_down_read(&set->percpu_rwsem);
	return 0;
}

static void drop_percpu_rwsem_read(struct lock_set *set)
{
	percpu_up_read(&set->percpu_rwsem);
}

static int take_percpu_rwsem_write(struct lock_set *set, unsigned int ms)
{
	percpu_down_write(&set->percpu_rwsem);
	return 0;
}

static void drop_percpu_rwsem_write(struct lock_set *set)
{
	percpu_up_write(&set->percpu_rwsem);
}

static struct lock_kind kinds[] = {
	{
		.name = "mutex",
		.offset = offsetof(struct lock_set, mutex),
		.ops = (const struct lock_op[]){ { "lock", take_mutex, drop_mutex },
						 { "interruptible", take_mutex_interruptible,
						   drop_mutex },
						 { "killable", take_mutex_killable, drop_mutex },
						 { "io", take_mutex_io, drop_mutex },
						 {} },
	},
	{
		.name = "ww_mutex",
		.offset = offsetof(struct lock_set, ww_mutex),
		.ops = (const struct lock_op[]){ { "lock", take_ww_mutex, drop_nothing },
						 { "interruptible", take_ww_mutex_interruptible,
						   drop_nothing },
						 { "hold", hold_ww_mutex, drop_ww_mutex },
						 {} },
	},
	{
		.name = "rwsem",
		.offset = offsetof(struct lock_set, rwsem),
		.ops =
			(const struct lock_op[]){
				{ "read", take_rwsem_read, drop_rwsem_read },
				{ "read_killable", take_rwsem_read_killable, drop_rwsem_read },
				{ "write", take_rwsem_write, drop_rwsem_write },
				{ "write_killable", take_rwsem_write_killable, drop_rwsem_write },
				{} },
	},
	{
		.name = "rtmutex",
		.offset = offsetof(struct lock_set, rt_mutex),
		.ops = (const struct lock_op[]){ { "lock", take_rt_mutex, drop_rt_mutex },
						 { "interruptible", take_rt_mutex_interruptible,
						   drop_rt_mutex },
						 {} },
	},
	{
		.name = "semaphore",
		.offset = offsetof(struct lock_set, semaphore),
		.ops =
			(const struct lock_op[]){
				{ "down", take_semaphore, drop_semaphore },
				{ "interruptible", take_semaphore_interruptible, drop_semaphore },
				{ "killable", take_semaphore_killable, drop_semaphore },
				{ "timeout", take_semaphore_timeout, drop_semaphore },
				{} },
	},
	{
		.name = "percpu_rwsem",
		.offset = offsetof(struct lock_set, percpu_rwsem),
		.ops =
			(const struct lock_op[]){
				{ "read", take_percpu_rwsem_read, drop_percpu_rwsem_read },
				{ "write", take_percpu_rwsem_write, drop_percpu_rwsem_write },
				{} },
	},
};

/**
 * locks_show() - print the addresses of the locks
 * @file: where to
 * @unused: not looked at
 *
 * Return: 0.
 */
int locks_show(struct seq_file *file, void *unused)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (j = 0; j < NR_SETS; j++)
			seq_printf(file, "%s %u %lu\n", kinds[i].name, j,
				   (unsigned long)&lock_sets[j] + kinds[i].offset);
	return 0;
}

/**
 * kinds_find() - a kind of lock and a way to take it
 * @name: of the kind
 * @op_name: of the way
 * @kind: result
 * @op: result
 *
 * Return: 0 or -EINVAL.
 */
int kinds_find(const char *name, const char *op_name, struct lock_kind **kind,
	       const struct lock_op **op)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name))
			continue;
		*kind = &kinds[i];
		for (*op = kinds[i].ops; (*op)->name; (*op)++)
			if (!strcmp((*op)->name, op_name))
				return 0;
	}
	return -EINVAL;
}

/**
 * kinds_init() - make the locks
 *
 * Return: 0 or -ENOMEM.
 */
int kinds_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		INIT_LIST_HEAD(&kinds[i].stage.waiters);
	for (i = 0; i < NR_SETS; i++) {
		mutex_init(&lock_sets[i].mutex);
		ww_mutex_init(&lock_sets[i].ww_mutex, &locks_ww_class);
		init_rwsem(&lock_sets[i].rwsem);
		rt_mutex_init(&lock_sets[i].rt_mutex);
		sema_init(&lock_sets[i].semaphore, 1);
		ret = percpu_init_rwsem(&lock_sets[i].percpu_rwsem);
		if (ret) {
			while (i--)
				percpu_free_rwsem(&lock_sets[i].percpu_rwsem);
			return ret;
		}
	}
	return 0;
}

/**
 * kinds_exit() - free what kinds_init() made
 */
void kinds_exit(void)
{
	unsigned int i;

	for (i = 0; i < NR_SETS; i++)
		percpu_free_rwsem(&lock_sets[i].percpu_rwsem);
}
