/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_CPUMASK_H
#define SHIM_LINUX_CPUMASK_H

/* A stress program says how many CPUs there are. */
extern const int nr_cpu_ids;

#define num_possible_cpus()	 nr_cpu_ids
#define for_each_possible_cpu(c) for ((c) = 0; (c) < nr_cpu_ids; (c)++)

#endif
