// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes messages. Each begins as a valid request of some command with values
 * that range from sensible to hostile; then its kind decides what is done to it.
 * Some kinds are wrong beyond doubt: the module must refuse them, which the
 * sender checks. Of the others only their sender's survival is known.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/waitprof.h>
#include <string.h>

#include "fill.h"
#include "message.h"

const char *const message_kinds[MESSAGE_NR_KINDS] = {
	"valid",   "garbage", "cut",  "length",	 "nested",
	"unknown", "huge",    "bits", "command", "flipped",
};

static struct nlmsghdr *header(struct message *message)
{
	return (struct nlmsghdr *)message->bytes;
}

/**
 * message_start() - begin a message
 * @message: the message
 * @family: its family
 * @command: WAITPROF_CMD_*
 * @flags: NLM_F_*
 * @seq: its number
 */
void message_start(struct message *message, uint16_t family, uint8_t command, uint16_t flags,
		   uint32_t seq)
{
	struct genlmsghdr genl = { .cmd = command, .version = WAITPROF_GENL_VERSION };

	message->len = NLMSG_HDRLEN + GENL_HDRLEN;
	message->seq = seq;
	message->must_fail = false;
	*header(message) = (struct nlmsghdr){
		.nlmsg_len = message->len,
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.nlmsg_seq = seq,
	};
	memcpy(message->bytes + NLMSG_HDRLEN, &genl, sizeof(genl));
}

/**
 * message_add() - add an attribute, if there is room for it
 * @message: the message
 * @type: WAITPROF_A_*, or anything else
 * @value: its value
 * @len: length of @value
 */
void message_add(struct message *message, uint16_t type, const void *value, size_t len)
{
	struct nlattr attr = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	if (message->len + NLA_HDRLEN + NLA_ALIGN(len) > MESSAGE_MAX || len > 65000)
		return;
	memcpy(message->bytes + message->len, &attr, sizeof(attr));
	memset(message->bytes + message->len + NLA_HDRLEN, 0, NLA_ALIGN(len));
	memcpy(message->bytes + message->len + NLA_HDRLEN, value, len);
	message->len += NLA_HDRLEN + NLA_ALIGN(len);
	header(message)->nlmsg_len = message->len;
}

static void make_garbage(struct message *message, struct random *random)
{
	uint32_t len = random_below(random, one_in(random, 10) ? 4000 : 64), i;

	message->len = NLMSG_HDRLEN + GENL_HDRLEN + len;
	header(message)->nlmsg_len = message->len;
	for (i = 0; i < len; i++)
		message->bytes[NLMSG_HDRLEN + GENL_HDRLEN + i] = random_next(random) >> 40;
}

static void make_cut(struct message *message, struct random *random)
{
	switch (random_below(random, 4)) {
	case 0: /* less than its header says */
		message->len = random_below(random, message->len) + 1;
		break;
	case 1: /* the header says less than there is */
		header(message)->nlmsg_len = random_below(random, message->len);
		break;
	case 2: /* no generic header, or half of one */
		message->len = NLMSG_HDRLEN + random_below(random, GENL_HDRLEN);
		header(message)->nlmsg_len = message->len;
		message->must_fail = true;
		break;
	default: /* ends within an attribute */
		message->len -= random_below(random, message->len - NLMSG_HDRLEN);
		header(message)->nlmsg_len = message->len;
	}
}

static struct nlattr *attribute_any(struct message *message, struct random *random)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN, found = 0;

	while (at + NLA_HDRLEN <= message->len) {
		const struct nlattr *attr = (struct nlattr *)(message->bytes + at);

		if (!found || one_in(random, 2))
			found = at;
		at += NLA_ALIGN(attr->nla_len);
	}
	return found ? (struct nlattr *)(message->bytes + found) : NULL;
}

