/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the tables of options, the reading of values and argp; no command needs it. */
#ifndef WAITPROF_CLI_OPTIONS_IMPL_H
#define WAITPROF_CLI_OPTIONS_IMPL_H

#include <argp.h>

#include "options/options.h"

/**
 * struct options_row - an option, or the title of those that follow
 * @name: long name; NULL for a title
 * @key: short name, 0 = none
 * @arg: name of its value, NULL = takes none
 * @doc: what it does; or the title
 * @set: put it into @options; says what is wrong by options_fail()
 */
struct options_row {
	const char *name;
	int key;
	const char *arg;
	const char *doc;
	error_t (*set)(struct options *options, const char *arg);
};

/**
 * struct options_group - the rows that a command takes together
 * @bit: OPTIONS_*; 0 = every command takes them
 * @place: order in the help, as in struct argp_option
 * @rows: end with an empty one
 */
struct options_group {
	uint32_t bit;
	int place;
	const struct options_row *rows;
};

extern const struct options_group options_groups[];
extern const size_t options_nr_groups;

/* options_filter.c */
extern const struct options_row options_filter_rows[];
extern const struct options_row options_min_rows[];

/* options_when.c */
extern const struct options_row options_refresh_rows[];
extern const struct options_row options_duration_rows[];
extern const struct options_row options_guard_rows[];

/* options_view.c */
extern const struct options_row options_group_rows[];
extern const struct options_row options_wakers_rows[];
extern const struct options_row options_sort_rows[];
extern const struct options_row options_json_rows[];

/* options_keep.c */
extern const struct options_row options_records_rows[];
extern const struct options_row options_record_rows[];

/* options_files.c */
extern const struct options_row options_input_rows[];
extern const struct options_row options_before_rows[];
extern const struct options_row options_output_rows[];
extern const struct options_row options_diff_rows[];
extern const struct options_row options_format_rows[];

/* options_value.c */
__attribute__((format(printf, 2, 3))) error_t options_fail(struct options *options, const char *fmt,
							   ...);
error_t options_ids(struct options *options, const char *option, const char *arg, uint32_t *ids,
		    uint32_t *nr);
error_t options_names(struct options *options, const char *what, const char *arg,
		      int (*find)(const char *name, size_t len), const char *choices,
		      uint32_t *mask);
error_t options_choice(struct options *options, const char *option, const char *arg, int found,
		       const char *choices);
error_t options_duration(struct options *options, const char *option, const char *arg,
			 uint64_t *ns);
error_t options_seconds(struct options *options, const char *option, const char *arg, uint64_t *ns);
error_t options_percent(struct options *options, const char *option, const char *arg,
			uint32_t *ppm);
error_t options_count(struct options *options, const char *option, const char *arg,
		      const char *what, uint64_t *count);

#endif
