// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands around the frames of an SVG: whose waits they are and how much in
 * all, what the colours mean, and what the picture does not show.
 */
#include <inttypes.h>
#include <string.h>

#include "flame/flame_svg.h"
#include "util/format.h"
#include "util/markup.h"
#include "profile/names.h"
#include "flame/palette.h"

#define TITLE	 44 /* height of the title */
#define LINE	 17 /* of a line */
#define PER_LINE 5 /* classes in a line of the legend */
#define NOTE_LEN 170 /* characters of a note */

static void put_who(FILE *out, const struct flame_about *about)
{
	char length[FORMAT_LEN];

	markup_text(out, about->who, 70);
	fprintf(out, ", %s", format_duration(length, sizeof(length), about->duration_ns));
}

static void put_summary(FILE *out, const struct flame *flame, enum flame_side side)
{
	const struct flame_sum *sum = &flame->tree.root.sums[side];
	uint64_t total = sum->ns[FLAME_TOTAL];
	char text[FORMAT_LEN], count[FORMAT_LEN];
	char blocked[FORMAT_LEN], runqueue[FORMAT_LEN], spin[FORMAT_LEN];

	fprintf(out, "%s waited in %s wait%s", format_duration(text, sizeof(text), total),
		format_count(count, sizeof(count), sum->count), sum->count == 1 ? "" : "s");
	if (flame->is_diff)
		fprintf(out, ", %s in a second",
			format_duration(text, sizeof(text),
					(uint64_t)flame_value(flame, sum, side, FLAME_TOTAL)));
	fprintf(out, ": blocked %s, run queue %s, spin %s",
		format_share(blocked, sizeof(blocked), sum->ns[FLAME_BLOCKED], total),
		format_share(runqueue, sizeof(runqueue), sum->ns[FLAME_RUNQUEUE], total),
		format_share(spin, sizeof(spin), sum->ns[FLAME_SPIN], total));
}

static void put_title(FILE *out, const struct flame *flame)
{
	fprintf(out, "<text class=\"title\" x=\"%d\" y=\"20\">", FLAME_SVG_MARGIN);
	fputs(flame->is_diff ? "waitprof: what changed, " : "waitprof: ", out);
	if (flame->is_diff) {
		put_who(out, &flame->about[FLAME_BEFORE]);
		fputs(" &#8594; ", out);
	}
	put_who(out, &flame->about[FLAME_NOW]);
	fprintf(out, "</text>\n<text x=\"%d\" y=\"37\">", FLAME_SVG_MARGIN);
	if (flame->is_diff) {
		fputs("before: ", out);
		put_summary(out, flame, FLAME_BEFORE);
		fprintf(out, "</text>\n<text x=\"%d\" y=\"%d\">after: ", FLAME_SVG_MARGIN,
			37 + LINE);
	}
	put_summary(out, flame, FLAME_NOW);
	fputs("</text>\n", out);
}

static void put_swatch(FILE *out, int x, int y, const char *colour)
{
	fprintf(out,
		"<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\" stroke=\"#666\"/>",
		x, y - 10, colour);
}

static int put_classes(FILE *out, const struct flame *flame, int y)
{
	uint64_t total = flame->tree.root.sums[FLAME_NOW].ns[FLAME_TOTAL];
	char text[FORMAT_LEN], part[FORMAT_LEN], colour[PALETTE_LEN];
	int nr = 0;

	for (uint32_t id = 0; id <= WAITPROF_CLASS_MAX; id++) {
		const struct flame_sum *sum = &flame->sites.classes[id].sums[FLAME_NOW];
		int x = FLAME_SVG_MARGIN +
			nr % PER_LINE * ((FLAME_SVG_WIDTH - 2 * FLAME_SVG_MARGIN) / PER_LINE);
		int line = y + nr / PER_LINE * LINE;

		if (!sum->count)
			continue;
		put_swatch(out, x, line, palette_class(colour, sizeof(colour), id, 1));
		fprintf(out, "<text x=\"%d\" y=\"%d\">%s %s, %s</text>\n", x + 18, line,
			names_class(id), format_duration(text, sizeof(text), sum->ns[FLAME_TOTAL]),
			format_share(part, sizeof(part), sum->ns[FLAME_TOTAL], total));
		nr++;
	}
	return y + (nr + PER_LINE - 1) / PER_LINE * LINE;
}

