/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_SPIN_H
#define LOCKS_SPIN_H

int spin_start(void);
void spin_stop(void);

#endif
