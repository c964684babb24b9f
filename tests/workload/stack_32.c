// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program that waits: its stacks are not walked.
 *
 *	stack_32
 *
 * "wait NR" on standard input is a phase of NR waits.
 */
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#error "to be built with -m32"
#endif

static uint32_t words[1024];

int main(void)
{
	static char line[128];
	unsigned long nr, next = 0;

	printf("{\"state\": \"ready\", \"pid\": %d}\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "wait %lu", &nr) != 1)
			nr = 0;
		for (unsigned long i = 0; i < nr; i++) {
			struct timespec ts = { .tv_nsec = 1000000 };
			uint32_t *word = &words[next++ % 1024];

			syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0);
			printf("{\"object\": %lu, \"pid\": %d, \"stack\": []}\n",
			       (unsigned long)(uintptr_t)word, getpid());
		}
		puts("{\"state\": \"done\"}");
		fflush(stdout);
	}
	return 0;
}
