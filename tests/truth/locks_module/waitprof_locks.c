// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits on locks of the kernel, on request and logged by whoever waits. Lines
 * written to debugfs waitprof_locks/command are carried out by the writer:
 *
 *	hold KIND OP WAITERS MS END [BUSY_MS]	take the lock, let WAITERS threads
 *		come and MS pass, then end their waits: END 0 releases the lock,
 *		a signal number sends them that signal, -1 leaves them to their
 *		timeouts; the last two release it when all have given up. With
 *		BUSY_MS it keeps its CPU until then and so long, and sleeps after
 *	take KIND OP [MS]		wait for a holder, then for its lock
 *	cross KIND OP FIRST		of two locks, hold FIRST (0 or 1); once
 *		another thread holds the other one, wait for that: a deadlock
 *	outer INNER_MS OWN_MS SITE	an I/O wait inside waitprof_locks_inner(),
 *		called by waitprof_locks_outer(), called from one of two places,
 *		or (SITE 2) from one after the other
 *	reset				an empty log
 *
 * waitprof_locks/log has one JSON object a wait, waitprof_locks/locks the
 * addresses. Threads meet by flags and timers, never in another lock.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/semaphore.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/ww_mutex.h>

#include "waitprof_locks.h"

#define LOG_MAX	    4096
#define PATIENCE_MS 20000
#define NR_SETS	    2

/* One of each; crossing needs two. */
struct lock_set {
	struct mutex mutex; /* of the plain kind */
	struct ww_mutex ww_mutex;
	struct rw_semaphore rwsem;
	struct rt_mutex rt_mutex;
	struct semaphore semaphore;
	struct percpu_rw_semaphore percpu_rwsem;
};

/**
 * struct locks_wait - one logged wait
 * @kind: of the lock
 * @op: how it was asked for
 * @ended: wake, timeout, signal, kill; NULL = not yet
 * @object: address of the lock
 * @begin_ns: before the call
 * @end_ns: after it
 * @cpu_ns: time on a CPU in between
 * @waker_ns: stamp of whoever ended it, or the timeout
 * @asleep_ns: when a holder that kept its CPU began to sleep, 0 = it did not
 * @tid: of the waiter
 * @tgid: of the waiter
 * @owner_tid: who held the lock
 * @sleeps: growth of the waiter's voluntary context switches
 */
struct locks_wait {
	const char *kind;
	const char *op;
	const char *ended;
	unsigned long object;
	u64 begin_ns;
	u64 end_ns;
	u64 cpu_ns;
	u64 waker_ns;
	u64 asleep_ns;
	pid_t tid;
	pid_t tgid;
	pid_t owner_tid;
	unsigned long sleeps;
};

/* A waiter, on its own stack. */
struct locks_waiter {
	struct list_head link;
	struct task_struct *task;
	bool signalled;
};

/* A way to take a kind of lock, and to release it. */
struct lock_op {
	const char *name;
	int (*lock)(struct lock_set *set, unsigned int ms);
	void (*unlock)(struct lock_set *set);
};

/* Where a holder and its waiters meet. */
struct lock_stage {
	struct list_head waiters;
	int nr_waiters;
	pid_t holder_tid;
	u64 asleep_ns;
	u64 ended_ns;
	int crossed;
};

/**
 * struct lock_kind - a kind of lock and the ways to take it
 * @name: as in commands
 * @offset: in struct lock_set
 * @ops: end with a NULL name
 * @stage: of the first one of it
 */
struct lock_kind {
	const char *name;
	size_t offset;
	const struct lock_op *ops;
	struct lock_stage stage;
};

static struct lock_set sets[NR_SETS];
static DEFINE_WW_CLASS(locks_ww_class);
static struct locks_wait waits[LOG_MAX];
static atomic_t nr_waits;
/* Raw, so that on RT it is no lock that waitprof could see. */
static DEFINE_RAW_SPINLOCK(stage_lock);

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

/* The log */

static struct locks_wait *wait_new(const char *kind, const char *op, unsigned long object)
{
	unsigned int nr = atomic_inc_return(&nr_waits);
	struct locks_wait *wait = &waits[nr - 1];

	if (nr > LOG_MAX) {
		atomic_dec(&nr_waits);
		return NULL;
	}
	memset(wait, 0, sizeof(*wait));
	wait->kind = kind;
	wait->op = op;
	wait->object = object;
	wait->tid = current->pid;
	wait->tgid = current->tgid;
	return wait;
}

static u64 own_cpu_ns(void)
{
	u64 since = 0;

	if (!IS_ENABLED(CONFIG_IRQ_TIME_ACCOUNTING) && !IS_ENABLED(CONFIG_PARAVIRT_TIME_ACCOUNTING))
		since = local_clock() - current->se.exec_start;
	return current->se.sum_exec_runtime + since;
}

