// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof record: a session into a capture, of who is there or of a command that
 * it starts.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/child.h"
#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "cmd/privileges.h"
#include "collect/follow.h"
#include "util/format.h"
#include "capture/recording.h"

/* What tells our failures from those of the command that was started. */
#define FAILED_WITH_COMMAND 125

#define RECORD_USE (PRIVILEGES_ASK | PRIVILEGES_LOOK | PRIVILEGES_STACK | PRIVILEGES_WRITE)

static const struct options_command command = {
	.name = "record",
	.args = "-o FILE [-- COMMAND [ARGUMENT...]]",
	.doc = "Record waits into a file, for report, diff, flame, export and -i of other commands.\v"
	       "COMMAND is started, its threads and children are followed, and its exit status "
	       "is returned; 125 is a failure of waitprof itself.",
	.examples =
		"  waitprof record -o before.wp -p 4242 --duration 30   a running process\n"
		"  waitprof record -o make.wp -- make -j4               a command and its children\n"
		"  waitprof record -o a.wp --work 10000 -- ./bench      diff will compare per unit\n",
	.rows = OPTIONS_FILTER | OPTIONS_GUARD | OPTIONS_DURATION | OPTIONS_WAKERS |
		OPTIONS_RECORD | OPTIONS_OUTPUT,
	.by = GROUP_BY_THREAD,
};

static bool told;

static void print_progress(const struct recording *r)
{
	char length[FORMAT_LEN], waits[FORMAT_LEN], lost[FORMAT_LEN], bytes[FORMAT_LEN];

	fprintf(stderr, "\r%s: %s waits, %zu rows, %s lost, %s     ",
		format_duration(length, sizeof(length), r->duration_ns),
		format_count(waits, sizeof(waits), r->nr_waits), r->nr_rows,
		format_count(lost, sizeof(lost), r->nr_lost),
		format_bytes(bytes, sizeof(bytes), capture_writer_bytes(r->w)));
	fflush(stderr);
	told = true;
}

static void end_progress(void)
{
	if (told)
		fputc('\n', stderr);
	told = false;
}

static void print_end(const struct recording *r, const char *path)
{
	char length[FORMAT_LEN], waits[FORMAT_LEN], bytes[FORMAT_LEN], lost[FORMAT_LEN];

	fprintf(stderr, "waitprof: %s: %s waits in %s, %s%s", path,
		format_count(waits, sizeof(waits), r->nr_waits),
		format_duration(length, sizeof(length), r->duration_ns),
		format_bytes(bytes, sizeof(bytes), capture_writer_bytes(r->w)),
		capture_writer_replaced(r->w) ? ", replaces an earlier capture" : "");
	if (r->nr_lost)
		fprintf(stderr, "; %s waits lost, see 'waitprof report %s'",
			format_count(lost, sizeof(lost), r->nr_lost), path);
	if (r->stopped_ns)
		fprintf(stderr, "; stopped by its guard, see 'waitprof report %s'", path);
	fputc('\n', stderr);
}

static int complain_write(const struct recording *r, const char *path)
{
	char why[300], length[FORMAT_LEN];

	end_progress();
	snprintf(why, sizeof(why), "%s", capture_write_error(r->w));
	if (r->duration_ns)
		snprintf(why, sizeof(why), "%s; the first %s can be read",
			 capture_write_error(r->w),
			 format_duration(length, sizeof(length), r->duration_ns));
	complain(path, why, capture_write_next(r->w));
	return EXIT_FAILED;
}

static int complain_command(const char *name, int error)
{
	complain(name, strerror(-error), "nothing was recorded");
	return error == -ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUNNABLE;
}

/* In words, for the file. */
static void join(char **argv, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; *argv && used < size; argv++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? " " : "", *argv);
}

static int record(struct recording *r, const struct options *options)
{
	int session_error = 0, ret = recording_run(r, &session_error);

	if (ret)
		return complain_write(r, options->output);
	end_progress();
	ret = recording_finish(r);
	if (ret)
		return complain_write(r, options->output);
	print_end(r, options->output);
	return session_error ? complain_collect(r->c, session_error) : EXIT_FINE;
}

