// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one line that says what went wrong and what to do next. Only the command
 * layer calls this; everything below returns an error and is silent.
 */
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/cgroup.h"
#include "cmd/complain.h"
#include "profile/idle.h"
#include "proc/task.h"
#include "waitprof/version.h"

/**
 * complain() - "waitprof: what: why; next"
 * @what: what was being done or looked at
 * @why: what is wrong with it
 * @next: what to do, may be NULL
 */
void complain(const char *what, const char *why, const char *next)
{
	fflush(stdout);
	fprintf(stderr, "waitprof: %s: %s%s%s\n", what, why, next ? "; " : "", next ? next : "");
}

/**
 * complain_note() - say what takes long; no complaint
 * @text: what is being done
 */
void complain_note(const char *text)
{
	fflush(stdout);
	fprintf(stderr, "waitprof: %s\n", text);
}

/**
 * complain_options() - about options that were not understood
 * @options: with the sentence
 *
 * Return: the exit status.
 */
int complain_options(const struct options *options)
{
	fprintf(stderr, "waitprof: %s\n", options->error);
	return EXIT_USAGE;
}

static int complain_abi(const struct client_info *info)
{
	char why[160];

	snprintf(why, sizeof(why),
		 "the loaded module %s speaks interface %u, this program %s speaks %u",
		 info->version, info->abi, WAITPROF_VERSION, WAITPROF_ABI);
	complain("module", why, "load the module that was built with this program");
	return EXIT_FAILED;
}

/* No family of our name: there is no module, or it is not to be seen from here. */
static int complain_absent(void)
{
	if (access("/sys/module/waitprof", F_OK))
		complain("module", "not loaded",
			 "run 'modprobe waitprof' or 'insmod kmod/waitprof.ko' as root");
	else
		complain("module", "loaded, but not to be seen from this network namespace",
			 "run it in the initial one, outside of containers");
	return EXIT_FAILED;
}

/**
 * complain_client() - about a request that failed
 * @step: what was being done
 * @error: -errno
 * @client: has the module's sentence; NULL when there is no connection
 * @info: what module it is; NULL when unknown
 *
 * Return: the exit status.
 */
int complain_client(const char *step, int error, const struct client *client,
		    const struct client_info *info)
{
	const char *message = client ? client_message(client) : "";
	const char *next = NULL;

	if (error == -EPROTO && info && info->abi != WAITPROF_ABI)
		return complain_abi(info);
	switch (error) {
	case -ENOENT:
		if (!client)
			return complain_absent();
		complain(step, "the module was removed while it was being read",
			 "load it and start again");
		return EXIT_FAILED;
	case -EPERM:
	case -EACCES:
		next = "run as root, outside of containers";
		break;
	case -ENOSPC:
		next = "end one of the sessions that 'waitprof status' shows";
		break;
	case -ENODEV:
		next = "'waitprof status' shows the wait points and why one is blind";
		break;
	case -EOPNOTSUPP:
		next = strncmp(message, "wakers", 6) ? "set both to 1 and try again" :
						       "leave out --wakers and --by waker";
		break;
	case -ENOMEM:
		next = "free memory or narrow the filter";
		break;
	default:
		break;
	}
	complain(step, message[0] ? message : strerror(-error), next);
	return EXIT_FAILED;
}

/**
 * complain_collect() - about a session that could not be opened or read
 * @c: collect
 * @error: -errno
 *
 * Return: the exit status.
 */
int complain_collect(const struct collect *c, int error)
{
	return complain_client(c->step, error, c->client, &c->info);
}

/**
 * complain_capture() - about a capture that could not be opened or read
 * @path: the file
 * @capture: what was made of it; NULL without memory
 *
 * Return: the exit status.
 */
int complain_capture(const char *path, const struct capture *capture)
{
	complain(path, capture_error(capture), capture_next(capture));
	return EXIT_FAILED;
}

