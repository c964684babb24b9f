/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_ASM_BARRIER_H
#define SHIM_ASM_BARRIER_H

#include <linux/compiler.h>

/* Also held afterwards: what was read may be old by the time it is used. */
#define smp_load_acquire(pointer)                                         \
	({                                                                \
		/* As it is read, without what its type says of how. */   \
		__typeof__(0 ? *(pointer) : *(pointer)) acquired_;        \
		stress_point();                                           \
		acquired_ = __atomic_load_n((pointer), __ATOMIC_ACQUIRE); \
		stress_point();                                           \
		acquired_;                                                \
	})

/* STRESS_PLANT: see linux/compiler.h. */
#ifdef STRESS_PLANT
#define smp_store_release(pointer, value) WRITE_ONCE(*(pointer), value)
#else
#define smp_store_release(pointer, value)                                \
	({                                                               \
		__typeof__(*(pointer)) release_ = (value);               \
		stress_point();                                          \
		__atomic_store_n((pointer), release_, __ATOMIC_RELEASE); \
	})
#endif

#define smp_rmb()                                        \
	({                                               \
		stress_point();                          \
		__atomic_thread_fence(__ATOMIC_ACQUIRE); \
	})

#define smp_wmb()                                        \
	({                                               \
		stress_point();                          \
		__atomic_thread_fence(__ATOMIC_RELEASE); \
	})

#define smp_mb__before_atomic()                          \
	({                                               \
		stress_point();                          \
		__atomic_thread_fence(__ATOMIC_SEQ_CST); \
	})

#define cpu_relax() __builtin_ia32_pause()

#endif
