/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the frames of an SVG and what stands around them. */
#ifndef WAITPROF_CLI_FLAME_SVG_H
#define WAITPROF_CLI_FLAME_SVG_H

#include "flame/flame.h"

#define FLAME_SVG_WIDTH	 1200
#define FLAME_SVG_MARGIN 10
#define FLAME_SVG_LEAST	 0.2 /* width of a frame that is drawn */

void flame_svg_style(FILE *out);
int flame_svg_head(FILE *out, const struct flame *flame);
int flame_svg_nr_notes(const struct flame *flame);
void flame_svg_notes(FILE *out, const struct flame *flame, uint64_t nr_drawn, uint64_t nr_left_out,
		     int y);

#endif
