// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test module: walks the user stack of a thread that is about to sleep on a
 * futex by rules that user space made from .eh_frame, and lists what it found.
 *
 * debugfs: waitprof_spike/rules takes a spike_header and what follows it in one
 * write, once, and arms the probe; waitprof_spike/stacks prints a line per wait,
 * "tid end ns addresses". The walk runs in the probe's context: it never faults,
 * allocates or sleeps; steps are bounded; each frame address must be aligned and
 * above the last one (except across a signal frame, whose stack may be another).
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <linux/waitprof.h>
#include "spike.h"

#define MAX_FRAMES 64
#define MAX_STACKS 512
#define MAX_BYTES  (64UL << 20)

enum walk_end {
	WALK_END,
	WALK_STOP,
	WALK_NO_MAPPING,
	WALK_NO_RULE,
	WALK_FAULT,
	WALK_BAD_CFA,
	WALK_DEEP,
};

static const char *const end_names[] = {
	"end", "stop", "no-mapping", "no-rule", "fault", "bad-cfa", "deep",
};

struct stack {
	pid_t tid;
	enum walk_end end;
	u32 nr;
	u64 ns;
	u64 ip[MAX_FRAMES];
};

struct cursor {
	u64 ip;
	u64 sp;
	u64 bp;
	bool exact; /* ip is where the thread is, not a return address */
};

static struct spike_header *rules;
static const struct spike_mapping *mappings;
static const struct spike_table *tables;
static const struct spike_rule *all_rules;
static struct stack stacks[MAX_STACKS];
static atomic_t nr_stacks;
static DEFINE_MUTEX(load_lock);
static struct dentry *folder;

static const struct spike_mapping *find_mapping(u64 ip)
{
	u32 low = 0, high = rules->nr_mappings;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (mappings[middle].start <= ip)
			low = middle + 1;
		else
			high = middle;
	}
	return low && ip < mappings[low - 1].end ? &mappings[low - 1] : NULL;
}

