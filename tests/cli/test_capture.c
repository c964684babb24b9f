// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures: what goes in comes out, of a finished one and of one that was cut off,
 * and of a full disk; what is no capture is refused in words.
 */
#include "capture_made.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "capture/capture.h"
#include "render/render.h"

static char path[200];
static struct made made;

static int begin(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/made.wp", getenv("TEST_UNWIND_FOLDER"));
	unlink(path);
	made_init(&made);
	return 0;
}

static int end(void **state)
{
	char part[210];

	(void)state;
	made_free(&made);
	snprintf(part, sizeof(part), "%s-wal", path);
	unlink(part);
	unlink(path);
	return 0;
}

static char *json(struct report *report, const struct options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	group_sort_rows(report->rows, report->nr_rows, GROUP_SORT_TOTAL);
	assert_int_equal(
		options->json ? render_json_hist(out, report) : render_json_top(out, report), 0);
	fclose(out);
	return text;
}

/* They are long: say where they differ. */
static void same_text(const char *got, const char *want)
{
	size_t at = 0;

	while (got[at] && got[at] == want[at])
		at++;
	if (got[at] != want[at])
		fail_msg("...%.200s\n    instead of\n...%.200s", got + (at > 100 ? at - 100 : 0),
			 want + (at > 100 ? at - 100 : 0));
}

/* The report of @p, which the session would have made, and that of the file agree. */
static void same_report(struct capture *capture, struct profile *p, size_t from, size_t to,
			enum group_by by, bool hist)
{
	const struct options options = { .by = by, .json = hist };
	struct report live = { .duration_ns = (to - from) * MADE_SLICE_NS, .has_wakers = true };
	struct report read = { 0 };
	char *want, *got;

	made_counters(&live);
	assert_int_equal(naming_report(&made.naming, p, 0, by, &live), 0);
	assert_int_equal(capture_report(capture, &options, from, to, &read), 0);
	want = json(&live, &options);
	got = json(&read, &options);
	same_text(got, want);
	free(got);
	free(want);
	report_free(&read);
	report_free(&live);
}

/* What a recording that was cut off could not ask any more. */
static void ask_nobody(void)
{
	made.naming.object = NULL;
	made.naming.ask.called = NULL;
}

static void comes_back(void **state)
{
	static const enum group_by all[] = { GROUP_BY_CALLSITE, GROUP_BY_THREAD, GROUP_BY_PROCESS,
					     GROUP_BY_OBJECT,	GROUP_BY_CLASS,	 GROUP_BY_WAKER };
	const struct capture_info *info;
	struct capture *capture;
	struct stat st;

	(void)state;
	made_file(&made, path, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(capture_open(&capture, path), 0);
	info = capture_info(capture);
	assert_true(info->is_finished);
	assert_string_equal(info->kernel, "6.1.0-made");
	assert_string_equal(info->version, "0.9");
	assert_int_equal(info->nr_cpus, 4);
	assert_int_equal(info->work, 1000);
	assert_int_equal(info->nr_slices, MADE_SLICES);
	assert_int_equal(info->slices[2].start_ns, 2 * MADE_SLICE_NS);
	assert_int_equal(info->duration_ns, MADE_SLICES * MADE_SLICE_NS);
	assert_int_equal(info->nr_points, 1);
	assert_string_equal(info->points[0].symbol, "contention_begin");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		same_report(capture, &made.whole, 0, MADE_SLICES, all[i], false);
		same_report(capture, &made.whole, 0, MADE_SLICES, all[i], true);
	}
	for (size_t i = 0; i < MADE_SLICES; i++)
		same_report(capture, &made.slices[i], i, i + 1, GROUP_BY_CALLSITE, true);
	capture_close(capture);
}