static void wait_begin(struct locks_wait *wait)
{
	wait->sleeps = current->nvcsw;
	wait->cpu_ns = own_cpu_ns();
	WRITE_ONCE(wait->begin_ns, ktime_get_mono_fast_ns());
}

static void wait_end(struct locks_wait *wait, const char *ended)
{
	u64 cpu_ns = own_cpu_ns();

	wait->end_ns = ktime_get_mono_fast_ns();
	wait->cpu_ns = cpu_ns > wait->cpu_ns ? cpu_ns - wait->cpu_ns : 0;
	wait->sleeps = current->nvcsw - wait->sleeps;
	wait->ended = ended;
}

static const char *ended_by(int ret)
{
	switch (ret) {
	case 0:
		return "wake";
	case -ETIME:
		return "timeout";
	case -EINTR:
		return fatal_signal_pending(current) ? "kill" : "signal";
	default:
		return "none";
	}
}

static void log_print(struct seq_file *file, const struct locks_wait *wait)
{
	seq_printf(file, "{\"wait\": \"%s\", \"op\": \"%s\", \"tid\": %d, \"tgid\": %d, ",
		   wait->kind, wait->op, wait->tid, wait->tgid);
	seq_printf(file, "\"ended\": \"%s\", \"begin_ns\": %llu, \"end_ns\": %llu, ",
		   wait->ended ? wait->ended : "open", wait->begin_ns,
		   wait->ended ? wait->end_ns : 0);
	seq_printf(file, "\"cpu_ns\": %llu, \"waker_ns\": %llu, \"object\": %lu, ",
		   wait->ended ? wait->cpu_ns : 0, wait->waker_ns, wait->object);
	seq_printf(file, "\"asleep_ns\": %llu, ", wait->asleep_ns);
	seq_printf(file, "\"owner_tid\": %d, \"sleeps\": %lu}\n", wait->owner_tid,
		   wait->ended ? wait->sleeps : 0);
}

