/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_SCREEN_CRASH_H
#define WAITPROF_CLI_SCREEN_CRASH_H

#include <stdbool.h>

int screen_crash_save(void);
void screen_crash_catch(void);
void screen_crash_release(void);
bool screen_crash_continued(void);

#endif
