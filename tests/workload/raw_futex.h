/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex(2) without libc: the syscall instruction lies in the function that
 * calls raw_futex(), so that a walk by frame pointers starts in code of our own
 * and the address of every frame is known exactly.
 */
#ifndef WAITPROF_WORKLOAD_RAW_FUTEX_H
#define WAITPROF_WORKLOAD_RAW_FUTEX_H

#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

#if !defined(__x86_64__)
#error "raw_futex() is written for x86-64 only"
#endif

/**
 * raw_futex() - futex(2), without a second futex
 * @uaddr: the futex
 * @op: FUTEX_*
 * @val: the value expected, or how many to wake
 * @timeout: NULL = none
 * @val3: the bits of a bitset wait
 * @ip: where to store the address the syscall returns to
 *
 * Return: what the kernel returned, -errno on failure.
 */
static inline __attribute__((always_inline)) long raw_futex(uint32_t *uaddr, int op, uint32_t val,
							    const struct timespec *timeout,
							    uint32_t val3, uint64_t *ip)
{
	register const struct timespec *r10 asm("r10") = timeout;
	register uint32_t *r8 asm("r8") = NULL;
	register long r9 asm("r9") = val3;
	uint64_t after;
	long ret;

	asm volatile("lea 1f(%%rip), %[after]\n\t"
		     "syscall\n"
		     "1:"
		     : "=a"(ret), [after] "=&b"(after)
		     : "a"(SYS_futex), "D"(uaddr), "S"(op), "d"(val), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	*ip = after;
	return ret;
}

static inline long raw_futex_wake(uint32_t *uaddr, int nr)
{
	uint64_t ip;

	return raw_futex(uaddr, FUTEX_WAKE_PRIVATE, nr, NULL, 0, &ip);
}

#endif /* WAITPROF_WORKLOAD_RAW_FUTEX_H */
