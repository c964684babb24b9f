/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LOCKS_WATCH_H
#define LOCKS_WATCH_H

struct seq_file;

int watch_start(const char *line);
void watch_stop(void);
int hits_show(struct seq_file *file, void *unused);

#endif
