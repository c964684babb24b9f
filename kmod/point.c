// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of wait points and the kretprobes behind it.
 *
 * A point costs nothing until a session wants it. Then its symbol is resolved by
 * registering (kernel symbol look-ups are not exported), its open waits are
 * allocated, and the probe is enabled. After the last session it is disabled:
 * the entry hook is gone, but returns of waits in flight are still seen. It is
 * unregistered only when the module goes: a used kprobe cannot be registered
 * again, and unregistering with sleepers inside pins its instances.
 *
 * The probe has a few more instances than the table has slots, so the table,
 * whose count is exact, is always the first to be full.
 *
 * Locking: arm, disarm, init and exit are serialised by the caller.
 * Memory a point, from its first use: its open waits (open.c) and limit + CPUs +
 * 64 kretprobe instances of 64 B. From 6.11 on the kernel adds a ring of pointers
 * to as many, rounded up to a power of two, for each possible CPU: with the
 * default limit 128 KiB a CPU (256 KiB on machines of more than 320 CPUs).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/string.h>

#include "params.h"
#include "point.h"
#include "wait.h"

static const struct wp_point_desc *const classes[] = {
	wp_point_futex,
	wp_point_mutex,
	wp_point_rwsem,
	wp_point_rtmutex,
	wp_point_semaphore,
	wp_point_percpu_rwsem,
	wp_point_io,
	wp_point_journal,
};

struct instance_data {
	struct wp_open *wait;
	u32 seq;
};

static struct wp_point *point_of(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	return rp ? container_of(rp, struct wp_point, rp) : NULL;
}

static int wp_point_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct instance_data *data = (struct instance_data *)ri->data;
	struct wp_point *point = point_of(ri);
	unsigned long flags;

	if (!point)
		return 1;
	local_irq_save(flags);
	data->wait = wp_wait_begin(point, regs);
	if (data->wait)
		data->seq = data->wait->seq;
	local_irq_restore(flags);
	return data->wait ? 0 : 1;
}

static int wp_point_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct instance_data *data = (struct instance_data *)ri->data;
	struct wp_point *point = point_of(ri);
	unsigned long flags;

	if (!point)
		return 0;
	local_irq_save(flags);
	wp_wait_end(point, data->wait, data->seq, regs, get_kretprobe_retaddr(ri));
	local_irq_restore(flags);
	return 0;
}

/* A dry run with a plain kprobe: a kretprobe would allocate for each miss. */
static int try_register(const char *symbol, void *arg)
{
	struct kprobe probe = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret = register_kprobe(&probe);

	if (!ret)
		unregister_kprobe(&probe);
	return ret;
}

static int point_register(struct wp_point *point)
{
	u32 limit = wp_param_open_limit(point->desc->limit);
	int ret;

	ret = wp_point_resolve(point->desc->symbols, point->symbol, &point->variant,
			       try_register, NULL);
	if (ret)
		return ret;
	ret = wp_open_table_init(&point->open, point->id, limit, nr_cpu_ids);
	if (ret)
		return ret;
	point->rp = (struct kretprobe){
		.kp.symbol_name = point->symbol,
		.kp.flags = KPROBE_FLAG_DISABLED,
		.entry_handler = wp_point_enter,
		.handler = wp_point_return,
		.data_size = sizeof(struct instance_data),
		.maxactive = limit + nr_cpu_ids + 64,
	};
	ret = register_kretprobe(&point->rp);
	if (ret) {
		wp_open_table_exit(&point->open);
		point->symbol[0] = '\0';
	}
	return ret;
}

/* Its function went with its module; nobody can be inside. */
static void point_forget(struct wp_point *point)
{
	unregister_kretprobe(&point->rp);
	wp_open_table_exit(&point->open);
	point->symbol[0] = '\0';
	point->state = WAITPROF_POINT_UNUSED;
}

/**
 * wp_point_arm() - a session begins to want a wait point
 * @point: the point
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 0, or -errno: if the point is not blind now, the next try may work.
 */
int wp_point_arm(struct wp_point *point)
{
	int ret;

	if (point->state == WAITPROF_POINT_BLIND &&
	    !(point->desc->in_module && point->error == -ENOENT))
		return point->error;
	if (point->state == WAITPROF_POINT_IDLE && (point->rp.kp.flags & KPROBE_FLAG_GONE))
		point_forget(point);
	if (point->state == WAITPROF_POINT_UNUSED || point->state == WAITPROF_POINT_BLIND) {
		ret = point_register(point);
		if (ret == -ENOMEM)
			return ret;
		if (ret)
			goto blind;
		point->state = WAITPROF_POINT_IDLE;
	}
	if (!point->users) {
		ret = enable_kretprobe(&point->rp);
		if (ret)
			return ret;
		point->state = WAITPROF_POINT_ARMED;
	}
	point->users++;
	return 0;

blind:
	point->state = WAITPROF_POINT_BLIND;
	point->error = ret;
	return ret;
}

