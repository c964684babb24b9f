// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait points hooked by kretprobes, which every kernel has: the entry of a
 * function begins a wait and its return ends it, whatever happened inside.
 *
 * The symbol is resolved by registering (kernel symbol look-ups are not
 * exported), in the disabled state; enabling and disabling come and go with the
 * sessions. A disabled one still sees the returns of waits in flight. It is
 * unregistered only when the module goes: a used kprobe cannot be registered
 * again, and unregistering with sleepers inside pins its instances.
 *
 * The probe has a few more instances than the point's table has slots, so the
 * table, whose count is exact, is always the first to be full.
 *
 * Memory a point: limit + CPUs + 64 instances of 64 B. From 6.11 on the kernel
 * adds a ring of pointers to as many, rounded up to a power of two, for each
 * possible CPU: with the default limit 128 KiB a CPU (256 KiB on machines of more
 * than 320 CPUs).
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>

#include "cost.h"
#include "ftrace_hold.h"
#include "function.h"
#include "lock_caller.h"
#include "params.h"
#include "point.h"
#include "unhook.h"
#include "wait.h"

struct instance_data {
	struct wp_open *wait;
	u32 seq;
};

static struct wp_point *point_of(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	return rp ? container_of(rp, struct wp_point, rp) : NULL;
}

static __always_inline int enter(struct kretprobe_instance *ri, struct pt_regs *regs,
				 struct wp_point *point)
{
	struct instance_data *data = (struct instance_data *)ri->data;
	struct wp_hit hit = { .regs = regs };
	unsigned long flags;

	local_irq_save(flags);
	if (point->desc->goes_on)
		wp_ftrace_end_here(regs);
	data->wait = wp_wait_begin(point, &hit);
	if (data->wait)
		data->seq = data->wait->seq;
	local_irq_restore(flags);
	return data->wait ? 0 : 1;
}

static noinline int enter_timed(struct kretprobe_instance *ri, struct pt_regs *regs,
				struct wp_point *point)
{
	int ret;

	wp_cost_begin(WAITPROF_HANDLER_BEGIN, BIT(point->id));
	ret = enter(ri, regs, point);
	wp_cost_end();
	return ret;
}

static int wp_point_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct wp_point *point = point_of(ri);

	if (!point)
		return 1;
	if (wp_cost_due(WAITPROF_HANDLER_BEGIN))
		return enter_timed(ri, regs, point);
	return enter(ri, regs, point);
}

static __always_inline void leave(struct kretprobe_instance *ri, struct pt_regs *regs,
				  struct wp_point *point)
{
	struct instance_data *data = (struct instance_data *)ri->data;
	struct wp_hit hit = {
		.regs = regs,
		.return_addr = wp_kretprobe_return_addr(ri, regs),
		.ended = WP_END_ASK,
	};
	unsigned long flags;

	local_irq_save(flags);
	wp_wait_end(point, data->wait, data->seq, &hit);
	local_irq_restore(flags);
}

static noinline int leave_timed(struct kretprobe_instance *ri, struct pt_regs *regs,
				struct wp_point *point)
{
	wp_cost_begin(WAITPROF_HANDLER_END, BIT(point->id));
	leave(ri, regs, point);
	wp_cost_end();
	return 0;
}

static int wp_point_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct wp_point *point = point_of(ri);

	if (!point)
		return 0;
	if (wp_cost_due(WAITPROF_HANDLER_END))
		return leave_timed(ri, regs, point);
	leave(ri, regs, point);
	return 0;
}

/**
 * wp_kretprobe_try() - would a function take a probe?
 * @symbol: its name
 * @arg: a struct wp_function, told where the function lies; NULL = not asked
 *
 * A dry run with a plain kprobe: a kretprobe would allocate for each miss.
 *
 * Context: process; may sleep.
 * Return: 0 or -errno, -ENOENT if there is no such function.
 */
int wp_kretprobe_try(const char *symbol, void *arg)
{
	struct kprobe probe = {
		.symbol_name = symbol,
		.flags = KPROBE_FLAG_DISABLED,
	};
	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	unregister_kprobe(&probe);
	if (arg)
		wp_function_at(arg, (unsigned long)probe.addr);
	return 0;
}

static int kretprobe_attach(struct wp_point *point)
{
	u32 limit = wp_param_open_limit(point->desc->limit);
	int ret = 0;

	if (!point->desc->symbols)
		return -ENOENT;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		ret = wp_lock_caller_init();
	if (ret)
		return ret;

	ret = wp_point_resolve(point->desc->symbols, point->symbol, &point->variant,
			       wp_kretprobe_try, NULL);
	if (ret)
		return ret;
	point->rp = (struct kretprobe){
		.kp.symbol_name = point->symbol,
		.kp.flags = KPROBE_FLAG_DISABLED,
		.entry_handler = wp_point_enter,
		.handler = wp_point_return,
		.data_size = sizeof(struct instance_data),
		.maxactive = limit + nr_cpu_ids + WP_KRETPROBE_SPARE,
	};
	ret = register_kretprobe(&point->rp);
	if (ret)
		point->symbol[0] = '\0';
	/* What the probe's registers have. */
	point->leaf = (unsigned long)point->rp.kp.addr + 1;
	return ret;
}

static bool kretprobe_gone(const struct wp_point *point)
{
	/*
	 * The kernel's, under its own lock. It is set when a module goes, and asked for
	 * when one has come.
	 */
	return data_race(READ_ONCE(point->rp.kp.flags)) & KPROBE_FLAG_GONE;
}

static int kretprobe_enable(struct wp_point *point)
{
	int ret = wp_ftrace_hold();

	if (ret)
		return ret;
	ret = enable_kretprobe(&point->rp);
	if (ret)
		wp_ftrace_release();
	return ret;
}

static void kretprobe_disable(struct wp_point *point)
{
	wp_kprobe_off(&point->rp.kp);
	wp_ftrace_release();
}

static void kretprobe_detach(struct wp_point **points, int nr)
{
	struct kretprobe *registered[WP_MAX_POINTS];
	int i;

	for (i = 0; i < nr; i++)
		registered[i] = &points[i]->rp;
	wp_kretprobes_unregister(registered, nr);
}

static u64 kretprobe_bytes(const struct wp_point *point)
{
	return wp_kretprobe_bytes(&point->rp);
}

static u64 kretprobe_nmissed(const struct wp_point *point)
{
	return wp_kretprobe_nmissed(&point->rp);
}

const struct wp_backend wp_backend_kretprobe = {
	.id = WAITPROF_BACKEND_KRETPROBE,
	.attach = kretprobe_attach,
	.detach = kretprobe_detach,
	.gone = kretprobe_gone,
	.enable = kretprobe_enable,
	.disable = kretprobe_disable,
	.bytes = kretprobe_bytes,
	.nmissed = kretprobe_nmissed,
};
