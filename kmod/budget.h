/* SPDX-License-Identifier: GPL-2.0-only */
/* What a session may allocate and what it has allocated. */
#ifndef WP_BUDGET_H
#define WP_BUDGET_H

#include <linux/atomic.h>
#include <linux/types.h>

struct wp_budget {
	u64 limit_bytes;
	atomic64_t used_bytes;
};

/* Return: false, and nothing taken, if that much is not left. */
static inline bool wp_budget_take(struct wp_budget *budget, u64 bytes)
{
	if (bytes <= budget->limit_bytes &&
	    (u64)atomic64_add_return(bytes, &budget->used_bytes) <= budget->limit_bytes)
		return true;
	if (bytes <= budget->limit_bytes)
		atomic64_sub(bytes, &budget->used_bytes);
	return false;
}

static inline void wp_budget_give_back(struct wp_budget *budget, u64 bytes)
{
	atomic64_sub(bytes, &budget->used_bytes);
}

static inline u64 wp_budget_used(const struct wp_budget *budget)
{
	return atomic64_read(&budget->used_bytes);
}

#endif
