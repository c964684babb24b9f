// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof trace -i: the single waits that a capture has.
 */
#include <inttypes.h>
#include <stdio.h>

#include "capture/capture.h"
#include "cmd/complain.h"
#include "util/format.h"
#include "render/render.h"
#include "util/term.h"
#include "cmd/trace_capture.h"

/**
 * struct captured - the waits of a capture on their way out
 * @options: options
 * @view: how lines are printed
 * @nr: waits printed
 * @report: for what was left out
 */
struct captured {
	const struct options *options;
	struct render_view view;
	uint64_t nr;
	struct report report;
};

static int print_captured(const struct report_record *record, void *arg)
{
	struct captured *captured = arg;

	if (record->left_out) {
		captured->report.left_out++;
		captured->report.left_out_ns +=
			record->record->duration_ns - record->record->inner_ns;
		return 0;
	}
	captured->nr++;
	if (captured->options->json)
		return render_json_record(stdout, record);
	render_record(stdout, record, &captured->view);
	return ferror(stdout) ? output_flush() : 0;
}

static int print_capture(struct captured *captured, struct capture *capture)
{
	const struct options *options = captured->options;
	char length[FORMAT_LEN];
	int ret;

	captured->view.wakers = capture_info(capture)->session_flags & WAITPROF_SESSION_F_WAKERS;
	if (!options->json)
		render_record_header(stdout, &captured->view);
	ret = capture_records(capture, options, print_captured, captured);
	if (ret)
		return ret;
	capture_counters(capture, &captured->report);
	captured->report.duration_ns = capture_info(capture)->duration_ns;
	captured->report.has_left_out = options->kinds;
	if (options->json)
		return render_json_counters(stdout, &captured->report);
	fprintf(stderr, "%" PRIu64 " waits in %s\n", captured->nr,
		format_duration(length, sizeof(length), captured->report.duration_ns));
	render_losses(stderr, &captured->report);
	return output_flush();
}

/**
 * trace_capture() - print the single waits of a capture
 * @options: @input is the capture
 *
 * Return: exit status.
 */
int trace_capture(const struct options *options)
{
	struct captured captured = { .options = options, .view.width = term_width() };
	struct capture *capture;
	int ret = capture_open(&capture, options->input), status = EXIT_FINE;

	if (ret) {
		status = complain_capture(options->input, capture);
	} else if (!(capture_info(capture)->session_flags & WAITPROF_SESSION_F_RECORDS)) {
		complain(options->input, "has no single waits",
			 "record it again with --records, or use 'waitprof report'");
		status = EXIT_FAILED;
	} else {
		ret = print_capture(&captured, capture);
		if (ret && output_flush())
			status = complain_output(output_flush());
		else if (ret)
			status = complain_capture(options->input, capture);
	}
	capture_close(capture);
	return status;
}
