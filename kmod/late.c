// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait points in modules of the kernel (jbd2, say) that are loaded after a session
 * began: the kernel tells of each module that is there now, and a work item looks
 * whether a blind point lies in it. Not the notifier itself: it runs under the
 * notifiers' lock, where arming, which waits for grace periods, has no business.
 *
 * Code comes and goes with modules, too: stacks seen before are forgotten.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>

#include "late.h"
#include "session.h"
#include "stack_cache.h"

static void late_join(struct work_struct *work)
{
	wp_sessions_join();
}

static DECLARE_WORK(late_work, late_join);

static int late_notify(struct notifier_block *block, unsigned long state, void *module)
{
	if (state == MODULE_STATE_LIVE)
		schedule_work(&late_work);
	else
		wp_stack_cache_flush();
	return NOTIFY_OK;
}

static struct notifier_block late_block = {
	.notifier_call = late_notify,
};

/**
 * wp_late_init() - begin to look at modules that are loaded
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int wp_late_init(void)
{
	return register_module_notifier(&late_block);
}

/**
 * wp_late_exit() - undo wp_late_init()
 *
 * Context: process; may sleep.
 */
void wp_late_exit(void)
{
	unregister_module_notifier(&late_block);
	cancel_work_sync(&late_work);
}