/* Returns the exit status; that of the command is in @child. */
static int run(struct collect *c, struct options *options, char **argv, struct child *child)
{
	struct recording r = { .c = c, .ends_with_pid = argv };
	char text[500];
	int ret = collect_open(c, options, false), status;

	if (ret)
		return complain_collect(c, ret);
	cmd_tell(c);
	ret = recording_watch(&r);
	if (ret) {
		recording_unwatch(&r);
		return complain_collect(c, ret);
	}
	if (argv) {
		join(argv, text, sizeof(text));
		r.command = text;
	} else if (isatty(STDERR_FILENO)) {
		r.progress = print_progress;
	}
	ret = capture_writer_new(&r.w, options->output);
	if (!ret)
		ret = recording_begin(&r);
	if (ret) {
		status = complain_write(&r, options->output);
	} else {
		if (argv)
			ret = child_begin(child);
		status = ret ? complain_command(argv[0], ret) : record(&r, options);
	}
	capture_writer_free(r.w);
	recording_unwatch(&r);
	if (ret && argv && status >= CHILD_NOT_RUNNABLE)
		unlink(options->output);
	return status;
}

/* A recording that its guard has stopped is over before the command is. */
static void wait_for(const struct child *child)
{
	static const struct follow_watch nothing;
	static struct options options;

	options.tgids[0] = (uint32_t)child->pid;
	options.nr_tgids = 1;
	if (child->pid && !child->go)
		follow_until(0, &options, false, &nothing);
}

/* The process of the command is there before its session, and waits for it. */
static int run_command(struct options *options, char **argv)
{
	struct child child;
	struct collect c = { 0 };
	int status, ret = child_prepare(&child, argv);

	/* The command has its own process, and keeps what it was given. */
	privileges_keep(RECORD_USE | PRIVILEGES_KILL);
	if (ret == -ENOENT || ret == -EACCES)
		return complain_command(argv[0], ret);
	if (ret) {
		complain(argv[0], strerror(-ret), NULL);
		return FAILED_WITH_COMMAND;
	}
	options->tgids[0] = (uint32_t)child.pid;
	options->nr_tgids = 1;
	options->follow = true;
	follow_catch_signals();
	status = run(&c, options, argv, &child);
	collect_close(&c);
	wait_for(&child);
	/* Whoever stops the recording from outside means the command, too. */
	if (follow_stopped() && child.pid)
		kill(child.pid, SIGTERM);
	child_give_up(&child);
	if (status == EXIT_FINE)
		return child.status;
	return status >= CHILD_NOT_RUNNABLE ? status : FAILED_WITH_COMMAND;
}

static int check(const struct options *options, char **argv)
{
	if (!options->output) {
		complain("-o", "missing", "give the file to be written, such as '-o before.wp'");
		return EXIT_USAGE;
	}
	if (argv && (options->nr_tgids || options->nr_tids || options->follow)) {
		complain("--pid, --tid, --follow", "not with a command, which is followed itself",
			 "leave out one of them");
		return EXIT_USAGE;
	}
	if (argv && !argv[0]) {
		complain("--", "no command behind it", "leave it out, or give a command");
		return EXIT_USAGE;
	}
	return EXIT_FINE;
}

/**
 * cmd_record() - run the command
 * @argc: length of @argv
 * @argv: "record", its options, perhaps "--" and a command
 *
 * Return: exit status.
 */
int cmd_record(int argc, char **argv)
{
	struct options options;
	struct collect c = { 0 };
	char **started = NULL;
	int status;

	for (int i = 1; i < argc && !started; i++)
		if (!strcmp(argv[i], "--")) {
			started = argv + i + 1;
			argc = i;
		}
	if (!started)
		privileges_keep(RECORD_USE);
	status = cmd_options(&command, argc, argv, &options);
	if (status == CMD_GO_ON) {
		status = check(&options, started);
		if (status == EXIT_FINE) {
			/* A limit on the size of files is told by write(2). */
			signal(SIGXFSZ, SIG_IGN);
			if (started)
				return run_command(&options, started);
			follow_catch_signals();
			status = run(&c, &options, NULL, NULL);
			collect_close(&c);
		}
	} else if (status == EXIT_FINE) {
		return status;
	}
	return status != EXIT_FINE && started ? FAILED_WITH_COMMAND : status;
}
