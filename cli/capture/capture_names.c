// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stacks of a capture and the names in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "capture/capture_impl.h"

/* Inlined functions at one address. */
#define MAX_INLINED 128

static void to_frame(struct capture *c, const struct capture_name *name, uint64_t addr,
		     struct symbol_frame *frame)
{
	frame->addr = addr;
	frame->symbol = capture_clean(c->symbols, name->symbol);
	frame->offset = name->offset;
	frame->module = capture_clean(c->symbols, name->module);
	frame->file = capture_clean(c->symbols, name->file);
	frame->line = name->line > INT32_MAX ? 0 : (int)name->line;
	frame->inlined = name->inlined;
}

/* Frames on their way, each with the mapping of their address. */
struct placed {
	const struct symbol_map *map;
	int (*emit)(const struct symbol_frame *frame, void *arg);
	void *arg;
};

static int emit_placed(const struct symbol_frame *frame, void *arg)
{
	const struct placed *placed = arg;
	struct symbol_frame copy = *frame;

	copy.map = placed->map;
	return placed->emit(&copy, placed->arg);
}

/* A stacks_name_fn. */
static int name_address(void *who, pid_t pid, uint64_t addr, bool is_leaf,
			int (*emit)(const struct symbol_frame *, void *), void *arg)
{
	struct capture *c = who;
	struct placed placed = { .emit = emit, .arg = arg };
	struct capture_name name;
	struct symbol_frame frame = { 0 };
	int ret = 0, code, nr = 0;

	placed.map = capture_map(c, pid, is_leaf || !addr ? addr : addr - 1);
	sqlite3_reset(c->names);
	sqlite3_bind_int64(c->names, 1, pid);
	sqlite3_bind_int64(c->names, 2, (sqlite3_int64)addr);
	sqlite3_bind_int(c->names, 3, is_leaf);
	while (!ret && nr < MAX_INLINED &&
	       (code = capture_table_get(c->names, &capture_names, &name)) == SQLITE_ROW) {
		to_frame(c, &name, addr, &frame);
		ret = emit_placed(&frame, &placed);
		nr++;
	}
	if (nr < MAX_INLINED && !ret && code != SQLITE_DONE)
		c->failure = code;
	sqlite3_reset(c->names);
	/* A recording that was cut off has named nothing. */
	if (!nr && !c->failure && !c->info.is_finished)
		return capture_resolve(c, pid, addr, is_leaf, emit_placed, &placed);
	return ret;
}

/* See struct sites_ask. */
static const char *called_then(void *arg, pid_t pid, uint64_t return_addr)
{
	struct capture *c = arg;
	struct capture_called called = { 0 };
	int code;

	sqlite3_reset(c->calls);
	sqlite3_bind_int64(c->calls, 1, pid);
	sqlite3_bind_int64(c->calls, 2, (sqlite3_int64)return_addr);
	code = capture_table_get(c->calls, &capture_calls, &called);
	if (code == SQLITE_ROW)
		called.symbol = capture_clean(c->symbols, called.symbol);
	else if (code != SQLITE_DONE)
		c->failure = code;
	sqlite3_reset(c->calls);
	return called.symbol;
}

/* See struct naming. */
static void object_then(void *arg, uint32_t type, uint64_t which, char *buf, size_t size)
{
	struct capture *c = arg;
	struct capture_object object = { 0 };
	const char *name = NULL;
	int code;

	sqlite3_reset(c->objects);
	sqlite3_bind_int64(c->objects, 1, (sqlite3_int64)which);
	code = capture_table_get(c->objects, &capture_objects, &object);
	if (code == SQLITE_ROW)
		name = capture_clean(c->symbols, object.name);
	else if (code != SQLITE_DONE)
		c->failure = code;
	sqlite3_reset(c->objects);
	if (!name && !c->failure && !c->info.is_finished)
		capture_resolve_object(c, type, which, buf, size);
	else
		snprintf(buf, size, "%s", name ? name : "");
}

