// SPDX-License-Identifier: GPL-2.0-only
/*
 * A picture's data: the tree, what stands beside it and where it comes from.
 * Windows of two reports have different lengths, so what is compared is time
 * waited in a second of each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flame/flame.h"
#include "render/render.h"

/* The notes are lines for a terminal; a picture has no use for its colours. */
static void strip_escapes(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\033') {
			from += strcspn(from, "m");
			if (!*from)
				break;
			continue;
		}
		*to++ = *from;
	}
	*to = '\0';
}

static int add_notes(struct flame_about *about, const struct report *report,
		     const struct flame_sum *requests)
{
	size_t size;
	FILE *notes = open_memstream(&about->notes, &size);

	if (!notes)
		return -ENOMEM;
	render_losses(notes, report);
	if (requests->count)
		fprintf(notes, "%" PRIu64 " requests to devices are no waits and not shown\n",
			requests->count);
	if (fclose(notes))
		return -ENOMEM;
	strip_escapes(about->notes);
	return 0;
}

/**
 * flame_add() - add a report
 * @flame: all zero before the first time, to be freed whatever this returns
 * @report: its rows are of GROUP_BY_NONE
 * @who: whose waits it has
 * @side: FLAME_NOW; FLAME_BEFORE for the one to compare with
 *
 * Return: 0 or -ENOMEM.
 */
int flame_add(struct flame *flame, const struct report *report, const char *who,
	      enum flame_side side)
{
	struct flame_about *about = &flame->about[side];
	int ret = flame_tree_add(&flame->tree, report, side);

	if (!ret)
		ret = flame_sites_add(&flame->sites, &flame->tree, report, side);
	if (!ret)
		ret = add_notes(about, report, &flame->tree.requests[side]);
	snprintf(about->who, sizeof(about->who), "%s", who);
	snprintf(about->kernel, sizeof(about->kernel), "%s", report->kernel ? report->kernel : "");
	snprintf(about->version, sizeof(about->version), "%s",
		 report->version ? report->version : "");
	about->duration_ns = report->duration_ns;
	if (side == FLAME_BEFORE)
		flame->is_diff = true;
	flame_tree_sort(&flame->tree);
	return ret;
}

/**
 * flame_value() - a time as it is shown
 * @flame: flame
 * @sum: the sum of one side
 * @side: that side
 * @part: which time of it
 *
 * Return: ns; of a difference ns in a second of the window.
 */
double flame_value(const struct flame *flame, const struct flame_sum *sum, enum flame_side side,
		   enum flame_part part)
{
	double seconds = (double)flame->about[side].duration_ns / 1e9;

	if (!flame->is_diff)
		return (double)sum->ns[part];
	return seconds > 0 ? (double)sum->ns[part] / seconds : 0;
}

/**
 * flame_width() - how wide a node is drawn, in no unit
 * @flame: flame
 * @node: node
 * @part: which time is shown
 *
 * In a difference a node is as wide as both sides together: so what is new and
 * what is gone are both there to be seen.
 */
double flame_width(const struct flame *flame, const struct flame_node *node, enum flame_part part)
{
	double width = flame_value(flame, &node->sums[FLAME_NOW], FLAME_NOW, part);

	if (flame->is_diff)
		width += flame_value(flame, &node->sums[FLAME_BEFORE], FLAME_BEFORE, part);
	return width;
}

/**
 * flame_change() - what became of a time
 * @flame: a difference
 * @sums: of both sides
 * @part: which time
 *
 * Return: from -1, gone, through 0, the same, to 1, new.
 */
double flame_change(const struct flame *flame, const struct flame_sum *sums, enum flame_part part)
{
	double now = flame_value(flame, &sums[FLAME_NOW], FLAME_NOW, part);
	double before = flame_value(flame, &sums[FLAME_BEFORE], FLAME_BEFORE, part);

	return now + before > 0 ? (now - before) / (now + before) : 0;
}

/**
 * flame_label() - what stands in a frame
 * @flame: flame
 * @node: node
 * @buf: room for what has to be put together
 * @size: of @buf
 *
 * Return: @buf or the node's own name.
 */
const char *flame_label(const struct flame *flame, const struct flame_node *node, char *buf,
			size_t size)
{
	/* Of two recordings the ids differ for no reason. */
	if (node->kind != FLAME_PROCESS || !node->tgid || flame->is_diff)
		return node->name;
	if (node->nr_tgids > 1)
		snprintf(buf, size, "%s (%u processes)", node->name, node->nr_tgids);
	else
		snprintf(buf, size, "%s (pid %u)", node->name, node->tgid);
	return buf;
}

/**
 * flame_free() - give up everything
 * @flame: flame, all zero afterwards
 */
void flame_free(struct flame *flame)
{
	for (int i = 0; i < FLAME_NR_SIDES; i++)
		free(flame->about[i].notes);
	flame_sites_free(&flame->sites);
	flame_tree_free(&flame->tree);
	memset(flame, 0, sizeof(*flame));
}
