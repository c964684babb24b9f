// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netlink.h>
#include <string.h>

#include "message.h"
#include "wire.h"
#include "witness.h"

static void take(const struct nlmsghdr *answer, int error, void *arg)
{
	struct witness *witness = arg;
	const void *value;

	if (answer->nlmsg_type != witness->family || error)
		return;
	witness->answered = true;
	value = wire_attribute(answer, WAITPROF_A_SESSION_ID, sizeof(witness->session));
	if (value)
		memcpy(&witness->session, value, sizeof(witness->session));
	value = wire_attribute(answer, WAITPROF_A_INFO_SESSIONS, sizeof(witness->sessions));
	if (value)
		memcpy(&witness->sessions, value, sizeof(witness->sessions));
	value = wire_attribute(answer, WAITPROF_A_STATS_COUNTERS, sizeof(witness->counters));
	if (value)
		memcpy(&witness->counters, value, sizeof(witness->counters));
}

/**
 * witness_ask() - make an orderly request with at most one attribute of its own
 * @witness: who asks; takes the answer
 * @command: WAITPROF_CMD_*, one that is answered at once
 * @type: of the attribute, 0 = none
 * @value: of the attribute
 * @len: of @value
 *
 * Return: false if there is no answer.
 */
bool witness_ask(struct witness *witness, uint8_t command, uint16_t type, const void *value,
		 size_t len)
{
	static struct message message;
	struct outcome ignored = {};
	static uint32_t seq;

	witness->answered = false;
	message_start(&message, witness->family, command, 0, ++seq);
	if (command != WAITPROF_CMD_SESSION_NEW && command != WAITPROF_CMD_GET_INFO)
		message_add(&message, WAITPROF_A_SESSION_ID, &witness->session, 4);
	if (type)
		message_add(&message, type, value, len);
	wire_send(witness->fd, message.bytes, message.len);
	wire_drain(witness->fd, &ignored, 0, take, witness);
	return witness->answered;
}
