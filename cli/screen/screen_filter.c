// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rows are to be seen: by class and kind, and by a text that is looked
 * for in everything that a row says, whatever column is on the screen.
 */
#include <stdio.h>
#include <string.h>

#include "render/columns.h"
#include "util/format.h"
#include "profile/lock_sites.h"
#include "profile/names.h"
#include "screen/screen.h"

/**
 * screen_hidden() - is this class or kind switched off
 * @s: screen
 * @class_id: WAITPROF_CLASS_*
 * @kind: its kind, or KIND_NONE
 */
bool screen_hidden(const struct screen *s, uint32_t class_id, enum kind kind)
{
	if (class_id < 32 && s->hidden_classes & 1U << class_id)
		return true;
	return kind != KIND_NONE && s->hidden_kinds & 1U << kind;
}

static bool has(const char *in, const char *text)
{
	return in && strcasestr(in, text);
}

static bool has_id(uint32_t id, const char *text)
{
	char buf[16];

	if (!id)
		return false;
	snprintf(buf, sizeof(buf), "%u", id);
	return strstr(buf, text);
}

static bool has_comm(const char *comm, const char *text)
{
	char buf[WAITPROF_COMM_LEN + 1];

	snprintf(buf, sizeof(buf), "%.*s", WAITPROF_COMM_LEN, comm);
	return has(buf, text);
}

static bool has_object(const struct report_row *row, const char *text)
{
	char buf[LOCK_SITES_LEN];

	if (has(lock_sites_text(buf, sizeof(buf), row), text) || has(row->lock.owner, text))
		return true;

	if (!names_object(buf, sizeof(buf), row->sum.object_type, row->sum.object))
		return has(buf, text);
	return !names_object(buf, sizeof(buf), row->sum.last_object_type, row->sum.last_object) &&
	       has(buf, text);
}

/**
 * screen_match() - does a row say this
 * @row: row
 * @text: in any case of letters; empty = any row does
 */
bool screen_match(const struct report_row *row, const char *text)
{
	char class[COLUMNS_CELL];

	if (!*text)
		return true;
	columns_class(class, sizeof(class), row);
	return has(row->site, text) || has_comm(row->sum.comm, text) || has(class, text) ||
	       has_id(row->sum.tgid, text) || has_id(row->sum.tid, text) ||
	       has_comm(row->owner_comm, text) || has_id(row->sum.owner_tid, text) ||
	       has(row->waker.site, text) || has_comm(row->waker.comm, text) ||
	       has_object(row, text);
}
