/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_REPORT_H
#define WP_REPORT_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "session.h"

void wp_report_lost(const struct wp_point *point, const struct wp_open *wait);
void wp_report_sample(struct wp_session *session, const struct wp_sample *sample, bool clamped);

/**
 * wp_report_ended() - a wait that a session recorded has ended
 * @side: its entry for the wait
 * @counters: this CPU's of the session and the class
 *
 * What becomes of it must be counted afterwards.
 *
 * Context: probe, interrupts off.
 */
static inline void wp_report_ended(struct wp_side *side, struct wp_counters *counters)
{
	WRITE_ONCE(side->gen, 0);
	smp_wmb(); /* no longer open, then ended: see the top of wait.c */
	WRITE_ONCE(counters->ended, counters->ended + 1);
	smp_wmb(); /* ended, then what became of it; pairs with sum_counters() */
}

#endif
