/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_POINT_H
#define WP_POINT_H

#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "open.h"
#include "owner.h"
#include "resolve.h"

/*
 * Open waits a point has room for by default. A little below 2^14, so that with
 * some spare ones the kernel's pool of kretprobe instances is not rounded up.
 */
#define WP_POINT_LIMIT		16000
#define WP_POINT_LIMIT_SMALL	1000	/* what few tasks wait in at once */
/* Instances of a kretprobe beside one for each open wait and each CPU. */
#define WP_KRETPROBE_SPARE	64

/**
 * struct wp_point_args - what a wait point tells about a wait at its begin
 * @object: what is waited on
 * @object_type: WAITPROF_OBJECT_*
 * @op: WAITPROF_OP_*
 * @arg: kept for the end
 * @owner: who holds the lock; owner.tid 0 = unknown
 */
struct wp_point_args {
	u64 object;
	u8 object_type;
	u8 op;
	unsigned long arg[2];
	struct wp_owner owner;
};

/* Contended locks as the kernel's tracepoints tell them apart. */
enum wp_contention {
	WP_CONTENTION_NONE,
	WP_CONTENTION_MUTEX,
	WP_CONTENTION_RWSEM_READ,
	WP_CONTENTION_RWSEM_WRITE,
	WP_CONTENTION_RTMUTEX,
	WP_CONTENTION_SEMAPHORE,
	WP_CONTENTION_PERCPU_READ,
	WP_CONTENTION_PERCPU_WRITE,
	WP_NR_CONTENTIONS
};

/**
 * struct wp_ending - what always follows a wait, so that its end can be hooked there
 * @symbols: the function its caller calls next, candidates in order
 * @arg: it gets the wait's arg of this number first, else that is not its end
 * @around: a caller that goes on otherwise: its return ends what is still open;
 *	it need not exist
 * @result: WAITPROF_END_* of such a wait, from the value it returns
 */
struct wp_ending {
	const struct wp_symbol *symbols;
	u8 arg;
	const struct wp_symbol *around;
	u32 (*result)(unsigned long return_value);
};

/**
 * struct wp_point_desc - one row of the table of wait points
 * @name: stable name; NULL ends a class's rows
 * @class_id: WAITPROF_CLASS_*
 * @limit: open waits it has room for, by default
 * @in_module: the function lies in a module, which may come and go
 * @contention: what the contention tracepoints call it; where they exist they are
 *	preferred, and the first point of a kind sees the waits of all
 * @contention_op: WAITPROF_OP_* of such waits
 * @ending: what follows a wait; where ftrace can hook both it is preferred
 * @goes_on: a wait that began in a point with @ending may go on in this one
 * @symbols: candidates in order, ends with a NULL name; NULL = no function, see
 *	point_block.c
 * @begin: reads the arguments; false: this call is no wait
 * @end: WAITPROF_END_* at the return, from the call's return value
 * @owner: who holds the lock at an address, wait->arg[0] of an open wait; NULL =
 *	nobody can be told
 */
struct wp_point_desc {
	const char *name;
	u32 class_id;
	u32 limit;
	bool in_module;
	enum wp_contention contention;
	u8 contention_op;
	const struct wp_ending *ending;
	bool goes_on;
	const struct wp_symbol *symbols;
	bool (*begin)(struct wp_point_args *args, const struct pt_regs *regs, u8 variant);
	u32 (*end)(const struct wp_open *wait, unsigned long return_value);
	bool (*owner)(struct wp_owner *owner, unsigned long lock);
};

/* One CPU's counters of a wait point. */
struct wp_point_stats {
	u64 hits;
	u64 missed;
	u64 unpaired;
};

struct wp_point;

/**
 * struct wp_backend - a way to hook wait points
 * @id: WAITPROF_BACKEND_*
 * @attach: gets ready without taking waits yet, sets symbol and variant; -ENOENT:
 *	the kernel lacks what it hooks
 * @detach: undoes attach, of several points; no handler of theirs runs any more
 *	when it returns
 * @gone: what it hooked has gone with its module; NULL = cannot happen
 * @enable: begins to take waits
 * @disable: takes no new waits; those in flight are followed to their end
 * @bytes: memory it needs for a point
 * @nmissed: hits the kernel did not hand to us, at least; NULL = cannot happen
 *
 * All but the handlers are serialised by the caller and may sleep.
 */
struct wp_backend {
	u32 id;
	int (*attach)(struct wp_point *point);
	void (*detach)(struct wp_point **points, int nr);
	bool (*gone)(const struct wp_point *point);
	int (*enable)(struct wp_point *point);
	void (*disable)(struct wp_point *point);
	u64 (*bytes)(const struct wp_point *point);
	u64 (*nmissed)(const struct wp_point *point);
};

extern const struct wp_backend wp_backend_kretprobe;
extern const struct wp_backend wp_backend_block;
extern const struct wp_backend wp_backend_contention;
extern const struct wp_backend wp_backend_ftrace;

/**
 * struct wp_point - a wait point on this kernel
 * @desc: its row of the table
 * @id: place in the table
 * @state: WAITPROF_POINT_*
 * @users: sessions that want it
 * @error: why it is blind, negative errno
 * @variant: of the symbol that registered
 * @symbol: that symbol, with suffix
 * @backend: what hooks it; NULL = nothing yet, or it is blind
 * @rp: its probe, if that is a kretprobe
 * @leaf: the address that stands for the function in stacks
 * @open: waits inside
 * @stats: counters
 */
struct wp_point {
	const struct wp_point_desc *desc;
	u32 id;
	u32 state;
	u32 users;
	int error;
	u8 variant;
	char symbol[WP_SYMBOL_LEN];
	const struct wp_backend *backend;
	struct kretprobe rp;
	unsigned long leaf;
	struct wp_open_table open;
	struct wp_point_stats __percpu *stats;
};

#define WP_MAX_POINTS		32
#define WP_MAX_EXTRA_POINTS	8

extern struct wp_point wp_points[WP_MAX_POINTS];
extern u32 wp_nr_points;

/* The slot that a reference names. */
static inline struct wp_open *wp_open_of(u32 ref)
{
	return &wp_points[wp_open_ref_table(ref)].open.slots[wp_open_ref_slot(ref)];
}

extern const struct wp_point_desc wp_point_block[];
extern const struct wp_point_desc wp_point_futex[];
extern const struct wp_point_desc wp_point_mutex[];
extern const struct wp_point_desc wp_point_rwsem[];
extern const struct wp_point_desc wp_point_rtmutex[];
extern const struct wp_point_desc wp_point_semaphore[];
extern const struct wp_point_desc wp_point_percpu_rwsem[];
extern const struct wp_point_desc wp_point_io[];
extern const struct wp_point_desc wp_point_journal[];

int wp_point_extra(int index, const char **text, const struct wp_point_desc **desc);
bool wp_point_in_pi_futex(void);
u32 wp_point_end_woken(const struct wp_open *wait, unsigned long return_value);
u32 wp_point_end_result(const struct wp_open *wait, unsigned long return_value);
int wp_kretprobe_try(const char *symbol, void *arg);
void wp_ftrace_end_here(struct pt_regs *regs);
int wp_points_init(void);
void wp_points_exit(void);
const char *wp_point_reason(const struct wp_point *point);
bool wp_point_gone(const struct wp_point *point);
int wp_point_arm(struct wp_point *point);
void wp_point_disarm(struct wp_point *point);
void wp_point_stats_read(const struct wp_point *point, struct wp_point_stats *sum);
u32 wp_points_max_open(void);
u64 wp_points_bytes(void);

#endif
