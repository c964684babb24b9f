// SPDX-License-Identifier: GPL-2.0-only
/*
 * A probe on a function of our own, to notice that armed probes do not fire: kprobes
 * switched off through debugfs. (That ftrace is, through its sysctl, is known without
 * one; see ftrace_hold.c.) It is armed only while somebody asks. It stays registered in
 * between, for to unregister one waits for a grace period, and every command asks, twice.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kprobes.h>

#include "canary.h"
#include "ftrace_hold.h"
#include "unhook.h"

static atomic_t hits;

static noinline __noclone int probed(int value)
{
	barrier();
	return value;
}

static int probe_enter(struct kprobe *probe, struct pt_regs *regs)
{
	atomic_inc(&hits);
	return 0;
}

static struct kprobe probe = {
	.addr = (kprobe_opcode_t *)probed,
	.pre_handler = probe_enter,
	.flags = KPROBE_FLAG_DISABLED,
};

static bool is_registered;

static int try_probe(void)
{
	int before = atomic_read(&hits), ret;

	if (!is_registered) {
		ret = register_kprobe(&probe);
		if (ret)
			return ret;
		is_registered = true;
	}
	ret = enable_kprobe(&probe);
	if (ret)
		return ret;
	probed(before);
	wp_kprobe_off(&probe);
	return atomic_read(&hits) == before;
}

/**
 * wp_canary_silent() - do armed probes fire?
 *
 * Context: process; may sleep; serialised by the caller.
 * Return: 1 if a probe of the kind we use is not hit, 0 if it is, -errno.
 */
int wp_canary_silent(void)
{
	int ret = wp_ftrace_hold();

	if (ret)
		return ret == -EBUSY ? 1 : ret;
	ret = try_probe();
	wp_ftrace_release();
	return ret;
}

/**
 * wp_canary_exit() - give the probe back
 *
 * Context: process; may sleep; nobody asks any more.
 */
void wp_canary_exit(void)
{
	if (is_registered)
		wp_kprobe_unregister(&probe);
}
