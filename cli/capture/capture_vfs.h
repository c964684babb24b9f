/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_CAPTURE_VFS_H
#define WAITPROF_CLI_CAPTURE_VFS_H

const char *capture_vfs(void);

#endif
