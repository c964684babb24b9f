// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites are found by KUnit in their section; loading the module runs them.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Unit tests of the wait profiler");
MODULE_AUTHOR("The waitprof authors");
MODULE_LICENSE("GPL");
