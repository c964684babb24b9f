// SPDX-License-Identifier: GPL-2.0-only
/*
 * What /proc says about a task. A task can end between any two reads, so every
 * function may return -ESRCH and no caller takes that for a fault.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "proc/task.h"

/* Such a file is handed out whole by one read, if there is room. */
static int read_task(uint32_t tid, const char *file, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", tid, file);
	buf[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	do {
		n = read(fd, buf, size - 1);
	} while (n < 0 && errno == EINTR);
	n = n < 0 ? -errno : n;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n < 0 ? (int)n : 0;
}

/*
 * In /proc/TID/stat even the times of a thread are those of its process, summed
 * over all threads at each read; below task/ they are its own and cheap.
 */
static int read_stat(uint32_t tid, char *buf, size_t size)
{
	char file[32];

	snprintf(file, sizeof(file), "task/%u/stat", tid);
	return read_task(tid, file, buf, size);
}

/* The fields of stat behind the name, which may hold anything. */
static char *stat_fields(char *stat)
{
	char *paren = strrchr(stat, ')');

	return paren && paren[1] == ' ' ? paren + 2 : NULL;
}

/**
 * task_tgid() - the process that a thread belongs to
 * @tid: thread
 * @tgid: result
 *
 * Return: 0, or -ESRCH.
 */
int task_tgid(uint32_t tid, uint32_t *tgid)
{
	char buf[4096], *line;
	int ret = read_task(tid, "status", buf, sizeof(buf));

	if (ret)
		return ret;
	line = strstr(buf, "\nTgid:");
	if (!line)
		return -ESRCH;
	*tgid = (uint32_t)strtoul(line + 6, NULL, 10);
	return 0;
}

/**
 * task_ns_tgid() - a process's id in its own pid namespace
 * @tgid: process
 *
 * Return: the id, or 0.
 */
uint32_t task_ns_tgid(uint32_t tgid)
{
	char buf[4096], *line, *end;

	if (read_task(tgid, "status", buf, sizeof(buf)))
		return 0;
	/* From the reader's namespace inwards, the last one is its own. */
	line = strstr(buf, "\nNStgid:");
	if (!line)
		return 0;
	line += strlen("\nNStgid:");
	end = strchr(line, '\n');
	if (!end)
		return 0;
	while (end > line && end[-1] != '\t')
		end--;
	return (uint32_t)strtoul(end, NULL, 10);
}

/**
 * task_alive() - is there such a thread, and has it not ended
 * @tid: thread
 */
bool task_alive(uint32_t tid)
{
	char buf[1024], *fields;

	if (read_stat(tid, buf, sizeof(buf)))
		return false;
	fields = stat_fields(buf);
	return fields && *fields != 'Z' && *fields != 'X';
}

/**
 * task_threads() - the threads of a process
 * @tgid: process
 * @tids: result, to be freed
 * @nr: their number
 *
 * Return: 0, -ESRCH, -ENOMEM.
 */
int task_threads(uint32_t tgid, uint32_t **tids, size_t *nr)
{
	char path[64];
	struct dirent *entry;
	size_t room = 0;
	DIR *dir;
	int ret = 0;

	*tids = NULL;
	*nr = 0;
	snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	while (!ret && (entry = readdir(dir))) {
		uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		uint32_t *more;

		if (!tid)
			continue;
		if (*nr == room) {
			room = 2 * room + 16;
			more = reallocarray(*tids, room, sizeof(*more));
			if (!more) {
				ret = -ENOMEM;
				break;
			}
			*tids = more;
		}
		(*tids)[(*nr)++] = tid;
	}
	closedir(dir);
	return ret;
}

/* The ids of a task in its pid namespaces, outermost first: "NSpid:\t300\t5". */
static int ns_ids(uint32_t tid, uint32_t *innermost)
{
	char buf[4096], *line, *end;
	int nr = 0;

	if (read_task(tid, "status", buf, sizeof(buf)))
		return 0;
	line = strstr(buf, "\nNSpid:");
	if (!line)
		return 0;
	line += strlen("\nNSpid:");
	line[strcspn(line, "\n")] = '\0';
	for (;; nr++, line = end) {
		unsigned long id = strtoul(line, &end, 10);

		if (end == line)
			return nr;
		*innermost = (uint32_t)id;
	}
}

/**
 * task_is_nested() - does a task live in a pid namespace of its own
 * @tid: thread
 *
 * Its ids of threads are then others than ours.
 */
bool task_is_nested(uint32_t tid)
{
	uint32_t innermost;

	return ns_ids(tid, &innermost) > 1;
}

static int find_inside(uint32_t tgid, uint32_t id, uint32_t *found)
{
	uint32_t *tids, innermost;
	int ret = -ESRCH;
	size_t nr;

	if (task_threads(tgid, &tids, &nr))
		return -ESRCH;
	for (size_t i = 0; ret && i < nr; i++) {
		if (!ns_ids(tids[i], &innermost) || innermost != id)
			continue;
		*found = tids[i];
		ret = 0;
	}
	free(tids);
	return ret;
}

/**
 * task_find() - the living thread that a process means by an id
 * @tgid: the process; it may live in a pid namespace of its own
 * @id: as the process counts threads
 * @anywhere: it may be a thread of another process
 * @tid: result
 * @found_tgid: its process
 *
 * Return: 0, or -ESRCH; threads of other processes are not looked for within
 * pid namespaces.
 */
int task_find(uint32_t tgid, uint32_t id, bool anywhere, uint32_t *tid, uint32_t *found_tgid)
{
	int ret = 0;

	if (task_is_nested(tgid)) {
		ret = find_inside(tgid, id, tid);
		anywhere = false;
	} else {
		*tid = id;
	}
	if (ret || task_tgid(*tid, found_tgid) || !task_alive(*tid))
		return -ESRCH;
	return anywhere || *found_tgid == tgid ? 0 : -ESRCH;
}

/**
 * task_state() - the letter that /proc has for what a thread does
 * @tid: thread
 *
 * From its status: a stat adds up the times of all threads of a process.
 *
 * Return: such as 'R', 'S' or 'D'; 0 for none.
 */
char task_state(uint32_t tid)
{
	static const char key[] = "\nState:\t";
	char buf[256];
	const char *state;

	if (read_task(tid, "status", buf, sizeof(buf)))
		return 0;
	state = strstr(buf, key);
	return state ? state[sizeof(key) - 1] : 0;
}

/**
 * task_process_alive() - has a process a thread that has not ended
 * @tgid: process
 *
 * The first thread of a living process may be a zombie, and a process that its
 * parent has not waited for has ended all the same.
 */
bool task_process_alive(uint32_t tgid)
{
	uint32_t *tids;
	bool alive = false;
	size_t nr;

	if (task_alive(tgid))
		return true;
	if (!task_threads(tgid, &tids, &nr))
		for (size_t i = 0; i < nr && !alive; i++)
			alive = task_alive(tids[i]);
	free(tids);
	return alive;
}

/**
 * task_comm() - name of a thread
 * @tid: thread
 * @buf: result, empty when unknown
 * @size: its room
 *
 * Return: 0, or -ESRCH.
 */
int task_comm(uint32_t tid, char *buf, size_t size)
{
	int ret = read_task(tid, "comm", buf, size);

	buf[strcspn(buf, "\n")] = '\0';
	return ret;
}

/**
 * task_kernel_stack() - where a sleeping thread is, a line per frame
 * @tid: thread
 * @buf: result; functions of the scheduler are left out by the kernel
 * @size: its room
 *
 * That of a thread which is being woken in a probed function makes kernels such as
 * 6.1 warn (rethook_find_ret_addr()), and changes while it is read anyway:
 * only one that sleeps is looked at.
 *
 * Return: 0, -ESRCH, -EAGAIN it does not sleep, -EPERM (needs root).
 */
int task_kernel_stack(uint32_t tid, char *buf, size_t size)
{
	if (task_state(tid) == 'R')
		return -EAGAIN;
	return read_task(tid, "stack", buf, size);
}

/**
 * task_syscall() - the system call that a thread is in
 * @tid: thread
 * @syscall: result
 *
 * Return: 0; -ENOENT when it is in none or runs; -ESRCH, -EPERM.
 */
int task_syscall(uint32_t tid, struct task_syscall *syscall)
{
	char buf[256], *p = buf;
	int ret = read_task(tid, "syscall", buf, sizeof(buf));

	if (ret)
		return ret;
	if (buf[0] < '0' || buf[0] > '9')
		return -ENOENT;
	syscall->nr = strtol(p, &p, 10);
	for (int i = 0; i < 6; i++)
		syscall->args[i] = strtoull(p, &p, 16);
	syscall->sp = strtoull(p, &p, 16);
	syscall->pc = strtoull(p, &p, 16);
	return 0;
}

/**
 * task_times() - on-CPU and run-queue time of a thread, and its age
 * @tid: thread
 * @times: result
 *
 * Return: 0, or -ESRCH.
 */
int task_times(uint32_t tid, struct task_times *times)
{
	char buf[1024], *field;
	struct timespec now;
	uint64_t start_ns, now_ns;
	int ret = read_task(tid, "schedstat", buf, sizeof(buf));

	if (ret)
		return ret;
	if (sscanf(buf, "%" SCNu64 " %" SCNu64, &times->cpu_ns, &times->runqueue_ns) != 2)
		return -ESRCH;
	ret = read_stat(tid, buf, sizeof(buf));
	if (ret)
		return ret;
	field = stat_fields(buf);
	/* Field 22 is the start; the first one here is field 3. */
	for (int i = 3; field && i < 22; i++) {
		field = strchr(field, ' ');
		field = field ? field + 1 : NULL;
	}
	if (!field)
		return -ESRCH;
	clock_gettime(CLOCK_BOOTTIME, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	start_ns = strtoull(field, NULL, 10) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	times->age_ns = now_ns > start_ns ? now_ns - start_ns : 0;
	return 0;
}

static int parse_sched(const char *text, struct task_sched *sched)
{
	return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &sched->cpu_ns, &sched->runqueue_ns,
		      &sched->runs) == 3 ?
		       0 :
		       -ESRCH;
}

/**
 * task_sched() - what the scheduler has counted of a thread
 * @tid: thread
 * @sched: result
 *
 * Return: 0, or -ESRCH.
 */
int task_sched(uint32_t tid, struct task_sched *sched)
{
	char buf[128];
	int ret = read_task(tid, "schedstat", buf, sizeof(buf));

	return ret ? ret : parse_sched(buf, sched);
}

/**
 * task_sched_open() - open what task_sched_at() reads, again and again
 * @tid: thread
 *
 * Return: a descriptor, which never is another thread's; negative: none.
 */
int task_sched_open(uint32_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/schedstat", tid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * task_sched_at() - what the scheduler has counted of a thread
 * @fd: of task_sched_open()
 * @sched: result
 *
 * Return: 0, or -ESRCH.
 */
int task_sched_at(int fd, struct task_sched *sched)
{
	char buf[128];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return parse_sched(buf, sched);
}

/**
 * task_file() - the file behind a descriptor of a thread
 * @tid: thread
 * @fd: descriptor
 * @buf: result: its path, or what the kernel calls it
 * @size: its room
 *
 * Return: 0, -ESRCH there is none (any more), -EPERM.
 */
int task_file(uint32_t tid, uint32_t fd, char *buf, size_t size)
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%u/fd/%u", tid, fd);
	len = readlink(link, buf, size - 1);
	buf[len > 0 ? len : 0] = '\0';
	if (len < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return 0;
}

/* Before 5.16 x86 looks for frame pointers, which kernels with ORC do not have. */
static bool wchan_is_right(void)
{
	static int known;
	unsigned int major, minor;
	struct utsname name;

	if (!known)
		known = uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2 ||
					major < 5 || (major == 5 && minor < 16) ?
				-1 :
				1;
	return known > 0;
}

/* The first frame of "[<0>] f+0x1/0x2 [module]", a line each. */
static void first_frame(char *buf, size_t size, const char *stack)
{
	const char *name = strstr(stack, "] ");
	size_t len = name ? strcspn(name + 2, "+\n") : 0;

	snprintf(buf, size, "%.*s", (int)len, name ? name + 2 : "");
}

/**
 * task_sleeps_in() - the function of the kernel that a thread sleeps in
 * @tid: thread
 * @buf: result; empty when it does not sleep, or nobody can tell
 * @size: its room
 *
 * Functions of the scheduler are passed over: it is their caller.
 *
 * Return: 0, -ESRCH, -EPERM.
 */
int task_sleeps_in(uint32_t tid, char *buf, size_t size)
{
	char stack[4096];
	int ret;

	if (!wchan_is_right()) {
		ret = task_kernel_stack(tid, stack, sizeof(stack));
		first_frame(buf, size, ret ? "" : stack);
		return ret == -EAGAIN ? 0 : ret;
	}
	ret = read_task(tid, "wchan", buf, size);
	if (ret || !strcmp(buf, "0"))
		buf[0] = '\0';
	buf[strcspn(buf, ".\n")] = '\0';
	return ret;
}
