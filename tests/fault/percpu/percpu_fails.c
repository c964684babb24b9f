// SPDX-License-Identifier: GPL-2.0-only
/*
 * The n-th allocation of per-CPU memory of one process fails, which the kernel's own
 * fault injection does not do: as long as there are pages it has none to fail. What was
 * allocated is given back, and the caller is told that there was nothing.
 *
 * The parameter nth: written, it begins to count for the process that writes; read, it
 * says how many were left, 0 = one has failed.
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>

static unsigned int left;
static pid_t whose;

static int allocated(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	void __percpu *memory = (void __percpu __force *)regs_return_value(regs);

	if (current->tgid != READ_ONCE(whose) || !memory || !left || --left)
		return 0;
	free_percpu(memory);
	regs_set_return_value(regs, 0);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "pcpu_alloc",
	.handler = allocated,
	.maxactive = 64,
};

static int set_nth(const char *text, const struct kernel_param *kp)
{
	WRITE_ONCE(whose, 0);
	if (kstrtouint(text, 0, &left))
		return -EINVAL;
	WRITE_ONCE(whose, current->tgid);
	return 0;
}

static int get_nth(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%u\n", left);
}

static const struct kernel_param_ops nth_ops = { .set = set_nth, .get = get_nth };
module_param_cb(nth, &nth_ops, NULL, 0600);
MODULE_PARM_DESC(nth, "which allocation of per-CPU memory of the writing process fails");

static int __init percpu_fails_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit percpu_fails_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(percpu_fails_init);
module_exit(percpu_fails_exit);
MODULE_DESCRIPTION("Allocations of per-CPU memory that fail");
MODULE_LICENSE("GPL");
