// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the requests of tests/fuzz/requests: all commands, orderly and refused one by
 * one, and what once led to a fault. First as they stand, each answer checked; then
 * with one allocation of the kernel failing, which one is decided by /proc/.../fail-nth
 * and counted within the request. After such a failure the request is made again and the
 * rest of the file, too: what was half done must not be in their way.
 *
 * Files are "as root", in a network namespace of their own ("netns"), as nobody, or
 * as nobody with CAP_PERFMON, who does not see kernel addresses.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orderly.h"
#include "request.h"

#define FILES_MAX	64
#define NTH_MAX		2000
#define NOBODY		65534
#define CAP_PERFMON_BIT (1U << (CAP_PERFMON - 32))

/* --- who --- */

static bool keep_perfmon(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		[1] = { .effective = CAP_PERFMON_BIT, .permitted = CAP_PERFMON_BIT },
	};

	return !prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) && !setresuid(NOBODY, NOBODY, NOBODY) &&
	       !syscall(SYS_capset, &header, data);
}

static bool become(const char *who)
{
	if (!strcmp(who, "root"))
		return true;
	if (!strcmp(who, "netns"))
		return !unshare(CLONE_NEWNET);
	if (!strcmp(who, "nobody"))
		return !setresuid(NOBODY, NOBODY, NOBODY);
	return !strcmp(who, "perfmon") && keep_perfmon();
}

/* --- as they stand --- */

static void place_init(struct place *place, const struct target *target)
{
	memset(place, 0, sizeof(*place));
	place->family = target->family;
	place->pid = target->pid;
	place->forker = target->forker;
	place->other = target->other;
	place->fd = wire_open();
}

static uint32_t make(const struct requests *requests, struct place *place)
{
	uint32_t wrong = 0;

	for (size_t i = 0; i < requests->nr; i++) {
		const struct request *request = &requests->lines[i];
		int result = 0;

		for (uint32_t n = 0; n < request->times; n++) {
			result = request_make(request, place);
			if (result == request->wanted ||
			    (request->wanted == REQUEST_ANY && result != REQUEST_BAD))
				continue;
			printf("    %s:%u: %s: %s\n", requests->name, request->number,
			       request->text,
			       result < 0 ? "no answer, or no request" :
			       result	  ? strerrorname_np(result) :
					    "taken");
			wrong++;
			break;
		}
	}
	return wrong;
}

/* What was found goes to the parent through memory that both have. */
struct found {
	bool made;
	uint32_t wrong;
	struct outcome outcome;
};

static void make_as(const struct requests *requests, const struct target *target,
		    struct found *found)
{
	struct place place;

	if (become(requests->who)) {
		place_init(&place, target);
		found->wrong = make(requests, &place);
		found->outcome = place.outcome;
		found->made = true;
	}
	fflush(stdout);
	_exit(0);
}

