/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_TRACEPOINT_H
#define WP_TRACEPOINT_H

struct tracepoint;

struct tracepoint *wp_tracepoint_find(const char *name);

#endif
