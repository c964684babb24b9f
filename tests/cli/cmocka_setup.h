/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka wants these before itself. */
#ifndef TESTS_CLI_CMOCKA_SETUP_H
#define TESTS_CLI_CMOCKA_SETUP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
