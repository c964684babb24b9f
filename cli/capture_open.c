// SPDX-License-Identifier: GPL-2.0-only
/*
 * Captures opened for reading.
 */
#include <errno.h>

#include "capture.h"

/**
 * capture_open() - open a capture and see that it is one
 * @capture: result, to be closed by capture_close() whatever this returns; NULL
 *	without memory
 * @path: the file
 *
 * Return: 0 or -errno; capture_error() and capture_next() have the words.
 */
int capture_open(struct capture **capture, const char *path)
{
	(void)path;
	*capture = NULL;
	return -ENOSYS;
}

/**
 * capture_close() - give a capture up, and all that was handed out of it
 * @capture: may be NULL
 */
void capture_close(struct capture *capture)
{
	(void)capture;
}

/**
 * capture_error() - what is wrong, in words
 * @capture: after a function failed; NULL: there was no memory for it
 */
const char *capture_error(const struct capture *capture)
{
	(void)capture;
	return "cannot be read yet";
}

/**
 * capture_next() - what to do about it, or NULL
 * @capture: as capture_error()
 */
const char *capture_next(const struct capture *capture)
{
	(void)capture;
	return NULL;
}

/**
 * capture_info() - what and how was recorded
 * @capture: an open one
 */
const struct capture_info *capture_info(const struct capture *capture)
{
	(void)capture;
	return NULL;
}

/**
 * capture_slice() - the rows of one slice
 * @capture: an open one
 * @slice: its number, from 0 on
 * @p: an empty profile, gets the rows
 *
 * Return: 0 or -errno.
 */
int capture_slice(struct capture *capture, size_t slice, struct profile *p)
{
	(void)capture;
	(void)slice;
	(void)p;
	return -ENOSYS;
}

/**
 * capture_window() - the sum of slices that follow each other
 * @capture: an open one
 * @from: the first one's number
 * @to: the number behind the last one's; CAPTURE_ALL = to the end
 * @p: an empty profile, gets the rows
 * @duration_ns: length of these slices; may be NULL
 *
 * Waits that were open at the end are those of the last slice.
 *
 * Return: 0 or -errno.
 */
int capture_window(struct capture *capture, size_t from, size_t to, struct profile *p,
		   uint64_t *duration_ns)
{
	(void)capture;
	(void)from;
	(void)to;
	(void)p;
	(void)duration_ns;
	return -ENOSYS;
}

/**
 * capture_takes() - does a filter take a row
 * @options: the filter: of its options --pid, --tid, --class and --comm
 * @row: the row
 */
bool capture_takes(const struct options *options, const struct waitprof_row *row)
{
	(void)options;
	(void)row;
	return true;
}

/**
 * capture_naming() - who names the rows of a capture's slices
 * @capture: an open one
 */
struct naming *capture_naming(struct capture *capture)
{
	(void)capture;
	return NULL;
}

/**
 * capture_counters() - counters of the whole recording
 * @capture: an open one
 * @report: @counters, @classes, @losses and the texts are set
 */
void capture_counters(struct capture *capture, struct report *report)
{
	(void)capture;
	(void)report;
}

/**
 * capture_report() - rows of some slices, named and grouped, in no order
 * @capture: an open one
 * @options: --by, and of the filter what capture_takes() looks at, and --kind
 * @from: as capture_window()
 * @to: likewise
 * @report: as collect_report() fills it, and its length; to be freed whatever this
 *	returns, before the capture is closed
 *
 * Return: 0 or -errno.
 */
int capture_report(struct capture *capture, const struct options *options, size_t from, size_t to,
		   struct report *report)
{
	(void)capture;
	(void)options;
	(void)from;
	(void)to;
	(void)report;
	return -ENOSYS;
}

/**
 * capture_records() - the single waits of a capture, in the order of their ends
 * @capture: an open one, recorded with --records
 * @options: as for capture_report(); what --kind leaves out comes, too, marked
 * @each: is called for each; not 0 ends this
 * @arg: for @each
 *
 * Return: 0, -errno, or what @each returned.
 */
int capture_records(struct capture *capture, const struct options *options,
		    int (*each)(const struct report_record *record, void *arg), void *arg)
{
	(void)capture;
	(void)options;
	(void)each;
	(void)arg;
	return -ENOSYS;
}