static const struct spike_rule *find_rule(const struct spike_table *table, u64 offset)
{
	const struct spike_rule *rule = all_rules + table->first;
	u32 low = 0, high = table->nr;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (rule[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	rule += low - 1;
	return low && offset - rule->offset < rule->len ? rule : NULL;
}

static bool read_word(u64 addr, u64 *word)
{
	return !copy_from_user_nofault(word, (void __user *)addr, sizeof(*word));
}

static bool step_signal(struct cursor *at)
{
	u64 sp = at->sp;

	/* struct rt_sigframe, its return address popped: ucontext at sp. */
	at->exact = true;
	return read_word(sp + 120, &at->bp) && read_word(sp + 160, &at->sp) &&
	       read_word(sp + 168, &at->ip);
}

static int step(struct cursor *at, const struct spike_rule *rule)
{
	u64 cfa, bp = at->bp;

	switch (rule->base) {
	case SPIKE_BASE_RSP:
		cfa = at->sp + rule->cfa_offset;
		break;
	case SPIKE_BASE_RBP:
		cfa = at->bp + rule->cfa_offset;
		break;
	case SPIKE_BASE_AT_RBP:
		if (!read_word(at->bp + rule->cfa_offset, &cfa) ||
		    !read_word(at->bp + rule->rbp_offset, &bp))
			return WALK_FAULT;
		break;
	default:
		cfa = at->sp + rule->cfa_offset + (at->ip % 16 >= 11 ? 8 : 0);
		break;
	}
	if (cfa <= at->sp || cfa % 8 || cfa >= TASK_SIZE_MAX)
		return WALK_BAD_CFA;
	if (rule->base != SPIKE_BASE_AT_RBP && rule->rbp_offset &&
	    !read_word(cfa + rule->rbp_offset, &bp))
		return WALK_FAULT;
	if (!read_word(cfa - 8, &at->ip))
		return WALK_FAULT;
	at->sp = cfa;
	at->bp = bp;
	at->exact = false;
	return -1;
}

static enum walk_end walk(struct pt_regs *regs, struct stack *stack)
{
	struct cursor at = { regs->ip, regs->sp, regs->bp, true };
	const struct spike_mapping *map;
	const struct spike_rule *rule;
	int end;

	for (stack->nr = 0; stack->nr < MAX_FRAMES;) {
		u64 pc = at.ip - !at.exact;

		stack->ip[stack->nr++] = at.ip;
		map = find_mapping(pc);
		if (!map)
			return WALK_NO_MAPPING;
		rule = find_rule(&tables[map->table], pc - map->start + map->offset);
		if (!rule)
			return WALK_NO_RULE;
		switch (rule->kind) {
		case SPIKE_KIND_END:
			return WALK_END;
		case SPIKE_KIND_SIGNAL:
			if (!step_signal(&at))
				return WALK_FAULT;
			break;
		case SPIKE_KIND_STEP:
			end = step(&at, rule);
			if (end >= 0)
				return end;
			break;
		default:
			return WALK_STOP;
		}
	}
	return WALK_DEEP;
}

static int futex_sleep(struct kprobe *probe, struct pt_regs *regs)
{
	struct stack *stack;
	unsigned int i;
	u64 begin;

	if (current->tgid != rules->tgid)
		return 0;
	i = atomic_inc_return(&nr_stacks) - 1;
	if (i >= MAX_STACKS)
		return 0;
	stack = &stacks[i];
	stack->tid = current->pid;
	begin = ktime_get_mono_fast_ns();
	stack->end = walk(task_pt_regs(current), stack);
	stack->ns = ktime_get_mono_fast_ns() - begin;
	return 0;
}

static struct kprobe probe = { .pre_handler = futex_sleep };

static int arm(void)
{
	static const char *const names[] = {
		"futex_wait_queue",
		"futex_do_wait",
		"futex_wait_queue_me",
	};
	int err = -ENOENT;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && err; i++) {
		probe.addr = NULL;
		probe.flags = 0;
		probe.symbol_name = names[i];
		err = register_kprobe(&probe);
	}
	return err;
}

static bool valid(const struct spike_header *header, size_t bytes)
{
	const struct spike_mapping *map = (const void *)(header + 1);
	const struct spike_table *table = (const void *)(map + header->nr_mappings);
	u32 i;

	if (header->magic != SPIKE_MAGIC || header->nr_rules > MAX_BYTES ||
	    header->nr_mappings > MAX_BYTES / sizeof(*map) ||
	    header->nr_tables > MAX_BYTES / sizeof(*table) ||
	    bytes != sizeof(*header) + header->nr_mappings * sizeof(*map) +
			     header->nr_tables * sizeof(*table) +
			     header->nr_rules * sizeof(struct spike_rule))
		return false;
	for (i = 0; i < header->nr_mappings; i++)
		if (map[i].table >= header->nr_tables)
			return false;
	for (i = 0; i < header->nr_tables; i++)
		if ((u64)table[i].first + table[i].nr > header->nr_rules)
			return false;
	return true;
}

static ssize_t load(struct file *file, const char __user *from, size_t bytes, loff_t *at)
{
	void *copy;
	int err;

	if (bytes < sizeof(*rules) || bytes > MAX_BYTES)
		return -EINVAL;
	copy = vmalloc(bytes);
	if (!copy)
		return -ENOMEM;
	mutex_lock(&load_lock);
	err = -EFAULT;
	if (copy_from_user(copy, from, bytes))
		goto out;
	err = -EBUSY;
	if (rules)
		goto out;
	err = -EINVAL;
	if (!valid(copy, bytes))
		goto out;
	rules = copy;
	mappings = (const void *)(rules + 1);
	tables = (const void *)(mappings + rules->nr_mappings);
	all_rules = (const void *)(tables + rules->nr_tables);
	copy = NULL;
	err = arm();
	if (err) {
		copy = rules;
		rules = NULL;
	}
out:
	mutex_unlock(&load_lock);
	vfree(copy);
	return err ? err : bytes;
}

static const struct file_operations load_ops = {
	.owner = THIS_MODULE,
	.write = load,
	.llseek = noop_llseek,
};

static int stacks_show(struct seq_file *seq, void *unused)
{
	unsigned int nr = min_t(unsigned int, atomic_read(&nr_stacks), MAX_STACKS);
	unsigned int i, frame;

	for (i = 0; i < nr; i++) {
		seq_printf(seq, "%d %s %llu", stacks[i].tid, end_names[stacks[i].end],
			   stacks[i].ns);
		for (frame = 0; frame < stacks[i].nr; frame++)
			seq_printf(seq, " %llx", stacks[i].ip[frame]);
		seq_putc(seq, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stacks);

static int __init spike_init(void)
{
	folder = debugfs_create_dir("waitprof_spike", NULL);
	debugfs_create_file("rules", 0200, folder, NULL, &load_ops);
	debugfs_create_file("stacks", 0400, folder, NULL, &stacks_fops);
	return 0;
}

static void __exit spike_exit(void)
{
	debugfs_remove(folder);
	if (rules)
		unregister_kprobe(&probe);
	vfree(rules);
}

module_init(spike_init);
module_exit(spike_exit);
MODULE_DESCRIPTION("Walk of user stacks by rules, a test");
MODULE_LICENSE("GPL");