/* @id is what the table of stacks has to call it, so that keys lead to it. */
static int add_kernel_seen(struct capture *c, const struct capture_stack *stack, sqlite3_stmt *rows)
{
	struct symbol_frame frames[CAPTURE_MAX_FRAMES];
	struct capture_name name = { 0 };
	size_t nr = 0;
	int ret = SQLITE_DONE;

	memset(frames, 0, sizeof(frames));
	sqlite3_reset(rows);
	sqlite3_bind_int64(rows, 1, stack->id);
	while (nr < CAPTURE_MAX_FRAMES &&
	       (ret = capture_table_get(rows, &capture_seen, &name)) == SQLITE_ROW)
		to_frame(c, &name, 0, &frames[nr++]);
	if (ret != SQLITE_DONE && ret != SQLITE_ROW)
		return ret;
	return stacks_add_frames(c->stacks, frames, nr,
				 stack->flags & WAITPROF_STACK_F_TRUNCATED) == stack->id ?
		       SQLITE_OK :
		       SQLITE_CORRUPT;
}

static int add_stack(struct capture *c, const struct capture_stack *stack, sqlite3_stmt *rows,
		     sqlite3_stmt *seen)
{
	uint64_t addrs[CAPTURE_MAX_FRAMES];
	struct capture_address address;
	size_t nr = 0;
	int ret = SQLITE_DONE;

	if (stack->flags & CAPTURE_STACK_PROC && !stack->pid)
		return add_kernel_seen(c, stack, seen);
	sqlite3_reset(rows);
	sqlite3_bind_int64(rows, 1, stack->id);
	while (nr < CAPTURE_MAX_FRAMES &&
	       (ret = capture_table_get(rows, &capture_addresses, &address)) == SQLITE_ROW)
		addrs[nr++] = address.address;
	if (ret != SQLITE_DONE && ret != SQLITE_ROW)
		return ret;
	if (stack->flags & CAPTURE_STACK_PROC)
		return nr == 1 && stack->pid <= INT32_MAX &&
				       stacks_add_pc(c->stacks, (pid_t)stack->pid, addrs[0]) ==
					       stack->id ?
			       SQLITE_OK :
			       SQLITE_CORRUPT;
	if (!stack->id || stack->id > CAPTURE_MAX_STACKS)
		return SQLITE_CORRUPT;
	return stacks_add(c->stacks, stack->id, stack->flags, addrs, nr) ? SQLITE_NOMEM : SQLITE_OK;
}

static int load_stacks(struct capture *c)
{
	sqlite3_stmt *stacks = NULL, *rows = NULL, *seen = NULL;
	struct capture_stack stack;
	int ret = capture_table_select(c->db, &capture_stacks, "ORDER BY id", &stacks);

	if (ret == SQLITE_OK)
		ret = capture_table_select(c->db, &capture_addresses,
					   "WHERE stack = ? ORDER BY position", &rows);
	if (ret == SQLITE_OK)
		ret = capture_table_select(c->db, &capture_seen,
					   "WHERE stack = ? ORDER BY position", &seen);
	while (ret == SQLITE_OK &&
	       (ret = capture_table_get(stacks, &capture_stacks, &stack)) == SQLITE_ROW)
		ret = add_stack(c, &stack, rows, seen);
	sqlite3_finalize(seen);
	sqlite3_finalize(rows);
	sqlite3_finalize(stacks);
	return ret;
}

/**
 * capture_names_load() - read the stacks, and make ready for names
 * @c: capture
 *
 * Return: 0 or -errno.
 */
int capture_names_load(struct capture *c)
{
	int ret = load_stacks(c);

	if (ret == SQLITE_DONE)
		ret = capture_table_select(c->db, &capture_names,
					   "WHERE pid = ? AND address = ? AND is_leaf = ?"
					   " ORDER BY position",
					   &c->names);
	if (ret == SQLITE_OK)
		ret = capture_table_select(c->db, &capture_calls, "WHERE pid = ? AND address = ?",
					   &c->calls);
	if (ret == SQLITE_OK)
		ret = capture_table_select(c->db, &capture_objects, "WHERE address = ?",
					   &c->objects);
	c->naming.object = object_then;
	c->naming.ask.called = called_then;
	c->naming.ask.arg = c;
	stacks_name_by(c->stacks, name_address, c);
	return capture_fail(c, ret);
}
