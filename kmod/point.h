/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_POINT_H
#define WP_POINT_H

#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/waitprof.h>

#include "open.h"
#include "owner.h"

#define WP_SYMBOL_LEN	64

/*
 * Open waits a point has room for by default. A little below 2^14, so that with
 * some spare ones the kernel's pool of kretprobe instances is not rounded up.
 */
#define WP_POINT_LIMIT	16000

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

/**
 * struct wp_symbol - a kernel function a wait point can hook
 * @name: without the compiler's suffixes, which are tried as well
 * @variant: how its arguments lie, for the point's own use
 */
struct wp_symbol {
	const char *name;
	u8 variant;
};

/**
 * struct wp_point_desc - one row of the table of wait points
 * @name: stable name
 * @class_id: WAITPROF_CLASS_*
 * @limit: open waits it has room for, by default
 * @symbols: candidates in order, ends with a NULL name
 * @begin: reads the arguments; false: this call is no wait
 * @end: WAITPROF_END_* at the return, from the call's return value
 */
struct wp_point_desc {
	const char *name;
	u32 class_id;
	u32 limit;
	const struct wp_symbol *symbols;
	bool (*begin)(struct wp_point_args *args, const struct pt_regs *regs, u8 variant);
	u32 (*end)(const struct wp_open *wait, unsigned long return_value);
};

/* One CPU's counters of a wait point. */
struct wp_point_stats {
	u64 hits;
	u64 missed;
	u64 unpaired;
};

/**
 * struct wp_point - a wait point on this kernel
 * @desc: its row of the table
 * @id: place in the table
 * @state: WAITPROF_POINT_*
 * @users: sessions that want it
 * @error: why it is blind, negative errno
 * @variant: of the symbol that registered
 * @symbol: that symbol, with suffix
 * @rp: the probe, registered once and then only enabled and disabled
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
	struct kretprobe rp;
	struct wp_open_table open;
	struct wp_point_stats __percpu *stats;
};

enum wp_point_id {
	WP_POINT_FUTEX,
	WP_POINT_MUTEX,
	WP_POINT_IO_SCHEDULE,
	WP_POINT_IO_SCHEDULE_TIMEOUT,
	WP_NR_POINTS
};

extern struct wp_point wp_points[WP_NR_POINTS];

extern const struct wp_point_desc wp_point_futex;
extern const struct wp_point_desc wp_point_mutex;
extern const struct wp_point_desc wp_point_io_schedule;
extern const struct wp_point_desc wp_point_io_schedule_timeout;

int wp_point_resolve(const struct wp_symbol *symbols, char *symbol, u8 *variant,
		     int (*try_symbol)(const char *symbol, void *arg), void *arg);
int wp_points_init(void);
void wp_points_exit(void);
int wp_point_arm(struct wp_point *point);
void wp_point_disarm(struct wp_point *point);
int wp_points_silent(void);
void wp_point_stats_read(const struct wp_point *point, struct wp_point_stats *sum);
u32 wp_points_max_open(void);
u64 wp_points_bytes(void);

#endif
