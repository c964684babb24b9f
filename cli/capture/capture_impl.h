/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that read captures. */
#ifndef WAITPROF_CLI_CAPTURE_IMPL_H
#define WAITPROF_CLI_CAPTURE_IMPL_H

#include "capture/capture.h"
#include "capture/capture_schema.h"

struct capture_resolver;

/**
 * struct capture - a capture being read
 * @db: the database
 * @info: what and how was recorded
 * @path: the file, as the user named it
 * @keys: keys of rows, by number - 1
 * @nr_keys: their number
 * @threads: names of owners, by tid
 * @nr_threads: their number
 * @processes: their ids in their own pid namespaces, by pid
 * @nr_processes: their number
 * @counters: by class
 * @counted: mask of the classes that have counters
 * @losses: what could not be kept
 * @coverage: of the whole recording
 * @has_threads: it has what a budget needs of each thread
 * @thread_samples: how often they were looked at
 * @has_open: it has the waits that were open at the end
 * @open_ns: when that was, since the beginning
 * @kinds: mask of the kinds of waits asked for, 0 = all
 * @blind: blind points in words
 * @no_rules: files without rules in words
 * @boot: of which start of the machine, empty = not known
 * @symbols: keeps texts; names what the recording could not
 * @stacks: all stacks
 * @naming: names rows
 * @names: finds the names of an address
 * @calls: finds what was called
 * @objects: finds the name of an object
 * @maps: finds its mapping; NULL until it is needed
 * @resolver: names what the recording could not; NULL until it is needed
 * @failure: first error of a function that cannot return it
 * @why: what is wrong
 * @next: what to do about it
 */
struct capture {
	sqlite3 *db;
	struct capture_info info;
	char *path;
	struct capture_row_key *keys;
	size_t nr_keys;
	struct capture_thread *threads;
	size_t nr_threads;
	struct capture_process *processes;
	size_t nr_processes;
	struct report_counters counters[WAITPROF_CLASS_MAX + 1];
	uint32_t counted;
	struct waitprof_losses losses;
	struct report_coverage coverage;
	bool has_threads;
	uint64_t thread_samples;
	bool has_open;
	uint64_t open_ns;
	uint32_t kinds;
	char blind[256];
	char no_rules[512];
	char boot[40];
	struct symbols *symbols;
	struct stacks *stacks;
	struct naming naming;
	sqlite3_stmt *names;
	sqlite3_stmt *calls;
	sqlite3_stmt *objects;
	sqlite3_stmt *maps;
	struct capture_resolver *resolver;
	int failure;
	char why[200];
	const char *next;
};

int capture_fail(struct capture *c, int code);
int capture_refuse(struct capture *c, int error, const char *why, const char *next);
const char *capture_clean(struct symbols *symbols, const char *text);

/* capture_rows.c */
bool capture_takes_thread(const struct options *options, uint32_t tgid, uint32_t tid,
			  const char *comm);
int capture_rows(struct capture *c, const struct options *options, size_t from, size_t to,
		 struct report *report);

/* capture_load.c */
int capture_load(struct capture *c);

/* capture_names.c */
int capture_names_load(struct capture *c);

/* capture_maps.c */
const struct symbol_map *capture_map(struct capture *c, pid_t pid, uint64_t pc);

/* capture_resolve.c */
int capture_resolve(struct capture *c, pid_t pid, uint64_t addr, bool is_leaf,
		    int (*emit)(const struct symbol_frame *, void *), void *arg);
void capture_resolve_object(struct capture *c, uint32_t type, uint64_t object, char *buf,
			    size_t size);
void capture_resolver_free(struct capture_resolver *resolver);

#endif
