/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_NAMES_H
#define WAITPROF_CLI_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct report_row;
struct report_waker;
struct waitprof_row;

/* Room for names_waker(). */
#define NAMES_WAKER_LEN 32

const char *names_class(uint32_t class_id);
int names_class_find(const char *name, size_t len);
const char *names_class_list(void);
int names_device(char *buf, size_t size, uint64_t device);
const char *names_size(char *buf, size_t size, uint32_t size_log2);
const char *names_op(uint32_t op);
const char *names_end(uint32_t end);
const char *names_point_state(uint32_t state);
const char *names_backend(uint32_t backend);
const char *names_handler(uint32_t handler);
const char *names_letter(char state);
const char *names_task_state(uint64_t state);
const char *names_waker(char *buf, size_t size, const struct report_waker *waker);
const char *names_pid(char *buf, size_t size, const struct waitprof_row *row);
const char *names_lock(const struct report_row *row);
int names_row_object(char *buf, size_t size, const struct report_row *row);
int names_object(char *buf, size_t size, uint32_t type, uint64_t object);

#endif