/**
 * wp_point_disarm() - a session does not want a wait point any more
 * @point: one that this session armed
 *
 * Context: process; may sleep; serialised by the caller.
 */
void wp_point_disarm(struct wp_point *point)
{
	if (--point->users)
		return;
	disable_kretprobe(&point->rp);
	point->state = WAITPROF_POINT_IDLE;
}

/*
 * A probe on a function of our own, to notice that armed probes do not fire:
 * kprobes switched off through debugfs, ftrace through its sysctl.
 */
static atomic_t canary_hits;

static noinline __noclone int wp_canary(int value)
{
	barrier();
	return value;
}

static int canary_enter(struct kprobe *probe, struct pt_regs *regs)
{
	atomic_inc(&canary_hits);
	return 0;
}

/**
 * wp_points_silent() - do armed probes fire?
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 1 if a probe of the kind we use is not hit, 0 if it is, -errno.
 */
int wp_points_silent(void)
{
	struct kprobe probe = {
		.addr = (kprobe_opcode_t *)wp_canary,
		.pre_handler = canary_enter,
	};
	int before = atomic_read(&canary_hits);

	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	wp_canary(before);
	unregister_kprobe(&probe);
	return atomic_read(&canary_hits) == before;
}

/**
 * wp_points_bytes() - memory of the points used so far
 *
 * Context: serialised with arming by the caller.
 * Return: bytes.
 */
u64 wp_points_bytes(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < wp_nr_points; i++) {
		sum += wp_open_table_bytes(&wp_points[i].open);
		if (wp_points[i].open.slots)
			sum += wp_kretprobe_bytes(&wp_points[i].rp);
	}
	return sum;
}

static int point_add(const struct wp_point_desc *desc)
{
	struct wp_point *point = &wp_points[wp_nr_points];

	point->stats = alloc_percpu(struct wp_point_stats);
	if (!point->stats)
		return -ENOMEM;
	point->desc = desc;
	point->id = wp_nr_points++;
	return 0;
}

static int point_add_extra(const char *text, const struct wp_point_desc *desc)
{
	char symbol[WP_SYMBOL_LEN];
	u8 variant;
	int ret;

	ret = wp_point_resolve(desc->symbols, symbol, &variant, try_register, NULL);
	if (ret) {
		pr_err("point=%s: %s\n", text, ret == -ENOENT ?
		       "this kernel has no such function" : "the kernel refuses the probe");
		return ret;
	}
	return point_add(desc);
}

/**
 * wp_points_init() - set up the table; arms nothing
 *
 * Context: process; may sleep.
 * Return: 0, -ENOMEM, or -errno if one of the user's points cannot be.
 */
int wp_points_init(void)
{
	const struct wp_point_desc *desc;
	const char *text;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		for (desc = classes[i]; desc->name; desc++) {
			ret = point_add(desc);
			if (ret)
				goto err_free_stats;
		}
	}
	for (i = 0; (ret = wp_point_extra(i, &text, &desc)) > 0; i++) {
		ret = point_add_extra(text, desc);
		if (ret)
			goto err_free_stats;
	}
	if (!ret)
		return 0;
	pr_err("point=%s: not CLASS:SYMBOL with a known class\n", text);

err_free_stats:
	while (wp_nr_points > 0)
		free_percpu(wp_points[--wp_nr_points].stats);
	return ret;
}

/**
 * wp_points_exit() - unregister all probes and free their open waits
 *
 * Tasks may still be inside a wait: their return is then no longer seen.
 *
 * Context: process; may sleep; no session is left.
 */
void wp_points_exit(void)
{
	struct kretprobe *registered[WP_MAX_POINTS];
	int i, nr = 0;

	for (i = 0; i < wp_nr_points; i++)
		if (wp_points[i].open.slots)
			registered[nr++] = &wp_points[i].rp;
	/* Waits for handlers that run: afterwards none reaches our memory. */
	if (nr)
		unregister_kretprobes(registered, nr);
	synchronize_rcu();
	for (i = 0; i < wp_nr_points; i++) {
		wp_open_table_exit(&wp_points[i].open);
		free_percpu(wp_points[i].stats);
	}
}
