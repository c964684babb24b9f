/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SCREEN_DRAW_H
#define WAITPROF_CLI_SCREEN_DRAW_H

#include "screen/screen.h"

void screen_draw(struct screen *s);

/* screen_frame.c */
void screen_frame_rule(int y, int width, const char *title);
void screen_frame_title(const struct screen *s, int y, int width, bool second);
void screen_frame_bar(const struct screen *s, int y, int width);
void screen_frame_menu(const struct screen *s, int height, int width);

#endif
