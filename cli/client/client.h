/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader's end of the generic netlink family. Functions return 0 or
 * -errno and print nothing; client_message() has the module's own sentence.
 */
#ifndef WAITPROF_CLI_CLIENT_H
#define WAITPROF_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/waitprof.h"

struct client;

struct client_info {
	uint32_t abi;
	char version[32];
	char kernel[72];
	uint32_t cpus;
	uint32_t sessions;
	uint32_t flags;
	uint64_t fixed_bytes;
	uint64_t now_ns;
	uint32_t classes;
	uint64_t session_bytes;
	struct waitprof_stack_cache stack_cache;
	struct waitprof_own_cost own_cost;
};

/* One kind of handler of the module. */
struct client_cost {
	struct waitprof_cost cost;
	uint64_t buckets[WAITPROF_HIST_BUCKETS];
};

struct client_point {
	uint32_t id;
	uint32_t class_id;
	char name[64];
	char symbol[64]; /* empty: none has registered */
	uint32_t state;
	uint32_t backend;
	uint32_t error;
	char reason[160];
	uint32_t limit;
	uint32_t open;
	uint64_t hits;
	uint64_t missed;
	uint64_t nmissed;
	uint64_t unpaired;
};

struct client_stats {
	struct waitprof_counters counters[WAITPROF_CLASS_MAX + 1];
	size_t nr_counters;
	struct waitprof_losses losses;
	uint64_t now_ns;
};

struct client_request {
	uint32_t classes; /* 0 = default */
	const uint32_t *tgids;
	uint32_t nr_tgids;
	const uint32_t *tids;
	uint32_t nr_tids;
	uint32_t not_tgid;
	const char *comm_glob; /* NULL = any name */
	uint64_t cgroup; /* 0 = any */
	uint64_t min_ns;
	uint32_t flags;
	uint32_t nr_records; /* with WAITPROF_SESSION_F_RECORDS; 0 = default */
	bool held; /* it begins with client_session_begin() */
	bool has_guard; /* else the default */
	uint32_t guard_ppm; /* 0 = none */
};

struct client_session {
	uint32_t id;
	uint32_t portid;
	uint32_t owner;
	char comm[WAITPROF_COMM_LEN];
	uint32_t classes;
	uint32_t flags;
	uint64_t min_ns;
	uint32_t nr_tgids;
	uint32_t nr_tids;
	uint32_t first_tgid;
	uint32_t first_tid;
	uint32_t not_tgid;
	char comm_glob[WAITPROF_GLOB_LEN + 1];
	uint64_t cgroup;
	bool paused;
	uint64_t start_ns;
	uint64_t used_bytes;
	uint64_t limit_bytes;
	struct client_stats stats;
};

struct client_stack {
	uint32_t id;
	uint32_t flags;
	const void *frames; /* u64[], not aligned */
	size_t nr;
};

typedef int (*client_row_fn)(const struct waitprof_row *row, const struct waitprof_bucket *buckets,
			     size_t nr_buckets, void *arg);
typedef int (*client_record_fn)(const struct waitprof_record *record, void *arg);
typedef int (*client_stack_fn)(const struct client_stack *stack, void *arg);

int client_connect(struct client **client);
void client_free(struct client *client);
const char *client_message(const struct client *client);

int client_info(struct client *client, struct client_info *info);
int client_points(struct client *client, struct client_point **points, size_t *nr);
int client_costs(struct client *client, struct client_cost **costs, size_t *nr);
int client_session_new(struct client *client, const struct client_request *request,
		       struct client_session *session);
int client_session_begin(struct client *client, struct client_session *session);
int client_session_pause(struct client *client, uint32_t id, bool paused);
int client_session_del(struct client *client, uint32_t id);
int client_sessions(struct client *client, struct client_session **sessions, size_t *nr);
int client_stats(struct client *client, uint32_t id, struct client_stats *stats);
uint64_t client_nr_ended(const struct client_stats *stats);
int client_totals(struct client *client, uint32_t id, bool buckets, client_row_fn add,
		  void (*restart)(void *arg), void *arg);
int client_stacks(struct client *client, uint32_t id, uint32_t from, client_stack_fn add,
		  void *arg);
int client_tasks(struct client *client, uint32_t id, struct waitprof_task **tasks, size_t *nr);
int client_records(struct client *client, uint32_t id, client_record_fn add, void *arg);
int client_open_waits(struct client *client, uint32_t id, bool unseen, struct waitprof_open **waits,
		      size_t *nr);

#endif
