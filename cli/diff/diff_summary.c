// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last line of a comparison: what shrank, what grew, and what only moved,
 * because a lock that is waited for less may be a run queue that is waited for
 * more.
 */
#include <math.h>
#include <stdlib.h>

#include "diff/diff_report.h"
#include "util/format.h"

#define MAX_NAMED 3

static const struct stats_result *result_of(const struct diff *d, const struct diff_row *row)
{
	return &row->results[d->per][DIFF_TIME];
}

static double difference(const struct diff *d, const struct diff_row *row)
{
	return result_of(d, row)->after - result_of(d, row)->before;
}

static bool changed(const struct diff *d, const struct diff_row *row, double sign)
{
	return result_of(d, row)->verdict == STATS_CHANGED && sign * difference(d, row) > 0;
}

static void print_amount(FILE *out, const struct diff *d, double amount)
{
	char text[FORMAT_LEN];

	diff_rate(text, sizeof(text), DIFF_TIME, fabs(amount));
	fprintf(out, "%c%s/%s", amount < 0 ? '-' : '+', text, d->per == DIFF_UNIT ? "unit" : "s");
}

static void print_row(FILE *out, const struct diff *d, const struct diff_row *row)
{
	char name[DIFF_WORDS_LEN], change[FORMAT_LEN];

	fprintf(out, "%s %s (", diff_name(name, sizeof(name), row),
		diff_change(change, sizeof(change), result_of(d, row)));
	print_amount(out, d, difference(d, row));
	fputc(')', out);
}

/* The call sites that changed in one direction, the most time first. */
static size_t print_sites(FILE *out, const struct diff *d, const char *what, double sign)
{
	const struct diff_row *named[MAX_NAMED] = { NULL };
	size_t nr = 0;

	for (size_t i = 0; i < d->nr; i++) {
		const struct diff_row *row = &d->rows[i];

		if (row->key.level != DIFF_SITE || !changed(d, row, sign))
			continue;
		nr++;
		for (size_t n = 0; n < MAX_NAMED && row; n++) {
			const struct diff_row *other = named[n];

			if (other && fabs(difference(d, other)) >= fabs(difference(d, row)))
				continue;
			named[n] = row;
			row = other;
		}
	}
	if (nr)
		fputs(what, out);
	for (size_t n = 0; n < MAX_NAMED && named[n]; n++) {
		fputs(n ? ", " : " ", out);
		print_row(out, d, named[n]);
	}
	if (nr > MAX_NAMED)
		fprintf(out, ", %zu more", nr - MAX_NAMED);
	return nr;
}

/* Sums of which one shrank and another grew: the one that did so most. */
static const struct diff_row *most(const struct diff *d, enum diff_level level, double sign)
{
	const struct diff_row *found = NULL;

	for (size_t i = 0; i < d->nr; i++) {
		const struct diff_row *row = &d->rows[i];

		if (row->key.level != level || row->key.class_id == WAITPROF_CLASS_BLOCK ||
		    !changed(d, row, sign))
			continue;
		if (!found || fabs(difference(d, row)) > fabs(difference(d, found)))
			found = row;
	}
	return found;
}

static bool print_moved(FILE *out, const struct diff *d, enum diff_level level, const char *before)
{
	const struct diff_row *from = most(d, level, -1), *to = most(d, level, 1);
	char names[2][DIFF_WORDS_LEN], share[FORMAT_LEN];
	double ratio;

	if (!from || !to)
		return false;
	ratio = -difference(d, to) / difference(d, from);
	fprintf(out, "%s %s to %s (", before, diff_name(names[0], sizeof(names[0]), from),
		diff_name(names[1], sizeof(names[1]), to));
	print_amount(out, d, difference(d, to));
	if (ratio < 1)
		fprintf(out, ", %s of what shrank",
			format_share(share, sizeof(share), (uint64_t)(1e6 * ratio), 1000000));
	fputc(')', out);
	return true;
}

static void print_unchanged(FILE *out, const struct diff *d, size_t nr_changed)
{
	size_t nr_sites = 0, nr_compared = 0;
	const struct stats_result *least = NULL;
	char text[DIFF_WORDS_LEN];

	for (size_t i = 0; i < d->nr; i++) {
		const struct stats_result *r = result_of(d, &d->rows[i]);

		if (d->rows[i].key.level != DIFF_SITE)
			continue;
		nr_sites++;
		nr_compared += r->verdict != STATS_TOO_LITTLE;
		if (r->verdict == STATS_TOO_LITTLE && (!least || r->seconds < least->seconds))
			least = r;
	}
	if (!nr_sites) {
		fputs("no waits", out);
	} else if (!nr_compared) {
		fputs(diff_too_little(text, sizeof(text), least), out);
	} else {
		if (nr_changed)
			fputs("; ", out);
		fprintf(out, "%s shown at %zu of %zu call sites",
			nr_changed ? "nothing" : "no change", nr_compared - nr_changed, nr_sites);
		if (nr_compared < nr_sites)
			fprintf(out, ", not enough data at %zu", nr_sites - nr_compared);
	}
}

/**
 * diff_summary() - what it comes to, in one line without its end
 * @out: where to
 * @d: comparison
 */
void diff_summary(FILE *out, const struct diff *d)
{
	size_t less = print_sites(out, d, "shrank:", -1), more;
	bool moved;

	more = print_sites(out, d, less ? "; grew:" : "grew:", 1);
	moved = print_moved(out, d, DIFF_PART, less + more ? "; moved: from" : "moved: from");
	moved |= print_moved(out, d, DIFF_CLASS,
			     moved	 ? ", from" :
			     less + more ? "; moved: from" :
					   "moved: from");
	if (moved && !(less + more))
		fputs("; ", out);
	print_unchanged(out, d, less + more);
}
