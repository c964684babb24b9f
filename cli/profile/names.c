// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words of the interface: what a number of the wire is called for people
 * and in JSON. Tables only; a number that is not in its table (a newer module)
 * is "unknown" rather than an error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "linux/waitprof.h"
#include "profile/names.h"
#include "profile/report.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static const char *const class_names[] = {
	[WAITPROF_CLASS_NONE] = "none",
	[WAITPROF_CLASS_FUTEX] = "futex",
	[WAITPROF_CLASS_MUTEX] = "mutex",
	[WAITPROF_CLASS_RWSEM] = "rwsem",
	[WAITPROF_CLASS_RTMUTEX] = "rtmutex",
	[WAITPROF_CLASS_SEMAPHORE] = "semaphore",
	[WAITPROF_CLASS_PERCPU_RWSEM] = "percpu_rwsem",
	[WAITPROF_CLASS_IO] = "io",
	[WAITPROF_CLASS_JOURNAL] = "journal",
	[WAITPROF_CLASS_BLOCK] = "block",
};

static const char *const op_names[] = {
	[WAITPROF_OP_NONE] = NULL,
	[WAITPROF_OP_WAIT] = "wait",
	[WAITPROF_OP_WAIT_BITSET] = "wait_bitset",
	[WAITPROF_OP_WAITV] = "waitv",
	[WAITPROF_OP_LOCK_PI] = "lock_pi",
	[WAITPROF_OP_REQUEUE_PI] = "requeue_pi",
	[WAITPROF_OP_OTHER] = "other",
	[WAITPROF_OP_READ] = "read",
	[WAITPROF_OP_WRITE] = "write",
	[WAITPROF_OP_FLUSH] = "flush",
	[WAITPROF_OP_DISCARD] = "discard",
};

static const char *const end_names[] = {
	[WAITPROF_END_WAKE] = "wake",
	[WAITPROF_END_TIMEOUT] = "timeout",
	[WAITPROF_END_SIGNAL] = "signal",
	[WAITPROF_END_KILL] = "kill",
};

static const char *const state_names[] = {
	[WAITPROF_POINT_UNUSED] = "unused",   [WAITPROF_POINT_IDLE] = "idle",
	[WAITPROF_POINT_ARMED] = "armed",     [WAITPROF_POINT_BLIND] = "blind",
	[WAITPROF_POINT_COVERED] = "covered",
};

static const char *const backend_names[] = {
	[WAITPROF_BACKEND_NONE] = NULL,
	[WAITPROF_BACKEND_KRETPROBE] = "kretprobe",
	[WAITPROF_BACKEND_TRACEPOINT] = "tracepoint",
	[WAITPROF_BACKEND_FTRACE] = "ftrace",
};

static const char *const handler_names[] = {
	[WAITPROF_HANDLER_BEGIN] = "begin",   [WAITPROF_HANDLER_END] = "end",
	[WAITPROF_HANDLER_WAKING] = "waking", [WAITPROF_HANDLER_BLOCK] = "block",
	[WAITPROF_HANDLER_TASK] = "task",
};

static const char *lookup(const char *const *table, size_t nr, uint32_t i)
{
	return i < nr ? table[i] : "unknown";
}

/**
 * names_class() - name of a wait class, as the user types it
 * @class_id: WAITPROF_CLASS_*
 */
const char *names_class(uint32_t class_id)
{
	return lookup(class_names, NR(class_names), class_id);
}

/**
 * names_class_find() - the class with a name
 * @name: need not be terminated
 * @len: length of @name
 *
 * Return: WAITPROF_CLASS_*, or -EINVAL.
 */
int names_class_find(const char *name, size_t len)
{
	for (size_t i = 1; i < NR(class_names); i++)
		if (strlen(class_names[i]) == len && !strncmp(class_names[i], name, len))
			return (int)i;
	return -EINVAL;
}

/**
 * names_class_list() - all class names in one line, for messages
 */
const char *names_class_list(void)
{
	return "futex, mutex, rwsem, rtmutex, semaphore, percpu_rwsem, io, journal, block";
}

/**
 * names_op() - what a futex or a device was asked for, or a rwsem is wanted for; NULL for none
 * @op: WAITPROF_OP_*
 */
const char *names_op(uint32_t op)
{
	return lookup(op_names, NR(op_names), op);
}

/**
 * names_end() - how a wait ended
 * @end: WAITPROF_END_*
 */
const char *names_end(uint32_t end)
{
	return lookup(end_names, NR(end_names), end);
}

/**
 * names_point_state() - state of a wait point
 * @state: WAITPROF_POINT_*
 */
const char *names_point_state(uint32_t state)
{
	return lookup(state_names, NR(state_names), state);
}

/**
 * names_backend() - what feeds a wait point, NULL for nothing yet
 * @backend: WAITPROF_BACKEND_*
 */
const char *names_backend(uint32_t backend)
{
	return lookup(backend_names, NR(backend_names), backend);
}

/**
 * names_handler() - a kind of work of the module
 * @handler: WAITPROF_HANDLER_*
 */
const char *names_handler(uint32_t handler)
{
	return lookup(handler_names, NR(handler_names), handler);
}

/**
 * names_task_state() - a sleeping task's state, in words
 * @state: task state bits of the kernel
 */
