// SPDX-License-Identifier: GPL-2.0-only
/* Waits seen through /proc: their stacks, their class, and who waits for whom. */
#include "cmocka_setup.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/infer.h"

static uint32_t class_of(const char *text)
{
	static const struct client_point points[] = {
		{ .class_id = WAITPROF_CLASS_SEMAPHORE, .symbol = "odd_wait.constprop.0" },
		{ .class_id = WAITPROF_CLASS_IO, .symbol = "" },
	};
	struct stacks *s = stacks_new(NULL);
	uint32_t class_id;

	class_id = infer_class(stacks_kernel(s, stacks_add_seen(s, text, NULL)), points, 2);
	stacks_free(s);
	return class_id;
}

static void stack_text(void **state)
{
	static const char text[] = "[<0>] jbd2_log_wait_commit+0x8c/0x120 [jbd2]\n"
				   "[<0>] ext4_sync_file+0x1b/0x300 [ext4]\n"
				   "[<0>] do_fsync+0x38/0x70\n";
	struct stacks *s = stacks_new(NULL);
	uint32_t id = stacks_add_seen(s, text, NULL);
	const struct stack *stack = stacks_kernel(s, id);

	(void)state;
	assert_non_null(stack);
	assert_int_equal(stack->nr, 3);
	assert_true(stack->from_proc);
	assert_string_equal(stack->frames[0].symbol, "jbd2_log_wait_commit");
	assert_int_equal(stack->frames[0].offset, 0x8c);
	assert_string_equal(stack->frames[0].module, "jbd2");
	assert_string_equal(stack->frames[2].symbol, "do_fsync");
	assert_string_equal(stack->frames[2].module, "kernel");
	/* The same text is the same stack, another is not. */
	assert_int_equal(stacks_add_seen(s, text, NULL), id);
	assert_int_not_equal(stacks_add_seen(s, "[<0>] x+0x1/0x2\n", NULL), id);
	assert_int_equal(stacks_add_seen(s, "", NULL), 0);
	assert_null(stacks_kernel(s, 0));
	assert_null(stacks_kernel(s, STACKS_SEEN + 99));
	stacks_free(s);
}

/* 5.10 cannot look behind the trampoline of a return probe. */
static void cut_at_a_trampoline(void **state)
{
	static const char text[] = "[<0>] kretprobe_trampoline+0x0/0x50\n";
	static const char futex[] = "[<0>] futex_wait_queue_me+0xbb/0x120\n"
				    "[<0>] futex_wait+0x105/0x240\n"
				    "[<0>] kretprobe_trampoline+0x0/0x50\n";
	struct symbols *symbols = symbols_new();
	struct stacks *s = stacks_new(symbols);
	uint32_t mutex = stacks_add_seen(s, text, "mutex_lock");
	const struct stack *stack = stacks_kernel(s, mutex);

	(void)state;
	assert_true(stack->truncated);
	assert_int_equal(stack->nr, 1);
	assert_string_equal(stack->frames[0].symbol, "mutex_lock");
	/* The same text of another lock is another stack. */
	assert_int_not_equal(stacks_add_seen(s, text, "down_read"), mutex);
	stack = stacks_kernel(s, stacks_add_seen(s, text, NULL));
	assert_true(stack->truncated);
	assert_int_equal(stack->nr, 0);
	stack = stacks_kernel(s, stacks_add_seen(s, futex, "futex_wait"));
	assert_true(stack->truncated);
	assert_int_equal(stack->nr, 2);
	stacks_free(s);
	symbols_free(symbols);
}

static void classes(void **state)
{
	(void)state;
	assert_int_equal(class_of("[<0>] futex_wait_queue+0x60/0x90\n[<0>] futex_wait+0x1/0x2\n"),
			 WAITPROF_CLASS_FUTEX);
	assert_int_equal(class_of("[<0>] folio_wait_bit_common+0x1/0x2\n"), WAITPROF_CLASS_IO);
	assert_int_equal(class_of("[<0>] __mutex_lock.constprop.0+0x1/0x2\n"),
			 WAITPROF_CLASS_MUTEX);
	/* The module's own symbols, whatever suffix the compiler gave them. */
	assert_int_equal(class_of("[<0>] odd_wait+0x1/0x2\n"), WAITPROF_CLASS_SEMAPHORE);
	assert_int_equal(class_of("[<0>] ep_poll+0x1/0x2\n[<0>] do_epoll_wait+0x1/0x2\n"),
			 WAITPROF_CLASS_NONE);
	/* Far from the leaf it is not what the thread sleeps in. */
	assert_int_equal(class_of("[<0>] a+0x1/0x2\n[<0>] b+0x1/0x2\n[<0>] c+0x1/0x2\n"
				  "[<0>] d+0x1/0x2\n[<0>] futex_wait+0x1/0x2\n"),
			 WAITPROF_CLASS_NONE);
	assert_int_equal(class_of("garbage\n\n[<0>] \n"), WAITPROF_CLASS_NONE);
}

static void futex_arguments(void **state)
{
	struct task_syscall call = { .nr = SYS_futex, .args = { 0x7f00, FUTEX_WAIT_BITSET | 128 } };
	struct waitprof_open wait = { .class_id = WAITPROF_CLASS_FUTEX,
				      .flags = WAITPROF_WAIT_F_INFERRED };
	struct waitprof_open seen = { .class_id = WAITPROF_CLASS_FUTEX, .object = 5 };

	(void)state;
	infer_syscall(&wait, &call);
	assert_int_equal(wait.op, WAITPROF_OP_WAIT_BITSET);
	assert_int_equal(wait.object, 0x7f00);
	assert_int_equal(wait.object_type, WAITPROF_OBJECT_UADDR);
	/* What the module saw is not overwritten. */
	infer_syscall(&seen, &call);
	assert_int_equal(seen.object, 5);
}

static void own_task(void **state)
{
	struct task_times times;
	uint32_t tgid, *tids, pid = (uint32_t)getpid();
	char comm[32];
	size_t nr;

	(void)state;
	assert_int_equal(task_tgid(pid, &tgid), 0);
	assert_int_equal(tgid, pid);
	assert_true(task_alive(pid) && task_process_alive(pid));
	assert_int_equal(task_threads(pid, &tids, &nr), 0);
	assert_int_equal(nr, 1);
	free(tids);
	assert_int_equal(task_comm(pid, comm, sizeof(comm)), 0);
	assert_true(comm[0] && !strchr(comm, '\n'));
	assert_int_equal(task_times(pid, &times), 0);
	assert_true(times.age_ns < 3600000000000);
	/* No such task is an answer, not a fault. */
	assert_false(task_alive(0x7ffffff0) || task_process_alive(0x7ffffff0));
	assert_int_not_equal(task_tgid(0x7ffffff0, &tgid), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stack_text), cmocka_unit_test(cut_at_a_trampoline),
		cmocka_unit_test(classes),    cmocka_unit_test(futex_arguments),
		cmocka_unit_test(own_task),
	};

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