static void filters(void **state)
{
	struct options options = { .by = GROUP_BY_CLASS, .classes = 1U << WAITPROF_CLASS_FUTEX };
	struct capture *capture;
	struct report report = { 0 };

	(void)state;
	made_file(&made, path, 0);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_report(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_int_equal(report.nr_rows, 1);
	/* 3 + 4 + 5 + 6 + 7 waits a slice */
	assert_int_equal(report.rows[0].sum.count, 75);
	assert_int_equal(report.rows[0].sum.total_ns, 75000);
	assert_int_equal(report.classes, 1U << WAITPROF_CLASS_FUTEX);
	report_free(&report);
	options.tids[0] = 12;
	options.nr_tids = 1;
	assert_int_equal(capture_report(capture, &options, 1, 2, &report), 0);
	assert_int_equal(report.rows[0].sum.count, 5);
	report_free(&report);
	options.nr_tids = 0;
	options.comm_glob = "thread-1[34]";
	assert_int_equal(capture_report(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_int_equal(report.rows[0].sum.count, 39);
	report_free(&report);
	options = (struct options){ .by = GROUP_BY_CLASS, .kinds = 1U << KIND_PAGE };
	assert_int_equal(capture_report(capture, &options, 0, CAPTURE_ALL, &report), 0);
	assert_true(report.has_left_out);
	assert_int_equal(report.left_out, 2);
	report_free(&report);
	assert_int_equal(capture_report(capture, &options, 2, MADE_SLICES + 1, &report), -EINVAL);
	report_free(&report);
	capture_close(capture);
}

static int take_record(const struct report_record *record, void *arg)
{
	uint32_t *nr = arg;
	struct waitprof_record want;
	struct report_record named;

	made_record(&want, *nr);
	assert_memory_equal(record->record, &want, sizeof(want));
	naming_record(&made.naming, &want, WAITPROF_BACKEND_TRACEPOINT, 0, &named);
	assert_string_equal(record->row.site, named.row.site);
	assert_int_equal(record->row.backend, WAITPROF_BACKEND_TRACEPOINT);
	assert_int_equal(record->wall_ns, 1700000000000000000 + *nr);
	(*nr)++;
	return *nr == 90 ? 5 : 0;
}

static void single_waits(void **state)
{
	const struct options options = { 0 };
	struct capture *capture;
	uint32_t nr = 0;

	(void)state;
	made_file(&made, path, 100);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_info(capture)->nr_records, 100);
	assert_int_equal(capture_records(capture, &options, take_record, &nr), 5);
	assert_int_equal(nr, 90);
	capture_close(capture);
}

static void without_wakers(void **state)
{
	const struct options by_object = { .by = GROUP_BY_OBJECT };
	struct capture_writer *w;
	struct capture *capture;
	struct report report = { 0 };

	(void)state;
	assert_int_equal(capture_writer_new(&w, path), 0);
	assert_int_equal(capture_writer_finish(w), 0);
	capture_writer_free(w);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_info(capture)->nr_slices, 0);
	assert_int_equal(capture_report(capture, &by_object, 0, CAPTURE_ALL, &report), -EOPNOTSUPP);
	assert_string_equal(capture_error(capture), "does not tell objects apart");
	report_free(&report);
	capture_close(capture);
}

/* What is committed when the recorder is killed is there, with names looked up now. */
static void killed(void **state)
{
	struct capture *capture;
	char shm[210];
	int status;
	pid_t pid = getpid(), child = fork();

	(void)state;
	if (!child) {
		struct capture_writer *w;

		(void)pid;
		if (capture_writer_new(&w, path) || made_write(&made, w, MADE_SLICES - 1))
			_exit(1);
		/* Not committed. */
		capture_put_slice(w, 2, 2 * MADE_SLICE_NS, 5, &made.slices[2]);
		kill(getpid(), SIGKILL);
	}
	ask_nobody();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_false(capture_info(capture)->is_finished);
	/* Nothing is written to read it. */
	snprintf(shm, sizeof(shm), "%s-shm", path);
	assert_int_equal(access(shm, F_OK), -1);
	assert_int_equal(capture_info(capture)->nr_slices, MADE_SLICES - 1);
	same_report(capture, &made.slices[0], 0, 1, GROUP_BY_CALLSITE, false);
	same_report(capture, &made.slices[1], 1, 2, GROUP_BY_CALLSITE, true);
	capture_close(capture);
	/* It has left nothing behind, and can be replaced. */
	made_file(&made, path, 0);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_true(capture_info(capture)->is_finished);
	capture_close(capture);
}

/* A limit on the file's size stands for a full disk. */
static void full_disk(void **state)
{
	struct capture *capture;
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		const struct rlimit limit = { 200000, 200000 };
		struct capture_writer *w;
		int ret = 0;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		if (capture_writer_new(&w, path))
			_exit(1);
		ret = made_write(&made, w, MADE_SLICES);
		for (uint32_t i = 0; !ret && i < 100000; i++) {
			struct waitprof_record record;

			made_record(&record, i);
			ret = capture_put_records(w, &record, 1);
			if (!ret && !(i % 100))
				ret = capture_commit(w);
		}
		status = ret && capture_write_next(w) &&
			 !strcmp(capture_write_error(w), strerror(EFBIG));
		if (!status)
			fprintf(stderr, "%d %s\n", ret, capture_write_error(w));
		capture_writer_free(w);
		_exit(status ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_info(capture)->nr_slices, MADE_SLICES);
	assert_true(capture_info(capture)->nr_records > 100);
	ask_nobody();
	same_report(capture, &made.whole, 0, MADE_SLICES, GROUP_BY_CALLSITE, true);
	capture_close(capture);
}

static void put_bytes(off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

static void refused(int error, const char *why)
{
	struct capture *capture;

	assert_int_equal(capture_open(&capture, path), error);
	assert_non_null(capture);
	if (!strstr(capture_error(capture), why))
		fail_msg("%s", capture_error(capture));
	assert_null(strchr(capture_error(capture), '\n'));
	capture_close(capture);
}

static void no_capture(void **state)
{
	static const unsigned char newer[] = { 0, 0, 0, 9 };
	struct stat st;

	(void)state;
	refused(-ENOENT, "no such file");
	put_bytes(0, "", 0);
	refused(-EBADMSG, "is empty");
	put_bytes(0, "#!/bin/sh", 9);
	refused(-EBADMSG, "is no capture");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(-EBADMSG, "is no capture");
	assert_int_equal(rmdir(path), 0);
	made_file(&made, path, 200);
	put_bytes(60, newer, 4);
	refused(-EPROTO, "is of format 9");
	made_file(&made, path, 200);
	assert_int_equal(stat(path, &st), 0);
	/* Cut short at the end of a page, and within one. */
	assert_int_equal(truncate(path, st.st_size / 8192 * 4096), 0);
	refused(-EBADMSG, "is damaged");
	made_file(&made, path, 200);
	assert_int_equal(truncate(path, st.st_size / 2 + 17), 0);
	refused(-EBADMSG, "is damaged");
	made_file(&made, path, 200);
	assert_int_equal(truncate(path, 100), 0);
	refused(-EBADMSG, "is damaged");
	put_bytes(100, "and then something else altogether", 34);
	refused(-EBADMSG, "is damaged");
}

static void not_overwritten(void **state)
{
	struct capture_writer *w;
	char text[10] = "";
	int fd;

	(void)state;
	put_bytes(0, "precious", 8);
	assert_int_equal(capture_writer_new(&w, path), -EEXIST);
	assert_string_equal(capture_write_error(w), "exists and is no capture");
	capture_writer_free(w);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 8);
	close(fd);
	assert_string_equal(text, "precious");
	assert_int_equal(truncate(path, 0), 0);
	made_file(&made, path, 0);
	assert_int_equal(capture_writer_new(&w, path), 0);
	assert_true(capture_writer_replaced(w));
	capture_writer_free(w);
}

/* While it is written nobody else writes it, nor is it read half. */
static void busy(void **state)
{
	struct capture_writer *w, *other;
	int ready[2], go[2], status;
	pid_t child;
	char c;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child = fork();
	if (!child) {
		if (capture_writer_new(&w, path) || made_write(&made, w, 1) ||
		    write(ready[1], "r", 1) != 1 || read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	refused(-EBUSY, "is still being recorded, by process ");
	assert_int_equal(capture_writer_new(&other, path), -EBUSY);
	capture_writer_free(other);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	close(go[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back, begin, end),
		cmocka_unit_test_setup_teardown(filters, begin, end),
		cmocka_unit_test_setup_teardown(single_waits, begin, end),
		cmocka_unit_test_setup_teardown(without_wakers, begin, end),
		cmocka_unit_test_setup_teardown(killed, begin, end),
		cmocka_unit_test_setup_teardown(full_disk, begin, end),
		cmocka_unit_test_setup_teardown(no_capture, begin, end),
		cmocka_unit_test_setup_teardown(not_overwritten, begin, end),
		cmocka_unit_test_setup_teardown(busy, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
