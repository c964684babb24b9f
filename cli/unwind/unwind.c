// SPDX-License-Identifier: GPL-2.0-only
/*
 * Teaching the module to walk user stacks. What is known to be wanted is prepared
 * before the session opens, since making tables takes long, and sent before it
 * begins, so that the first wait finds it. Everything else (new processes, exec,
 * dlopen, processes nobody named) the module asks for: a look at its questions
 * every POLL_NS while there are some, less and less often while there are none.
 *
 * For one process: ask which address space it has and the space's epoch, read its
 * mappings, send tables that are not there yet, send the mappings with that epoch.
 * If code was unmapped meanwhile the epoch has moved, the module refuses, and all
 * begins anew.
 *
 * Bounds: MAX_ROWS mappings a process; SLICE_NS of answering in one go, or the table
 * of one file, so that screens come in time; what is left waits in a list of
 * MAX_PENDING processes; beyond it the module asks again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/client_rules.h"
#include "util/ids.h"
#include "unwind/unwind.h"
#include "unwind/unwind_files.h"

#define MAX_ROWS     2000 /* they travel in one attribute, whose length has 16 bits */
#define MAX_LINES    65536
#define MAX_PENDING  4096
#define TRIES	     3
#define POLL_NS	     50000000ULL
#define POLL_MAX_NS  400000000ULL
#define SLICE_NS     100000000ULL
#define KERNEL_START (1ULL << 63)

struct unwind {
	struct client *client;
	uint32_t session; /* 0 = not open yet */
	struct unwind_files *files;
	uint32_t pending[MAX_PENDING];
	size_t nr_pending;
	uint64_t next_ns;
	uint64_t wait_ns;
	bool is_off; /* the module takes no rules */
	struct preparing *preparing; /* NULL = there is a session, or nobody to be told */
};

/* Tables are being made before there is a session. */
struct preparing {
	struct unwind_progress progress;
	bool (*on_make)(void *arg, const struct unwind_progress *progress);
	void *arg;
	bool is_stopped;
};

