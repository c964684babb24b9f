/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_SESSION_RULES_H
#define WP_SESSION_RULES_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "heir.h"
#include "rules.h"
#include "space.h"
#include "stack.h"
#include "unknown.h"

struct wp_session;

/**
 * struct wp_session_rules - what a session with SESSION_F_RULES has beside others
 * @lock: serialises requests
 * @tables: unwind rules
 * @spaces: where they hold
 * @heirs: spaces that were forked off those
 * @unknown: where walks stopped
 */
struct wp_session_rules {
	struct mutex lock;	/* of what follows, for requests */
	struct wp_tables tables;
	struct wp_spaces spaces;
	struct wp_heirs heirs;
	struct wp_unknown unknown;
};

/**
 * struct wp_user_stacks - one CPU's user stack under construction
 * @by_fp: by frame pointers, the same for all sessions
 * @by_rules: by one session's rules
 * @have_fp: @by_fp has been walked
 */
struct wp_user_stacks {
	struct wp_stack by_fp;
	struct wp_stack by_rules;
	bool have_fp;
};

struct wp_session_rules *wp_session_rules_new(struct wp_budget *budget);
void wp_session_rules_free(struct wp_session_rules *rules);
u32 wp_session_user_stack(struct wp_session *session, struct wp_user_stacks *stacks);

#endif