static int put_how_to_read(FILE *out, const struct flame *flame, int y)
{
	static const struct {
		double change;
		const char *text;
	} changes[] = { { -1, "gone" },
			{ -0.5, "a third" },
			{ 0, "the same" },
			{ 0.5, "three times" },
			{ 1, "new" } };
	char colour[PALETTE_LEN];

	if (!flame->is_diff) {
		fprintf(out,
			"<text x=\"%d\" y=\"%d\">light: functions of the program; "
			"full colour, <tspan class=\"kernel\">slanted</tspan>: of the kernel; "
			"grey: waits of several classes; on top, "
			"<tspan class=\"wait\">bold</tspan>: the class</text>\n",
			FLAME_SVG_MARGIN, y);
		return y + LINE;
	}
	for (int i = 0; i < 5; i++) {
		put_swatch(out, FLAME_SVG_MARGIN + i * 110, y,
			   palette_change(colour, sizeof(colour), changes[i].change));
		fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", FLAME_SVG_MARGIN + i * 110 + 18,
			y, changes[i].text);
	}
	fprintf(out,
		"<text x=\"%d\" y=\"%d\">width: time waited in a second, before and after added; "
		"<tspan class=\"kernel\">slanted</tspan>: kernel</text>\n",
		FLAME_SVG_MARGIN + 5 * 110 + 18, y);
	return y + LINE;
}

/**
 * flame_svg_head() - title, sums and legend
 * @out: where to
 * @flame: what of
 *
 * Return: how high they are.
 */
int flame_svg_head(FILE *out, const struct flame *flame)
{
	int y = TITLE + LINE + (flame->is_diff ? LINE : 0);

	put_title(out, flame);
	if (!flame->is_diff)
		y = put_classes(out, flame, y);
	return put_how_to_read(out, flame, y);
}

static void put_note(FILE *out, const char *text, int *y)
{
	fprintf(out, "<text class=\"note\" x=\"%d\" y=\"%d\">", FLAME_SVG_MARGIN, *y);
	markup_text(out, text, NOTE_LEN);
	fputs("</text>\n", out);
	*y += LINE - 2;
}

/**
 * flame_svg_nr_notes() - how many lines flame_svg_notes() puts
 * @flame: what of
 */
int flame_svg_nr_notes(const struct flame *flame)
{
	int nr = 2;

	for (int side = 0; side < FLAME_NR_SIDES; side++)
		for (const char *n = flame->about[side].notes; n && *n; n++)
			nr += *n == '\n';
	return nr;
}

/**
 * flame_svg_notes() - what was left out, lost, and with what it was made
 * @out: where to
 * @flame: what of
 * @nr_drawn: frames in the picture
 * @nr_left_out: frames too narrow for it
 * @y: below what
 */
void flame_svg_notes(FILE *out, const struct flame *flame, uint64_t nr_drawn, uint64_t nr_left_out,
		     int y)
{
	const struct flame_about *now = &flame->about[FLAME_NOW];
	double least = 100 * FLAME_SVG_LEAST / (FLAME_SVG_WIDTH - 2 * FLAME_SVG_MARGIN);
	char note[512];

	if (nr_left_out)
		snprintf(note, sizeof(note),
			 "%" PRIu64 " frames; %" PRIu64
			 " more are left out: each has less than 0.%03d %% of the width",
			 nr_drawn, nr_left_out, (int)(least * 1000 + 0.5));
	else
		snprintf(note, sizeof(note), "%" PRIu64 " frames, none left out", nr_drawn);
	put_note(out, note, &y);
	for (int side = 0; side < FLAME_NR_SIDES; side++) {
		const char *of = !flame->is_diff ? "" : side == FLAME_NOW ? "after: " : "before: ";
		const char *line = flame->about[side].notes;

		for (size_t len; line && *line; line += len + (line[len] == '\n')) {
			len = strcspn(line, "\n");
			snprintf(note, sizeof(note), "%s%.*s", of, (int)(len < 400 ? len : 400),
				 line);
			put_note(out, note, &y);
		}
	}
	snprintf(note, sizeof(note), "waitprof %s, Linux %s", now->version, now->kernel);
	put_note(out, note, &y);
}

/**
 * flame_svg_style() - how everything looks
 * @out: where to
 */
void flame_svg_style(FILE *out)
{
	fputs("<style>\n"
	      "svg>g>rect{stroke:#fff;stroke-width:.5}\n"
	      "text{font:11px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#111}\n"
	      "text.title{font:bold 15px 'DejaVu Sans',Verdana,Arial,sans-serif}\n"
	      ".note{fill:#555}.kernel{font-style:italic}.wait{font-weight:bold}\n"
	      ".cut{stroke:#888;stroke-dasharray:3 2}\n"
	      "g:hover rect{stroke:#000;stroke-width:1}\n"
	      "</style>\n",
	      out);
}