/* A scalar one byte too long or too short; or a length that lies. */
static void make_length(struct message *message, struct random *random)
{
	static const uint8_t zeros[24];
	struct nlattr *attr;

	if (one_in(random, 2)) {
		message_add(message, WAITPROF_A_SESSION_ID, zeros,
			    one_in(random, 2) ? random_below(random, 4) :
						5 + random_below(random, 16));
		message->must_fail = true;
		return;
	}
	attr = attribute_any(message, random);
	if (attr)
		attr->nla_len = one_in(random, 3) ? fill_hostile(random) :
						    attr->nla_len + random_below(random, 9) - 4;
}

static void make_nested(struct message *message, struct random *random)
{
	uint32_t depth = 1 + random_below(random, 200), i;
	uint8_t nest[4 * 201] = {};
	struct nlattr *attr = attribute_any(message, random);

	if (attr && one_in(random, 2)) {
		attr->nla_type |= one_in(random, 2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
		return;
	}
	for (i = 0; i < depth; i++) {
		struct nlattr inner = {
			.nla_len = (depth - i) * NLA_HDRLEN,
			.nla_type = NLA_F_NESTED | random_below(random, WAITPROF_A_MAX + 1),
		};

		memcpy(nest + i * NLA_HDRLEN, &inner, sizeof(inner));
	}
	message_add(message, NLA_F_NESTED | random_below(random, WAITPROF_A_MAX + 1), nest,
		    depth * NLA_HDRLEN);
}

static void make_unknown(struct message *message, struct random *random)
{
	static const uint16_t types[] = {
		WAITPROF_A_INFO_ABI,
		WAITPROF_A_POINT_NAME,
		WAITPROF_A_STATS_LOSSES,
		WAITPROF_A_UNKNOWN,
		WAITPROF_A_MAX + 1,
		WAITPROF_A_MAX + 100,
		0x3fff,
	};
	uint64_t value = fill_hostile(random);

	message_add(message, types[random_below(random, sizeof(types) / sizeof(types[0]))], &value,
		    4 << random_below(random, 2));
	message->must_fail = true;
}

/* Rows without end; what is in them comes of a few random bytes. */
static void make_huge_rules(struct message *message, struct random *random,
			    const struct target *target)
{
	static const uint16_t types[] = { WAITPROF_A_RULES, WAITPROF_A_RULES_STEPS,
					  WAITPROF_A_SPACE_MAPPINGS };
	static __thread uint8_t bytes[65000];
	uint32_t i, len = sizeof(bytes) - random_below(random, 64);

	for (i = 0; i < len; i++)
		bytes[i] = one_in(random, 40) ? random_next(random) : i >= 24 ? bytes[i - 24] : 0;
	message_start(message, target->family, WAITPROF_CMD_ADD_RULES, 0, message->seq);
	message_add(message, WAITPROF_A_SESSION_ID, &target->session, 4);
	i = random_below(random, 3);
	if (i == 2) {
		message_add(message, WAITPROF_A_SPACE_ID, &target->space, sizeof(target->space));
		message_add(message, WAITPROF_A_SPACE_EPOCH, &target->epoch, 4);
	} else {
		uint32_t table = 5, total = fill_hostile(random), first = 0;

		message_add(message, WAITPROF_A_RULES_TABLE, &table, sizeof(table));
		message_add(message, WAITPROF_A_RULES_TOTAL, &total, sizeof(total));
		message_add(message, WAITPROF_A_RULES_FIRST, &first, sizeof(first));
	}
	if (i == 1)
		fill_rows(message, WAITPROF_A_RULES, 0, 4, random);
	message_add(message, types[i], bytes, len);
}

static void make_huge(struct message *message, struct random *random, const struct target *target)
{
	uint16_t type = one_in(random, 2) ? WAITPROF_A_SESSION_TGIDS : WAITPROF_A_SESSION_TIDS;

	if (one_in(random, 3))
		return make_huge_rules(message, random, target);
	message_start(message, target->family, WAITPROF_CMD_SESSION_NEW, 0, message->seq);
	fill_ids(message, type,
		 WAITPROF_MAX_IDS + 1 + random_below(random, one_in(random, 50) ? 15000 : 100),
		 random, target);
	message->must_fail = true;
}

static void make_bits(struct message *message, struct random *random, const struct target *target)
{
	static const struct {
		uint8_t command, type;
		uint32_t known;
		bool dump;
	} masks[] = {
		{ WAITPROF_CMD_SESSION_NEW, WAITPROF_A_SESSION_CLASSES,
		  (1U << (WAITPROF_CLASS_MAX + 1)) - 2, false },
		{ WAITPROF_CMD_SESSION_NEW, WAITPROF_A_SESSION_FLAGS, WAITPROF_SESSION_F_ALL,
		  false },
		{ WAITPROF_CMD_GET_TOTALS, WAITPROF_A_TOTALS_FLAGS, WAITPROF_TOTALS_F_ALL, true },
		{ WAITPROF_CMD_GET_OPEN, WAITPROF_A_OPEN_FLAGS, WAITPROF_OPEN_F_ALL, true },
	};
	uint32_t i = random_below(random, sizeof(masks) / sizeof(masks[0])), value;

	do
		value = 1U << random_below(random, 32);
	while (value & masks[i].known);
	value |= random_next(random) & masks[i].known;
	message_start(message, target->family, masks[i].command, masks[i].dump ? NLM_F_DUMP : 0,
		      message->seq);
	message_add(message, WAITPROF_A_SESSION_ID, &target->session, 4);
	message_add(message, masks[i].type, &value, sizeof(value));
	message->must_fail = true;
}

static void make_command(struct message *message, struct random *random, struct target *target)
{
	const struct command *command = fill_choose(random);
	uint8_t id = WAITPROF_CMD_MAX + 1 + random_below(random, 255 - WAITPROF_CMD_MAX);

	message->must_fail = true;
	if (one_in(random, 2)) {
		message_start(message, target->family, one_in(random, 8) ? 0 : id,
			      one_in(random, 2) ? NLM_F_DUMP : 0, message->seq);
		return;
	}
	/* A dump asked for as a single answer, or the other way round. */
	message_start(message, target->family, command->id, command->dump ? 0 : NLM_F_DUMP,
		      message->seq);
	fill(message, command, random, target);
}

static void make_flipped(struct message *message, struct random *random,
			 const struct target *target)
{
	uint32_t nr = 1 + random_below(random, 6), at;

	while (nr--) {
		at = one_in(random, 6) ?
			     random_below(random, NLMSG_HDRLEN) :
			     NLMSG_HDRLEN + random_below(random, message->len - NLMSG_HDRLEN);
		if (one_in(random, 2))
			message->bytes[at] ^= 1 << random_below(random, 8);
		else
			message->bytes[at] = fill_hostile(random);
	}
	/* Still ours, and still to be told apart. */
	header(message)->nlmsg_type = target->family;
	header(message)->nlmsg_seq = message->seq;
}

/**
 * message_make() - make some message
 * @message: result
 * @random: what decides
 * @target: what it is aimed at; takes how far a table has been sent
 * @seq: its number
 */
void message_make(struct message *message, struct random *random, struct target *target,
		  uint32_t seq)
{
	const struct command *command = fill_choose(random);

	message_start(message, target->family, command->id, command->dump ? NLM_F_DUMP : 0, seq);
	fill(message, command, random, target);
	message->kind = random_below(random, MESSAGE_NR_KINDS);
	switch (message->kind) {
	case MESSAGE_GARBAGE:
		return make_garbage(message, random);
	case MESSAGE_CUT:
		return make_cut(message, random);
	case MESSAGE_LENGTH:
		return make_length(message, random);
	case MESSAGE_NESTED:
		return make_nested(message, random);
	case MESSAGE_UNKNOWN:
		return make_unknown(message, random);
	case MESSAGE_HUGE:
		return make_huge(message, random, target);
	case MESSAGE_BITS:
		return make_bits(message, random, target);
	case MESSAGE_COMMAND:
		return make_command(message, random, target);
	case MESSAGE_FLIPPED:
		return make_flipped(message, random, target);
	case MESSAGE_VALID:
	case MESSAGE_NR_KINDS:
		return;
	}
}
