// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command to be watched from its first moment: its process is there, and does
 * nothing, until everything is set up to watch it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/child.h"

static void close_pipe(int *ends)
{
	close(ends[0]);
	close(ends[1]);
}

/* Ends without a word when nobody lets it go. */
static void run_child(int go, int trouble, char **argv)
{
	char word;
	ssize_t len;
	int error;

	do {
		len = read(go, &word, 1);
	} while (len < 0 && errno == EINTR);
	if (len != 1)
		_exit(CHILD_NOT_RUNNABLE);
	/* These are ignored here, which a command would inherit. */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(argv[0], argv);
	error = errno;
	len = write(trouble, &error, sizeof(error));
	_exit(len == sizeof(error) && error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUNNABLE);
}

static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	return S_ISREG(st.st_mode) && !access(path, X_OK) ? 0 : -EACCES;
}

/* As execvp() will look for it; what is wrong with it is known before it counts. */
static int check_command(const char *name)
{
	const char *path = getenv("PATH"), *end;
	char file[PATH_MAX];
	int ret = -ENOENT;

	if (strchr(name, '/'))
		return check_file(name);
	for (path = path ? path : "/bin:/usr/bin"; ret; path = end + 1) {
		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path), path, name);
		if (path == end)
			snprintf(file, sizeof(file), "%s", name);
		ret = check_file(file) == -EACCES ? -EACCES : check_file(file) ? ret : 0;
		if (!*end)
			break;
	}
	return ret;
}

/**
 * child_prepare() - make the process of a command
 * @child: result
 * @argv: the command and its arguments
 *
 * Return: 0 or -errno; -ENOENT and -EACCES are about the command's file.
 */
int child_prepare(struct child *child, char **argv)
{
	int go[2], trouble[2], ret = check_command(argv[0]);

	memset(child, 0, sizeof(*child));
	if (ret)
		return ret == -ENOENT ? ret : -EACCES;
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(trouble, O_CLOEXEC)) {
		close_pipe(go);
		return -EMFILE;
	}
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		close_pipe(go);
		close_pipe(trouble);
		return -EAGAIN;
	}
	if (!child->pid) {
		close(go[1]);
		close(trouble[0]);
		run_child(go[0], trouble[1], argv);
	}
	close(go[0]);
	close(trouble[1]);
	child->go = go[1];
	child->trouble = trouble[0];
	return 0;
}

/**
 * child_begin() - let the command go
 * @child: from child_prepare()
 *
 * Return: 0, or -errno: it could not be executed, and has ended.
 */
int child_begin(struct child *child)
{
	int error = 0;
	ssize_t len = write(child->go, "g", 1);

	close(child->go);
	if (len == 1)
		do {
			len = read(child->trouble, &error, sizeof(error));
		} while (len < 0 && errno == EINTR);
	close(child->trouble);
	child->go = 0;
	child->trouble = 0;
	return len == sizeof(error) ? -error : 0;
}

/**
 * child_wait() - wait for the end of the command
 * @child: from child_prepare()
 *
 * Return: its exit status, 128 + number of the signal that ended it.
 */
int child_wait(struct child *child)
{
	int status;

	while (child->pid) {
		if (waitpid(child->pid, &status, 0) < 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		child->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		child->pid = 0;
	}
	return child->status;
}

/**
 * child_give_up() - of a command that was not let go
 * @child: from child_prepare()
 */
void child_give_up(struct child *child)
{
	if (child->go)
		close(child->go);
	if (child->trouble)
		close(child->trouble);
	child->go = 0;
	child->trouble = 0;
	child_wait(child);
}
