// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that misbehaves on request, to see that the test machine notices:
 * what=warn prints a warning with a trace, what=oops follows a null pointer,
 * what=leak loses memory (for kmemleak), what=sleep sleeps in atomic context.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>

static char *what = "nothing";
module_param(what, charp, 0444);
MODULE_PARM_DESC(what, "warn, oops, leak or sleep");

static int *volatile nowhere;

static void misbehave(void)
{
	if (!strcmp(what, "oops"))
		*nowhere = 1;
	if (!strcmp(what, "leak"))
		nowhere = kmalloc(1000, GFP_KERNEL);
	nowhere = NULL;
	if (!strcmp(what, "sleep")) {
		preempt_disable();
		msleep(20);
		preempt_enable();
	}
}

static int __init warn_init(void)
{
	WARN_ON(!strcmp(what, "warn"));
	misbehave();
	return 0;
}

static void __exit warn_exit(void)
{
}

module_init(warn_init);
module_exit(warn_exit);
MODULE_DESCRIPTION("Misbehaves on request");
MODULE_LICENSE("GPL");
