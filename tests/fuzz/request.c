// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads files of requests and makes the requests. A file (tests/fuzz/requests) is a
 * sequence for one socket. A line is a comment (#), or one of
 *
 *	as WHO			who makes all of them, see orderly.c
 *	starve			each of their allocations fails once in any run
 *	pause MILLISECONDS
 *	probes on|off		all kprobes of the kernel
 *	[Nx] [do|dump] COMMAND [ATTRIBUTE=VALUE]... [-> RESULT]
 *
 * RESULT is "ok", an errno or "any"; without it "ok". A VALUE is
 *
 *	17, 0x11		a number, as long as the attribute's values are
 *	session other space epoch pid forker next	likewise; see struct place
 *	u8:1,2 u32:1,2 u64:1	numbers of another length, or several
 *	text:abc		with a 0 behind it
 *	zeros:N			N bytes
 *	rules:N[,FIRST[,STEP]]	rows FIRST.. of a table, 16 bytes of code each
 *	step:CFA,ADD,RBP,RBX,BASE,KIND,PAD[;...]	rows of the structures in
 *	rule:OFFSET,STEP[;...]	the uapi header
 *	map:START,END,OFFSET,TABLE,PAD[;...]
 *	maps:TABLE forkmaps:TABLE	the executable mappings of pid, of forker
 *	numbered:N		N mappings, each with a table of its own
 */
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/genetlink.h>
#include <linux/waitprof.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"
#include "names.h"
#include "request.h"

#define KPROBES "/sys/kernel/debug/kprobes/enabled"

struct value {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
};

/* --- values --- */

static void put(struct value *value, const void *bytes, size_t len)
{
	if (value->len + len > sizeof(value->bytes))
		return;
	memcpy(value->bytes + value->len, bytes, len);
	value->len += len;
}

/* Host byte order is little endian, so the first bytes are the low ones. */
static void put_number(struct value *value, uint64_t number, size_t size)
{
	put(value, &number, size);
}

/* Numbers behind commas, rows behind semicolons; each with its own length. */
static void put_rows(struct value *value, const char *text, const uint8_t *sizes)
{
	size_t column = 0;
	char *end;

	while (*text) {
		put_number(value, strtoull(text, &end, 0), sizes[column]);
		if (end == text)
			return;
		column = *end == ';' || !sizes[column + 1] ? 0 : column + 1;
		text = *end ? end + 1 : end;
	}
}

static void put_rules(struct value *value, const char *text)
{
	uint32_t nr = 0, first = 0, step = 0;

	if (sscanf(text, "%" SCNu32 ",%" SCNu32 ",%" SCNu32, &nr, &first, &step) < 1)
		return;
	for (uint32_t i = 0; i < nr; i++) {
		struct waitprof_rule rule = { .offset = 16 * (first + i), .step = step };

		put(value, &rule, sizeof(rule));
	}
}

/**
 * request_mappings() - the executable mappings of a process
 * @pid: process
 * @rows: result, their table is 0
 * @room: for so many
 *
 * Return: their number.
 */
uint32_t request_mappings(uint32_t pid, struct waitprof_mapping *rows, uint32_t room)
{
	char path[64], line[512], perms[8];
	uint32_t nr = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	file = fopen(path, "r");
	while (file && nr < room && fgets(line, sizeof(line), file)) {
		unsigned long long start, end, offset;

		if (sscanf(line, "%llx-%llx %7s %llx", &start, &end, perms, &offset) != 4 ||
		    perms[2] != 'x' || start >> 47)
			continue;
		rows[nr++] =
			(struct waitprof_mapping){ .start = start, .end = end, .offset = offset };
	}
	if (file)
		fclose(file);
	return nr;
}

static void put_maps(struct value *value, uint32_t pid, uint32_t table)
{
	struct waitprof_mapping rows[TARGET_MAPPINGS];
	uint32_t nr = request_mappings(pid, rows, TARGET_MAPPINGS);

	for (uint32_t i = 0; i < nr; i++) {
		rows[i].table = table;
		put(value, &rows[i], sizeof(rows[i]));
	}
}

static void put_numbered(struct value *value, struct place *place, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		struct waitprof_mapping row = {
			.start = (i + 1) * 0x1000ULL,
			.end = (i + 2) * 0x1000ULL,
			.table = ++place->next,
		};

		put(value, &row, sizeof(row));
	}
}

