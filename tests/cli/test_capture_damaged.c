// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures that mean harm, or were damaged: whoever reads them gets an error or
 * some report, and nothing crashes, hangs or takes much memory. The seed is fixed,
 * so a failure repeats.
 */
#include "capture_made.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#include "capture/capture.h"
#include "capture/capture_schema.h"
#include "render/render.h"

#define ROUNDS	  3000
#define ROUNDS_S  5 /* of CPU time: fewer rounds on a slow machine */
#define MAX_BYTES (4 << 20)

static uint64_t seed = 20026;
static char path[200], plain[200];
static unsigned char bytes[MAX_BYTES], copy[MAX_BYTES];
static size_t size;

static uint64_t next(void)
{
	seed = (seed ^ (seed >> 31)) * 0x9e3779b97f4a7c15ULL + 1;
	return seed ^ (seed >> 29);
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int begin(void **state)
{
	struct made made;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/damaged.wp", getenv("TEST_UNWIND_FOLDER"));
	snprintf(plain, sizeof(plain), "%s/plain.wp", getenv("TEST_UNWIND_FOLDER"));
	unlink(plain);
	made_init(&made);
	made_file(&made, plain, 300);
	made_free(&made);
	fd = open(plain, O_RDONLY);
	size = (size_t)read(fd, bytes, sizeof(bytes));
	assert_true(size > 4096 && size < sizeof(bytes));
	close(fd);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	unlink(plain);
	return 0;
}

static void write_file(const unsigned char *from, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, from, len), len);
	close(fd);
}

static int count(const struct report_record *record, void *arg)
{
	size_t *nr = arg;

	*nr += strlen(record->row.site);
	return 0;
}

/* What their tables have may be damaged though the rest is not. */
static void use_views(struct capture *capture, FILE *out)
{
	const struct options options = { 0 };
	const struct render_view view = { .title = "x" };
	struct budget_report budget = { 0 };
	struct report report = { 0 };

	if (!capture_budget(capture, &options, 0, CAPTURE_ALL, &budget)) {
		for (size_t i = 0; i < budget.nr_threads; i++)
			budget_sum(&budget.threads[i].budget);
		budget_ask_next(&budget, " -i x");
		render_budget(out, &budget, &view);
		render_json_budget(out, &budget);
	}
	budget_report_free(&budget);
	if (!capture_blocked(capture, &options, &report)) {
		render_blocked(out, &report, &view);
		render_json_blocked(out, &report);
	}
	report_free(&report);
	rewind(out);
}

/* Everything that a command may do with it. Returns whether it could be read. */
static bool use(FILE *out)
{
	struct capture *capture;
	int ret = capture_open(&capture, path);
	bool opened = !ret;
	size_t nr = 0;

	assert_non_null(capture);
	for (int by = GROUP_BY_CALLSITE; !ret && by <= GROUP_BY_NONE; by++) {
		const struct options options = { .by = by };
		const struct render_view view = { .by = by, .width = 120, .title = "t" };
		struct report report = { 0 };

		ret = capture_report(capture, &options, 0, CAPTURE_ALL, &report);
		if (!ret) {
			group_sort_rows(report.rows, report.nr_rows, GROUP_SORT_TOTAL);
			render_json_hist(out, &report);
			if (by != GROUP_BY_NONE)
				render_top(out, &report, &view);
			render_hist(out, &report, &view);
			rewind(out);
		}
		report_free(&report);
	}
	if (!ret) {
		const struct options options = { 0 };

		ret = capture_records(capture, &options, count, &nr);
	}
	if (opened)
		use_views(capture, out);
	if (ret)
		assert_true(strlen(capture_error(capture)) > 5);
	capture_close(capture);
	return !ret;
}

/* Bytes of the file, in a few places or many; and files that end too early. */
static void changed_bytes(void **state)
{
	FILE *out = fopen("/dev/null", "w");
	double from = cpu_s();
	int rounds = 0, readable = 0;

	(void)state;
	for (; rounds < ROUNDS && cpu_s() - from < ROUNDS_S; rounds++) {
		size_t len = rounds % 5 ? size : next() % size;

		memcpy(copy, bytes, size);
		for (uint64_t n = 1 + next() % (rounds % 8 ? 6 : 300); n; n--) {
			uint64_t at = next() % size;

			/* What says that it is a capture is left, mostly. */
			if (at >= 100 || !(rounds % 16))
				copy[at] = (unsigned char)next();
		}
		write_file(copy, len);
		readable += use(out);
	}
	print_message("# %d rounds, %d could be read\n", rounds, readable);
	assert_true(rounds > 50);
	fclose(out);
}

