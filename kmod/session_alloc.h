/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_SESSION_ALLOC_H
#define WP_SESSION_ALLOC_H

#include <linux/types.h>

struct kref;
struct netlink_ext_ack;
struct wp_session;
struct wp_session_spec;

int wp_session_alloc(struct wp_session *session, const struct wp_session_spec *spec,
		     struct netlink_ext_ack *extack);
bool wp_session_has_room(struct wp_session *session, int point);
void wp_session_free(struct kref *ref);

#endif
