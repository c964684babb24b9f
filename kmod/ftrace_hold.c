// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody switches ftrace off (sysctl kernel.ftrace_enabled=0) while something of ours is
 * hooked.
 *
 * It would make us blind, and worse: when a kprobe at the entry of a function is taken out
 * meanwhile, the kernel keeps a mark of it (FTRACE_FL_REGS, kept by
 * __ftrace_hash_rec_update()) that only the next change of that function removes. Once
 * ftrace is on again, whoever takes out the last hook of all makes ftrace_shutdown() find
 * the mark, warn, and stop ftrace until the next boot. Two kprobes of tracefs are enough
 * for that (seen on 6.1); it shall not happen because of us.
 *
 * Live patches have the same need: the kernel refuses the sysctl with EBUSY as long as a
 * ftrace_ops is there that is permanent, and refuses such an ops with EBUSY while ftrace
 * is off. Ours is on a function that nobody calls. To take it back costs grace periods,
 * and every command asks twice, so it stays for two seconds after its last user.
 */
#include <linux/errno.h>
#include <linux/ftrace.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "ftrace_hold.h"
#include "wp_ftrace.h"

#ifdef CONFIG_DYNAMIC_FTRACE

#define WP_FTRACE_HOLD_S	2

static noinline __noclone void held_by(void)
{
	barrier();
}

static void notrace nothing(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct wp_ftrace_arg *regs)
{
}

static struct ftrace_ops ops = {
	.func = nothing,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static DEFINE_MUTEX(hold_lock);
static u32 nr_users;
static bool has_filter, is_held;

static void let_go(struct work_struct *work)
{
	mutex_lock(&hold_lock);
	if (is_held && !nr_users) {
		unregister_ftrace_function(&ops);
		is_held = false;
	}
	mutex_unlock(&hold_lock);
}

static DECLARE_DELAYED_WORK(let_go_work, let_go);

static int hold(void)
{
	int ret;

	if (is_held)
		return 0;
	if (!has_filter) {
		ret = ftrace_set_filter_ip(&ops, (unsigned long)held_by, 0, 0);
		if (ret)
			return ret;
		has_filter = true;
	}
	ret = register_ftrace_function(&ops);
	is_held = !ret;
	return ret;
}

/**
 * wp_ftrace_hold() - before something is hooked, or is tried
 *
 * Context: process; may sleep, for some grace periods.
 * Return: 0; -EBUSY: ftrace is switched off, nothing may be hooked; -ENOMEM; or -errno of a
 * kernel that hooks nothing any more.
 */
int wp_ftrace_hold(void)
{
	int ret;

	mutex_lock(&hold_lock);
	ret = hold();
	nr_users += !ret;
	mutex_unlock(&hold_lock);
	return ret;
}

/**
 * wp_ftrace_release() - it is not hooked any more
 *
 * Once for each wp_ftrace_hold() that returned 0.
 *
 * Context: process; may sleep, for some grace periods.
 */
void wp_ftrace_release(void)
{
	mutex_lock(&hold_lock);
	if (!--nr_users)
		mod_delayed_work(system_wq, &let_go_work, WP_FTRACE_HOLD_S * HZ);
	mutex_unlock(&hold_lock);
}

/**
 * wp_ftrace_hold_exit() - give all of it back
 *
 * Context: process; may sleep, for some grace periods; nothing is hooked any more.
 */
void wp_ftrace_hold_exit(void)
{
	cancel_delayed_work_sync(&let_go_work);
	let_go(NULL);
	if (has_filter)
		wp_ftrace_free_filter(&ops);
	has_filter = false;
}

#else

int wp_ftrace_hold(void)
{
	return 0;
}

void wp_ftrace_release(void)
{
}

void wp_ftrace_hold_exit(void)
{
}

#endif
