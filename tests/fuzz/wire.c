// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "message.h"
#include "wire.h"

#define READ_BYTES (64 * 1024)

/**
 * wire_open() - open a generic netlink socket with extended acknowledgements
 */
int wire_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int on = 1, bytes = 1 << 20;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("netlink socket");
		exit(2);
	}
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

/**
 * wire_send() - send bytes, whatever becomes of them
 * @fd: the socket
 * @bytes: one message or several
 * @len: how many bytes
 */
void wire_send(int fd, const void *bytes, size_t len)
{
	while (send(fd, bytes, len, MSG_DONTWAIT) < 0 && errno == EINTR)
		;
}

/**
 * outcome_add() - add what was counted elsewhere
 * @sum: is added to
 * @one: counted elsewhere
 */
void outcome_add(struct outcome *sum, const struct outcome *one)
{
	sum->sent += one->sent;
	sum->answers += one->answers;
	sum->dumps += one->dumps;
	sum->overruns += one->overruns;
	for (size_t i = 0; i < sizeof(sum->errors) / sizeof(sum->errors[0]); i++)
		sum->errors[i] += one->errors[i];
}

/**
 * wire_attribute() - find an attribute of an answer
 * @answer: the answer
 * @type: the attribute
 * @len: at least so long
 *
 * Return: its value, NULL if there is none.
 */
const void *wire_attribute(const struct nlmsghdr *answer, uint16_t type, size_t len)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	while (at + NLA_HDRLEN <= answer->nlmsg_len) {
		const struct nlattr *attr = (const void *)((const char *)answer + at);

		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > answer->nlmsg_len)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == type && attr->nla_len >= NLA_HDRLEN + len)
			return (const char *)attr + NLA_HDRLEN;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static void count(struct outcome *outcome, const struct nlmsghdr *answer, int error)
{
	if (answer->nlmsg_type == NLMSG_DONE)
		outcome->dumps++;
	else if (answer->nlmsg_type != NLMSG_ERROR)
		outcome->answers++;
	if (answer->nlmsg_type == NLMSG_ERROR || error)
		outcome->errors[-error < 600 ? -error : 599]++;
}

static void each_of(const char *bytes, size_t len, struct outcome *outcome,
		    void (*each)(const struct nlmsghdr *answer, int error, void *arg), void *arg)
{
	size_t at = 0;

	while (at + NLMSG_HDRLEN <= len) {
		const struct nlmsghdr *answer = (const void *)(bytes + at);
		int error = 0;

		if (answer->nlmsg_len < NLMSG_HDRLEN || at + answer->nlmsg_len > len)
			return;
		if ((answer->nlmsg_type == NLMSG_ERROR || answer->nlmsg_type == NLMSG_DONE) &&
		    answer->nlmsg_len >= NLMSG_HDRLEN + sizeof(error))
			memcpy(&error, bytes + at + NLMSG_HDRLEN, sizeof(error));
		count(outcome, answer, error);
		if (each)
			each(answer, error, arg);
		at += NLMSG_ALIGN(answer->nlmsg_len);
	}
}

/**
 * wire_drain() - read what has come
 * @fd: the socket
 * @outcome: to count in
 * @max_reads: buffers read at most, 0 = until there is nothing more
 * @each: called with each answer, NULL = only count
 * @arg: passed on to @each
 *
 * Return: true if all has been read.
 */
bool wire_drain(int fd, struct outcome *outcome, uint32_t max_reads,
		void (*each)(const struct nlmsghdr *answer, int error, void *arg), void *arg)
{
	static __thread char buffer[READ_BYTES] __attribute__((aligned(8)));
	uint32_t reads = 0;

	for (;;) {
		ssize_t len = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (len < 0 && errno == EAGAIN)
			return true;
		if (len < 0 && errno == ENOBUFS)
			outcome->overruns++;
		else if (len < 0 && errno != EINTR)
			return true;
		else if (len > 0)
			each_of(buffer, len, outcome, each, arg);
		if (max_reads && ++reads >= max_reads)
			return false;
	}
}

static void take_family(const struct nlmsghdr *answer, int error, void *arg)
{
	const uint16_t *id = wire_attribute(answer, CTRL_ATTR_FAMILY_ID, sizeof(*id));

	if (!error && id)
		*(uint16_t *)arg = *id;
}

/**
 * wire_family() - the id of a generic netlink family
 * @fd: a socket
 * @name: the family
 *
 * Return: its id, 0 = there is none.
 */
uint16_t wire_family(int fd, const char *name)
{
	static struct message message;
	struct outcome ignored = {};
	uint16_t id = 0;

	message_start(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, 1);
	message_add(&message, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	wire_send(fd, message.bytes, message.len);
	wire_drain(fd, &ignored, 0, take_family, &id);
	return id;
}
