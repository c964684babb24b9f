// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait points hooked by ftrace at the entry of two functions: the one that sleeps,
 * and the one that its caller always calls next. No return probe, so no return
 * address is replaced and no instance is taken; both hooks together cost a quarter
 * of a kretprobe.
 *
 * What always comes next is known from the source of the kernels that have both
 * functions (struct wp_ending names them). It is looked at all the same: an end
 * must name what the wait began with, and a wait that was left without one is
 * found when its task begins the next at the same depth or less: it is then
 * counted as unpaired, and as lost by its sessions (drop_stale()).
 *
 * A caller that goes another way has a kretprobe around it, which ends what is
 * still open when it returns.
 *
 * While a session wants the point all is hooked. To take a hook away waits until no
 * task is inside it, which may take half a second, so that is done by a work item a
 * second after the last session, if there is no other one by then. The ends stay
 * until no open wait is left, which is looked at once a second.
 *
 * Only one point is hooked so. Memory: that of the kretprobe around, as
 * point_kretprobe.c.
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "cost.h"
#include "ftrace_hold.h"
#include "function.h"
#include "params.h"
#include "point.h"
#include "stack_recipe.h"
#include "unhook.h"
#include "wait.h"
#include "wp_ftrace.h"

#ifdef WP_FTRACE_HAS_ARGS

#define WP_FTRACE_NEST	8	/* open waits of a task looked at */

static struct {
	struct wp_point *point;
	bool is_enabled;
	bool begin_hooked;
	bool ends_hooked;
	bool has_around;
	struct ftrace_ops begin;
	struct ftrace_ops end;
	struct kretprobe around;
} hooks;

/* Serialises hooking with the work that unhooks. */
static DEFINE_MUTEX(hook_lock);

/* Does the function that always follows get what the wait began with? */
static __always_inline bool is_followed(const struct wp_open *wait, const struct pt_regs *regs)
{
	return wait->arg[hooks.point->desc->ending->arg] == regs->di;
}

/* Has the function that waited been left? Then its place is free, or another's. */
static __always_inline bool is_left(const struct wp_open *wait, const struct pt_regs *regs)
{
	return wait->sp <= regs->sp;
}

/* The open wait of the current task that is of the point and that @ends takes. */
static __always_inline struct wp_open *
find_open(const struct pt_regs *regs,
	  bool (*ends)(const struct wp_open *wait, const struct pt_regs *regs))
{
	const struct wp_point *point = hooks.point;
	u32 ref = wp_open_map_innermost(current->pid);
	int depth;

	for (depth = 0; ref && depth < WP_FTRACE_NEST; depth++) {
		struct wp_open *wait = wp_open_of(ref);

		if (wp_open_ref_table(ref) == point->id && ends(wait, regs))
			return wait;
		ref = wait->outer;
	}
	return NULL;
}

static void end_wait(struct pt_regs *regs, struct wp_open *wait, u32 ended)
{
	struct wp_hit hit = {
		.regs = regs,
		.return_addr = wp_text_addr(wait->return_addr),
		.ended = ended,
	};

	wp_wait_end(hooks.point, wait, wait->seq, &hit);
}

static __always_inline void begin(struct ftrace_regs *fregs)
{
	struct wp_hit hit = { .regs = wp_ftrace_regs(fregs) };
	unsigned long flags;

	/* Behind the call that led here, whose place the kernel's build decides. */
	if (unlikely(READ_ONCE(hooks.point->leaf) != hit.regs->ip))
		WRITE_ONCE(hooks.point->leaf, hit.regs->ip);
	local_irq_save(flags);
	wp_wait_begin(hooks.point, &hit);
	local_irq_restore(flags);
}

static noinline void begin_timed(struct ftrace_regs *fregs)
{
	wp_cost_begin(WAITPROF_HANDLER_BEGIN, BIT(hooks.point->id));
	begin(fregs);
	wp_cost_end();
}

static __wp_ftrace_callback
void wp_ftrace_begin(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		     struct ftrace_regs *fregs)
{
	wp_ftrace_known(fregs);
	if (wp_cost_due(WAITPROF_HANDLER_BEGIN))
		begin_timed(fregs);
	else
		begin(fregs);
}

