// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of every kind, planted where ours would be: in the handler of a probe. To see
 * that the debug kernel says each by its name; what=NAME takes one of the table below.
 *
 * The function that is probed does nothing. What a fault needs is made ready before,
 * as a session is: the handler takes it as it finds it. All happen once, but for the
 * race, which two threads run for two seconds. Memory that nobody has written: the handler
 * copies some to where whoever reads the parameter "told" finds it.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#define BYTES	  64
#define RACE_MS	  2000
#define NR_RACERS 2

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "which fault");

static struct {
	char *object;
	char *area;
	struct list_head head, one;
	refcount_t count;
	struct timer_list *timer;
	int __rcu *value;
	unsigned int raced;
	unsigned long page;
} ready;

static DEFINE_MUTEX(sleeping_lock);
static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
/* So that no compiler sees through what is done. */
static volatile unsigned int sink, length = BYTES;

static void prepare_freed(void)
{
	ready.object = kmalloc(BYTES, GFP_KERNEL);
	kfree(ready.object);
}

static void read_object(void)
{
	sink = READ_ONCE(ready.object[0]);
	ready.object = NULL;
}

static void prepare_object(void)
{
	ready.object = kmalloc(BYTES, GFP_KERNEL);
}

static void read_behind_object(void)
{
	sink = READ_ONCE(ready.object[length]);
}

static void prepare_area(void)
{
	ready.area = vmalloc(PAGE_SIZE - BYTES);
}

static void read_behind_area(void)
{
	sink = READ_ONCE(ready.area[PAGE_SIZE - length]);
}

static void sleep_for_lock(void)
{
	mutex_lock(&sleeping_lock);
	mutex_unlock(&sleeping_lock);
}

/* With interrupts off, as in the handler, so that the order is all that is wrong. */
static void lock_both(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock_a, flags);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock_irqrestore(&lock_a, flags);
}

static void lock_both_inverted(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock_b, flags);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock_irqrestore(&lock_b, flags);
}

static void prepare_value(void)
{
	RCU_INIT_POINTER(ready.value, (int __rcu *)&ready.raced);
}

static void read_value(void)
{
	sink = *rcu_dereference(ready.value);
}

static void lose_memory(void)
{
	ready.object = kmalloc(1000, GFP_ATOMIC);
	ready.object = NULL;
}

static void count_from_zero(void)
{
	refcount_inc(&ready.count);
}

static void shift_too_far(void)
{
	sink = 1 << (length + sink);
}

static void timer_runs(struct timer_list *timer)
{
}

static void prepare_timer(void)
{
	ready.timer = kmalloc(sizeof(*ready.timer), GFP_KERNEL);
	if (!ready.timer)
		return;
	timer_setup(ready.timer, timer_runs, 0);
	mod_timer(ready.timer, jiffies + 1000 * HZ);
}

static void free_timer(void)
{
	kfree(ready.timer);
}

static void prepare_list(void)
{
	INIT_LIST_HEAD(&ready.head);
	list_add(&ready.one, &ready.head);
	list_del(&ready.one);
}

static void delete_again(void)
{
	list_del(&ready.one);
}

static void write_plain(void)
{
	ready.raced++;
}

static char told_bytes[BYTES];

static void tell_unwritten(void)
{
	memcpy(told_bytes, ready.object, BYTES);
}

static void prepare_page(void)
{
	ready.page = __get_free_page(GFP_KERNEL);
}

static void tell_unwritten_page(void)
{
	memcpy(told_bytes, (void *)ready.page, BYTES);
}

static void decide_by_unwritten(void)
{
	if (READ_ONCE(ready.object[0]) & 1)
		sink++;
}

static int get_told(char *buffer, const struct kernel_param *kp)
{
	memcpy(buffer, told_bytes, BYTES);
	return BYTES;
}

static const struct kernel_param_ops told_ops = { .get = get_told };
module_param_cb(told, &told_ops, NULL, 0400);
MODULE_PARM_DESC(told, "bytes, of memory that nobody has written with what=told");

static const struct {
	const char *name;
	void (*prepare)(void);
	void (*happen)(void);
} faults[] = {
	{ "rcu", prepare_value, read_value },
	{ "inversion", lock_both, lock_both_inverted },
	{ "sleep", NULL, sleep_for_lock },
	{ "leak", NULL, lose_memory },
	{ "refcount", NULL, count_from_zero },
	{ "shift", NULL, shift_too_far },
	{ "use-after-free", prepare_freed, read_object },
	{ "out-of-bounds", prepare_object, read_behind_object },
	{ "vmalloc-out-of-bounds", prepare_area, read_behind_area },
	{ "object", prepare_timer, free_timer },
	{ "list", prepare_list, delete_again },
	{ "race", NULL, write_plain },
	{ "told", prepare_object, tell_unwritten },
	{ "told-page", prepare_page, tell_unwritten_page },
	{ "unwritten", prepare_object, decide_by_unwritten },
};

static int fault = -1;

static noinline void planted_here(void)
{
	barrier();
}

static int plant_handler(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long flags;

	/* As ours do. */
	local_irq_save(flags);
	faults[fault].happen();
	local_irq_restore(flags);
	return 0;
}

static struct kprobe probe = {
	.addr = (kprobe_opcode_t *)planted_here,
	.pre_handler = plant_handler,
};

static int race(void *unused)
{
	unsigned long end = jiffies + msecs_to_jiffies(RACE_MS);

	while (time_before(jiffies, end)) {
		planted_here();
		cond_resched();
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static void run_race(void)
{
	struct task_struct *racers[NR_RACERS];
	int i;

	for (i = 0; i < NR_RACERS; i++)
		racers[i] = kthread_run(race, NULL, "plant/%d", i);
	msleep(RACE_MS + 100);
	for (i = 0; i < NR_RACERS; i++)
		if (!IS_ERR(racers[i]))
			kthread_stop(racers[i]);
}

static int __init plant_init(void)
{
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(faults[i].name, what))
			fault = i;
	if (fault < 0)
		return -EINVAL;
	if (faults[fault].prepare)
		faults[fault].prepare();
	ret = register_kprobe(&probe);
	if (ret)
		return ret;
	if (strcmp(what, "race"))
		planted_here();
	else
		run_race();
	return 0;
}

static void __exit plant_exit(void)
{
	unregister_kprobe(&probe);
	kfree(ready.object);
	vfree(ready.area);
	free_page(ready.page);
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Faults in the handler of a probe");
MODULE_LICENSE("GPL");
