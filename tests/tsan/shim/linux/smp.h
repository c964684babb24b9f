/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SMP_H
#define SHIM_LINUX_SMP_H

/* Which CPU a thread is: with interrupts off no other thread is the same. */
int smp_processor_id(void);

#endif
