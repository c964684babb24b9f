// SPDX-License-Identifier: GPL-2.0-only
/*
 * Print how many thousand cycles a second this machine's time stamp counter makes, which
 * is what an emulated CPU's shows (QEMU: cpu_get_host_ticks()).
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	uint64_t cycles, ns;
};

/* The counter as it was when the clock was read: of several tries the closest one. */
static struct moment now(void)
{
	struct moment best = { 0 };
	uint64_t closest = UINT64_MAX;
	int i;

	for (i = 0; i < 50; i++) {
		struct timespec time;
		uint64_t before = __rdtsc(), apart;

		clock_gettime(CLOCK_MONOTONIC_RAW, &time);
		apart = __rdtsc() - before;
		if (apart < closest) {
			closest = apart;
			best.cycles = before + apart / 2;
			best.ns = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
		}
	}
	return best;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	struct moment first = now(), last;

	nanosleep(&pause, NULL);
	last = now();
	printf("%" PRIu64 "\n", (last.cycles - first.cycles) * 1000000 / (last.ns - first.ns));
	return 0;
}
