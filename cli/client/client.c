// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests over generic netlink: connect, send, take the answer apart into
 * messages, keep the refusal and its sentence. What the attributes mean is in
 * client_read.c; no other file of the command line knows of them.
 *
 * The session lives exactly as long as the socket, so a client that is killed
 * leaves nothing behind in the kernel.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/client.h"
#include "client/client_call.h"

/* A dump's messages are at most 32 KiB; the queue holds many of them. */
#define MESSAGE_BYTES 65536
#define QUEUE_BYTES   (4 << 20)

/* What is sent: the longest is a piece of a table of unwind rules with its steps. */
#define SEND_BYTES  16384
#define LARGE_BYTES 131072

struct client {
	struct nl_sock *sock;
	struct nl_cb *cb;
	int family;
	char message[256];

	/* of the call in progress */
	client_reply_fn reply;
	void *arg;
	int error;
	bool interrupted;
	bool done;
};

/* The errors of libnl that can be met here, as errno values. */
static int to_errno(int nl_error)
{
	switch (nl_error < 0 ? -nl_error : nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_INTR:
	case NLE_DUMP_INTR:
		return -EINTR;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_MSG_TRUNC:
	case NLE_MSG_OVERFLOW:
	case NLE_MSG_TOOSHORT:
		return -EMSGSIZE;
	case NLE_PROTO_MISMATCH:
	case NLE_AF_NOSUPPORT:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

/* The sentence lies in attributes behind the error or the done message. */
static void keep_message(struct client *c, const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;
	int rest;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || offset >= nlh->nlmsg_len)
		return;
	rest = (int)(nlh->nlmsg_len - offset);
	for (attr = (const void *)((const char *)nlh + offset); nla_ok(attr, rest);
	     attr = nla_next(attr, &rest))
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(c->message, attr, sizeof(c->message));
}

/*
 * What the kernel calls an error (include/linux/err.h: MAX_ERRNO) can be negated and named.
 * While the module is being removed there still is the family, but a dump is refused with
 * an error of its own (net/netlink/af_netlink.c, __netlink_dump_start()).
 */
static int error_on_wire(int error)
{
	if (error == -EPROTONOSUPPORT)
		return -ENOENT;
	return error < 0 && error >= -4095 ? error : -EBADMSG;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct client *c = arg;
	/* libnl hands out the payload of the message it belongs to. */
	const struct nlmsghdr *nlh = (const void *)((const char *)err - NLMSG_HDRLEN);
	size_t offset = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(*err));

	(void)from;
	c->error = error_on_wire(err->error);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		offset += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	keep_message(c, nlh, offset);
	c->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct client *c = arg;

	(void)msg;
	c->done = true;
	return NL_STOP;
}

/* A dump that fails half way says so in its last message. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct client *c = arg;
	int error = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(nlh), sizeof(error));
	if (error < 0) {
		c->error = error_on_wire(error);
		keep_message(c, nlh, NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(error)));
	}
	c->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[WAITPROF_A_MAX + 1];
	struct client *c = arg;
	int ret;

	if (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP_INTR)
		c->interrupted = true;
	if (c->error || !c->reply)
		return NL_OK;
	ret = genlmsg_parse(nlmsg_hdr(msg), 0, attrs, WAITPROF_A_MAX, NULL);
	ret = ret < 0 ? -EBADMSG : c->reply(attrs, c->arg);
	/* The rest of a dump is still read: it would answer the next call. */
	if (ret < 0)
		c->error = ret;
	return NL_OK;
}

static int set_up(struct client *c)
{
	int ret, on = 1;

	ret = genl_connect(c->sock);
	if (ret)
		return to_errno(ret);
	nl_socket_set_buffer_size(c->sock, QUEUE_BYTES, LARGE_BYTES);
	nl_socket_set_msg_buf_size(c->sock, MESSAGE_BYTES);
	nl_socket_disable_auto_ack(c->sock);
	/* Without it refusals have no sentence, which is a pity but no error. */
	setsockopt(nl_socket_get_fd(c->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(c->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	c->family = genl_ctrl_resolve(c->sock, WAITPROF_GENL_NAME);
	if (c->family < 0)
		return to_errno(c->family);
	nl_cb_set(c->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, c);
	nl_cb_set(c->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, c);
	nl_cb_set(c->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, c);
	nl_cb_err(c->cb, NL_CB_CUSTOM, on_error, c);
	return 0;
}

/**
 * client_connect() - open a socket to the module
 * @client: result
 *
 * Return: 0; -ENOENT when there is no family of that name (module not loaded);
 * another -errno.
 */
int client_connect(struct client **client)
{
	struct client *c = calloc(1, sizeof(*c));
	int ret = -ENOMEM;

	if (!c)
		return ret;
	c->sock = nl_socket_alloc();
	c->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (c->sock && c->cb)
		ret = set_up(c);
	if (ret) {
		client_free(c);
		c = NULL;
	}
	*client = c;
	return ret;
}

/**
 * client_free() - close the socket; the kernel ends its sessions
 * @client: may be NULL
 */
void client_free(struct client *client)
{
	if (!client)
		return;
	if (client->cb)
		nl_cb_put(client->cb);
	if (client->sock)
		nl_socket_free(client->sock);
	free(client);
}

/**
 * client_message() - the module's sentence about the last refusal
 * @client: client
 *
 * Return: the sentence, empty when there was none.
 */
const char *client_message(const struct client *client)
{
	return client->message;
}

static struct nl_msg *prepare(struct client *client, int cmd, bool dump, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);
	int flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client->family, 0, flags, (uint8_t)cmd,
			 WAITPROF_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * client_prepare() - begin a request
 * @client: client
 * @cmd: WAITPROF_CMD_*
 * @dump: many replies
 *
 * Return: the message, to be given to client_call(); NULL when memory is out.
 */
struct nl_msg *client_prepare(struct client *client, int cmd, bool dump)
{
	return prepare(client, cmd, dump, SEND_BYTES);
}

/**
 * client_prepare_large() - begin a request about a session that carries much
 * @client: client
 * @cmd: WAITPROF_CMD_*
 * @id: session
 *
 * Return: as client_prepare().
 */
struct nl_msg *client_prepare_large(struct client *client, int cmd, uint32_t id)
{
	struct nl_msg *msg = prepare(client, cmd, false, LARGE_BYTES);

	if (msg && nla_put_u32(msg, WAITPROF_A_SESSION_ID, id)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * client_call() - send a request and read the whole answer
 * @client: client
 * @msg: from client_prepare(), is freed; NULL gives -ENOMEM
 * @reply: called for each message of the answer, may be NULL
 * @arg: for @reply
 *
 * Return: 0; -EINTR when a dump was interrupted by a change, to be repeated;
 * the module's refusal; what @reply returned.
 */
int client_call(struct client *client, struct nl_msg *msg, client_reply_fn reply, void *arg)
{
	int ret;

	if (!msg)
		return -ENOMEM;
	client->reply = reply;
	client->arg = arg;
	client->error = 0;
	client->interrupted = false;
	client->done = false;
	client->message[0] = '\0';
	ret = nl_send_auto(client->sock, msg);
	nlmsg_free(msg);
	while (ret >= 0 && !client->done) {
		ret = nl_recvmsgs(client->sock, client->cb);
		/* Said at the end of the dump; the message was taken. */
		if (ret == -NLE_DUMP_INTR) {
			client->interrupted = true;
			ret = 0;
		}
		if (client->done)
			ret = 0;
	}
	if (client->error)
		return client->error;
	if (ret < 0)
		return to_errno(ret);
	return client->interrupted ? -EINTR : 0;
}