static bool put_variable(struct value *value, const char *name, struct place *place, size_t size)
{
	if (!strcmp(name, "session"))
		put_number(value, place->session, size);
	else if (!strcmp(name, "other"))
		put_number(value, place->other, size);
	else if (!strcmp(name, "space"))
		put_number(value, place->space, size);
	else if (!strcmp(name, "epoch"))
		put_number(value, place->epoch, size);
	else if (!strcmp(name, "pid"))
		put_number(value, place->pid, size);
	else if (!strcmp(name, "forker"))
		put_number(value, place->forker, size);
	else if (!strcmp(name, "next"))
		put_number(value, ++place->next, size);
	else
		return false;
	return true;
}

static bool put_array(struct value *value, const char *kind, const char *text, struct place *place)
{
	static const struct {
		const char *kind;
		uint8_t sizes[8];
	} forms[] = {
		{ "u8", { 1 } },      { "u32", { 4 } },
		{ "u64", { 8 } },     { "step", { 4, 2, 2, 2, 1, 1, 4 } },
		{ "rule", { 4, 4 } }, { "map", { 8, 8, 8, 4, 4 } },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(kind, forms[i].kind)) {
			put_rows(value, text, forms[i].sizes);
			return true;
		}
	if (!strcmp(kind, "text")) {
		put(value, text, strlen(text) + 1);
	} else if (!strcmp(kind, "zeros")) {
		memset(value->bytes, 0, sizeof(value->bytes));
		value->len = strtoul(text, NULL, 0);
	} else if (!strcmp(kind, "rules")) {
		put_rules(value, text);
	} else if (!strcmp(kind, "maps")) {
		put_maps(value, place->pid, strtoul(text, NULL, 0));
	} else if (!strcmp(kind, "forkmaps")) {
		put_maps(value, place->forker, strtoul(text, NULL, 0));
	} else if (!strcmp(kind, "numbered")) {
		put_numbered(value, place, strtoul(text, NULL, 0));
	} else {
		return false;
	}
	return true;
}

/* @word is ATTRIBUTE=VALUE; is cut into pieces. */
static bool put_attribute(struct message *message, char *word, struct place *place)
{
	static __thread struct value value;
	const struct attribute_name *attribute;
	char *text = strchr(word, '='), *colon;
	uint64_t number;
	char *end;

	value.len = 0;
	if (!text)
		return false;
	*text++ = '\0';
	attribute = attribute_by_name(word);
	if (!attribute)
		return false;
	colon = strchr(text, ':');
	if (colon)
		*colon++ = '\0';
	number = strtoull(text, &end, 0);
	if (colon ? !put_array(&value, text, colon, place) :
		    *end && !put_variable(&value, text, place, attribute->size ?: 4))
		return false;
	if (!colon && !*end)
		put_number(&value, number, attribute->size);
	message_add(message, attribute->type, value.bytes, value.len);
	return true;
}

/* --- making them --- */

struct answer {
	struct place *place;
	int result;
};

static void take(const struct nlmsghdr *nlh, int error, void *arg)
{
	struct answer *answer = arg;
	struct place *place = answer->place;
	const struct genlmsghdr *genl = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	const void *value;

	if (nlh->nlmsg_seq != place->seq)
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
		answer->result = -error;
	if (nlh->nlmsg_type != place->family)
		return;
	value = wire_attribute(nlh, WAITPROF_A_SESSION_ID, 4);
	if (value && genl->cmd == WAITPROF_CMD_SESSION_NEW)
		memcpy(&place->session, value, 4);
	value = wire_attribute(nlh, WAITPROF_A_SPACE_ID, 8);
	if (value)
		memcpy(&place->space, value, 8);
	value = wire_attribute(nlh, WAITPROF_A_SPACE_EPOCH, 4);
	if (value)
		memcpy(&place->epoch, value, 4);
}

