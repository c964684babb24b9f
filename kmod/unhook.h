/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WP_UNHOOK_H
#define WP_UNHOOK_H

struct kprobe;
struct kretprobe;

void wp_kprobe_off(struct kprobe *probe);
void wp_kprobe_unregister(struct kprobe *probe);
void wp_kretprobes_unregister(struct kretprobe **probes, int nr);

#endif
