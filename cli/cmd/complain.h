/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WAITPROF_CLI_COMPLAIN_H
#define WAITPROF_CLI_COMPLAIN_H

#include "capture/capture.h"
#include "client/client.h"
#include "collect/collect.h"
#include "options/options.h"

/* What a program may exit with. */
enum {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

void complain_note(const char *text);
void complain(const char *what, const char *why, const char *next);
int complain_options(const struct options *options);
int complain_client(const char *step, int error, const struct client *client,
		    const struct client_info *info);
int complain_collect(const struct collect *c, int error);
int complain_capture(const char *path, const struct capture *capture);
int complain_idle(struct options *options);
int complain_filter(struct options *options);
int complain_output(int error);
int output_flush(void);

#endif