static int complain_no_task(const struct options *options)
{
	char what[40], next[64];
	uint32_t tgid;

	for (uint32_t i = 0; i < options->nr_tgids; i++) {
		snprintf(what, sizeof(what), "--pid %u", options->tgids[i]);
		if (task_tgid(options->tgids[i], &tgid)) {
			complain(what, "no such process", "see 'ps -e'");
			return EXIT_FAILED;
		}
		if (tgid != options->tgids[i]) {
			snprintf(next, sizeof(next), "use --tid %u or --pid %u", options->tgids[i],
				 tgid);
			complain(what, "is a thread, not a process", next);
			return EXIT_FAILED;
		}
	}
	for (uint32_t i = 0; i < options->nr_tids; i++) {
		if (!task_tgid(options->tids[i], &tgid))
			continue;
		snprintf(what, sizeof(what), "--tid %u", options->tids[i]);
		complain(what, "no such thread", "see 'ps -eL'");
		return EXIT_FAILED;
	}
	return EXIT_FINE;
}

static int find_cgroup(const char *path, uint64_t *id)
{
	char mount[PATH_MAX];
	FILE *mounts = setmntent("/proc/mounts", "r");
	int ret = mounts ? cgroup_mount(mounts, mount, sizeof(mount)) : -errno;

	if (mounts)
		endmntent(mounts);
	return ret ? ret : cgroup_id(mount, path, id);
}

static int complain_no_cgroup(struct options *options)
{
	const char *why, *next = "see 'systemd-cgls' or /proc/PID/cgroup";
	int ret = find_cgroup(options->cgroup, &options->cgroup_id);
	char what[80];

	switch (ret) {
	case 0:
		return EXIT_FINE;
	case -ENODEV:
		why = "no cgroup v2 tree is mounted";
		next = "run 'mount -t cgroup2 none /sys/fs/cgroup' as root";
		break;
	case -ENOENT:
		why = "no such cgroup";
		break;
	case -ENOTDIR:
	case -EXDEV:
		why = "is no directory of the cgroup v2 tree";
		break;
	default:
		why = strerror(-ret);
		break;
	}
	snprintf(what, sizeof(what), "--cgroup %.60s", options->cgroup);
	complain(what, why, next);
	return EXIT_FAILED;
}

/**
 * complain_idle() - about a file of idle functions that cannot be read
 * @options: @idle; the list of functions is set, and lives as long as the program
 *
 * Return: EXIT_FINE, or the exit status.
 */
int complain_idle(struct options *options)
{
	static struct idle *list;
	char what[200];
	size_t line;
	int ret;

	if (!options->idle)
		return EXIT_FINE;
	ret = idle_read(options->idle, &list, &line);
	options->idle_list = list;
	if (!ret)
		return EXIT_FINE;
	snprintf(what, sizeof(what), "--idle %.150s", options->idle);
	if (line)
		snprintf(what, sizeof(what), "--idle %.150s:%zu", options->idle, line);
	complain(what,
		 ret == -ENODATA ? "names no function" :
		 ret == -EINVAL	 ? "is no text" :
				   strerror(-ret),
		 "give a file with a function, or a pattern as 'worker_*', in each line");
	return EXIT_FAILED;
}

/**
 * complain_filter() - about processes, threads and a cgroup that are not there
 * @options: the filter; the cgroup's id is set
 *
 * Return: EXIT_FINE when all are there, else the exit status.
 */
int complain_filter(struct options *options)
{
	int ret = complain_no_task(options);

	if (ret == EXIT_FINE && options->cgroup)
		ret = complain_no_cgroup(options);
	return ret;
}

/**
 * output_flush() - has everything printed so far arrived
 *
 * Return: 0, or -errno of the first write that failed.
 */
int output_flush(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (errno)
		return -errno;
	/* An earlier write failed; a pipe still tells why. */
	if (poll(&fd, 1, 0) == 1 && fd.revents & (POLLERR | POLLHUP))
		return -EPIPE;
	return -EIO;
}

/**
 * complain_output() - about output that does not arrive
 * @error: what output_flush() returned
 *
 * A closed pipe is the reader's way to say that it has seen enough.
 *
 * Return: the exit status.
 */
int complain_output(int error)
{
	if (!error || error == -EPIPE)
		return EXIT_FINE;
	complain("output", strerror(-error), "what was printed is not complete");
	return EXIT_FAILED;
}