struct rows {
	struct waitprof_mapping rows[MAX_ROWS];
	struct unwind_file *files[MAX_ROWS]; /* of the rows; NULL = no file */
	size_t nr;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * unwind_new() - begin
 * @client: connection; outlives the result
 *
 * Return: the object, or NULL without memory.
 */
struct unwind *unwind_new(struct client *client)
{
	struct unwind *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->client = client;
	u->wait_ns = POLL_NS;
	u->files = unwind_files_new();
	if (u->files)
		return u;
	free(u);
	return NULL;
}

/**
 * unwind_free() - forget everything; the module keeps what it was told
 * @u: object; NULL is allowed
 */
void unwind_free(struct unwind *u)
{
	if (!u)
		return;
	unwind_files_free(u->files);
	free(u);
}

static bool has_file(const struct maps_row *row)
{
	return row->start < KERNEL_START && (*row->path == '/' || maps_is_vdso(row));
}

/* Code in no file: nothing is known of it, and the module need not ask. */
static void add_row(struct unwind *u, pid_t pid, const struct maps_row *from, struct rows *to)
{
	struct waitprof_mapping *row = to->nr ? &to->rows[to->nr - 1] : NULL;
	struct unwind_file *file = NULL;
	bool is_vdso = maps_is_vdso(from);

	if (from->start >= KERNEL_START)
		return;
	if (has_file(from)) {
		if (u->preparing)
			u->preparing->progress.nr++;
		file = unwind_files_get(u->files, pid, from);
	}
	if (row && !file && !to->files[to->nr - 1] && row->end == from->start) {
		row->end = from->end;
		return;
	}
	if (to->nr == MAX_ROWS)
		return;
	to->files[to->nr] = file;
	to->rows[to->nr++] = (struct waitprof_mapping){
		.start = from->start,
		.end = from->end,
		.offset = file && !is_vdso ? from->offset : 0,
	};
}

static bool is_stopped(const struct unwind *u)
{
	return u->preparing && u->preparing->is_stopped;
}

static FILE *open_maps(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return fopen(path, "re");
}

static int read_rows(struct unwind *u, pid_t pid, struct rows *rows)
{
	FILE *maps = open_maps(pid);
	struct maps_row row;
	char *line = NULL;
	size_t room = 0;

	rows->nr = 0;
	if (!maps)
		return -errno;
	for (int i = 0; i < MAX_LINES && !is_stopped(u) && getline(&line, &room, maps) > 0; i++)
		if (maps_parse(line, &row))
			add_row(u, pid, &row, rows);
	free(line);
	fclose(maps);
	if (unwind_files_late(u->files))
		return -EAGAIN;
	return rows->nr ? 0 : -ESRCH;
}

static int send_file(struct unwind *u, struct unwind_file *file)
{
	int ret;

	if (file->state != UNWIND_FILE_READY)
		return 0;
	ret = client_table(u->client, u->session, file->number, file->table.steps,
			   file->table.nr_steps, file->table.rules, file->table.nr_rules);
	file->state = ret ? UNWIND_FILE_REFUSED : UNWIND_FILE_SENT;
	unwind_table_free(&file->table);
	/* Too big is no reason to give up on the smaller ones. */
	return ret == -ENOSPC || ret == -ENOMEM ? 0 : ret;
}

static int send_rows(struct unwind *u, struct client_space *space, struct rows *rows)
{
	int ret = 0;

	for (size_t i = 0; i < rows->nr && !ret; i++) {
		struct unwind_file *file = rows->files[i];

		if (file)
			ret = send_file(u, file);
		if (file && file->state == UNWIND_FILE_SENT)
			rows->rows[i].table = file->number;
	}
	return ret ? ret : client_mappings(u->client, u->session, space, rows->rows, rows->nr);
}

static uint32_t count_files(pid_t pid)
{
	FILE *maps = open_maps(pid);
	struct maps_row row;
	char *line = NULL;
	size_t room = 0;
	uint32_t nr = 0;

	if (!maps)
		return 0;
	for (int i = 0; i < MAX_LINES && getline(&line, &room, maps) > 0; i++)
		nr += maps_parse(line, &row) && has_file(&row);
	free(line);
	fclose(maps);
	return nr;
}

static bool tell(void *arg, const char *name)
{
	struct preparing *p = arg;

	p->progress.file = name;
	p->is_stopped = p->is_stopped || p->on_make(p->arg, &p->progress);
	return p->is_stopped;
}

/**
 * unwind_prepare() - make the tables for a process, before the session opens
 * @u: object
 * @pid: the process; one that is not there is no error
 * @on_make: called before each table, and again and again while one is made: true =
 *	give up
 * @arg: for @on_make
 *
 * Return: 0, or -EINTR when it was given up: nothing but unwind_free() may follow.
 */
int unwind_prepare(struct unwind *u, pid_t pid,
		   bool (*on_make)(void *arg, const struct unwind_progress *progress), void *arg)
{
	struct preparing p = { .progress = { .pid = pid }, .on_make = on_make, .arg = arg };
	struct rows *rows = malloc(sizeof(*rows));

	p.progress.of = count_files(pid);
	u->preparing = &p;
	unwind_files_on_make(u->files, tell, &p);
	if (rows)
		read_rows(u, pid, rows);
	unwind_files_on_make(u->files, NULL, NULL);
	u->preparing = NULL;
	free(rows);
	return p.is_stopped ? -EINTR : 0;
}

/**
 * unwind_teach() - tell the module how to walk the stacks of a process
 * @u: object, started
 * @pid: the process
 *
 * Return: 0 or -errno: it is gone; -EAGAIN tables are missing and the time is up;
 * -EOPNOTSUPP the module takes no rules.
 */
int unwind_teach(struct unwind *u, pid_t pid)
{
	struct rows *rows = malloc(sizeof(*rows));
	struct client_space space;
	int ret = rows ? -ESTALE : -ENOMEM;

	for (int i = 0; i < TRIES && ret == -ESTALE; i++) {
		ret = client_space(u->client, u->session, (uint32_t)pid, &space);
		if (!ret)
			ret = read_rows(u, pid, rows);
		if (!ret)
			ret = send_rows(u, &space, rows);
	}
	free(rows);
	if (ret == -EOPNOTSUPP)
		u->is_off = true;
	return ret;
}

/**
 * unwind_start() - from here on there is a session to be told
 * @u: object
 * @session: its id
 *
 * Return: 0, or -EOPNOTSUPP when the module takes no rules on this kernel; then
 * user stacks are walked by frame pointers.
 */
int unwind_start(struct unwind *u, uint32_t session)
{
	struct client_space space;

	u->session = session;
	u->is_off = client_space(u->client, session, (uint32_t)getpid(), &space) == -EOPNOTSUPP;
	return u->is_off ? -EOPNOTSUPP : 0;
}

/* Each process once, whatever walks did not know about it. */
static int read_unknown(struct unwind *u)
{
	struct waitprof_unknown *rows;
	struct ids known = { 0 };
	size_t nr;
	int ret = client_unknown(u->client, u->session, &rows, &nr);

	if (ret)
		return ret;
	for (size_t i = 0; i < nr && u->nr_pending < MAX_PENDING; i++)
		/* A table that is not complete was refused: it will not come. */
		if (rows[i].reason != WAITPROF_UNKNOWN_TABLE && ids_add(&known, rows[i].tgid))
			u->pending[u->nr_pending++] = rows[i].tgid;
	ids_free(&known);
	free(rows);
	return 0;
}

/**
 * unwind_poll() - answer what the module asks, if it is time to look
 * @u: object
 *
 * Return: when to call again, CLOCK_MONOTONIC; 0 = never.
 */
uint64_t unwind_poll(struct unwind *u)
{
	uint64_t begin_ns = now_ns();

	if (u->is_off || !u->session)
		return 0;
	if (begin_ns < u->next_ns)
		return u->next_ns;
	/* An error is seen by whoever reads the results, too. */
	if (!u->nr_pending && read_unknown(u) == -EOPNOTSUPP)
		u->is_off = true;
	u->wait_ns = u->nr_pending ? POLL_NS : u->wait_ns + u->wait_ns / 4;
	if (u->wait_ns > POLL_MAX_NS)
		u->wait_ns = POLL_MAX_NS;
	unwind_files_limit(u->files, begin_ns + SLICE_NS);
	while (u->nr_pending && !u->is_off && now_ns() - begin_ns < SLICE_NS &&
	       unwind_teach(u, (pid_t)u->pending[u->nr_pending - 1]) != -EAGAIN)
		u->nr_pending--;
	unwind_files_limit(u->files, 0);
	u->next_ns = now_ns() + u->wait_ns;
	return u->is_off ? 0 : u->next_ns;
}

/**
 * unwind_note() - of which files there are no rules, in words
 * @u: object
 * @buf: result; may be empty
 * @size: its room
 */
void unwind_note(const struct unwind *u, char *buf, size_t size)
{
	unwind_files_note(u->files, buf, size);
}
