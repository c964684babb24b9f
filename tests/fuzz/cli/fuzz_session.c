// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is all that the module answers to a whole command, which the first byte
 * chooses; see fuzz_feed.c. Time does not pass but as it is looked at, a window ends
 * soon, and of processes that rows name no file is opened.
 */
#include <string.h>

#include "cmd/cmd.h"
#include "collect/follow.h"
#include "fuzz.h"
#include "symbol/maps.h"

#define ARGS_MAX 10
#define WINDOWS	 3

static uint64_t now_ns;
static int nr_windows;

uint64_t __wrap_follow_now(void);
enum follow_end __wrap_follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
				    const struct follow_watch *watch);
int __wrap_maps_open(pid_t pid, const struct maps_row *row);

uint64_t __wrap_follow_now(void)
{
	return now_ns += 1000000;
}

enum follow_end __wrap_follow_until(uint64_t deadline_ns, const struct options *options, bool keys,
				    const struct follow_watch *watch)
{
	(void)options;
	(void)keys;
	if (watch->poll)
		watch->poll(watch->poll_arg);
	if (watch->tick && watch->tick(watch->tick_arg) < 0)
		return FOLLOW_FAILED;
	if (deadline_ns > now_ns)
		now_ns = deadline_ns;
	return ++nr_windows > WINDOWS ? FOLLOW_STOPPED : FOLLOW_TIME;
}

int __wrap_maps_open(pid_t pid, const struct maps_row *row)
{
	(void)pid;
	(void)row;
	return -1;
}

static const struct {
	int (*run)(int argc, char **argv);
	const char *args[ARGS_MAX];
} commands[] = {
	{ cmd_status, { "status" } },
	{ cmd_status, { "status", "--json" } },
	{ cmd_hist, { "hist", "--duration", "1" } },
	{ cmd_hist, { "hist", "--duration", "1", "--json", "--by", "thread" } },
	{ cmd_top, { "top", "-b", "-n", "1", "-d", "1" } },
	{ cmd_top, { "top", "-b", "-n", "1", "-d", "1", "--by", "object", "--wakers" } },
	{ cmd_top, { "top", "-b", "-n", "2", "-d", "1", "--json", "--kind", "page,lock" } },
	{ cmd_blocked, { "blocked" } },
	{ cmd_blocked, { "blocked", "--json" } },
	{ cmd_trace, { "trace", "--duration", "1", "--wakers" } },
	{ cmd_trace, { "trace", "--duration", "1", "--json" } },
	{ cmd_export, { "export", "--duration", "1", "--format", "pprof", "-o", "/dev/null" } },
	{ cmd_export, { "export", "--duration", "1", "--format", "perfetto", "-o", "/dev/null" } },
	{ cmd_export, { "export", "--duration", "1", "--format", "openmetrics" } },
	{ cmd_flame, { "flame", "--duration", "1", "-o", "flame.html" } },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *args[ARGS_MAX + 1] = { NULL }, copies[ARGS_MAX][128];
	size_t i = size ? (data[0] & 0x7f) % (sizeof(commands) / sizeof(commands[0])) : 0;
	int nr = 0;

	fuzz_quiet();
	fuzz_feed(data, size);
	now_ns = 5000000000;
	nr_windows = 0;
	for (; nr < ARGS_MAX && commands[i].args[nr]; nr++) {
		const char *arg = commands[i].args[nr];

		snprintf(copies[nr], sizeof(copies[nr]), "%s",
			 strcmp(arg, "flame.html") ? arg : fuzz_path(arg));
		args[nr] = copies[nr];
	}
	commands[i].run(nr, args);
	return 0;
}