static int log_show(struct seq_file *file, void *unused)
{
	unsigned int i, nr = min_t(unsigned int, atomic_read(&nr_waits), LOG_MAX);

	for (i = 0; i < nr; i++)
		log_print(file, &waits[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(log);

static int locks_show(struct seq_file *file, void *unused)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (j = 0; j < NR_SETS; j++)
			seq_printf(file, "%s %u %lu\n", kinds[i].name, j,
				   (unsigned long)&sets[j] + kinds[i].offset);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(locks);

/* The commands */

/* Sleep until a value lies in a range; it is no wait of any class. */
static int await(const int *value, int low, int high)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(PATIENCE_MS);

	while (READ_ONCE(*value) < low || READ_ONCE(*value) > high) {
		if (signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		usleep_range(1000, 2000);
	}
	return 0;
}

static void count(int *value, int change)
{
	raw_spin_lock(&stage_lock);
	*value += change;
	raw_spin_unlock(&stage_lock);
}

static int find(const char *name, const char *op_name, struct lock_kind **kind,
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

/* A waiter that has not had its signal yet, with a reference. */
static struct task_struct *next_waiter(struct lock_stage *stage)
{
	struct task_struct *task = NULL;
	struct locks_waiter *waiter;

	raw_spin_lock(&stage_lock);
	list_for_each_entry(waiter, &stage->waiters, link) {
		if (waiter->signalled)
			continue;
		waiter->signalled = true;
		task = waiter->task;
		get_task_struct(task);
		break;
	}
	raw_spin_unlock(&stage_lock);
	return task;
}

/* Whoever waits for this task's lock sees its owner running all the time. */
static int await_busy(const int *value, int low, unsigned int ms)
{
	u64 end_ns, patience_ns = ktime_get_mono_fast_ns() + PATIENCE_MS * NSEC_PER_MSEC;

	while (READ_ONCE(*value) < low) {
		if (signal_pending(current))
			return -EINTR;
		if (ktime_get_mono_fast_ns() > patience_ns)
			return -ETIMEDOUT;
		cond_resched();
		cpu_relax();
	}
	end_ns = ktime_get_mono_fast_ns() + ms * NSEC_PER_MSEC;
	while (ktime_get_mono_fast_ns() < end_ns)
		cpu_relax();
	return 0;
}

static int hold(struct lock_kind *kind, const struct lock_op *op, unsigned int nr, unsigned int ms,
		int end, unsigned int busy_ms)
{
	struct lock_stage *stage = &kind->stage;
	struct task_struct *task;
	int ret;

	WRITE_ONCE(stage->ended_ns, 0);
	ret = op->lock(&sets[0], PATIENCE_MS);
	if (ret)
		return ret;
	WRITE_ONCE(stage->holder_tid, current->pid);
	if (busy_ms)
		ret = await_busy(&stage->nr_waiters, nr, busy_ms);
	else
		ret = await(&stage->nr_waiters, nr, INT_MAX);
	WRITE_ONCE(stage->asleep_ns, busy_ms ? ktime_get_mono_fast_ns() : 0);
	if (!ret)
		msleep(ms);
	WRITE_ONCE(stage->holder_tid, 0);
	WRITE_ONCE(stage->ended_ns, ktime_get_mono_fast_ns());
	while (end > 0 && (task = next_waiter(stage)) != NULL) {
		send_sig(end, task, 0);
		put_task_struct(task);
	}
	if (!ret && end)
		ret = await(&stage->nr_waiters, 0, 0);
	op->unlock(&sets[0]);
	return ret ? ret : await(&stage->nr_waiters, 0, 0);
}

/* Not inlined: one frame that all waits have in common. */
static noinline int take_once(struct locks_wait *wait, const struct lock_op *op,
			      struct lock_set *set, unsigned int ms)
{
	int ret;

	wait_begin(wait);
	ret = op->lock(set, ms);
	wait_end(wait, ended_by(ret));
	if (!ret)
		op->unlock(set);
	return ret;
}

static int take(struct lock_kind *kind, const struct lock_op *op, unsigned int ms)
{
	struct locks_waiter waiter = { .task = current };
	struct lock_stage *stage = &kind->stage;
	struct locks_wait *wait;
	int ret;

	ret = await(&stage->holder_tid, 1, INT_MAX);
	if (ret)
		return ret;
	wait = wait_new(kind->name, op->name, (unsigned long)&sets[0] + kind->offset);
	if (!wait)
		return -ENOSPC;
	wait->owner_tid = READ_ONCE(stage->holder_tid);
	raw_spin_lock(&stage_lock);
	list_add_tail(&waiter.link, &stage->waiters);
	stage->nr_waiters++;
	raw_spin_unlock(&stage_lock);
	ret = take_once(wait, op, &sets[0], ms);
	wait->waker_ns = ret == -ETIME ? wait->begin_ns + ms * NSEC_PER_MSEC :
					 READ_ONCE(stage->ended_ns);
	wait->asleep_ns = READ_ONCE(stage->asleep_ns);
	raw_spin_lock(&stage_lock);
	list_del(&waiter.link);
	stage->nr_waiters--;
	raw_spin_unlock(&stage_lock);
	return 0;
}

static int cross(struct lock_kind *kind, const struct lock_op *op, unsigned int first)
{
	struct lock_set *mine = &sets[first], *other = &sets[!first];
	struct locks_wait *wait;
	int ret;

	wait = wait_new(kind->name, op->name, (unsigned long)other + kind->offset);
	if (!wait)
		return -ENOSPC;
	ret = op->lock(mine, PATIENCE_MS);
	if (ret)
		return ret;
	count(&kind->stage.crossed, 1);
	ret = await(&kind->stage.crossed, NR_SETS, NR_SETS);
	if (!ret)
		ret = take_once(wait, op, other, PATIENCE_MS);
	op->unlock(mine);
	count(&kind->stage.crossed, -1);
	return ret;
}

/* A function between the two waits. */
static noinline long waitprof_locks_inner(unsigned int ms, struct locks_wait *wait)
{
	long left;

	wait_begin(wait);
	set_current_state(TASK_UNINTERRUPTIBLE);
	left = io_schedule_timeout(msecs_to_jiffies(ms));
	wait_end(wait, "timeout");
	return left;
}

/**
 * waitprof_locks_outer() - an I/O wait between two sleeps of its own
 * @lock: what a hook takes for the lock that is waited for
 * @inner_ms: length of the I/O wait
 * @own_ms: length of each sleep
 * @inner: log of the I/O wait
 *
 * Return: nothing of interest.
 */
noinline long waitprof_locks_outer(struct mutex *lock, unsigned int inner_ms, unsigned int own_ms,
				   struct locks_wait *inner)
{
	long left;

	schedule_timeout_uninterruptible(msecs_to_jiffies(own_ms));
	left = waitprof_locks_inner(inner_ms, inner);
	schedule_timeout_uninterruptible(msecs_to_jiffies(own_ms));
	return left;
}
EXPORT_SYMBOL_GPL(waitprof_locks_outer);

static noinline void outer_here(unsigned int inner_ms, unsigned int own_ms, struct locks_wait *wait,
				struct locks_wait *inner)
{
	wait_begin(wait);
	waitprof_locks_outer(&sets[0].mutex, inner_ms, own_ms, inner);
	wait_end(wait, "wake");
}

static noinline void outer_there(unsigned int inner_ms, unsigned int own_ms,
				 struct locks_wait *wait, struct locks_wait *inner)
{
	wait_begin(wait);
	waitprof_locks_outer(&sets[0].mutex, inner_ms, own_ms, inner);
	wait_end(wait, "wake");
	barrier();
}

static noinline int outer(unsigned int inner_ms, unsigned int own_ms, unsigned int site)
{
	struct locks_wait *wait, *inner;

	wait = wait_new("outer", site ? "there" : "here", (unsigned long)&sets[0].mutex);
	inner = wait_new("inner", site ? "there" : "here", 0);
	if (!wait || !inner)
		return -ENOSPC;
	if (site)
		outer_there(inner_ms, own_ms, wait, inner);
	else
		outer_here(inner_ms, own_ms, wait, inner);
	return 0;
}

/* How often a function of another module is called. */
static atomic_t hits;
static char watched[64];

static int watch_hit(struct kprobe *probe, struct pt_regs *regs)
{
	atomic_inc(&hits);
	return 0;
}

static struct kprobe watch_probe;

static void watch_stop(void)
{
	if (watch_probe.symbol_name)
		unregister_kprobe(&watch_probe);
	watch_probe = (struct kprobe){};
}

static int watch(const char *symbol)
{
	int ret;

	watch_stop();
	if (!strcmp(symbol, "-"))
		return 0;
	atomic_set(&hits, 0);
	strscpy(watched, symbol, sizeof(watched));
	watch_probe = (struct kprobe){ .symbol_name = watched, .pre_handler = watch_hit };
	ret = register_kprobe(&watch_probe);
	if (ret)
		watch_probe = (struct kprobe){};
	return ret;
}

static int hits_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%d\n", atomic_read(&hits));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(hits);

static int carry_out(const char *line)
{
	char kind_name[16] = "", op_name[16] = "";
	const struct lock_op *op;
	struct lock_kind *kind;
	unsigned int a, b = 0, busy = 0;
	int end;

	if (!strcmp(line, "reset")) {
		atomic_set(&nr_waits, 0);
		return 0;
	}
	if (!strncmp(line, "watch ", 6))
		return watch(line + 6);
	if (sscanf(line, "outer %u %u %d", &a, &b, &end) == 3)
		return (end != 1 ? outer(a, b, 0) : 0) ?: (end ? outer(a, b, 1) : 0);
	if (sscanf(line, "hold %15s %15s %u %u %d %u", kind_name, op_name, &a, &b, &end, &busy) >=
	    5)
		return find(kind_name, op_name, &kind, &op) ?: hold(kind, op, a, b, end, busy);
	if (sscanf(line, "cross %15s %15s %u", kind_name, op_name, &a) == 3 && a < NR_SETS)
		return find(kind_name, op_name, &kind, &op) ?: cross(kind, op, a);
	if (sscanf(line, "take %15s %15s %u", kind_name, op_name, &b) >= 2)
		return find(kind_name, op_name, &kind, &op) ?: take(kind, op, b);
	return -EINVAL;
}

static ssize_t command_write(struct file *file, const char __user *text, size_t size, loff_t *at)
{
	char line[80];
	int ret;

	if (size >= sizeof(line))
		return -E2BIG;
	if (copy_from_user(line, text, size))
		return -EFAULT;
	line[size] = '\0';
	ret = carry_out(strim(line));
	return ret ? ret : size;
}

static const struct file_operations command_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = command_write,
};

static struct dentry *folder;

static int __init locks_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		INIT_LIST_HEAD(&kinds[i].stage.waiters);
	for (i = 0; i < NR_SETS; i++) {
		mutex_init(&sets[i].mutex);
		ww_mutex_init(&sets[i].ww_mutex, &locks_ww_class);
		init_rwsem(&sets[i].rwsem);
		rt_mutex_init(&sets[i].rt_mutex);
		sema_init(&sets[i].semaphore, 1);
		ret = percpu_init_rwsem(&sets[i].percpu_rwsem);
		if (ret) {
			while (i--)
				percpu_free_rwsem(&sets[i].percpu_rwsem);
			return ret;
		}
	}
	folder = debugfs_create_dir("waitprof_locks", NULL);
	debugfs_create_file("command", 0200, folder, NULL, &command_fops);
	debugfs_create_file("log", 0400, folder, NULL, &log_fops);
	debugfs_create_file("hits", 0400, folder, NULL, &hits_fops);
	debugfs_create_file("locks", 0400, folder, NULL, &locks_fops);
	return 0;
}

static void __exit locks_exit(void)
{
	unsigned int i;

	debugfs_remove_recursive(folder);
	watch_stop();
	for (i = 0; i < NR_SETS; i++)
		percpu_free_rwsem(&sets[i].percpu_rwsem);
}

module_init(locks_init);
module_exit(locks_exit);
MODULE_DESCRIPTION("Known waits on locks of the kernel, for the tests of waitprof");
MODULE_LICENSE("GPL");