static void bind_any(sqlite3_stmt *stmt)
{
	static const char *const texts[] = { "", "\033[2J", "futex", "%s%n", "/proc/self/mem" };

	switch (next() % 8) {
	case 0:
		sqlite3_bind_null(stmt, 1);
		break;
	case 1:
		sqlite3_bind_text(stmt, 1, texts[next() % 5], -1, SQLITE_STATIC);
		break;
	case 2:
		sqlite3_bind_blob(stmt, 1, bytes, (int)(next() % 9000), SQLITE_STATIC);
		break;
	case 3:
		sqlite3_bind_double(stmt, 1, 1e300);
		break;
	case 4:
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)next());
		break;
	case 5:
		sqlite3_bind_int64(stmt, 1, INT64_MAX);
		break;
	default:
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)(next() % 300) - 20);
		break;
	}
}

/* A file that SQLite finds nothing wrong with. */
static void change_value(sqlite3 *db)
{
	const struct capture_table *table = capture_tables[next() % capture_nr_tables];
	sqlite3_stmt *stmt;
	char *sql;

	if (next() % 10)
		sql = sqlite3_mprintf("UPDATE OR REPLACE %s SET %s = ? WHERE %s %% 5 = %d",
				      table->name, table->columns[next() % table->nr].name,
				      table->columns[0].name, (int)(next() % 5));
	else
		sql = sqlite3_mprintf("DELETE FROM %s WHERE %s %% 3 = ?", table->name,
				      table->columns[0].name);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	bind_any(stmt);
	sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

static void changed_values(void **state)
{
	FILE *out = fopen("/dev/null", "w");
	double from = cpu_s();
	int rounds = 0, readable = 0;

	(void)state;
	for (; rounds < ROUNDS && cpu_s() - from < ROUNDS_S; rounds++) {
		sqlite3 *db;

		write_file(bytes, size);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		sqlite3_exec(db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", NULL, NULL,
			     NULL);
		for (uint64_t n = 1 + next() % 4; n; n--)
			change_value(db);
		/* Some as a recording leaves them that was cut off. */
		if (rounds % 3 == 0)
			sqlite3_exec(db,
				     "DELETE FROM info WHERE name = 'finished'; DELETE FROM name",
				     NULL, NULL, NULL);
		sqlite3_close(db);
		readable += use(out);
	}
	print_message("# %d rounds, %d could be read\n", rounds, readable);
	assert_true(rounds > 50 && readable > 5);
	fclose(out);
}

static void execute(const char *sql)
{
	sqlite3 *db;

	write_file(bytes, size);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Tables that are none, or not ours: refused before anything of them is run. */
static void other_tables(void **state)
{
	static const char *const tricks[] = {
		"DROP TABLE name",
		"DROP TABLE totals; CREATE VIEW totals AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
		" SELECT i + 1 FROM n) SELECT * FROM n",
		"DROP TABLE slice; CREATE TABLE slice(id, start_ns, duration_ns AS (id))",
		"ALTER TABLE loss ADD COLUMN more",
	};
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	for (size_t i = 0; i < sizeof(tricks) / sizeof(tricks[0]); i++) {
		execute(tricks[i]);
		assert_false(use(out));
	}
	/* What somebody has added for himself is in nobody's way. */
	execute("CREATE TABLE notes(text); CREATE INDEX mine ON totals(total_ns);"
		"CREATE VIEW v AS SELECT * FROM totals");
	assert_true(use(out));
	fclose(out);
}

/* Of what is looked for one by one there cannot be without end. */
static void too_many_functions(void **state)
{
	const struct options options = { 0 };
	struct budget_report budget = { 0 };
	struct capture *capture;
	double from = cpu_s();

	(void)state;
	execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
		"INSERT INTO thread_sleep SELECT 0, 10, 0, 'function' || i, 1 FROM n");
	assert_int_equal(capture_open(&capture, path), 0);
	assert_int_equal(capture_budget(capture, &options, 0, CAPTURE_ALL, &budget), -EBADMSG);
	budget_report_free(&budget);
	capture_close(capture);
	print_message("# %.1f s\n", cpu_s() - from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many_functions),
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(changed_values),
		cmocka_unit_test(other_tables),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
