// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of keys and marks.
 */
#include <string.h>

#include "screen/screen.h"

static const char help[] =
	"Keys\n"
	"  Up Down  j k      one row; PgUp PgDn Home End: further\n"
	"  Tab               the other table\n"
	"  Enter  Right      the whole stack and the histogram of this row\n"
	"  Esc  Left         back; on the first page: no filter, nothing hidden\n"
	"  <  >     o  F6    order: total, count, max, avg\n"
	"  g        G  F5    group by the next that this session can, or a menu of all\n"
	"  /           F3    filter: text that a row must have\n"
	"  c           F4    classes to be seen\n"
	"  i           F7    kinds to be seen\n"
	"  r           F8    baseline: sums begin now\n"
	"  w                 the last window, or everything since the baseline\n"
	"  p           F9    pause: the screen stands still, waits are still taken\n"
	"  s           F2    save this window as a capture\n"
	"  l                 coverage and everything that was lost\n"
	"  h  ?        F1    this page\n"
	"  q           F10   end; a report of the whole run is left behind\n"
	"\n"
	"Tables\n"
	"  The upper one has the threads blocked now, the longest wait first. The lower\n"
	"  one has the waits that cost most in the window or since the baseline. A wait\n"
	"  is one sleep: a lock that is woken and sleeps again counts twice.\n"
	"  Coverage tells how much of the threads' wall time that explains. Classes and\n"
	"  kinds that are switched off are still in the coverage.\n"
	"\n"
	"Marks\n"
	"  >   the row under the cursor\n"
	"  *   began unseen: class and time are inferred from /proc\n"
	"  ~   at most: the longest of this interval is only known by its bucket\n"
	"  ?   user stack not known to be whole: frames may be missing\n"
	"  !   something was lost, or cannot be seen\n"
	"\n"
	"Groupings\n"
	"  A session keeps what its rows need: threads, objects or wakers. A grouping\n"
	"  that needs more opens a new session, and the sums begin anew.\n";

/**
 * screen_help() - write the page of keys
 * @s: screen
 *
 * Return: 0 or -ENOMEM.
 */
int screen_help(struct screen *s)
{
	return screen_text_set(&s->help, strdup(help), s->width);
}