const char *names_task_state(uint64_t state)
{
	/* 0x1 TASK_INTERRUPTIBLE, 0x2 TASK_UNINTERRUPTIBLE, 0x100 TASK_WAKEKILL:
	 * the same values in every kernel that the module supports.
	 */
	if (state & 0x1)
		return "interruptible";
	if ((state & 0x102) == 0x102)
		return "killable";
	if (state & 0x2)
		return "uninterruptible";
	return state ? "other" : "running";
}

/**
 * names_letter() - what a thread does, as a verb
 * @state: letter of /proc/TID/stat, 0 = unknown
 */
const char *names_letter(char state)
{
	switch (state) {
	case 'R':
		return "runs";
	case 'S':
		return "sleeps (interruptible)";
	case 'D':
		return "sleeps (uninterruptible)";
	case 'T':
	case 't':
		return "is stopped";
	case 'Z':
	case 'X':
	case 0:
		return "has ended";
	default:
		return "idles";
	}
}

/**
 * names_pid() - a process, with its id in its own pid namespace where that is another
 * @buf: result
 * @size: its room
 * @row: row of the process
 *
 * Return: @buf.
 */
const char *names_pid(char *buf, size_t size, const struct waitprof_row *row)
{
	if (!row->tgid)
		snprintf(buf, size, "-");
	else if (row->ns_tgid && row->ns_tgid != row->tgid)
		snprintf(buf, size, "%u/%u", row->tgid, row->ns_tgid);
	else
		snprintf(buf, size, "%u", row->tgid);
	return buf;
}

/**
 * names_waker() - who ended a wait, in a word: "worker[12]", "interrupt"
 * @buf: result
 * @size: its room
 * @waker: who
 *
 * Return: @buf; "-" when it is not known.
 */
const char *names_waker(char *buf, size_t size, const struct report_waker *waker)
{
	if (waker->flags & WAITPROF_WAKER_F_HARDIRQ)
		snprintf(buf, size, "interrupt");
	else if (waker->flags & WAITPROF_WAKER_F_SOFTIRQ)
		snprintf(buf, size, "soft interrupt");
	else if (waker->flags)
		snprintf(buf, size, "%.*s[%u]", WAITPROF_COMM_LEN, waker->comm, waker->tgid);
	else
		snprintf(buf, size, "-");
	return buf;
}

/**
 * names_object() - a wait object, as text
 * @buf: result
 * @size: room of @buf, 32 is enough
 * @type: WAITPROF_OBJECT_*
 * @object: its value
 *
 * Return: 0, or -ENOENT when there is no object (@buf is then empty).
 */
int names_object(char *buf, size_t size, uint32_t type, uint64_t object)
{
	switch (type) {
	case WAITPROF_OBJECT_UADDR:
	case WAITPROF_OBJECT_KADDR:
		snprintf(buf, size, "0x%" PRIx64, object);
		return 0;
	case WAITPROF_OBJECT_DEV:
		snprintf(buf, size, "%" PRIu64 ":%" PRIu64, object >> 20, object & 0xfffff);
		return 0;
	default:
		buf[0] = '\0';
		return -ENOENT;
	}
}

/**
 * names_lock() - the name of what a row waits on: a variable of the kernel, a device
 * @row: row
 *
 * Return: its name, NULL when it has none that is known.
 */
const char *names_lock(const struct report_row *row)
{
	const struct waitprof_row *sum = &row->sum;
	uint64_t object = sum->object_type ? sum->object : sum->last_object;

	/* The object of a group need not be that of the row it was named after. */
	return row->object_name[0] && row->named_object == object ? row->object_name : NULL;
}

/**
 * names_row_object() - what a row waits on: its own object, or a sample
 * @buf: result
 * @size: its room
 * @row: row
 *
 * Return: 0, or -ENOENT when there is no object (@buf is then empty).
 */
int names_row_object(char *buf, size_t size, const struct report_row *row)
{
	const char *lock = names_lock(row);

	if (lock) {
		snprintf(buf, size, "%s", lock);
		return 0;
	}
	if (!names_object(buf, size, row->sum.object_type, row->sum.object))
		return 0;
	return names_object(buf, size, row->sum.last_object_type, row->sum.last_object);
}

/**
 * names_device() - the kernel's name of a block device, as "sda"
 * @buf: result
 * @size: room of @buf
 * @device: (major << 20) | minor
 *
 * Return: 0, or -ENOENT when there is none of this number any more (@buf has the
 * number then).
 */
int names_device(char *buf, size_t size, uint64_t device)
{
	char path[64], target[256];
	const char *name;
	ssize_t len;

	names_object(buf, size, WAITPROF_OBJECT_DEV, device);
	snprintf(path, sizeof(path), "/sys/dev/block/%s", buf);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return -ENOENT;
	target[len] = '\0';
	name = strrchr(target, '/');
	snprintf(buf, size, "%s", name ? name + 1 : target);
	return 0;
}

/**
 * names_size() - the size of a request to a device, as "<= 4 KiB"
 * @buf: result
 * @size: room of @buf
 * @size_log2: see struct waitprof_row
 *
 * Return: @buf; "-" for none.
 */
const char *names_size(char *buf, size_t size, uint32_t size_log2)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

	if (!size_log2 || size_log2 >= 50)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "<= %u %s", 1U << size_log2 % 10, units[size_log2 / 10]);
	return buf;
}
