/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The interface between waitprof.ko and its readers: one generic netlink
 * family, "waitprof", version 1. This file is its manual.
 *
 * WHO MAY CALL. Every well-formed message is refused with EPERM unless its sender
 * holds CAP_SYS_ADMIN or CAP_PERFMON in the initial user namespace (and, for a
 * message sent without an address, the opener of the socket the same one), and
 * is in the initial network and pid namespaces. A refusal by the
 * module carries a sentence in the extended ack (NLMSGERR_ATTR_MSG), of a dump in
 * its done message; a dump refused with EPERM has one from 6.12 on.
 *
 * CONVENTIONS. Times are CLOCK_MONOTONIC nanoseconds (*_ns). Process and thread
 * ids are those of the initial pid namespace, but for ns_tgid. Values travel in host byte order.
 * Attributes are validated strictly: unknown ones, wrong lengths and unknown
 * flag bits are errors and change nothing. Rows travel as arrays of the fixed
 * structures below, without holes, every byte written; an attribute's payload is
 * aligned to 4 bytes only, so copy them out. A reply carries the command of its
 * request. A dump may be cut into many messages, the longest of 8 KiB: a smaller
 * receive buffer loses rows.
 *
 * KERNEL ADDRESSES (frames of kernel stacks, objects of OBJECT_KADDR) are replaced
 * by hashes, none of which is a kernel address, for a reader without CAP_SYSLOG in
 * the initial user namespace, and for all with kernel.kptr_restrict=2: equal ones
 * stay equal while the module is loaded. INFO_HIDDEN says so.
 *
 * SESSIONS. A session belongs to the netlink socket that made it and ends with
 * that socket; only its owner may pause, delete or read it (SESSION_GET lists
 * all). Ids are never reused while the module is loaded. At most
 * WAITPROF_MAX_SESSIONS exist at once. A wait point is armed while a session
 * wants its class. While a dump is being read the module cannot be unloaded.
 *
 * THE GUARD looks once a second at what the hooks of each session have cost: the time of
 * the module's handlers that worked for it, as share of a CPU, on the CPU where that
 * share is largest. A session above its limit (A_SESSION_GUARD) at three looks in a row is
 * stopped: its hooks are given up, it takes no more waits and cannot be resumed. Those
 * that it has begun are followed to their end, but for requests of class block, which
 * may be counted as lost. It can be read until it ends, and says so in struct
 * waitprof_losses. A handler that worked for several sessions is charged to each, less
 * what it did for single others; one that found no session to work for to all that have
 * armed its hook. Of each look and CPU the dearest timed call is left out.
 *
 * CLASS BLOCK is no wait of a thread: the time of a block device with one request,
 * from its issue to its completion. Off by default, and not to be added to what
 * threads waited. Its task is the one that submitted the request: that inserted it
 * where an I/O scheduler holds it back, else that issued it; tid 0 and the name
 * "interrupt" when an interrupt did so. That task is what filters look at; gone
 * meanwhile, it passes none that asks for a cgroup or follows. Rows have the whole
 * device as object whatever SESSION_F_OBJECTS says, an operation and size_log2; no
 * stacks, no waker, no inner_ns, and are all blocked_ns. Completed in parts, a
 * request ends with the last one; given back by its driver, it begins anew when it
 * is issued again. With the last session that wants the class what is in flight is
 * forgotten.
 *
 * COMMANDS (do = one reply, dump = many)
 *
 * GET_INFO (do)
 *	request: nothing
 *	reply: A_INFO_ABI u32, A_INFO_VERSION string, A_INFO_KERNEL string,
 *	A_INFO_CPUS u32 (possible CPUs), A_INFO_SESSIONS u32 (open ones),
 *	A_INFO_FLAGS u32 (INFO_*), A_INFO_FIXED_BYTES u64 (memory that does not
 *	belong to a session), A_INFO_NOW_NS u64, A_INFO_CLASSES u32 (mask of the
 *	classes with at least one point that is not blind),
 *	A_INFO_SESSION_BYTES u64 (default memory limit of a session),
 *	A_INFO_STACK_CACHE binary (struct waitprof_stack_cache),
 *	A_INFO_OWN_COST binary (struct waitprof_own_cost)
 *
 * GET_POINTS (dump): the wait points, blind ones too
 *	request: nothing
 *	reply, one message a point: A_POINT_ID u32, A_POINT_CLASS u32 (CLASS_*),
 *	A_POINT_NAME string (the name in the table), A_POINT_SYMBOL string (the
 *	kernel symbol that registered; absent while none has), A_POINT_STATE u32
 *	(POINT_*), A_POINT_BACKEND u32 (BACKEND_*), A_POINT_ERROR u32 (errno of a
 *	blind point), A_POINT_REASON string (blind: in words; covered: by which
 *	point), A_POINT_LIMIT u32
 *	(open waits it has room for), A_POINT_OPEN u32, A_POINT_HITS u64,
 *	A_POINT_MISSED u64 (exact: no room in the table of open waits),
 *	A_POINT_NMISSED u64 (kretprobe's own racy counter: at least),
 *	A_POINT_UNPAIRED u64
 *	A point is resolved when a session first wants it, so before that its
 *	state is POINT_UNUSED and nothing is known about its symbol. One that is
 *	blind because its module is not loaded is resolved again when it is, for
 *	the sessions that are open, too.
 *
 * SESSION_NEW (do)
 *	request, all optional: A_SESSION_CLASSES u32 (mask of 1 << CLASS_*;
 *	default: every class that is on by default), A_SESSION_TGIDS and
 *	A_SESSION_TIDS binary (u32[], at most WAITPROF_MAX_IDS each; a task passes
 *	when it is in either; none = all tasks), A_SESSION_NOT_TGID u32 (a process
 *	to leave out: the reader itself), A_SESSION_COMM_GLOB string (only threads
 *	whose name matches; *, ? and [...]), A_SESSION_CGROUP u64 (only tasks in the
 *	cgroup v2 of this id, the inode number of its directory, or at most 64 levels
 *	below it),
 *	A_SESSION_MIN_NS u64 (shorter waits are counted as filtered),
 *	A_SESSION_FLAGS u32 (SESSION_F_*),
 *	A_SESSION_BYTES u64 (memory limit for everything the session allocates, at
 *	most the module's session_max_mbytes; default: A_INFO_SESSION_BYTES),
 *	A_SESSION_RECORDS u32 (with SESSION_F_RECORDS: records each CPU has room
 *	for, 1..WAITPROF_MAX_RECORDS; default: what an eighth of the memory limit
 *	holds, at most 16384), A_SESSION_PAUSED u8 (1: the session is made but does
 *	not begin: it takes and charges nothing until SESSION_PAUSE resumes it, which
 *	is its start; meanwhile A_SESSION_START_NS is 0, and it can be told ADD_RULES),
 *	A_SESSION_GUARD u32 (share of a CPU's time that it may cost, in millionths, at
 *	most 1000000; 0 = any; default: the module's guard_percent)
 *	reply: A_SESSION_ID u32, A_SESSION_START_NS u64, A_SESSION_USED_BYTES u64,
 *	A_SESSION_CLASSES u32 (those with at least one armed point)
 *	errors: ENOSPC too many sessions; ENOMEM; EINVAL; ENODEV no wait point of
 *	the classes asked for exists here; EOPNOTSUPP probes are disabled globally
 *	SESSION_F_FOLLOW needs a tgid or a tid (else EINVAL). What a process in
 *	TGIDS starts, and what a thread in TIDS starts, is followed: processes with
 *	all their threads and whatever they start, also when their parent is gone;
 *	threads started by a thread in TIDS, and so on. The ids are looked up once,
 *	so a number that is used again does not pass, and a thread that execs does.
 *	Descendants that exist already are found by their parents; those whose
 *	parents have ended, and threads that a thread in TIDS started earlier, are
 *	not. COMM_GLOB and CGROUP apply to whoever is followed; NOT_TGID and its
 *	children are not. Past the module's follow_limit tasks are not followed
 *	(losses.follow_full); each has its place until its parent has reaped it.
 *
 * SESSION_PAUSE (do)
 *	request: A_SESSION_ID, A_SESSION_PAUSED u8 (1 pause, 0 resume)
 *	A paused session takes no new waits; those already open are still followed
 *	to their end and counted. One that was made paused begins when it is resumed
 *	for the first time. reply: A_SESSION_ID, A_SESSION_PAUSED, A_SESSION_START_NS
 *	errors: ECANCELED to be resumed, but its guard has stopped it
 *
 * SESSION_DEL (do)
 *	request: A_SESSION_ID. reply: A_SESSION_ID
 *	Returns after the points are disarmed and the memory is freed.
 *
 * SESSION_GET (dump): all sessions
 *	request: nothing
 *	reply, one message a session: A_SESSION_ID, A_SESSION_PORTID u32,
 *	A_SESSION_OWNER u32 (tgid), A_SESSION_COMM string, A_SESSION_CLASSES,
 *	A_SESSION_FLAGS, A_SESSION_MIN_NS, A_SESSION_TGIDS, A_SESSION_TIDS,
 *	A_SESSION_COMM_GLOB, A_SESSION_CGROUP (when given), A_SESSION_NOT_TGID,
 *	A_SESSION_PAUSED, A_SESSION_START_NS, A_SESSION_USED_BYTES, A_SESSION_BYTES,
 *	A_STATS_COUNTERS (as GET_STATS), A_STATS_LOSSES
 *
 * GET_STATS (do)
 *	request: A_SESSION_ID
 *	reply: A_SESSION_ID, A_STATS_COUNTERS binary (struct waitprof_counters[],
 *	one per class of the session), A_STATS_LOSSES binary (struct
 *	waitprof_losses), A_STATS_NOW_NS u64
 *
 * GET_TOTALS (dump)
 *	request: A_SESSION_ID, A_TOTALS_FLAGS u32 (TOTALS_F_*)
 *	reply, one message a row: A_TOTALS_ROW binary (struct waitprof_row),
 *	A_TOTALS_BUCKETS binary (struct waitprof_bucket[], non-empty buckets only;
 *	with TOTALS_F_BUCKETS). Each CPU keeps its own rows: the reader adds rows
 *	of equal key. Rows marked ROW_F_OVERFLOW hold the waits of a class that
 *	found no free row; ROW_F_FALLBACK_HIST rows hold the buckets of those rows
 *	of their class that have no histogram of their own (count and times of
 *	such a row are zero).
 *
 * GET_STACKS (dump)
 *	request: A_SESSION_ID, A_STACK_FROM u32 (first stack id wanted; default 1)
 *	reply, one message a stack: A_STACK_ID u32, A_STACK_FLAGS u32 (STACK_F_*),
 *	A_STACK_FRAMES binary (u64[], leaf first). Ids grow from 1, a few may be
 *	unused, and mean something only within their session; equal stacks have
 *	equal ids. Every frame but the first is a return address: look it up at
 *	address - 1 (a frame that a signal interrupted is given as its address + 1).
 *
 * GET_OPEN (dump): waits that have not ended
 *	request: A_SESSION_ID (its filter and its classes apply), A_OPEN_FLAGS u32
 *	(OPEN_F_*)
 *	reply, one message a wait: A_OPEN_WAIT binary (struct waitprof_open). With
 *	OPEN_F_UNSEEN, threads that pass the filter, are asleep and have no row of
 *	their own follow, with WAIT_F_INFERRED: their since_ns is an age taken from
 *	the time they last ran, their class is CLASS_NONE.
 *	A wait that the session has not recorded itself (it began before the
 *	session did) has WAIT_F_CLIPPED. Its stacks are those that another session
 *	kept, under ids of this one; where none has, the ids are 0.
 *
 * GET_TASKS (dump): the threads that the session's filter takes at the moment
 *	request: A_SESSION_ID
 *	reply: A_TASKS binary (struct waitprof_task[]); kernel threads are left out
 *
 * GET_RECORDS (dump): the waits that ended since the last one, one by one
 *	request: A_SESSION_ID of a session with SESSION_F_RECORDS
 *	reply: A_RECORDS binary (struct waitprof_record[]). Each CPU keeps its own
 *	ring; records of one CPU come in the order in which the waits ended, CPU
 *	after CPU. What has been handed out is gone. A wait that found its CPU's
 *	ring full is counted as lost, and only as that: with SESSION_F_RECORDS
 *	`reported` counts records stored; GET_TOTALS has both.
 *	errors: EOPNOTSUPP the session keeps no records
 *
 * GET_COST (dump): what the module's handlers cost
 *	request: nothing
 *	reply, one message a kind of handler: A_COST binary (struct waitprof_cost),
 *	A_COST_BUCKETS binary (struct waitprof_bucket[], non-empty buckets only: timed
 *	calls by duration)
 *
 * ADD_RULES (do): unwind rules for user stacks, of a session with SESSION_F_RULES.
 *	One message does one of three things:
 *	1. a piece of a table: A_SESSION_ID, A_RULES_TABLE u32 (number chosen by the
 *	sender, not 0, its own per session), A_RULES_TOTAL u32 (rows of the whole
 *	table), A_RULES_FIRST u32 (row number of the first one here; pieces come
 *	in order, without holes), A_RULES binary (struct waitprof_rule[]), with the
 *	first piece also A_RULES_STEPS binary (struct waitprof_step[], those of the
 *	whole table). The table counts once it is complete; then it cannot be
 *	changed. An incomplete one is begun anew by a first piece. A piece with
 *	A_RULES_FIRST 0, A_RULES_TOTAL 0 and no rows drops the table; mappings that
 *	name it stop there.
 *	2. the mappings of an address space: A_SESSION_ID, A_SPACE_ID u64,
 *	A_SPACE_EPOCH u32 (read before the mappings were), A_SPACE_MAPPINGS binary
 *	(struct waitprof_mapping[], all of them: replaces what was there; none: the
 *	space is forgotten). They may name tables that are still to come.
 *	3. a question: A_SESSION_ID, A_SPACE_TGID u32
 *	reply: A_SESSION_ID, A_SESSION_USED_BYTES; 1: A_RULES_TABLE;
 *	2 and 3: A_SPACE_ID, A_SPACE_EPOCH, as they are now
 *	Tables and mappings take what the session has left of its memory limit.
 *	Of WAITPROF_MAX_SPACES spaces, or when mappings find no memory left, the one
 *	that no walk has met for the longest time is forgotten.
 *	errors: EINVAL offsets that do not grow, unknown base or kind, step number
 *	out of range, piece out of order, mappings not sorted; EEXIST the table is
 *	complete; ENOENT no such table; ESTALE the epoch moved: ask again; ESRCH no
 *	such process, or one without an address space; ENOSPC memory limit of the
 *	session; EOPNOTSUPP a session without SESSION_F_RULES, or INFO_NO_RULES
 *
 * GET_UNKNOWN (dump): where walks stopped for want of mappings or rules
 *	request: A_SESSION_ID of a session with SESSION_F_RULES
 *	reply, one message a place: A_UNKNOWN binary (struct waitprof_unknown). Each
 *	(space, reason, table) is told once and again only if walks still stop
 *	there later. Waits met meanwhile keep the leaf part of their stack, with
 *	STACK_F_TRUNCATED; in a space of which nothing is known, or no longer, they
 *	are walked by frame pointers. A space that was forked off one whose mappings
 *	are known has these until it changes them, but is told, too.
 *	errors: EOPNOTSUPP a session without SESSION_F_RULES
 */
#ifndef _UAPI_LINUX_WAITPROF_H
#define _UAPI_LINUX_WAITPROF_H

#include <linux/types.h>

#define WAITPROF_GENL_NAME	"waitprof"
#define WAITPROF_GENL_VERSION	1
/* Grows with every change of this file that an older reader cannot ignore. */
#define WAITPROF_ABI		5

#define WAITPROF_MAX_SESSIONS	8
#define WAITPROF_MAX_IDS	256	/* tgids, and tids, of one filter */
#define WAITPROF_MAX_RECORDS	65536	/* a CPU */
#define WAITPROF_COMM_LEN	16
#define WAITPROF_GLOB_LEN	63
#define WAITPROF_MAX_SPACES	4096	/* address spaces whose mappings a session keeps */

enum waitprof_cmd {
	WAITPROF_CMD_UNSPEC,
	WAITPROF_CMD_GET_INFO,
	WAITPROF_CMD_GET_POINTS,
	WAITPROF_CMD_SESSION_NEW,
	WAITPROF_CMD_SESSION_PAUSE,
	WAITPROF_CMD_SESSION_DEL,
	WAITPROF_CMD_SESSION_GET,
	WAITPROF_CMD_GET_TOTALS,
	WAITPROF_CMD_GET_STACKS,
	WAITPROF_CMD_GET_OPEN,
	WAITPROF_CMD_GET_RECORDS,
	WAITPROF_CMD_GET_UNKNOWN,
	WAITPROF_CMD_ADD_RULES,
	WAITPROF_CMD_GET_STATS,
	WAITPROF_CMD_GET_TASKS,
	WAITPROF_CMD_GET_COST,
	__WAITPROF_CMD_MAX
};

#define WAITPROF_CMD_MAX (__WAITPROF_CMD_MAX - 1)

/* One attribute space for all commands; the tree above says which go where. */
enum waitprof_attr {
	WAITPROF_A_UNSPEC,
	WAITPROF_A_PAD,

	WAITPROF_A_INFO_ABI,		/* u32 */
	WAITPROF_A_INFO_VERSION,	/* string */
	WAITPROF_A_INFO_KERNEL,		/* string */
	WAITPROF_A_INFO_CPUS,		/* u32 */
	WAITPROF_A_INFO_SESSIONS,	/* u32 */
	WAITPROF_A_INFO_FLAGS,		/* u32, WAITPROF_INFO_* */
	WAITPROF_A_INFO_FIXED_BYTES,	/* u64 */
	WAITPROF_A_INFO_NOW_NS,		/* u64 */
	WAITPROF_A_INFO_CLASSES,	/* u32 */
	WAITPROF_A_INFO_SESSION_BYTES,	/* u64 */

	WAITPROF_A_POINT_ID,		/* u32 */
	WAITPROF_A_POINT_CLASS,		/* u32, WAITPROF_CLASS_* */
	WAITPROF_A_POINT_NAME,		/* string */
	WAITPROF_A_POINT_SYMBOL,	/* string */
	WAITPROF_A_POINT_STATE,		/* u32, WAITPROF_POINT_* */
	WAITPROF_A_POINT_BACKEND,	/* u32, WAITPROF_BACKEND_* */
	WAITPROF_A_POINT_ERROR,		/* u32, positive errno */
	WAITPROF_A_POINT_REASON,	/* string */
	WAITPROF_A_POINT_LIMIT,		/* u32 */
	WAITPROF_A_POINT_OPEN,		/* u32 */
	WAITPROF_A_POINT_HITS,		/* u64 */
	WAITPROF_A_POINT_MISSED,	/* u64 */
	WAITPROF_A_POINT_NMISSED,	/* u64 */
	WAITPROF_A_POINT_UNPAIRED,	/* u64 */

	WAITPROF_A_SESSION_ID,		/* u32 */
	WAITPROF_A_SESSION_CLASSES,	/* u32, mask of 1 << WAITPROF_CLASS_* */
	WAITPROF_A_SESSION_TGIDS,	/* u32[] */
	WAITPROF_A_SESSION_TIDS,	/* u32[] */
	WAITPROF_A_SESSION_NOT_TGID,	/* u32 */
	WAITPROF_A_SESSION_MIN_NS,	/* u64 */
	WAITPROF_A_SESSION_FLAGS,	/* u32, WAITPROF_SESSION_F_* */
	WAITPROF_A_SESSION_COMM_GLOB,	/* string, at most WAITPROF_GLOB_LEN */
	WAITPROF_A_SESSION_CGROUP,	/* u64 */
	WAITPROF_A_SESSION_BYTES,	/* u64 */
	WAITPROF_A_SESSION_USED_BYTES,	/* u64 */
	WAITPROF_A_SESSION_START_NS,	/* u64 */
	WAITPROF_A_SESSION_PAUSED,	/* u8 */
	WAITPROF_A_SESSION_PORTID,	/* u32 */
	WAITPROF_A_SESSION_OWNER,	/* u32, tgid */
	WAITPROF_A_SESSION_COMM,	/* string */
	WAITPROF_A_SESSION_RECORDS,	/* u32 */

	WAITPROF_A_STATS_COUNTERS,	/* struct waitprof_counters[] */
	WAITPROF_A_STATS_LOSSES,	/* struct waitprof_losses */
	WAITPROF_A_STATS_NOW_NS,	/* u64 */

	WAITPROF_A_TOTALS_FLAGS,	/* u32, WAITPROF_TOTALS_F_* */
	WAITPROF_A_TOTALS_ROW,		/* struct waitprof_row */
	WAITPROF_A_TOTALS_BUCKETS,	/* struct waitprof_bucket[] */

	WAITPROF_A_STACK_FROM,		/* u32 */
	WAITPROF_A_STACK_ID,		/* u32 */
	WAITPROF_A_STACK_FLAGS,		/* u32, WAITPROF_STACK_F_* */
	WAITPROF_A_STACK_FRAMES,	/* u64[] */

	WAITPROF_A_OPEN_FLAGS,		/* u32, WAITPROF_OPEN_F_* */
	WAITPROF_A_OPEN_WAIT,		/* struct waitprof_open */

	WAITPROF_A_RECORDS,		/* struct waitprof_record[] */

	WAITPROF_A_RULES_TABLE,		/* u32 */
	WAITPROF_A_RULES_TOTAL,		/* u32 */
	WAITPROF_A_RULES_FIRST,		/* u32 */
	WAITPROF_A_RULES_STEPS,		/* struct waitprof_step[] */
	WAITPROF_A_RULES,		/* struct waitprof_rule[] */
	WAITPROF_A_SPACE_TGID,		/* u32 */
	WAITPROF_A_SPACE_ID,		/* u64 */
	WAITPROF_A_SPACE_EPOCH,		/* u32 */
	WAITPROF_A_SPACE_MAPPINGS,	/* struct waitprof_mapping[] */
	WAITPROF_A_UNKNOWN,		/* struct waitprof_unknown */

	WAITPROF_A_TASKS,		/* struct waitprof_task[] */

	WAITPROF_A_INFO_STACK_CACHE,	/* struct waitprof_stack_cache */

	WAITPROF_A_COST,		/* struct waitprof_cost */
	WAITPROF_A_COST_BUCKETS,	/* struct waitprof_bucket[] */

	WAITPROF_A_INFO_OWN_COST,	/* struct waitprof_own_cost */
	WAITPROF_A_SESSION_GUARD,	/* u32 */

	__WAITPROF_A_MAX
};

#define WAITPROF_A_MAX (__WAITPROF_A_MAX - 1)

enum waitprof_class {
	WAITPROF_CLASS_NONE,
	WAITPROF_CLASS_FUTEX,
	WAITPROF_CLASS_MUTEX,
	WAITPROF_CLASS_RWSEM,
	WAITPROF_CLASS_RTMUTEX,
	WAITPROF_CLASS_SEMAPHORE,
	WAITPROF_CLASS_PERCPU_RWSEM,
	WAITPROF_CLASS_IO,
	WAITPROF_CLASS_JOURNAL,
	WAITPROF_CLASS_BLOCK,
	__WAITPROF_CLASS_MAX
};

#define WAITPROF_CLASS_MAX (__WAITPROF_CLASS_MAX - 1)

/*
 * What a futex wait was asked to do; rwsem and percpu_rwsem: read or write;
 * block: what the request does.
 */
enum waitprof_op {
	WAITPROF_OP_NONE,
	WAITPROF_OP_WAIT,
	WAITPROF_OP_WAIT_BITSET,
	WAITPROF_OP_WAITV,
	WAITPROF_OP_LOCK_PI,
	WAITPROF_OP_REQUEUE_PI,
	WAITPROF_OP_OTHER,
	WAITPROF_OP_READ,
	WAITPROF_OP_WRITE,
	WAITPROF_OP_FLUSH,
	WAITPROF_OP_DISCARD,
	__WAITPROF_OP_MAX
};

#define WAITPROF_OP_MAX (__WAITPROF_OP_MAX - 1)

/* How a wait ended. */
enum waitprof_end {
	WAITPROF_END_WAKE,
	WAITPROF_END_TIMEOUT,
	WAITPROF_END_SIGNAL,
	WAITPROF_END_KILL,
	WAITPROF_NR_ENDS
};

/* What the object of a wait is: how to read its 64-bit value. */
enum waitprof_object {
	WAITPROF_OBJECT_NONE,
	WAITPROF_OBJECT_UADDR,	/* user address of a futex */
	WAITPROF_OBJECT_KADDR,	/* kernel address of a lock */
	WAITPROF_OBJECT_DEV,	/* device: (major << 20) | minor */
};

/* The module's own work, by what calls it. */
enum waitprof_handler {
	WAITPROF_HANDLER_BEGIN,		/* a wait begins, or it is looked whether one does */
	WAITPROF_HANDLER_END,		/* the same for its end */
	WAITPROF_HANDLER_WAKING,	/* SESSION_F_WAKERS: a task is woken */
	WAITPROF_HANDLER_BLOCK,		/* class block: something happens to a request */
	WAITPROF_HANDLER_TASK,		/* SESSION_F_FOLLOW, SESSION_F_RULES: a task begins
					 * or ends, code is unmapped
					 */
	WAITPROF_NR_HANDLERS
};

enum waitprof_backend {
	WAITPROF_BACKEND_NONE,
	WAITPROF_BACKEND_KRETPROBE,
	WAITPROF_BACKEND_TRACEPOINT,
	WAITPROF_BACKEND_FTRACE,	/* entries of functions */
};

enum waitprof_point_state {
	WAITPROF_POINT_UNUSED,	/* no session has wanted it yet */
	WAITPROF_POINT_IDLE,	/* resolved, disarmed */
	WAITPROF_POINT_ARMED,
	WAITPROF_POINT_BLIND,	/* this kernel does not let us probe it */
	WAITPROF_POINT_COVERED,	/* its waits are seen by another point */
};

/* WAITPROF_A_INFO_FLAGS */
#define WAITPROF_INFO_RT		(1U << 0) /* PREEMPT_RT kernel */
#define WAITPROF_INFO_SILENT		(1U << 1) /* armed probes do not fire:
						   * kprobes or ftrace disabled
						   */
#define WAITPROF_INFO_NO_SCHED_INFO	(1U << 2) /* run-queue part unknown */
#define WAITPROF_INFO_NO_RULES		(1U << 3) /* this kernel does not tell of
						   * code that is unmapped, so rules
						   * are not taken; known once a
						   * session with F_RULES was made
						   */
#define WAITPROF_INFO_HIDDEN		(1U << 4) /* kernel addresses are hidden
						   * from who asks
						   */

/* WAITPROF_A_SESSION_FLAGS */
#define WAITPROF_SESSION_F_KSTACK	(1U << 0) /* keep kernel stacks */
#define WAITPROF_SESSION_F_USTACK	(1U << 1) /* keep user stacks */
#define WAITPROF_SESSION_F_THREADS	(1U << 2) /* rows by thread, else process */
#define WAITPROF_SESSION_F_OBJECTS	(1U << 3) /* rows by wait object, too */
#define WAITPROF_SESSION_F_WAKERS	(1U << 4) /* who ended the waits, too */
#define WAITPROF_SESSION_F_RECORDS	(1U << 5) /* every wait, see GET_RECORDS */
#define WAITPROF_SESSION_F_FOLLOW	(1U << 6) /* what the filter's processes and
						   * threads start is followed, too
						   */
#define WAITPROF_SESSION_F_RULES	(1U << 7) /* user stacks by unwind rules, see
						   * ADD_RULES; with F_USTACK only
						   */
#define WAITPROF_SESSION_F_ALL		0xffU	/* those that work today */

/* WAITPROF_A_TOTALS_FLAGS */
#define WAITPROF_TOTALS_F_BUCKETS	(1U << 0)
#define WAITPROF_TOTALS_F_ALL		0x1U

/* WAITPROF_A_OPEN_FLAGS */
#define WAITPROF_OPEN_F_UNSEEN		(1U << 0)
#define WAITPROF_OPEN_F_ALL		0x1U

/* WAITPROF_A_STACK_FLAGS */
#define WAITPROF_STACK_F_USER		(1U << 0)
#define WAITPROF_STACK_F_TRUNCATED	(1U << 1) /* outer frames are missing */
#define WAITPROF_STACK_F_FP		(1U << 2) /* walked by frame pointers:
						   * frames may be missing anywhere
						   */

/* struct waitprof_row.flags */
#define WAITPROF_ROW_F_OVERFLOW		(1U << 0)
#define WAITPROF_ROW_F_FALLBACK_HIST	(1U << 1)
#define WAITPROF_ROW_F_OWN_HIST		(1U << 2) /* its buckets are its own */

/* struct waitprof_row.waker_flags, struct waitprof_record.waker_flags */
#define WAITPROF_WAKER_F_KNOWN		(1U << 0)
#define WAITPROF_WAKER_F_HARDIRQ	(1U << 1) /* no task: an interrupt, which	*/
#define WAITPROF_WAKER_F_SOFTIRQ	(1U << 2) /* waker_kstack names; ids are 0	*/

/* struct waitprof_open.flags; WAIT_F_CLIPPED also struct waitprof_record.flags */
#define WAITPROF_WAIT_F_CLIPPED		(1U << 0) /* began before the session */
#define WAITPROF_WAIT_F_INFERRED	(1U << 1) /* begin unseen */
#define WAITPROF_WAIT_F_OUTER		(1U << 2) /* another open wait of this
						   * thread lies inside it
						   */
#define WAITPROF_WAIT_F_OWNER_READER	(1U << 3) /* the owner is one of perhaps
						   * many readers: a hint
						   */

/*
 * One row of totals. total_ns is own time: the waits' durations less the time of
 * waits of this session that lay inside them, which is inner_ns;
 * total_ns = blocked_ns + runqueue_ns + spin_ns. max_ns is of whole durations.
 */
struct waitprof_row {
	/* key */
	__u32 class_id;		/* WAITPROF_CLASS_* */
	__u32 op;		/* WAITPROF_OP_* */
	__u32 tgid;
	__u32 tid;		/* 0 = rows by process */
	__u32 kstack;		/* stack id, 0 = none */
	__u32 ustack;
	__u64 object;
	__u32 object_type;	/* WAITPROF_OBJECT_* */
	__u32 flags;		/* WAITPROF_ROW_F_* */
	__u32 waker_kstack;	/* SESSION_F_WAKERS: stack ids and process of who */
	__u32 waker_ustack;	/* ended the waits */
	__u32 waker_tgid;
	__u16 waker_flags;	/* WAITPROF_WAKER_F_* */
	__u16 size_log2;	/* class block: requests of at most 1 << size_log2
				 * and more than half as many bytes; 0 = no data
				 */
	/* value */
	__u64 count;
	__u64 total_ns;
	__u64 max_ns;
	__u64 blocked_ns;
	__u64 runqueue_ns;
	__u64 spin_ns;
	__u64 inner_ns;
	__u64 ended[WAITPROF_NR_ENDS];
	__u64 clipped;		/* of count: begun before the session; their
				 * duration is cut to it and in no bucket
				 */
	/* a sample, not a sum: what the latest wait of the row met */
	__u32 owner_tid;	/* holder of the lock when it began, 0 = unknown */
	__u32 owner_tgid;
	__u64 last_object;
	__u32 last_object_type;
	__u32 last_tid;
	char comm[WAITPROF_COMM_LEN];	/* of the thread, at its latest wait */
	__u32 waker_tid;	/* thread that ended it */
	__u32 ns_tgid;		/* id of the process in its own pid namespace;
				 * 0 = unknown, as for class block
				 */
	char waker_comm[WAITPROF_COMM_LEN];
};

/* One wait that has ended; see struct waitprof_row. Times are of this wait. */
struct waitprof_record {
	__u64 end_ns;
	__u64 duration_ns;	/* whole */
	__u64 blocked_ns;	/* parts of its own time, */
	__u64 runqueue_ns;
	__u64 spin_ns;
	__u64 inner_ns;		/* and what is not its own */
	__u32 class_id;
	__u32 op;
	__u32 ended;		/* WAITPROF_END_* */
	__u32 flags;		/* WAITPROF_WAIT_F_CLIPPED */
	__u32 tgid;
	__u32 tid;
	__u32 kstack;
	__u32 ustack;
	__u64 object;
	__u32 object_type;
	__u32 point;		/* WAITPROF_A_POINT_ID */
	__u32 owner_tid;	/* holder of the lock when it began, 0 = unknown */
	__u32 owner_tgid;
	__u32 waker_tid;
	__u32 waker_tgid;
	__u32 waker_kstack;
	__u32 waker_ustack;
	__u16 waker_flags;	/* WAITPROF_WAKER_F_* */
	__u16 size_log2;
	__u32 cpu;		/* where it ended */
	__u32 ns_tgid;		/* see struct waitprof_row */
	__u32 pad;
	char comm[WAITPROF_COMM_LEN];
	char waker_comm[WAITPROF_COMM_LEN];
};

/*
 * Bucket idx of a histogram of whole durations d (ns), log-linear with 8 steps
 * an octave:
 *	d < 8:	idx = d
 *	else:	e = floor(log2(d)), idx = (e - 2) * 8 + ((d >> (e - 3)) & 7)
 * so bucket idx >= 8 covers [(8 + idx % 8) << (idx / 8 - 1),
 * (9 + idx % 8) << (idx / 8 - 1)) and its middle is at most 5.9 % off.
 * The last bucket also takes everything longer.
 */
#define WAITPROF_HIST_STEPS	8
#define WAITPROF_HIST_BUCKETS	320	/* last: from 4.1e12 ns, 68 min */

/* Of a handler's timed calls: the last one takes everything from 3.9e6 ns on. */
#define WAITPROF_COST_BUCKETS	160

struct waitprof_bucket {
	__u32 idx;
	__u32 pad;
	__u64 count;
};

/* Conservation, per class: ended + open = begun; reported + filtered + lost = ended. */
struct waitprof_counters {
	__u32 class_id;
	__u32 pad;
	__u64 begun;		/* waits that passed the begin filter */
	__u64 ended;
	__u64 open;		/* counted by walking the open waits; one whose task
				 * died in it (an oops) stays until its tid waits again
				 */
	__u64 reported;
	__u64 filtered;		/* shorter than the minimum duration */
	__u64 lost;		/* finished, no room to store; see GET_RECORDS */
	/* of reported; with SESSION_F_RECORDS also of lost */
	__u64 unattributed;	/* only in the overflow row */
	__u64 nohist;		/* in the class's histogram only */
	__u64 clamped;		/* a part had to be clamped */
	__u64 clipped;		/* begun before the session */
};

/* What a session could not keep, beside the counters. */
struct waitprof_losses {
	__u64 stack_full;	/* stacks not stored: table full */
	__u64 stack_busy;	/* stacks not stored: too many writers at once */
	__u64 kstack_truncated;	/* kernel stacks cut or unreliable */
	__u64 ustack_truncated;	/* user stacks not known to be whole */
	__u64 ustack_fault;	/* user stack walk ended at an unreadable word */
	__u64 ustack_compat;	/* 32-bit tasks: one frame */
	__u64 rows_used;	/* rows of totals in use, all CPUs */
	__u64 rows_limit;
	__u64 stacks_used;
	__u64 stacks_limit;
	__u64 hists_used;
	__u64 hists_limit;
	__u64 nest_deep;	/* waits nested too deep to subtract */
	__u64 follow_full;	/* SESSION_F_FOLLOW: tasks not followed, no room */
	__u64 followed;		/* tasks followed that live, beside the filter's:
				 * a process is one, and a thread that a thread
				 * of the filter's tids led to
				 */
	__u64 records_pending;	/* records waiting to be read, all CPUs */
	__u64 records_limit;
	/* with SESSION_F_RULES; a walk that does not end whole is in one of them,
	 * or in ustack_fault
	 */
	__u64 ustack_walks;	/* user stacks asked for in known spaces */
	__u64 ustack_memo;	/* of these: as an earlier one, found by its words */
	__u64 ustack_space;	/* space not known: by frame pointers */
	__u64 ustack_stale;	/* mappings out of date: by frame pointers */
	__u64 ustack_address;	/* ended at an address in no mapping */
	__u64 ustack_table;	/* ended where the table is not complete */
	__u64 ustack_stop;	/* ended where no rule leads on */
	__u64 ustack_bad;	/* ended where a rule led nowhere */
	__u64 ustack_deep;	/* more frames than the module's ustack_depth */
	__u64 unknown_full;	/* places not kept for GET_UNKNOWN: no room */
	__u64 rules_bytes;	/* of used_bytes: tables and mappings */
	__u64 spaces;		/* spaces with mappings */
	__u64 spaces_forgotten;	/* in favour of others */
	/* what it costs; see THE GUARD. Shares are millionths of a CPU's time */
	__u64 cost_ns;		/* time of the module's handlers, all CPUs; an estimate */
	__u64 cost_share;	/* of the CPU where it costs most, at the latest look */
	__u64 guard_limit;	/* 0 = no guard */
	__u64 stopped_ns;	/* its age when its guard stopped it, 0 = it did not */
	__u64 stopped_share;	/* what its share was then */
};

/*
 * One kind of handler since the module was loaded, all CPUs. One call in `every`, in
 * uneven steps, is timed on each CPU, from the handler's first instruction to its last;
 * one reading of the clock is in it, what the kernel does to get there is not.
 */
struct waitprof_cost {
	__u32 handler;		/* WAITPROF_HANDLER_* */
	__u32 pad;
	__u64 calls;		/* exact when none runs */
	__u64 timed;
	__u64 timed_ns;		/* of the timed calls */
	__u64 estimate_ns;	/* of all calls */
	__u64 max_ns;		/* the longest timed call */
};

/* All handlers together. Shares are millionths of one CPU's time. */
struct waitprof_own_cost {
	__u64 loaded_ns;	/* how long the module has been loaded */
	__u64 look_ns;		/* length of the guard's latest look, 0 = no session lives
				 * that is old enough for one
				 */
	__u32 share;		/* in that look, all CPUs together */
	__u32 busiest;		/* of the CPU with most of it */
	__u32 guard_limit;	/* of sessions that name none, 0 = no guard */
	__u32 every;		/* one call in so many is timed */
};

/*
 * The cache of kernel stacks, all CPUs, since the module was loaded: how often a
 * wait's stack was recognised instead of unwound. All 0 before the first session
 * that keeps kernel stacks, and with the module's parameter stack_cache=0.
 */
struct waitprof_stack_cache {
	__u64 hits;
	__u64 misses;		/* unwound */
	__u64 evictions;	/* forgotten for another one */
	__u64 uncacheable;	/* of misses: not remembered, for it could not be
				 * recognised for certain
				 */
	__u64 checks;		/* of hits: unwound all the same (stack_check=N) */
	__u64 disagreements;	/* of checks: another stack; that one was taken */
};

struct waitprof_open {
	__u64 begin_ns;		/* 0 when inferred */
	__u64 since_ns;		/* age at the time of reading */
	__u32 tgid;
	__u32 tid;
	__u32 class_id;
	__u32 op;
	__u64 object;
	__u32 object_type;
	__u32 point;		/* WAITPROF_A_POINT_ID, 0 = none */
	__u32 kstack;
	__u32 ustack;
	__u32 owner_tid;	/* holder of the lock now, 0 = unknown or none */
	__u32 owner_tgid;
	__u32 owner_begin_tid;	/* holder when the wait began */
	__u32 flags;		/* WAITPROF_WAIT_F_* */
	__u64 inner_ns;		/* of waits of this session that lay inside it */
	__u64 state;		/* task state bits, as TASK_* of the kernel */
	char comm[WAITPROF_COMM_LEN];
	char owner_comm[WAITPROF_COMM_LEN];
};

struct waitprof_task {
	__u32 tgid;
	__u32 tid;
};

/*
 * Unwind rules for user stacks. A table belongs to a file and says, by
 * offset in it, how to step from a frame to its caller's; a mapping says where
 * in an address space a file's table applies.
 */

/* struct waitprof_step.base: where the canonical frame address (CFA) comes from */
enum waitprof_base {
	WAITPROF_BASE_RSP,	/* rsp + cfa_offset */
	WAITPROF_BASE_RBP,	/* rbp + cfa_offset */
	WAITPROF_BASE_RBX,	/* rbx + cfa_offset */
	WAITPROF_BASE_AT_RSP,	/* word at rsp + cfa_offset, plus cfa_add */
	WAITPROF_BASE_AT_RBP,	/* word at rbp + cfa_offset, plus cfa_add; rbp is
				 * saved at rbp + rbp_offset (0 too), rbx likewise
				 * unless rbx_offset is 0
				 */
	WAITPROF_BASE_PLT,	/* rsp + cfa_offset, 8 more if ip % 16 >= 11 */
	__WAITPROF_BASE_MAX
};

#define WAITPROF_BASE_MAX (__WAITPROF_BASE_MAX - 1)

/* struct waitprof_step.kind; the return address lies at CFA - 8 */
enum waitprof_step_kind {
	WAITPROF_STEP_STOP,	/* no way on: the stack is truncated here */
	WAITPROF_STEP_CALL,	/* an ordinary frame */
	WAITPROF_STEP_SIGNAL,	/* rbp, rsp, rip at rsp + 120, 160, 168 */
	WAITPROF_STEP_END,	/* outermost frame: the stack is whole */
	__WAITPROF_STEP_MAX
};

#define WAITPROF_STEP_MAX (__WAITPROF_STEP_MAX - 1)

/* From a frame to its caller's. Offsets of 0 = the register is unchanged. */
struct waitprof_step {
	__s32 cfa_offset;
	__s16 cfa_add;		/* BASE_AT_* only */
	__s16 rbp_offset;	/* rbp is saved at CFA + rbp_offset */
	__s16 rbx_offset;	/* rbx is saved at CFA + rbx_offset */
	__u8 base;		/* WAITPROF_BASE_* */
	__u8 kind;		/* WAITPROF_STEP_*; others than CALL: the rest is 0 */
	__u32 pad;
};

/* Holds from this offset of the file to the next rule's. Sorted, growing. */
struct waitprof_rule {
	__u32 offset;
	__u32 step;		/* index into the table's steps, below 65536 */
};

/* Executable mappings of a space: sorted by start, without overlap. */
struct waitprof_mapping {
	__u64 start;
	__u64 end;
	__u64 offset;		/* in the file, of start */
	__u32 table;		/* 0 = no rules for it: walks stop there */
	__u32 pad;
};

enum waitprof_unknown_reason {
	WAITPROF_UNKNOWN_NONE,
	WAITPROF_UNKNOWN_SPACE,		/* mappings of this space were never sent */
	WAITPROF_UNKNOWN_STALE,		/* the epoch moved since they were sent */
	WAITPROF_UNKNOWN_ADDRESS,	/* in none of them (dlopen, JIT) */
	WAITPROF_UNKNOWN_TABLE,		/* its mapping's table is not complete */
};

struct waitprof_unknown {
	__u64 space;		/* address space: unique, never reused */
	__u64 ip;		/* the first address met since last told */
	__u64 count;		/* walks that stopped for this since last told */
	__u32 tgid;		/* the latest one met there */
	__u32 epoch;		/* to be sent back with the mappings */
	__u32 reason;		/* WAITPROF_UNKNOWN_* */
	__u32 table;		/* UNKNOWN_TABLE: its number */
};

#endif /* _UAPI_LINUX_WAITPROF_H */
