// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof budget -i: where the wall time of the recorded threads went.
 */
#include "capture/capture.h"
#include "cmd/budget_capture.h"
#include "cmd/budget_show.h"
#include "cmd/complain.h"

/**
 * budget_capture() - print the budget of a capture
 * @options: @input is the capture
 *
 * Return: exit status.
 */
int budget_capture(const struct options *options)
{
	struct budget_report report = { 0 };
	struct capture *capture;
	int ret = capture_open(&capture, options->input), status = EXIT_FAILED;

	if (!ret)
		ret = capture_budget(capture, options, 0, CAPTURE_ALL, &report);
	if (ret)
		complain_capture(options->input, capture);
	else if (!budget_show(options, capture_info(capture), &report))
		status = EXIT_FINE;
	budget_report_free(&report);
	capture_close(capture);
	return status;
}
