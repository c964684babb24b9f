// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often `waitprof diff` is right: the table of waitprof-diff(8).
 * usage: tests/cli/stats-coverage [TIMES]
 */
#include "stats_worlds.h"

static void line(const char *name, const struct world *world, size_t nr_runs, size_t nr,
		 double unlike, unsigned int times)
{
	struct worlds_outcome equal = worlds_try(world, nr_runs, nr, 1, unlike, times);
	struct worlds_outcome half = worlds_try(world, nr_runs, nr, 0.5, unlike, times);

	printf("%-16s %4zu %6zu   %6.1f   %6.1f   %6.1f   %6.1f\n", name, nr_runs, nr,
	       worlds_share(half.covered, half.tested), worlds_share(equal.changed, equal.tested),
	       worlds_share(half.changed, half.asked),
	       worlds_share(equal.asked - equal.answered, equal.asked));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const size_t slices[] = { 10, 20, 30, 60, 120, 300 };
	unsigned int times = argc > 1 ? (unsigned int)atoi(argv[1]) : 20000;

	printf("%u pairs of recordings each; all figures but runs and slices in %%\n\n", times);
	puts("                   a side      95 %    equal:   halved:   equal:\n"
	     "world            runs slices   covers  changed  changed   not enough");
	for (size_t n = 0; n < sizeof(slices) / sizeof(slices[0]); n++)
		for (size_t w = 0; w < NR_WORLDS; w++)
			line(worlds[w].name, &worlds[w], 1, slices[n], 0, times);
	puts("\nruns that differ by 5 % among themselves");
	for (size_t runs = 2; runs <= 6; runs += runs == 2 ? 1 : 3)
		for (size_t w = 0; w < NR_WORLDS; w++)
			line(worlds[w].name, &worlds[w], runs, 20, 0.05, times);
	return 0;
}
