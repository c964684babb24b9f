/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's marked accesses, barriers and atomics as C11 atomics, so that
 * ThreadSanitizer sees every pair of a release and an acquire and judges the
 * plain accesses between them. What each one becomes:
 *
 *	READ_ONCE, WRITE_ONCE			relaxed load, relaxed store
 *	smp_load_acquire, smp_store_release	acquire load, release store
 *	cmpxchg, atomic_inc and the like	as their name says; plain name:
 *						sequentially consistent
 *	a compare-and-swap that fails		relaxed, as in the kernel
 *	smp_rmb, smp_wmb			acquire fence, release fence
 *
 * ThreadSanitizer does not model fences: it would report each plain access that
 * only a fence orders. In kmod/ fences guard nothing but sequence counts, whose
 * readers throw away what they copied when the count has moved. The stress
 * programs therefore tell it to pass over those copies, at one place each and
 * with the argument beside it, and judge what was copied by its contents.
 *
 * A processor with total store order shows few reorderings. To make up for it,
 * stress_point() now and then stops a thread between two of these accesses.
 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

void stress_point(void);

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline    __attribute__((__noinline__))

#define barrier() __asm__ __volatile__("" : : : "memory")

#define READ_ONCE(x)                                     \
	({                                               \
		stress_point();                          \
		__atomic_load_n(&(x), __ATOMIC_RELAXED); \
	})

#define READ_ONCE_NOCHECK(x) READ_ONCE(x)

/*
 * Only silences KCSAN. ThreadSanitizer looks all the same, but where a stress program has
 * told it to pass over the copy.
 */
#define data_race(expr) (expr)

/* With STRESS_PLANT marked writes are plain ones: a race that must be reported. */
#ifdef STRESS_PLANT
#define WRITE_ONCE(x, value)    \
	({                      \
		stress_point(); \
		(x) = (value);  \
	})
#else
#define WRITE_ONCE(x, value)                                     \
	({                                                       \
		__typeof__(x) once_ = (value);                   \
		stress_point();                                  \
		__atomic_store_n(&(x), once_, __ATOMIC_RELAXED); \
	})
#endif

#endif
