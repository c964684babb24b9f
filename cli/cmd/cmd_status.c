// SPDX-License-Identifier: GPL-2.0-only
/*
 * waitprof status: what the module is, what it costs, which wait points it has here,
 * who uses it. Opens no session, so looking changes nothing.
 */
#include <errno.h>
#include <stdlib.h>

#include "client/client.h"
#include "cmd/cmd.h"
#include "cmd/cmd_run.h"
#include "cmd/complain.h"
#include "render/render.h"

static const struct options_command command = {
	.name = "status",
	.doc = "Show the module, what it costs, its wait points, open sessions and their counters.",
	.examples = "  waitprof status         is it loaded, what does it see, who uses it\n"
		    "  waitprof status --json  the same for a program\n",
	.rows = OPTIONS_JSON,
};

static int read_and_print(struct client *client, bool json)
{
	struct client_info info;
	struct render_status status = { .info = &info };
	struct client_point *points = NULL;
	struct client_session *sessions = NULL;
	struct client_cost *costs = NULL;
	int ret = client_info(client, &info);

	if (!ret && info.abi != WAITPROF_ABI)
		ret = -EPROTO;
	if (!ret)
		ret = client_points(client, &points, &status.nr_points);
	if (!ret)
		ret = client_sessions(client, &sessions, &status.nr_sessions);
	if (!ret)
		ret = client_costs(client, &costs, &status.nr_costs);
	status.points = points;
	status.sessions = sessions;
	status.costs = costs;
	if (ret)
		ret = complain_client("module", ret, client, &info);
	else if (json)
		ret = render_json_status(stdout, &status) ? EXIT_FAILED : EXIT_FINE;
	else
		render_status(stdout, &status);
	free(points);
	free(sessions);
	free(costs);
	return ret;
}

/**
 * cmd_status() - run the command
 * @argc: length of @argv
 * @argv: "status" and its options
 *
 * Return: exit status.
 */
int cmd_status(int argc, char **argv)
{
	struct options options;
	struct client *client;
	int ret, status = cmd_options(&command, argc, argv, &options);

	if (status != CMD_GO_ON)
		return status;
	ret = client_connect(&client);
	if (ret)
		return complain_client("module", ret, NULL, NULL);
	status = read_and_print(client, options.json);
	client_free(client);
	return status;
}
