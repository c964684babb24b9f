// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a window to the rows on the screen. Classes and kinds are left out before
 * rows are grouped, so that sums and shares are those of what is seen; the text
 * of the filter is looked for in the rows afterwards. Histograms are as large as
 * everything else together and are grouped for the page of one row only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/lock_sites.h"
#include "screen/screen.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3ULL;
	return hash;
}

static uint64_t waits_id(uint64_t h, const struct report_row *row, enum group_by by)
{
	switch (by) {
	case GROUP_BY_WAKER:
		h = mix(h, (uint64_t)row->waker.flags << 32 | row->waker.tgid);
		h = mix_text(h, row->waker.site);
		return mix_text(mix(h, row->sum.tgid), row->site);
	case GROUP_BY_CALLSITE:
		return mix_text(mix(h, row->sum.tgid), row->site);
	case GROUP_BY_THREAD:
		return mix(h, (uint64_t)row->sum.tgid << 32 | row->sum.tid);
	case GROUP_BY_PROCESS:
		return mix(h, row->sum.tgid);
	case GROUP_BY_OBJECT:
		h = mix(h, row->sum.object_type);
		if (row->sum.object_type == WAITPROF_OBJECT_UADDR)
			h = mix(h, row->sum.tgid);
		return mix(h, row->sum.object);
	case GROUP_BY_CLASS:
	case GROUP_BY_NONE:
		break;
	}
	return h;
}

/**
 * screen_row_id() - what makes a row the same one in the next window
 * @row: row
 * @panel: where it is
 * @by: what it is grouped by
 *
 * Return: a hash of that, never 0.
 */
uint64_t screen_row_id(const struct report_row *row, enum screen_panel panel, enum group_by by)
{
	uint64_t h = mix(panel + 1U, (uint64_t)row->sum.class_id << 1 | row->inferred);

	if (panel == SCREEN_BLOCKED) {
		h = mix(h, (uint64_t)row->sum.tgid << 32 | row->sum.tid);
		h = mix(h, row->sum.object);
	} else if (panel == SCREEN_REQUESTS) {
		h = mix(h, (uint64_t)row->sum.op << 32 | row->sum.size_log2);
		h = mix(h, row->sum.object);
		h = mix(h, (uint64_t)row->sum.tgid << 32 | row->sum.tid);
	} else {
		if (by == GROUP_BY_CALLSITE || by == GROUP_BY_WAKER)
			h = mix(h, row->kind);
		h = waits_id(mix(h, row->sum.flags), row, by);
	}
	return h ? h : 1;
}

/* Rows of classes and kinds that are to be seen, without their histograms. */
static int choose(const struct screen *s, struct profile *chosen)
{
	chosen->rows = calloc(s->window->nr ? s->window->nr : 1, sizeof(*chosen->rows));
	if (!chosen->rows)
		return -ENOMEM;
	for (size_t i = 0; i < s->window->nr; i++) {
		const struct profile_row *row = &s->window->rows[i];

		if (row->left_out || screen_hidden(s, row->row.class_id, row->kind))
			continue;
		/* A histogram of no row: there is nothing but that in it. */
		if (row->row.flags & WAITPROF_ROW_F_FALLBACK_HIST)
			continue;
		/* Most threads of a large program do nothing in most windows. */
		if (!row->row.count && !row->open && !row->row.total_ns)
			continue;
		chosen->rows[chosen->nr] = *row;
		chosen->rows[chosen->nr++].buckets = NULL;
	}
	return 0;
}

static int group(struct screen *s)
{
	struct profile chosen = { 0 };
	int ret;

	report_free_rows(s->report.rows, s->report.nr_rows);
	s->report.rows = NULL;
	s->report.nr_rows = 0;
	if (!s->window)
		return 0;
	ret = choose(s, &chosen);
	if (!ret)
		ret = group_profile(&chosen, s->by, s->name, s->name_arg, &s->report);
	if (!ret && s->by == GROUP_BY_OBJECT)
		ret = lock_sites_owners(&s->report);
	if (!ret)
		group_sort_rows(s->report.rows, s->report.nr_rows, s->sort);
	free(chosen.rows);
	return ret;
}

/* The panels there are: without waits, or without requests, one is not shown. */
static void choose_panels(struct screen *s)
{
	bool requests = s->report.classes & 1U << WAITPROF_CLASS_BLOCK;
	bool waits = !requests || s->report.classes != 1U << WAITPROF_CLASS_BLOCK;

	if (!waits) {
		s->focus = SCREEN_REQUESTS;
		s->lower = SCREEN_REQUESTS;
	}
	if (!requests && s->lower == SCREEN_REQUESTS)
		s->lower = SCREEN_WAITS;
	if (!requests && s->focus == SCREEN_REQUESTS)
		s->focus = SCREEN_WAITS;
}

/**
 * screen_arrange() - make the rows anew: after another grouping, order or filter
 * @s: screen
 *
 * Return: 0 or -ENOMEM.
 */
int screen_arrange(struct screen *s)
{
	struct report *r = &s->report;
	size_t nr_waits;
	int ret = group(s);

	if (ret)
		return ret;
	choose_panels(s);
	nr_waits = group_nr_waits(r->rows, r->nr_rows);
	ret = screen_list_fill(s, SCREEN_BLOCKED, r->blocked, r->nr_blocked);
	if (!ret)
		ret = screen_list_fill(s, SCREEN_WAITS, r->rows, nr_waits);
	if (!ret)
		ret = screen_list_fill(s, SCREEN_REQUESTS, r->rows + nr_waits,
				       r->nr_rows - nr_waits);
	if (!ret)
		ret = screen_foot(s);
	if (!ret && s->page == SCREEN_PAGE_DETAIL)
		ret = screen_detail(s);
	if (!ret && s->page == SCREEN_PAGE_FOOT)
		ret = screen_losses(s);
	return ret;
}

/**
 * screen_resize() - lines have another length
 * @s: screen
 * @width: columns
 *
 * Return: 0 or -ENOMEM.
 */
int screen_resize(struct screen *s, int width)
{
	if (width == s->width)
		return 0;
	s->width = width;
	if (s->page == SCREEN_PAGE_DETAIL)
		return screen_detail(s);
	if (s->page == SCREEN_PAGE_FOOT)
		return screen_losses(s);
	if (s->page == SCREEN_PAGE_HELP)
		return screen_help(s);
	return screen_foot(s);
}

/**
 * screen_take() - show another window
 * @s: screen
 * @window: labelled; must live until the next one, or screen_drop()
 * @report: everything but its rows; is the screen's from here on
 *
 * Return: 0 or -ENOMEM.
 */
int screen_take(struct screen *s, const struct profile *window, struct report *report)
{
	report_free(&s->report);
	s->report = *report;
	memset(report, 0, sizeof(*report));
	s->window = window;
	return screen_arrange(s);
}

/**
 * screen_drop() - what was read goes away: forget all of it
 * @s: screen, which shows nothing until the next screen_take()
 */
void screen_drop(struct screen *s)
{
	report_free(&s->report);
	s->window = NULL;
	s->page = SCREEN_PAGE_MAIN;
	for (int i = 0; i < SCREEN_NR_PANELS; i++) {
		free(s->lists[i].rows);
		memset(&s->lists[i], 0, sizeof(s->lists[i]));
	}
	screen_text_free(&s->detail);
	screen_text_free(&s->foot);
}

/**
 * screen_free() - give up what a screen owns
 * @s: screen
 */
void screen_free(struct screen *s)
{
	screen_drop(s);
	screen_text_free(&s->help);
}
