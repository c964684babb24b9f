// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places where walks stopped: threads note a few of them, more than there is room
 * for in their buckets, while one reader tells and frees them. Whatever was noted is
 * told or still there; nothing is told twice. A place that is freed at the moment
 * somebody counts into it may pass the count on to the next one, so only the sum is
 * known.
 */
#include <string.h>

#include "../../kmod/unknown.c"

#include "stress.h"

#define NR_WRITERS 3
#define NR_SPACES  3000
#define BURST	   200

static struct wp_unknown unknown;
static u64 noted[NR_WRITERS], refused[NR_WRITERS];
static u64 told, all_noted, all_refused;

static void begin_round(u64 round)
{
	(void)round;
	memset(&unknown, 0, sizeof(unknown));
	memset(noted, 0, sizeof(noted));
	told = 0;
}

static void writer(u32 id)
{
	u32 i;

	for (i = 0; i < BURST; i++) {
		u32 reason = 1 + stress_random() % 4;
		struct wp_unknown_at at = {
			.space = 1 + stress_random() % NR_SPACES,
			.ip = 1,
			.tgid = id,
			.reason = reason,
			.table_index = stress_random() % 4,
		};

		if (wp_unknown_note(&unknown, &at))
			noted[id]++;
		else
			refused[id]++;
	}
}

static void tell_all(void)
{
	struct waitprof_unknown row;
	u32 i;

	for (i = 0; i < WP_UNKNOWN_PLACES; i++) {
		if (!wp_unknown_look(&unknown, i, &row))
			continue;
		if (!row.reason || row.reason > 4 || row.space > NR_SPACES ||
		    row.tgid >= NR_WRITERS)
			stress_fail("a place nobody noted: space %llu, reason %u", row.space,
				    row.reason);
		told += row.count;
		wp_unknown_told(&unknown, i, row.count);
	}
}

static void reader(u32 id)
{
	(void)id;
	tell_all();
}

static void end_round(u64 round)
{
	u64 sum = 0, left = 0;
	u32 i;

	(void)round;
	for (i = 0; i < NR_WRITERS; i++) {
		sum += noted[i];
		all_refused += refused[i];
		refused[i] = 0;
	}
	for (i = 0; i < WP_UNKNOWN_PLACES; i++)
		left += atomic_read(&unknown.places[i].count);
	if (told + left != sum)
		stress_fail("%llu noted, %llu told and %llu left", sum, told, left);
	all_noted += sum;
}

int main(int argc, char **argv)
{
	static const struct stress_role roles[] = {
		{ writer, 0 },
		{ writer, 1 },
		{ writer, 2 },
		{ reader, 0 },
	};
	u64 rounds = stress_rounds(roles, NR_WRITERS + 1, stress_seconds(argc, argv), begin_round,
				   end_round);

	if (!all_refused && !stress_failed())
		stress_fail("there was always room");
	return stress_end("unknown", "%llu noted in %llu rounds, %llu found no room", all_noted,
			  rounds, all_refused);
}