static int probes(const char *how)
{
	FILE *file = how ? fopen(KPROBES, "w") : NULL;

	if (!file)
		return REQUEST_BAD;
	fputs(strcmp(how, "off") ? "1" : "0", file);
	return fclose(file) ? REQUEST_BAD : 0;
}

/* What is no message. Returns REQUEST_NO_ANSWER if it is one after all. */
static int step_aside(const char *word, char **save, bool hurried)
{
	const char *what;

	if (!strcmp(word, "probes"))
		return probes(strtok_r(NULL, " ", save));
	if (strcmp(word, "pause"))
		return REQUEST_NO_ANSWER;
	what = strtok_r(NULL, " ", save);
	if (!hurried)
		usleep(what ? 1000 * strtoul(what, NULL, 0) : 0);
	return 0;
}

/**
 * request_make() - make one request and read all of its answer
 * @request: the request
 * @place: where; takes what is told
 *
 * Return: the errno of the answer, 0 for success; REQUEST_NO_ANSWER, REQUEST_BAD.
 */
int request_make(const struct request *request, struct place *place)
{
	static __thread struct message message;
	struct answer answer = { place, REQUEST_NO_ANSWER };
	const struct command_name *command;
	char *text = strdup(request->text), *save, *word;
	bool dump;
	int aside;

	word = text ? strtok_r(text, " ", &save) : NULL;
	if (!word)
		goto bad;
	aside = step_aside(word, &save, place->hurried);
	if (aside != REQUEST_NO_ANSWER) {
		free(text);
		return aside;
	}
	command = command_by_name(word);
	dump = command ? command->dump : !strcmp(word, "dump");
	if (!command && (dump || !strcmp(word, "do"))) {
		word = strtok_r(NULL, " ", &save);
		command = word ? command_by_name(word) : NULL;
	}
	if (!command)
		goto bad;
	message_start(&message, place->family, command->id, dump ? NLM_F_DUMP : 0, ++place->seq);
	while ((word = strtok_r(NULL, " ", &save)))
		if (!put_attribute(&message, word, place))
			goto bad;
	free(text);
	wire_send(place->fd, message.bytes, message.len);
	place->outcome.sent++;
	wire_drain(place->fd, &place->outcome, 0, take, &answer);
	return answer.result;
bad:
	free(text);
	return REQUEST_BAD;
}

/* --- files --- */

static bool add_line(struct requests *requests, char *text, uint32_t number)
{
	struct request *more = reallocarray(requests->lines, requests->nr + 1, sizeof(*more));
	struct request *request;
	char *arrow = strstr(text, " -> ");
	int at = 0;

	if (!more)
		return false;
	requests->lines = more;
	request = &more[requests->nr++];
	*request = (struct request){ .number = number, .times = 1 };
	if (arrow) {
		*arrow = '\0';
		request->wanted = strcmp(arrow + 4, "any") ? error_by_name(arrow + 4) : REQUEST_ANY;
		if (request->wanted < 0 && strcmp(arrow + 4, "any"))
			return false;
	}
	if (sscanf(text, "%" SCNu32 "x %n", &request->times, &at) < 1 || !at) {
		request->times = 1;
		at = 0;
	}
	request->text = strdup(text + at);
	return request->text;
}

/**
 * requests_read() - read a file of requests
 * @requests: result, to be given to requests_free()
 * @path: the file; outlives @requests
 *
 * Return: false, and a line on standard error, if it cannot be read.
 */
bool requests_read(struct requests *requests, const char *path)
{
	FILE *file = fopen(path, "r");
	uint32_t number = 0;
	bool good = file;
	char line[4096];

	*requests = (struct requests){ .name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path,
				       .who = "root" };
	while (good && fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#' || sscanf(line, "as %15s", requests->who) == 1)
			continue;
		if (strcmp(line, "starve"))
			good = add_line(requests, line, number);
		else
			requests->starve = true;
	}
	if (!good)
		fprintf(stderr, "%s:%u: cannot be read\n", path, number);
	if (file)
		fclose(file);
	return good;
}

/**
 * requests_free() - forget a file of requests
 * @requests: the file
 */
void requests_free(struct requests *requests)
{
	for (size_t i = 0; i < requests->nr; i++)
		free(requests->lines[i].text);
	free(requests->lines);
}
