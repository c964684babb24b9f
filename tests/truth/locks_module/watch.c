// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often a function of another module is called; its calls can be made to take long.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "watch.h"

static atomic_t hits;
static char watched[64];
static unsigned int held_ms;

static int watch_hit(struct kprobe *probe, struct pt_regs *regs)
{
	atomic_inc(&hits);
	/* It may not sleep. */
	mdelay(held_ms);
	return 0;
}

static struct kprobe watch_probe;

/**
 * watch_stop() - count no more
 */
void watch_stop(void)
{
	if (watch_probe.symbol_name)
		unregister_kprobe(&watch_probe);
	watch_probe = (struct kprobe){};
}

/**
 * watch_start() - count calls of a function from now on
 * @line: its name, "-" for none; and milliseconds that each call is held, which come
 *	before it begins
 *
 * Return: 0, or why it cannot be probed.
 */
int watch_start(const char *line)
{
	int ret;

	watch_stop();
	if (!strcmp(line, "-"))
		return 0;
	atomic_set(&hits, 0);
	held_ms = 0;
	if (sscanf(line, "%63s %u", watched, &held_ms) < 1)
		return -EINVAL;
	watch_probe = (struct kprobe){ .symbol_name = watched, .pre_handler = watch_hit };
	ret = register_kprobe(&watch_probe);
	if (ret)
		watch_probe = (struct kprobe){};
	return ret;
}

/**
 * hits_show() - print the count
 * @file: where to
 * @unused: not looked at
 *
 * Return: 0.
 */
int hits_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%d\n", atomic_read(&hits));
	return 0;
}
