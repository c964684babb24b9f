/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_FOLLOW_TASK_H
#define WP_FOLLOW_TASK_H

struct wp_filter;

int wp_follow_task_arm(void);
void wp_follow_task_disarm(void);
void wp_follow_task_walk(struct wp_filter *filter);

#endif
