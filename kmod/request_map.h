/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_REQUEST_MAP_H
#define WP_REQUEST_MAP_H

#include <linux/types.h>
#include <linux/waitprof.h>

/**
 * struct wp_submitter - who asked a block device for something
 * @tgid: process
 * @tid: thread, 0 = not known
 * @when_ns: when the thread was seen
 * @comm: name of the thread then
 */
struct wp_submitter {
	u32 tgid;
	u32 tid;
	u64 when_ns;
	char comm[WAITPROF_COMM_LEN];
};

int wp_request_map_init(u32 nr_requests);
void wp_request_map_exit(void);
void wp_request_map_clear(void);
u64 wp_request_map_bytes(void);
u32 wp_request_map_find(unsigned long request);
bool wp_request_map_add(unsigned long request, u32 ref);
void wp_request_map_remove(unsigned long request);
void wp_submitter_put(unsigned long request, const struct wp_submitter *by);
bool wp_submitter_take(unsigned long request, struct wp_submitter *by);

#endif
