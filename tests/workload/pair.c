// SPDX-License-Identifier: GPL-2.0-only
/* The rendezvous of a waiter and the thread that ends its waits. */
#include "pair.h"

#include <errno.h>

unsigned int rounds = 12;
uint64_t base_ns = 40 * NSEC_PER_MSEC;
uint64_t step_ns = NSEC_PER_MSEC;

/** ended_by() - the log's word for what a waiting call returned */
const char *ended_by(long ret)
{
	switch (ret) {
	case 0:
		return "wake";
	case -ETIMEDOUT:
		return "timeout";
	case -EINTR:
		return "signal";
	default:
		return "none";
	}
}

/** timespec_of() - nanoseconds as the kernel wants them */
struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
}

/** pair_announce() - the waiter is about to wait */
void pair_announce(struct pair *pair, unsigned int round)
{
	__atomic_store_n(&pair->at, round + 1, __ATOMIC_RELEASE);
}

/** pair_await() - sleep until the waiter waits and has had time to sleep */
void pair_await(struct pair *pair, unsigned int round)
{
	while (__atomic_load_n(&pair->at, __ATOMIC_ACQUIRE) <= round)
		sleep_ns(NSEC_PER_MSEC / 2);
	sleep_ns(HOLD_NS);
}
