/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

#define cmpxchg_ordered(pointer, old, new, order)                                         \
	({                                                                                \
		__typeof__(*(pointer)) expected_ = (old);                                 \
		stress_point();                                                           \
		__atomic_compare_exchange_n((pointer), &expected_, (new), false, (order), \
					    __ATOMIC_RELAXED);                            \
		expected_;                                                                \
	})

#define cmpxchg(pointer, old, new)	   cmpxchg_ordered(pointer, old, new, __ATOMIC_SEQ_CST)
#define cmpxchg_release(pointer, old, new) cmpxchg_ordered(pointer, old, new, __ATOMIC_RELEASE)

#define xchg(pointer, new)                                               \
	({                                                               \
		stress_point();                                          \
		__atomic_exchange_n((pointer), (new), __ATOMIC_SEQ_CST); \
	})

static inline int atomic_read(const atomic_t *v)
{
	stress_point();
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_inc(atomic_t *v)
{
	stress_point();
	__atomic_fetch_add(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline void atomic_dec(atomic_t *v)
{
	stress_point();
	__atomic_fetch_sub(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline int atomic_inc_return(atomic_t *v)
{
	stress_point();
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

static inline void atomic_sub(int i, atomic_t *v)
{
	stress_point();
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_add_return_relaxed(int i, atomic_t *v)
{
	stress_point();
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

static inline bool atomic_try_cmpxchg_relaxed(atomic_t *v, int *old, int new)
{
	stress_point();
	return __atomic_compare_exchange_n(&v->counter, old, new, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	stress_point();
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline s64 atomic64_read_acquire(const atomic64_t *v)
{
	stress_point();
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);
}

static inline bool atomic64_try_cmpxchg_acquire(atomic64_t *v, s64 *old, s64 new)
{
	stress_point();
	return __atomic_compare_exchange_n(&v->counter, old, new, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline bool atomic64_try_cmpxchg_release(atomic64_t *v, s64 *old, s64 new)
{
	stress_point();
	return __atomic_compare_exchange_n(&v->counter, old, new, false, __ATOMIC_RELEASE,
					   __ATOMIC_RELAXED);
}

#endif
