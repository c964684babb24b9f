/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports to text or JSON. Renderers print what they are given and know neither
 * the kernel nor the options.
 */
#ifndef WAITPROF_CLI_RENDER_H
#define WAITPROF_CLI_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "profile/budget.h"
#include "client/client.h"
#include "profile/group.h"
#include "profile/report.h"

/**
 * struct render_view - how much of a report is shown
 * @width: columns of the terminal, 0 = without limit
 * @max_rows: rows of the table, 0 = all
 * @max_blocked: open waits above it, 0 = all
 * @title: first line, may be NULL
 * @by: what the rows are
 * @wakers: single waits: who ended them, too
 */
struct render_view {
	int width;
	size_t max_rows;
	size_t max_blocked;
	const char *title;
	enum group_by by;
	bool wakers;
};

/* What `status` shows. */
struct render_status {
	const struct client_info *info;
	const struct client_point *points;
	size_t nr_points;
	const struct client_session *sessions;
	size_t nr_sessions;
	const struct client_cost *costs;
	size_t nr_costs;
};

void render_table(FILE *out, const struct report *report, const struct report_row *rows, size_t nr,
		  uint32_t table, int width);
void render_legend(FILE *out, const struct report *report, const struct report_row *rows, size_t nr,
		   bool counts);
void render_losses(FILE *out, const struct report *report);
void render_coverage(FILE *out, const struct report *report, int width);
void render_distribution(FILE *out, const struct report_row *row, const struct render_view *view);
void render_stack(FILE *out, const char *name, const struct stack *stack);
void render_record_header(FILE *out, const struct render_view *view);
void render_record(FILE *out, const struct report_record *record, const struct render_view *view);
void render_top(FILE *out, const struct report *report, const struct render_view *view);
void render_hist(FILE *out, const struct report *report, const struct render_view *view);
void render_blocked(FILE *out, const struct report *report, const struct render_view *view);
void render_budget(FILE *out, const struct budget_report *report, const struct render_view *view);
void render_status(FILE *out, const struct render_status *status);
int render_json_top(FILE *out, const struct report *report);
int render_json_hist(FILE *out, const struct report *report);
int render_json_record(FILE *out, const struct report_record *record);
int render_json_counters(FILE *out, const struct report *report);
int render_json_blocked(FILE *out, const struct report *report);
int render_json_budget(FILE *out, const struct budget_report *report);
int render_json_status(FILE *out, const struct render_status *status);

#endif
