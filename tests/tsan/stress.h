/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads that hammer one of the module's lockless parts, and their judge. */
#ifndef STRESS_H
#define STRESS_H

#include <linux/types.h>

#define STRESS_MAX_THREADS 8

/* Tell ThreadSanitizer to pass over this thread's plain reads. */
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);

/**
 * struct stress_role - what one thread does
 * @turn: called again and again until the time is up
 * @id: which of its kind it is, as given to @turn
 */
struct stress_role {
	void (*turn)(u32 id);
	u32 id;
};

void stress_point(void);
void stress_pause(u32 one_in);
u64 stress_random(void);
bool stress_failed(void);
void stress_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
u64 stress_run(const struct stress_role *roles, u32 nr, double seconds);
u64 stress_rounds(const struct stress_role *roles, u32 nr, double seconds, void (*begin)(u64 round),
		  void (*end)(u64 round));
double stress_seconds(int argc, char **argv);
int stress_end(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
