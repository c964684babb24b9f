// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded into a reader: lets the module seem to have another ABI
 * version, by changing the answer to GET_INFO on its way.
 */
#include <dlfcn.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "linux/waitprof.h"

#define WRONG_ABI 999

static void change_attributes(char *at, size_t left)
{
	struct nlattr attr;
	__u32 abi = WRONG_ABI;

	while (left >= NLA_HDRLEN) {
		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > left)
			return;
		if (attr.nla_type == WAITPROF_A_INFO_ABI &&
		    attr.nla_len == NLA_HDRLEN + sizeof(abi))
			memcpy(at + NLA_HDRLEN, &abi, sizeof(abi));
		if ((size_t)NLA_ALIGN(attr.nla_len) >= left)
			return;
		left -= NLA_ALIGN(attr.nla_len);
		at += NLA_ALIGN(attr.nla_len);
	}
}

static void change(char *data, size_t left)
{
	struct nlmsghdr *header = (struct nlmsghdr *)data;
	struct genlmsghdr *family;

	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_type < NLMSG_MIN_TYPE || header->nlmsg_type == GENL_ID_CTRL ||
		    header->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
			continue;
		family = NLMSG_DATA(header);
		if (family->cmd == WAITPROF_CMD_GET_INFO)
			change_attributes((char *)family + GENL_HDRLEN,
					  header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t (*real)(int fd, struct msghdr *message, int flags);
	ssize_t got;

	real = (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	got = real(fd, message, flags);
	if (got > 0 && message->msg_iovlen == 1)
		change(message->msg_iov[0].iov_base, got < (ssize_t)message->msg_iov[0].iov_len ?
							     (size_t)got :
							     message->msg_iov[0].iov_len);
	return got;
}