static void run_file(struct orderly *orderly, const struct requests *requests,
		     const struct target *target)
{
	struct found *found = mmap(NULL, sizeof(*found), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	orderly->files++;
	if (found == MAP_FAILED)
		return;
	fflush(stdout);
	pid = fork();
	if (!pid)
		make_as(requests, target, found);
	waitpid(pid, NULL, 0);
	if (!found->made)
		printf("    %s: could not be made as %s\n", requests->name, requests->who);
	orderly->requests += requests->nr;
	orderly->wrong += found->made ? found->wrong : 1;
	outcome_add(&orderly->outcome, &found->outcome);
	munmap(found, sizeof(*found));
}

/* --- while memory is short --- */

/* Which allocation of this thread fails next; 0 = none. */
static void set_fail_nth(int fd, int nth)
{
	dprintf(fd, "%d", nth);
}

/* Returns how many allocations are left until one fails. */
static int left_of_fail_nth(int fd)
{
	char text[16] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 1;
}

/* Returns whether the allocation that was to fail did. */
static bool starve(struct orderly *orderly, const struct request *request, struct place *place,
		   int nth, int fd)
{
	static const struct request end = { .text = "SESSION_DEL SESSION_ID=session" };
	bool failed;
	int result;

	set_fail_nth(fd, nth);
	result = request_make(request, place);
	failed = !left_of_fail_nth(fd);
	set_fail_nth(fd, 0);
	orderly->starved++;
	orderly->refused += failed && result > 0;
	/* It did without; the next attempt is to find the same. */
	if (failed && !result && !strncmp(request->text, "SESSION_NEW", strlen("SESSION_NEW")))
		request_make(&end, place);
	return failed;
}

/* Files with many requests on a line are for what is full, and take long. */
static bool is_for_starving(const struct requests *requests)
{
	for (size_t i = 0; i < requests->nr; i++)
		if (requests->lines[i].times > 1)
			return false;
	return requests->nr && !strcmp(requests->who, "root");
}

/*
 * What is refused has changed nothing, so each request is made again until it gets what
 * it wants: with a failure at each place there is, or, if @random is given, at one.
 */
static void starve_file(struct orderly *orderly, const struct requests *requests,
			const struct target *target, struct random *random, int fd)
{
	struct place place;

	place_init(&place, target);
	place.hurried = true;
	for (size_t i = 0; i < requests->nr; i++) {
		int nth = random ? 1 + random_below(random, 1 << random_below(random, 9)) : 1;

		for (; nth < NTH_MAX; nth += random ? NTH_MAX : 1)
			if (!starve(orderly, &requests->lines[i], &place, nth, fd))
				break;
		if (random)
			request_make(&requests->lines[i], &place);
	}
	close(place.fd);
	outcome_add(&orderly->outcome, &place.outcome);
}

/* --- all of them --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(const char *folder, char **paths)
{
	struct dirent *entry;
	size_t nr = 0;
	DIR *dir = opendir(folder);

	while (dir && nr < FILES_MAX && (entry = readdir(dir)))
		if (entry->d_type != DT_DIR && entry->d_name[0] != '.' &&
		    asprintf(&paths[nr], "%s/%s", folder, entry->d_name) > 0)
			nr++;
	if (dir)
		closedir(dir);
	qsort(paths, nr, sizeof(paths[0]), by_name);
	return nr;
}

/**
 * orderly_run() - make the requests of all files, and check the answers
 * @orderly: what came of it
 * @folder: where the files are
 * @target: what they are aimed at
 */
void orderly_run(struct orderly *orderly, const char *folder, const struct target *target)
{
	char *paths[FILES_MAX];
	size_t nr = list(folder, paths);

	for (size_t i = 0; i < nr; i++) {
		struct requests requests;

		if (requests_read(&requests, paths[i]))
			run_file(orderly, &requests, target);
		else
			orderly->wrong++;
		requests_free(&requests);
		free(paths[i]);
	}
}

/**
 * orderly_starve() - make requests while single allocations fail
 * @orderly: what came of it
 * @folder: where the files are
 * @target: what they are aimed at
 * @seed: which allocations
 * @nr: at least so many requests; 0 = every allocation of every request of root's files
 *
 * Return: false if this kernel cannot do that.
 */
bool orderly_starve(struct orderly *orderly, const char *folder, const struct target *target,
		    uint64_t seed, uint32_t nr)
{
	char *paths[FILES_MAX];
	size_t nr_files = list(folder, paths);
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	struct random random;

	random_seed(&random, seed, 99);
	for (size_t i = 0; fd >= 0 && (i < nr_files || (orderly->starved && orderly->starved < nr));
	     i++) {
		struct requests requests;

		if (requests_read(&requests, paths[i % nr_files]) && is_for_starving(&requests))
			starve_file(orderly, &requests, target,
				    nr && !requests.starve ? &random : NULL, fd);
		requests_free(&requests);
	}
	for (size_t i = 0; i < nr_files; i++)
		free(paths[i]);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