static __always_inline void end(struct ftrace_regs *fregs)
{
	struct pt_regs *regs = wp_ftrace_regs(fregs);
	struct wp_open *wait;
	unsigned long flags;

	local_irq_save(flags);
	wait = find_open(regs, is_followed);
	if (wait)
		end_wait(regs, wait, WP_END_ASK);
	local_irq_restore(flags);
}

static noinline void end_timed(struct ftrace_regs *fregs)
{
	wp_cost_begin(WAITPROF_HANDLER_END, BIT(hooks.point->id));
	end(fregs);
	wp_cost_end();
}

static __wp_ftrace_callback
void wp_ftrace_end(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		   struct ftrace_regs *fregs)
{
	wp_ftrace_known(fregs);
	if (wp_cost_due(WAITPROF_HANDLER_END))
		end_timed(fregs);
	else
		end(fregs);
}

static __always_inline void end_around(struct pt_regs *regs)
{
	struct wp_open *wait;
	unsigned long flags;

	local_irq_save(flags);
	wait = find_open(regs, is_left);
	if (wait)
		end_wait(regs, wait, hooks.point->desc->ending->result(regs_return_value(regs)));
	local_irq_restore(flags);
}

static int wp_around_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	bool timed = wp_cost_begin_if_due(WAITPROF_HANDLER_END, BIT(hooks.point->id));

	end_around(regs);
	wp_cost_end_if(timed);
	return 0;
}

/**
 * wp_ftrace_end_here() - the current task goes on to wait in another point
 * @regs: at the entry of that one's function
 *
 * Context: probe, interrupts off.
 */
void wp_ftrace_end_here(struct pt_regs *regs)
{
	struct wp_open *wait;

	if (!READ_ONCE(hooks.point))
		return;
	wait = find_open(regs, is_left);
	if (wait)
		end_wait(regs, wait, WP_END_ASK);
}

static int filter(struct ftrace_ops *ops, ftrace_func_t func, unsigned long addr)
{
	int ret;

	*ops = (struct ftrace_ops){ .func = func };
	ret = ftrace_set_filter_ip(ops, addr, 0, 0);
	/* Without an entry that ftrace knows there is nothing to hook. */
	return ret && ret != -ENOMEM ? -ENOENT : ret;
}

static int attach_around(const struct wp_point *point)
{
	u32 limit = wp_param_open_limit(point->desc->limit);
	static char symbol[WP_SYMBOL_LEN];
	u8 variant;
	int ret;

	ret = wp_point_resolve(point->desc->ending->around, symbol, &variant, wp_kretprobe_try,
			       NULL);
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return ret;
	hooks.around = (struct kretprobe){
		.kp.symbol_name = symbol,
		.kp.flags = KPROBE_FLAG_DISABLED,
		.handler = wp_around_return,
		.maxactive = limit + nr_cpu_ids + WP_KRETPROBE_SPARE,
	};
	ret = register_kretprobe(&hooks.around);
	hooks.has_around = !ret;
	return ret;
}

static int ftrace_attach(struct wp_point *point)
{
	const struct wp_ending *ending = point->desc->ending;
	struct wp_function sleeps, next;
	char symbol[WP_SYMBOL_LEN];
	u8 variant;
	int ret;

	if (!ending || hooks.point || wp_param_kprobes_only())
		return -ENOENT;
	ret = wp_point_resolve(ending->symbols, symbol, &variant, wp_kretprobe_try, &next) ?:
	      wp_point_resolve(point->desc->symbols, point->symbol, &point->variant,
			       wp_kretprobe_try, &sleeps);
	if (ret)
		goto err_none;
	ret = filter(&hooks.begin, wp_ftrace_begin, sleeps.start);
	if (ret)
		goto err_none;
	ret = filter(&hooks.end, wp_ftrace_end, next.start);
	if (ret)
		goto err_free_begin;
	ret = attach_around(point);
	if (ret)
		goto err_free_end;
	point->leaf = sleeps.start;
	/* The entry of another point may look: wp_ftrace_end_here(). */
	WRITE_ONCE(hooks.point, point);
	return 0;

err_free_end:
	wp_ftrace_free_filter(&hooks.end);
err_free_begin:
	wp_ftrace_free_filter(&hooks.begin);
err_none:
	point->symbol[0] = '\0';
	/* What cannot be hooked so may be hooked by a kretprobe. */
	return ret == -ENOMEM ? ret : -ENOENT;
}

