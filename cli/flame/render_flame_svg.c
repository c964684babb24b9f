// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flame graph as one SVG file that needs nothing else: processes at the bottom,
 * waits on top, the width of a frame is the time waited in it. Frames tell their
 * numbers in a tooltip. Whatever is too narrow to be seen is left out and counted.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flame/flame_svg.h"
#include "util/format.h"
#include "util/markup.h"
#include "profile/names.h"
#include "flame/palette.h"

#define WIDTH  FLAME_SVG_WIDTH
#define MARGIN FLAME_SVG_MARGIN
#define ROW    16 /* height of a frame */
#define NOTE   17 /* of a note below */
#define CHAR   6.65 /* width of a character of the font, 11 px */
#define TINT   0.5 /* of a user function, of the class's colour */

struct picture {
	FILE *out;
	const struct flame *flame;
	double scale; /* pixels for a unit of flame_width() */
	double base; /* y of the lowest frame */
	uint64_t nr_drawn;
	uint64_t nr_left_out;
};

/* Not printf's: it has a comma in some locales. */
static void put_number(FILE *out, double value)
{
	uint64_t tenths = value > 0 ? (uint64_t)(value * 10 + 0.5) : 0;

	fprintf(out, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

static void put_attribute(FILE *out, const char *name, double value)
{
	fprintf(out, " %s=\"", name);
	put_number(out, value);
	fputc('"', out);
}

/* One side: "3.21 s (26.1 %), 1234 waits, ...", with "/s" in a difference. */
static void put_side(struct picture *p, const struct flame_node *node, enum flame_side side)
{
	const struct flame_sum *sum = &node->sums[side];
	const struct flame_sum *all = &p->flame->tree.root.sums[side];
	const char *per = p->flame->is_diff ? "/s" : "";
	double ns = flame_value(p->flame, sum, side, FLAME_TOTAL);
	char text[FORMAT_LEN], part[FORMAT_LEN], count[FORMAT_LEN], avg[FORMAT_LEN];

	fprintf(p->out, "%s%s (%s), %s wait%s, average %s",
		format_duration(text, sizeof(text), (uint64_t)(ns + 0.5)), per,
		format_share(part, sizeof(part), sum->ns[FLAME_TOTAL], all->ns[FLAME_TOTAL]),
		format_count(count, sizeof(count), sum->count), sum->count == 1 ? "" : "s",
		format_duration(avg, sizeof(avg),
				sum->count ? sum->ns[FLAME_TOTAL] / sum->count : 0));
}

static void put_parts(struct picture *p, const struct flame_sum *sum)
{
	char blocked[FORMAT_LEN], runqueue[FORMAT_LEN], spin[FORMAT_LEN];

	fprintf(p->out, "\nblocked %s, run queue %s, spin %s",
		format_duration(blocked, sizeof(blocked), sum->ns[FLAME_BLOCKED]),
		format_duration(runqueue, sizeof(runqueue), sum->ns[FLAME_RUNQUEUE]),
		format_duration(spin, sizeof(spin), sum->ns[FLAME_SPIN]));
}

static void put_change(struct picture *p, const struct flame_node *node)
{
	const struct flame *f = p->flame;
	double now = flame_value(f, &node->sums[FLAME_NOW], FLAME_NOW, FLAME_TOTAL);
	double before = flame_value(f, &node->sums[FLAME_BEFORE], FLAME_BEFORE, FLAME_TOTAL);
	double change = now < before ? before - now : now - before;
	char text[FORMAT_LEN];

	fputs("\nchange: ", p->out);
	if (!(before > 0))
		fputs("new", p->out);
	else if (!(now > 0))
		fputs("gone", p->out);
	else
		fprintf(p->out, "%s%s", now < before ? "-" : "+",
			format_share(text, sizeof(text), (uint64_t)(change + 0.5),
				     (uint64_t)(before + 0.5)));
}

static void put_title(struct picture *p, const struct flame_node *node, const char *label)
{
	FILE *out = p->out;

	fputs("<title>", out);
	markup_text(out, label, 0);
	if (node->kind == FLAME_USER || node->kind == FLAME_KERNEL)
		fprintf(out, " (%s%s)", node->kind == FLAME_USER ? "program" : "kernel",
			node->inlined ? ", inlined" : "");
	if (node->module && strcmp(node->module, "kernel")) {
		fputc('\n', out);
		markup_text(out, node->module, 0);
	}
	if (node->file) {
		fputc('\n', out);
		markup_text(out, node->file, 0);
		if (node->line > 0)
			fprintf(out, ":%d", node->line);
	}
	if (node->class_id && node->kind != FLAME_CLASS)
		fprintf(out, "\nclass %s", names_class(node->class_id));
	else if (node->kind != FLAME_CLASS)
		fputs("\nseveral classes", out);
	fputs(p->flame->is_diff ? "\nafter: " : "\n", out);
	put_side(p, node, FLAME_NOW);
	if (p->flame->is_diff) {
		fputs("\nbefore: ", out);
		put_side(p, node, FLAME_BEFORE);
		put_change(p, node);
	} else {
		put_parts(p, &node->sums[FLAME_NOW]);
	}
	fputs("</title>", out);
}

static const char *fill_of(const struct picture *p, const struct flame_node *node, char *buf)
{
	if (node->kind == FLAME_CUT)
		return "#ffffff";
	if (p->flame->is_diff)
		return palette_change(buf, PALETTE_LEN,
				      flame_change(p->flame, node->sums, FLAME_TOTAL));
	if (node->kind == FLAME_ROOT || node->kind == FLAME_PROCESS)
		return "#d8d4cf";
	return palette_class(buf, PALETTE_LEN, node->class_id, node->kind == FLAME_USER ? TINT : 1);
}

static void put_frame(struct picture *p, const struct flame_node *node, double x, double width,
		      size_t level)
{
	double y = p->base - (double)level * ROW;
	size_t chars = width > 8 ? (size_t)((width - 6) / CHAR) : 0;
	char text[320], colour[PALETTE_LEN];
	const char *label = flame_label(p->flame, node, text, sizeof(text));

	fputs("<g>", p->out);
	put_title(p, node, label);
	fputs("<rect", p->out);
	if (node->kind == FLAME_CUT)
		fputs(" class=\"cut\"", p->out);
	put_attribute(p->out, "x", x);
	put_attribute(p->out, "y", y);
	put_attribute(p->out, "width", width);
	fprintf(p->out, " height=\"%d\" fill=\"%s\"/>", ROW - 1, fill_of(p, node, colour));
	if (chars >= 3) {
		fputs("<text", p->out);
		if (node->kind == FLAME_KERNEL)
			fputs(" class=\"kernel\"", p->out);
		else if (node->kind == FLAME_CLASS)
			fputs(" class=\"wait\"", p->out);
		put_attribute(p->out, "x", x + 3);
		put_attribute(p->out, "y", y + ROW - 5);
		fputc('>', p->out);
		markup_text(p->out, label, chars);
		fputs("</text>", p->out);
	}
	fputs("</g>\n", p->out);
	p->nr_drawn++;
}

static uint64_t count_nodes(const struct flame_node *node)
{
	uint64_t nr = 1;

	for (const struct flame_node *child = node->children; child; child = child->next)
		nr += count_nodes(child);
	return nr;
}

static void put_nodes(struct picture *p, const struct flame_node *node, double x, size_t level)
{
	double width = flame_width(p->flame, node, FLAME_TOTAL) * p->scale;

	if (width < FLAME_SVG_LEAST) {
		p->nr_left_out += count_nodes(node);
		return;
	}
	put_frame(p, node, x, width, level);
	for (const struct flame_node *child = node->children; child; child = child->next) {
		put_nodes(p, child, x, level + 1);
		x += flame_width(p->flame, child, FLAME_TOTAL) * p->scale;
	}
}

/* Frames above one another that are wide enough to be drawn. */
static size_t height_of(const struct picture *p, const struct flame_node *node)
{
	size_t height = 0, h;

	if (flame_width(p->flame, node, FLAME_TOTAL) * p->scale < FLAME_SVG_LEAST)
		return 0;
	for (const struct flame_node *child = node->children; child; child = child->next) {
		h = height_of(p, child);
		if (h > height)
			height = h;
	}
	return height + 1;
}

/**
 * render_flame_svg() - a flame graph as SVG
 * @out: where to
 * @flame: what of
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_flame_svg(FILE *out, const struct flame *flame)
{
	double all = flame_width(flame, &flame->tree.root, FLAME_TOTAL);
	struct picture p = { .flame = flame, .scale = all > 0 ? (WIDTH - 2 * MARGIN) / all : 0 };
	char *frames = NULL, *head = NULL;
	size_t frames_size, head_size;
	int y, height;
	FILE *memory = open_memstream(&head, &head_size);

	if (!memory)
		return -ENOMEM;
	y = flame_svg_head(memory, flame);
	fclose(memory);
	/* The size of the whole stands before its parts. */
	p.out = open_memstream(&frames, &frames_size);
	if (!p.out || !head) {
		free(head);
		return -ENOMEM;
	}
	p.base = y + (double)height_of(&p, &flame->tree.root) * ROW - ROW;
	if (p.scale > 0)
		put_nodes(&p, &flame->tree.root, MARGIN, 0);
	else
		fprintf(p.out, "<text x=\"%d\" y=\"%d\">No wait was seen.</text>\n", MARGIN, y);
	fclose(p.out);
	y = (int)p.base + 2 * ROW + 4;
	height = y + NOTE * flame_svg_nr_notes(flame);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\">\n<title>waitprof flame graph</title>\n",
		WIDTH, height, WIDTH, height);
	flame_svg_style(out);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n%s%s", WIDTH, height, head,
		frames ? frames : "");
	flame_svg_notes(out, flame, p.nr_drawn, p.nr_left_out, y);
	fputs("</svg>\n", out);
	free(head);
	free(frames);
	return ferror(out) ? -EIO : 0;
}
