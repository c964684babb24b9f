/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CMD_REPORT_H
#define WAITPROF_CLI_CMD_REPORT_H

#include "capture/capture.h"
#include "options/options.h"

const char *cmd_report_time(uint64_t unix_ns, char *buf, size_t size);
void cmd_report_header(const struct capture_info *info, const char *title);
int cmd_report_read(const struct options *options, struct capture **capture, struct report *report);
int cmd_report_show(const struct options *options);

#endif
