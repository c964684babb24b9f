/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_TOTALS_H
#define WP_TOTALS_H

#include <linux/types.h>
#include <linux/waitprof.h>

#include "hist.h"
#include "parts.h"

/**
 * struct wp_key - what makes two waits fall into one row
 *
 * The fields are the key fields of struct waitprof_row, in its order.
 *
 * @class_id: WAITPROF_CLASS_*
 * @op: WAITPROF_OP_*
 * @tgid: process
 * @tid: thread, 0 = rows by process
 * @kstack: stack id
 * @ustack: stack id
 * @object: wait object, 0 = not part of the key
 * @object_type: WAITPROF_OBJECT_*
 * @pad: 0
 * @waker_kstack: stack id
 * @waker_ustack: stack id
 * @waker_tgid: process that ended the waits
 * @waker_flags: WAITPROF_WAKER_F_*
 * @size_log2: of a block request
 */
struct wp_key {
	u32 class_id;
	u32 op;
	u32 tgid;
	u32 tid;
	u32 kstack;
	u32 ustack;
	u64 object;
	u32 object_type;
	u32 pad;
	u32 waker_kstack;
	u32 waker_ustack;
	u32 waker_tgid;
	u16 waker_flags;
	u16 size_log2;
};

/**
 * struct wp_sample - one finished wait, as totals want it
 * @key: its row
 * @end_ns: when it ended
 * @duration_ns: whole duration
 * @own_ns: less the waits of the session that lay inside it
 * @parts: of the own time
 * @ended: WAITPROF_END_*
 * @clipped: begun before the session; in no histogram
 * @owner_tid: owner of the lock at begin
 * @owner_tgid: its process
 * @tid: thread, whatever the key's grain
 * @ns_tgid: its process's id in that one's own pid namespace, 0 = unknown
 * @point: WAITPROF_A_POINT_ID
 * @object: wait object, whatever the key's grain
 * @object_type: WAITPROF_OBJECT_*
 * @comm: name of the thread
 * @waker_tid: thread that ended it, 0 = not known or an interrupt
 * @waker_comm: its name
 */
struct wp_sample {
	struct wp_key key;
	u64 end_ns;
	u64 duration_ns;
	u64 own_ns;
	struct wp_parts parts;
	u32 ended;
	bool clipped;
	u32 owner_tid;
	u32 owner_tgid;
	u32 tid;
	u32 ns_tgid;
	u32 point;
	u64 object;
	u32 object_type;
	const char *comm;
	u32 waker_tid;
	char waker_comm[WAITPROF_COMM_LEN];
};

/**
 * struct wp_row - a row in memory
 * @row: what readers get; row.flags is 0 here
 * @seq: odd while the value is being changed
 * @hist: histogram index + 1, 0 = none of its own
 * @hash: of the key
 * @used: set (release) when the key stands
 */
struct wp_row {
	struct waitprof_row row;
	u32 seq;
	u32 hist;
	u32 hash;
	u32 used;
};

#define WP_TOTALS_RECENT	16

/**
 * struct wp_totals - one CPU's totals of one session
 * @rows: nr_rows rows, a power of two
 * @overflow: one row per class for waits that found no row
 * @hists: nr_hists histograms; the first one per class is its fallback
 * @nr_rows: size of @rows
 * @nr_hists: size of @hists
 * @rows_used: rows in use
 * @hists_used: histograms in use
 * @recent: rows met lately, each in a place that a little of its key tells; NULL =
 *	none yet
 */
struct wp_totals {
	struct wp_row *rows;
	struct wp_row overflow[WAITPROF_CLASS_MAX + 1];
	struct wp_hist *hists;
	u32 nr_rows;
	u32 nr_hists;
	u32 rows_used;
	u32 hists_used;
	struct wp_row *recent[WP_TOTALS_RECENT];
};

enum wp_totals_result {
	WP_TOTALS_OK,
	WP_TOTALS_NO_HIST,	/* own row, the class's histogram */
	WP_TOTALS_NO_ROW,	/* the class's overflow row */
};

/* Index of a reading position: overflow rows, then fallbacks, then rows. */
#define WP_TOTALS_FIRST_ROW	(2 * (WAITPROF_CLASS_MAX + 1))

int wp_totals_init(struct wp_totals *totals, u32 nr_rows, u32 nr_hists, int node);
void wp_totals_exit(struct wp_totals *totals);
u64 wp_totals_bytes(u32 nr_rows, u32 nr_hists);
enum wp_totals_result wp_totals_add(struct wp_totals *totals,
				    const struct wp_sample *sample);
int wp_totals_read(const struct wp_totals *totals, u32 index,
		   struct waitprof_row *row, struct wp_hist *hist);

#endif
