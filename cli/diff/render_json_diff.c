// SPDX-License-Identifier: GPL-2.0-only
/*
 * A comparison as JSON: one object with every row. The keys are those of the man
 * page.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "diff/diff_report.h"
#include "render/keys.h"
#include "profile/names.h"
#include "waitprof/version.h"

static void put_recording(struct keys *to, const struct diff_recording *recording)
{
	const struct capture_info *info = recording->info;
	const struct report *counters = recording->counters;

	keys_object(to, NULL);
	keys_put_string(to, "file", info->path);
	keys_put_string(to, "kernel", info->kernel);
	keys_put_string(to, "module_version", info->module_version);
	keys_put_u64(to, "cpus", info->nr_cpus);
	keys_put_string(to, "filter", info->filter);
	keys_put_u64(to, "begun_wall_ns", info->begun_wall_ns);
	keys_put_u64(to, "duration_ns", info->duration_ns);
	keys_put_u64(to, "slices", info->nr_slices);
	keys_put_u64(to, "slice_ns", info->slice_ns);
	keys_put_number(to, "work", info->work, info->work);
	keys_put_bool(to, "finished", info->is_finished);
	if (counters && (counters->has_left_out || counters->has_idle)) {
		keys_object(to, "left_out");
		keys_put_u64(to, "count", counters->left_out);
		keys_put_u64(to, "total_ns", counters->left_out_ns);
		keys_put_u64(to, "idle_count", counters->idle);
		keys_put_u64(to, "idle_ns", counters->idle_ns);
		keys_object_end(to);
	} else {
		keys_put_null(to, "left_out");
	}
	keys_object_end(to);
}

static void put_recordings(struct keys *to, const char *key, const struct diff_report *report,
			   enum diff_side side)
{
	keys_array(to, key);
	for (size_t i = 0; i < report->nr_recordings; i++)
		if (report->recordings[i].side == side)
			put_recording(to, &report->recordings[i]);
	keys_array_end(to);
}

static void put_warning(void *to, const char *text)
{
	keys_put_string(to, NULL, text);
}

static void put_want(struct keys *to, const struct stats_result *r)
{
	static const char *const names[] = {
		[STATS_WANT_NOTHING] = "waits", [STATS_WANT_SLICES] = "slices",
		[STATS_WANT_WAITS] = "waits",	[STATS_WANT_BUSY] = "bursts",
		[STATS_WANT_WIDTH] = "width",
	};
	char text[DIFF_WORDS_LEN];

	if (r->verdict != STATS_TOO_LITTLE) {
		keys_put_null(to, "missing");
		return;
	}
	keys_object(to, "missing");
	keys_put_string(to, "what", names[r->want]);
	keys_put_double(to, "has", r->has);
	keys_put_double(to, "record_s", r->want && !r->runs ? r->seconds : NAN);
	keys_put_number(to, "recordings", r->runs, r->runs);
	keys_put_string(to, "text", diff_too_little(text, sizeof(text), r));
	keys_object_end(to);
}

static void put_result(struct keys *to, const char *key, const struct stats_result *r, double scale)
{
	static const char *const verdicts[] = {
		[STATS_TOO_LITTLE] = "not enough data",
		[STATS_NOTHING] = "nothing shown",
		[STATS_CHANGED] = "changed",
	};

	keys_object(to, key);
	keys_put_double(to, "before", r->before * scale);
	keys_put_double(to, "after", r->after * scale);
	keys_put_double(to, "ratio", r->ratio);
	keys_put_double(to, "low", r->low);
	keys_put_double(to, "high", r->high);
	keys_put_double(to, "p", r->p);
	keys_put_double(to, "q", r->q);
	keys_put_string(to, "verdict", verdicts[r->verdict]);
	put_want(to, r);
	keys_object_end(to);
}

static void put_value(struct keys *to, const char *key, const struct diff *d,
		      const struct diff_row *row, enum diff_value value)
{
	double scale = value == DIFF_TIME ? 1e9 : 1;

	keys_object(to, key);
	put_result(to, "per_second", &row->results[DIFF_SECOND][value], scale);
	if (d->per == DIFF_UNIT)
		put_result(to, "per_unit", &row->results[DIFF_UNIT][value], scale);
	else
		keys_put_null(to, "per_unit");
	keys_object_end(to);
}

static void put_row(struct keys *to, const struct diff *d, const struct diff_row *row)
{
	static const char *const levels[] = { "all", "part", "class", "callsite" };
	static const char *const parts[] = { "blocked", "runqueue", "spin" };
	bool is_site = row->key.level == DIFF_SITE;

	keys_object(to, NULL);
	keys_put_string(to, "level", levels[row->key.level]);
	keys_put_string(to, "part", row->key.level == DIFF_PART ? parts[row->key.part] : NULL);
	keys_put_string(to, "class", row->key.class_id ? names_class(row->key.class_id) : NULL);
	keys_put_string(to, "kind", kind_name(row->key.kind));
	keys_put_string(to, "op", names_op(row->key.op));
	keys_put_string(to, "callsite", is_site ? row->key.site : NULL);
	keys_put_bool(to, "merged", row->merged);
	put_value(to, "time_ns", d, row, DIFF_TIME);
	if (row->key.level == DIFF_PART)
		keys_put_null(to, "waits");
	else
		put_value(to, "waits", d, row, DIFF_WAITS);
	keys_object_end(to);
}

static int put_summary(struct keys *to, const struct diff *d)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	diff_summary(out, d);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	keys_put_string(to, "summary", text);
	free(text);
	return 0;
}

/**
 * render_json_diff() - a comparison as one JSON object
 * @out: where to
 * @report: the comparison
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int render_json_diff(FILE *out, const struct diff_report *report)
{
	const struct diff *d = report->diff;
	struct keys *to = keys_new(out);
	bool by_runs = false;
	int ret, failed;

	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < d->nr; i++)
		by_runs |= d->rows[i].results[d->per][DIFF_TIME].by_runs;
	keys_object(to, NULL);
	keys_put_string(to, "version", WAITPROF_VERSION);
	put_recordings(to, "before", report, DIFF_BEFORE);
	put_recordings(to, "after", report, DIFF_AFTER);
	keys_array(to, "warnings");
	diff_environment(report, put_warning, to);
	keys_array_end(to);
	keys_put_string(to, "per", d->per == DIFF_UNIT ? "unit" : "second");
	keys_put_string(to, "compared", by_runs ? "recordings" : "slices");
	keys_array(to, "rows");
	for (size_t i = 0; i < d->nr; i++)
		put_row(to, d, &d->rows[i]);
	keys_array_end(to);
	failed = put_summary(to, d);
	keys_object_end(to);
	ret = keys_finish(to);
	return ret ? ret : failed;
}
