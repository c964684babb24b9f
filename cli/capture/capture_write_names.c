// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for every address of a capture, found once the recording is over and kept
 * in it, so that who reads it needs neither the machine nor its files.
 */
#include <errno.h>
#include <string.h>

#include "capture/capture_write_impl.h"

/* Each address once for each process that has it; those of the kernel have pid 0. */
static const char wanted[] =
	"WITH used(pid, stack) AS ("
	" SELECT pid, ustack FROM row_key"
	" UNION SELECT waker_pid, waker_ustack FROM row_key"
	" UNION SELECT pid, ustack FROM record"
	" UNION SELECT waker_pid, waker_ustack FROM record"
	" UNION SELECT pid, ustack FROM open_wait"
	" UNION SELECT pid, id FROM stack WHERE pid <> 0)"
	" SELECT used.pid, address, position = 0 FROM used"
	" JOIN stack ON stack.id = used.stack JOIN stack_frame ON stack_frame.stack = used.stack"
	" WHERE flags & 1"
	" UNION SELECT 0, address, position = 0 FROM stack"
	" JOIN stack_frame ON stack_frame.stack = stack.id WHERE NOT flags & 1";

struct naming_one {
	struct capture_writer *w;
	struct capture_name name;
};

/* Longer than that is no name that anybody reads. */
static const char *cut(const char *text, char *buf)
{
	if (!text || strlen(text) < CAPTURE_MAX_TEXT)
		return text;
	memcpy(buf, text, CAPTURE_MAX_TEXT - 1);
	buf[CAPTURE_MAX_TEXT - 1] = '\0';
	return buf;
}

static int put_frame(const struct symbol_frame *frame, void *arg)
{
	char symbol[CAPTURE_MAX_TEXT], module[CAPTURE_MAX_TEXT], file[CAPTURE_MAX_TEXT];
	struct naming_one *one = arg;
	int ret;

	one->name.symbol = cut(frame->symbol, symbol);
	one->name.offset = frame->offset;
	one->name.module = cut(frame->module, module);
	one->name.file = cut(frame->file, file);
	one->name.line = frame->line > 0 ? (uint32_t)frame->line : 0;
	one->name.inlined = frame->inlined;
	ret = capture_put(one->w, &capture_names, &one->name);
	one->name.position++;
	return ret;
}

static int put_name(struct capture_writer *w, struct symbols *symbols, sqlite3_stmt *row)
{
	struct naming_one one = {
		.w = w,
		.name.pid = (uint32_t)sqlite3_column_int64(row, 0),
		.name.address = (uint64_t)sqlite3_column_int64(row, 1),
		.name.is_leaf = sqlite3_column_int(row, 2),
	};
	const struct symbol_frame bare = { .addr = one.name.address };
	int ret;

	if (one.name.pid)
		ret = symbol_user(symbols, (pid_t)one.name.pid, one.name.address, one.name.is_leaf,
				  put_frame, &one);
	else
		ret = symbol_kernel(symbols, one.name.address, one.name.is_leaf, put_frame, &one);
	if (!w->why[0] && !one.name.position)
		ret = put_frame(&bare, &one);
	return w->why[0] ? -EIO : ret;
}

static int put_addresses(struct capture_writer *w, struct symbols *symbols)
{
	sqlite3_stmt *row;
	int ret = capture_write_fail(w, sqlite3_prepare_v2(w->db, wanted, -1, &row, NULL));
	int code = SQLITE_DONE;

	while (!ret && (code = sqlite3_step(row)) == SQLITE_ROW)
		ret = put_name(w, symbols, row);
	if (!ret)
		ret = capture_write_fail(w, code);
	sqlite3_finalize(row);
	return ret;
}

/* What was asked about a stack, and what the answer was. */
static const char *keep_called(void *arg, pid_t pid, uint64_t return_addr)
{
	struct capture_writer *w = arg;
	struct capture_called called = { .pid = (uint32_t)pid, .address = return_addr };

	called.symbol = w->naming->ask.called(w->naming->ask.arg, pid, return_addr);
	if (called.symbol)
		capture_put(w, &capture_calls, &called);
	return called.symbol;
}

/* Whoever finds the kinds of these waits later will ask the same. */
static int put_calls(struct capture_writer *w)
{
	struct naming naming = *w->naming;

	if (!naming.ask.called)
		return 0;
	naming.ask.called = keep_called;
	naming.ask.arg = w;
	naming.sites = sites_new();
	if (!naming.sites)
		return capture_write_fail(w, SQLITE_NOMEM);
	for (size_t i = 0; !w->why[0] && i < w->keys.nr; i++) {
		const struct waitprof_row *key = &w->keys.rows[i].row;

		if (key->class_id == WAITPROF_CLASS_FUTEX && key->ustack)
			naming_site_of(&naming, key->class_id, key->kstack, key->ustack, key->tgid);
	}
	sites_free(naming.sites);
	return w->why[0] ? -EIO : 0;
}

/* Addresses of the kernel and numbers of devices, none of which is like the other. */
static const char objects[] =
	"SELECT object, object_type FROM row_key WHERE object_type IN (2, 3)"
	" UNION SELECT last_object, last_object_type FROM totals WHERE last_object_type IN (2, 3)"
	" UNION SELECT object, object_type FROM record WHERE object_type IN (2, 3)"
	" UNION SELECT object, object_type FROM open_wait WHERE object_type IN (2, 3)";

static int put_objects(struct capture_writer *w)
{
	char name[CAPTURE_MAX_OBJECT];
	struct capture_object object = { .name = name };
	sqlite3_stmt *row;
	int ret = 0, code = SQLITE_DONE;

	if (!w->naming->object)
		return 0;
	ret = capture_write_fail(w, sqlite3_prepare_v2(w->db, objects, -1, &row, NULL));
	while (!ret && (code = sqlite3_step(row)) == SQLITE_ROW) {
		name[0] = '\0';
		object.address = (uint64_t)sqlite3_column_int64(row, 0);
		w->naming->object(w->naming->arg, (uint32_t)sqlite3_column_int(row, 1),
				  object.address, name, sizeof(name));
		if (name[0])
			ret = capture_put(w, &capture_objects, &object);
	}
	if (!ret)
		ret = capture_write_fail(w, code);
	sqlite3_finalize(row);
	return ret;
}

/**
 * capture_put_names() - find and keep the names of all addresses, objects and calls
 * @w: writer
 * @symbols: knows them
 *
 * Return: 0 or -errno.
 */
int capture_put_names(struct capture_writer *w, struct symbols *symbols)
{
	int ret = put_addresses(w, symbols);

	if (!ret && w->naming)
		ret = put_calls(w);
	if (!ret && w->naming)
		ret = put_objects(w);
	return ret;
}
