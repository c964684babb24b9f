/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_COLLECT_H
#define WAITPROF_CLI_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "profile/group.h"
#include "profile/naming.h"
#include "options/options.h"
#include "profile/profile.h"
#include "collect/records.h"
#include "profile/report.h"
#include "profile/stacks.h"
#include "unwind/unwind.h"
#include "collect/window.h"

#define COLLECT_DEVICES 64

struct collect_device {
	uint64_t device;
	char name[32]; /* empty = there is none of this number */
};

/**
 * struct collect - one session and what is known about it
 * @options: filter and grouping
 * @client: connection, which owns the session
 * @info: what module it is
 * @session: as it was opened
 * @session_flags: WAITPROF_SESSION_F_*
 * @points: wait points, as last read
 * @nr_points: their number
 * @before: missed and unpaired by class when the session began
 * @symbols: names of addresses
 * @stacks: stacks of the session
 * @naming: names for rows and single waits
 * @unwind: teaches the module to walk user stacks; NULL = frame pointers, or none
 * @unwind_note: of which files it has no rules, in words
 * @no_rules: why user stacks are not walked by rules though they were asked for;
 *	empty when they are
 * @rules_begin_ns: when their making began; 0 = its slowness has been told
 * @interrupted: it was given up
 * @base: the last reading, what the next window begins with
 * @base_ns: when that was
 * @edge_ns: where the window of the last reading ends
 * @paused: the session takes no new waits since @edge_ns
 * @open: open waits of the last reading
 * @nr_open: their number
 * @seen_classes: by stack from /proc: 1 + the class that it speaks of, 0 = not looked yet
 * @nr_seen_classes: room of these
 * @wanted: mask of the classes to be shown, 0 = all
 * @stats: counters of the last reading
 * @blind: the blind points of the classes followed, in words
 * @devices: names of devices, by number
 * @next_note_ns: when to look again what the followed processes have mapped
 * @step: what was being done when a function failed, for the message
 */
struct collect {
	const struct options *options;
	struct client *client;
	struct client_info info;
	struct client_session session;
	uint32_t session_flags;
	struct client_point *points;
	size_t nr_points;
	struct report_counters before[WAITPROF_CLASS_MAX + 1];
	struct symbols *symbols;
	struct stacks *stacks;
	struct naming naming;
	struct unwind *unwind;
	char unwind_note[512];
	char no_rules[256];
	uint64_t rules_begin_ns;
	bool interrupted;
	struct profile base;
	uint64_t base_ns;
	uint64_t edge_ns;
	bool paused;
	struct window_open *open;
	size_t nr_open;
	uint8_t *seen_classes;
	uint32_t nr_seen_classes;
	uint32_t wanted;
	struct client_stats stats;
	char blind[256];
	struct collect_device devices[COLLECT_DEVICES];
	uint64_t next_note_ns;
	const char *step;
};

int collect_connect(struct collect *c, const struct options *options);
int collect_begin(struct collect *c, bool glance);
int collect_open(struct collect *c, const struct options *options, bool glance);
int collect_read_open(struct collect *c);
int collect_read(struct collect *c);
int collect_whole(struct collect *c, bool pause, struct profile *whole, uint64_t *duration_ns);
int collect_window(struct collect *c, struct profile *window, uint64_t *duration_ns);
int collect_last_window(struct collect *c, struct profile *window, uint64_t *duration_ns);
void collect_label(struct collect *c, struct profile *window, struct report *report);
int collect_report(struct collect *c, struct profile *window, enum group_by by,
		   struct report *report);
void collect_counters(struct collect *c, struct report *report);
int collect_open_rows(struct collect *c, uint64_t min_ns, bool unknown, bool named,
		      struct report_row **rows, const struct window_open ***from, size_t *nr);
int collect_blocked(struct collect *c, uint64_t min_ns, bool unknown, struct report_row **rows,
		    size_t *nr, struct report *report);
int collect_records(struct collect *c, struct records *records);
int collect_record_stacks(struct collect *c, const struct waitprof_record *rows, size_t nr);
void collect_record(struct collect *c, const struct waitprof_record *record,
		    struct report_record *to);
int collect_owners(struct collect *c, const struct window_open **waits, struct report_row *rows,
		   size_t nr);
int collect_files(struct collect *c, const struct window_open **waits, struct report_row *rows,
		  size_t nr);
int collect_lock_owners(struct collect *c, const struct window_open **waits,
			struct report_row *rows, size_t nr, bool look);
int collect_lock_waits(struct report_row *rows, size_t nr);
int collect_graph(struct collect *c, struct report *report);
int collect_tick(void *c);
void collect_processes(struct collect *c, void (*visit)(struct collect *c, pid_t pid));
int collect_rules_begin(struct collect *c);
void collect_rules_start(struct collect *c);
void collect_rules_give_up(struct collect *c);
uint64_t collect_teach(void *c);
void collect_close(struct collect *c);

#endif
