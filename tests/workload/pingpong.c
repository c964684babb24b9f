// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pairs of threads that hand a futex to each other as fast as they can, until
 * killed: as many begins and ends of waits as the machine gives.
 * usage: pingpong [PAIRS]
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct pair {
	int turn;
};

struct player {
	struct pair *pair;
	int mine;
};

static void futex(int *word, int op, int value)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void *play(void *arg)
{
	const struct player *player = arg;
	int *turn = &player->pair->turn;

	for (;;) {
		while (__atomic_load_n(turn, __ATOMIC_ACQUIRE) != player->mine)
			futex(turn, FUTEX_WAIT, !player->mine);
		__atomic_store_n(turn, !player->mine, __ATOMIC_RELEASE);
		futex(turn, FUTEX_WAKE, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int nr_pairs = argc > 1 ? atoi(argv[1]) : 4;
	struct player *players = calloc(2 * nr_pairs, sizeof(*players));
	struct pair *pairs = calloc(nr_pairs, sizeof(*pairs));
	pthread_t thread;

	if (!players || !pairs)
		return 1;
	for (int i = 0; i < 2 * nr_pairs; i++) {
		players[i] = (struct player){ .pair = &pairs[i / 2], .mine = i % 2 };
		if (pthread_create(&thread, NULL, play, &players[i]))
			return 1;
	}
	printf("playing\n");
	fflush(stdout);
	pause();
	return 0;
}