static void unhook_ends(void)
{
	if (!hooks.ends_hooked)
		return;
	unregister_ftrace_function(&hooks.end);
	if (hooks.has_around)
		wp_kprobe_off(&hooks.around.kp);
	hooks.ends_hooked = false;
	wp_ftrace_release();
}

static int hook_around_and_end(void)
{
	int ret;

	if (hooks.has_around) {
		ret = enable_kretprobe(&hooks.around);
		if (ret)
			return ret;
	}
	ret = register_ftrace_function(&hooks.end);
	if (ret && hooks.has_around)
		wp_kprobe_off(&hooks.around.kp);
	return ret;
}

/* The beginning is hooked later than these, and unhooked before. */
static int hook_ends(void)
{
	int ret;

	if (hooks.ends_hooked)
		return 0;
	ret = wp_ftrace_hold();
	if (ret)
		return ret;
	ret = hook_around_and_end();
	if (ret)
		wp_ftrace_release();
	hooks.ends_hooked = !ret;
	return ret;
}

static void ftrace_quiet(struct work_struct *work);
static DECLARE_DELAYED_WORK(quiet_work, ftrace_quiet);

static void unhook_begin(void)
{
	if (hooks.begin_hooked)
		unregister_ftrace_function(&hooks.begin);
	hooks.begin_hooked = false;
}

/* No new waits come; once none is left in flight the ends can go, too. */
static void ftrace_quiet(struct work_struct *work)
{
	mutex_lock(&hook_lock);
	if (!hooks.is_enabled) {
		unhook_begin();
		if (wp_open_any(&hooks.point->open))
			schedule_delayed_work(&quiet_work, HZ);
		else
			unhook_ends();
	}
	mutex_unlock(&hook_lock);
}

static int ftrace_enable(struct wp_point *point)
{
	int ret;

	mutex_lock(&hook_lock);
	ret = hook_ends();
	if (!ret && !hooks.begin_hooked) {
		ret = register_ftrace_function(&hooks.begin);
		hooks.begin_hooked = !ret;
		if (ret)
			schedule_delayed_work(&quiet_work, 0);
	}
	hooks.is_enabled = !ret;
	mutex_unlock(&hook_lock);
	return ret;
}

static void ftrace_disable(struct wp_point *point)
{
	mutex_lock(&hook_lock);
	hooks.is_enabled = false;
	schedule_delayed_work(&quiet_work, HZ);
	mutex_unlock(&hook_lock);
}

static void ftrace_detach(struct wp_point **points, int nr)
{
	struct kretprobe *around = &hooks.around;

	cancel_delayed_work_sync(&quiet_work);
	unhook_begin();
	unhook_ends();
	wp_ftrace_free_filter(&hooks.begin);
	wp_ftrace_free_filter(&hooks.end);
	if (hooks.has_around)
		wp_kretprobes_unregister(&around, 1);
	hooks.has_around = false;
	WRITE_ONCE(hooks.point, NULL);
}

static u64 ftrace_bytes(const struct wp_point *point)
{
	return hooks.has_around ? wp_kretprobe_bytes(&hooks.around) : 0;
}

static u64 ftrace_nmissed(const struct wp_point *point)
{
	return hooks.has_around ? wp_kretprobe_nmissed(&hooks.around) : 0;
}

#else

void wp_ftrace_end_here(struct pt_regs *regs)
{
}

static int ftrace_attach(struct wp_point *point)
{
	return -ENOENT;
}

#define ftrace_detach	NULL
#define ftrace_enable	NULL
#define ftrace_disable	NULL
#define ftrace_bytes	NULL
#define ftrace_nmissed	NULL

#endif

const struct wp_backend wp_backend_ftrace = {
	.id = WAITPROF_BACKEND_FTRACE,
	.attach = ftrace_attach,
	.detach = ftrace_detach,
	.enable = ftrace_enable,
	.disable = ftrace_disable,
	.bytes = ftrace_bytes,
	.nmissed = ftrace_nmissed,
};
