/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_REQUEST_H
#define WP_REQUEST_H

#include <linux/types.h>

struct wp_point;
struct wp_submitter;

/**
 * struct wp_request - a block request that is handed to its device
 * @id: its address, by which its end is found
 * @by: who submitted it
 * @device: (major << 20) | minor, 0 = not known
 * @op: WAITPROF_OP_*
 * @size_log2: see struct waitprof_row
 */
struct wp_request {
	unsigned long id;
	const struct wp_submitter *by;
	u64 device;
	u8 op;
	u8 size_log2;
};

void wp_request_begin(struct wp_point *point, const struct wp_request *request);
void wp_request_requeue(struct wp_point *point, unsigned long id);
void wp_request_end(struct wp_point *point, unsigned long id);
void wp_request_forget(struct wp_point *point);

#endif
