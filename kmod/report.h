/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_REPORT_H
#define WP_REPORT_H

#include <linux/types.h>

struct wp_open;
struct wp_point;
struct wp_sample;
struct wp_session;
struct wp_side;

void wp_report_ended(struct wp_session *session, struct wp_side *side, u32 class_id);
void wp_report_lost(const struct wp_point *point, const struct wp_open *wait);
void wp_report_sample(struct wp_session *session, const struct wp_sample *sample, bool clamped);

#endif
