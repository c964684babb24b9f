/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_KEYS_H
#define WAITPROF_CLI_KEYS_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

#include "report.h"

void keys_put(struct json_object *to, const char *key, struct json_object *value);
void keys_put_u64(struct json_object *to, const char *key, uint64_t value);
void keys_put_id(struct json_object *to, const char *key, uint32_t id);
void keys_put_string(struct json_object *to, const char *key, const char *value);
void keys_put_comm(struct json_object *to, const char *key, const char *comm);
void keys_put_address(struct json_object *to, const char *key, uint64_t value);
struct json_object *keys_counters(const struct report_counters *c);
struct json_object *keys_report(const struct report *report,
				struct json_object *(*new_one)(const struct report_row *row));
int keys_print(FILE *out, struct json_object *object);

#endif
