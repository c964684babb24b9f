// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client, with libnl's own reading and taking apart of messages, but for the socket:
 * what would be received comes from the input. That is a row of buffers, each with its
 * length (16 bits) before it. The sequence number that is expected is put into the
 * messages, for nothing else would ever be read; when the input is at its end, requests
 * are acknowledged and dumps are over, some times.
 *
 * A first byte with its highest bit set: the first request, which is for what the module
 * is, is answered by a good module, not by the input.
 */
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "linux/waitprof.h"

#define FAMILY	  42
#define MAX_EMPTY 64

static struct {
	const uint8_t *data;
	size_t size;
	uint32_t seq;
	bool is_dump;
	bool is_good;
	int nr_empty;
} feed;

/* Ends an answer. */
static void *end_message(int *len)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} end = {
		.header = { .nlmsg_len = sizeof(end),
			    .nlmsg_type = feed.is_dump ? NLMSG_DONE : NLMSG_ERROR,
			    .nlmsg_flags = feed.is_dump ? NLM_F_MULTI : 0 },
	};
	void *copy = malloc(sizeof(end));

	*len = sizeof(end);
	return copy ? memcpy(copy, &end, sizeof(end)) : NULL;
}

/* What a module of this interface says of itself, and that this was all. */
static void *good_message(int *len)
{
	struct nl_msg *msg = nlmsg_alloc();
	void *end = end_message(len);
	char *copy = NULL;
	int first;

	if (!msg || !genlmsg_put(msg, 0, 0, FAMILY, 0, 0, WAITPROF_CMD_GET_INFO, 1) ||
	    nla_put_u32(msg, WAITPROF_A_INFO_ABI, WAITPROF_ABI) ||
	    nla_put_string(msg, WAITPROF_A_INFO_VERSION, "1.0") ||
	    nla_put_string(msg, WAITPROF_A_INFO_KERNEL, "6.1.0-made") ||
	    nla_put_u32(msg, WAITPROF_A_INFO_CPUS, 2) ||
	    nla_put_u32(msg, WAITPROF_A_INFO_CLASSES, 0x3fe))
		abort();
	first = NLMSG_ALIGN((int)nlmsg_hdr(msg)->nlmsg_len);
	copy = calloc(1, (size_t)first + (size_t)*len);
	if (!copy || !end)
		abort();
	memcpy(copy, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	memcpy(copy + first, end, (size_t)*len);
	*len += first;
	free(end);
	nlmsg_free(msg);
	feed.is_good = false;
	return copy;
}

static void *next_message(int *len)
{
	uint16_t size;
	void *copy;

	if (feed.is_good)
		return good_message(len);
	if (feed.size < sizeof(size))
		return feed.nr_empty++ < MAX_EMPTY ? end_message(len) : NULL;
	memcpy(&size, feed.data, sizeof(size));
	feed.data += sizeof(size);
	feed.size -= sizeof(size);
	if (size > feed.size)
		size = (uint16_t)feed.size;
	copy = malloc(size ? size : 1);
	if (copy && size)
		memcpy(copy, feed.data, size);
	feed.data += size;
	feed.size -= size;
	*len = size;
	return copy;
}

static void put_seq(void *buf, int len)
{
	struct nlmsghdr header;
	int at = 0;

	while (at <= len - (int)sizeof(header)) {
		memcpy(&header, (char *)buf + at, sizeof(header));
		header.nlmsg_seq = feed.seq;
		memcpy((char *)buf + at, &header, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > 0x10000)
			return;
		at += NLMSG_ALIGN((int)header.nlmsg_len);
	}
}

static int feed_receive(struct nl_sock *sock, struct sockaddr_nl *from, unsigned char **buf,
			struct ucred **creds)
{
	int len = 0;

	(void)sock;
	(void)creds;
	memset(from, 0, sizeof(*from));
	*buf = next_message(&len);
	if (!*buf)
		return -NLE_AGAIN;
	put_seq(*buf, len);
	/* A socket has no empty messages. */
	if (len)
		return len;
	free(*buf);
	return -NLE_AGAIN;
}

static int feed_connect(struct nl_sock *sock)
{
	(void)sock;
	return 0;
}

static int feed_send(struct nl_sock *sock, struct nl_msg *msg)
{
	nl_complete_msg(sock, msg);
	feed.seq = nlmsg_hdr(msg)->nlmsg_seq;
	feed.is_dump = (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	return 0;
}

static int feed_messages(struct nl_sock *sock, struct nl_cb *cb)
{
	nl_cb_overwrite_recv(cb, feed_receive);
	return nl_recvmsgs(sock, cb);
}

/**
 * fuzz_feed() - what clients that connect from now on are going to receive
 * @data: the input
 * @size: its length
 */
void fuzz_feed(const uint8_t *data, size_t size)
{
	memset(&feed, 0, sizeof(feed));
	feed.is_good = size && data[0] & 0x80;
	feed.data = data + (size ? 1 : 0);
	feed.size = size - (size ? 1 : 0);
}

#define genl_connect(sock)	      feed_connect(sock)
#define genl_ctrl_resolve(sock, name) FAMILY
#define nl_send_auto(sock, msg)	      feed_send(sock, msg)
#define nl_recvmsgs(sock, cb)	      feed_messages(sock, cb)

#include "client/client.c"
