// SPDX-License-Identifier: GPL-2.0-only
/*
 * What requests are about: which command, which attributes, and values that range
 * from sensible to hostile. Lengths are right here; message.c does the rest.
 */
#include <linux/waitprof.h>
#include <string.h>

#include "fill.h"

static const struct command commands[] = {
	{ WAITPROF_CMD_GET_INFO, 1, false, {} },
	{ WAITPROF_CMD_GET_POINTS, 16, true, {} },
	{ WAITPROF_CMD_SESSION_NEW,
	  100,
	  false,
	  { { WAITPROF_A_SESSION_CLASSES, 4 },
	    { WAITPROF_A_SESSION_TGIDS, 0 },
	    { WAITPROF_A_SESSION_TIDS, 0 },
	    { WAITPROF_A_SESSION_NOT_TGID, 4 },
	    { WAITPROF_A_SESSION_MIN_NS, 8 },
	    { WAITPROF_A_SESSION_COMM_GLOB, 0 },
	    { WAITPROF_A_SESSION_CGROUP, 8 },
	    { WAITPROF_A_SESSION_FLAGS, 4 },
	    { WAITPROF_A_SESSION_BYTES, 8 },
	    { WAITPROF_A_SESSION_RECORDS, 4 },
	    { WAITPROF_A_SESSION_PAUSED, 1 },
	    { WAITPROF_A_SESSION_GUARD, 4 } } },
	{ WAITPROF_CMD_SESSION_PAUSE,
	  16,
	  false,
	  { { WAITPROF_A_SESSION_ID, 4 }, { WAITPROF_A_SESSION_PAUSED, 1 } } },
	{ WAITPROF_CMD_SESSION_DEL, 6, false, { { WAITPROF_A_SESSION_ID, 4 } } },
	{ WAITPROF_CMD_SESSION_GET, 8, true, {} },
	{ WAITPROF_CMD_GET_TOTALS,
	  40,
	  true,
	  { { WAITPROF_A_SESSION_ID, 4 }, { WAITPROF_A_TOTALS_FLAGS, 4 } } },
	{ WAITPROF_CMD_GET_STACKS,
	  40,
	  true,
	  { { WAITPROF_A_SESSION_ID, 4 }, { WAITPROF_A_STACK_FROM, 4 } } },
	{ WAITPROF_CMD_GET_OPEN,
	  40,
	  true,
	  { { WAITPROF_A_SESSION_ID, 4 }, { WAITPROF_A_OPEN_FLAGS, 4 } } },
	{ WAITPROF_CMD_GET_RECORDS, 30, true, { { WAITPROF_A_SESSION_ID, 4 } } },
	{ WAITPROF_CMD_GET_UNKNOWN, 20, true, { { WAITPROF_A_SESSION_ID, 4 } } },
	/* As if its sender had mixed all up; well-formed ones: add_piece(), add_space(). */
	{ WAITPROF_CMD_ADD_RULES,
	  30,
	  false,
	  { { WAITPROF_A_SESSION_ID, 4 },
	    { WAITPROF_A_RULES_TABLE, 4 },
	    { WAITPROF_A_RULES_TOTAL, 4 },
	    { WAITPROF_A_RULES_FIRST, 4 },
	    { WAITPROF_A_RULES, 0 },
	    { WAITPROF_A_RULES_STEPS, 0 } } },
	{ WAITPROF_CMD_ADD_RULES,
	  30,
	  false,
	  { { WAITPROF_A_SESSION_ID, 4 },
	    { WAITPROF_A_SPACE_ID, 8 },
	    { WAITPROF_A_SPACE_EPOCH, 4 },
	    { WAITPROF_A_SPACE_MAPPINGS, 0 } } },
	{ WAITPROF_CMD_ADD_RULES,
	  20,
	  false,
	  { { WAITPROF_A_SESSION_ID, 4 }, { WAITPROF_A_SPACE_TGID, 4 } } },
	{ WAITPROF_CMD_ADD_RULES, 60, false, {} },
	{ WAITPROF_CMD_GET_STATS, 30, false, { { WAITPROF_A_SESSION_ID, 4 } } },
	{ WAITPROF_CMD_GET_TASKS, 20, true, { { WAITPROF_A_SESSION_ID, 4 } } },
	{ WAITPROF_CMD_GET_COST, 8, true, {} },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/**
 * fill_choose() - choose a command, each as often as it is worth
 * @random: what decides
 *
 * Return: the command.
 */
const struct command *fill_choose(struct random *random)
{
	uint32_t i, sum = 0, at;

	for (i = 0; i < NR_COMMANDS; i++)
		sum += commands[i].weight;
	at = random_below(random, sum);
	for (i = 0; at >= commands[i].weight; i++)
		at -= commands[i].weight;
	return &commands[i];
}

/**
 * fill_hostile() - some number, mostly one of those that are forgotten
 * @random: what decides
 *
 * Return: the number.
 */
uint64_t fill_hostile(struct random *random)
{
	static const uint64_t edges[] = {
		0,
		1,
		2,
		3,
		255,
		256,
		4096,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffffffffffff,
	};

	if (one_in(random, 4))
		return random_next(random) >> random_below(random, 64);
	return edges[random_below(random, sizeof(edges) / sizeof(edges[0]))];
}

/* A value of the kind that the attribute wants: right, or legal and hostile. */
static uint64_t value_of(uint8_t type, struct random *random, const struct target *target)
{
	bool sensible = !one_in(random, 4);

	switch (type) {
	case WAITPROF_A_SESSION_ID:
		if (one_in(random, 16))
			return target->other;
		return sensible ? target->session : fill_hostile(random);
	case WAITPROF_A_SESSION_CLASSES:
		return random_below(random, 1 << (WAITPROF_CLASS_MAX + 1)) & ~1U;
	case WAITPROF_A_SESSION_FLAGS:
		return random_next(random) & WAITPROF_SESSION_F_ALL;
	case WAITPROF_A_SESSION_BYTES:
		return sensible ? 1ULL << (18 + random_below(random, 6)) : fill_hostile(random);
	case WAITPROF_A_SESSION_RECORDS:
		return sensible ? 1 + random_below(random, 1000) : fill_hostile(random);
	case WAITPROF_A_SESSION_GUARD:
		return sensible ? random_below(random, 1000001) : fill_hostile(random);
	case WAITPROF_A_SESSION_MIN_NS:
		return sensible ? random_below(random, 100000) : fill_hostile(random);
	case WAITPROF_A_SESSION_CGROUP:
		return one_in(random, 2) ? random_below(random, 4) : fill_hostile(random);
	case WAITPROF_A_RULES_TABLE:
	case WAITPROF_A_RULES_TOTAL:
	case WAITPROF_A_RULES_FIRST:
		return sensible ? random_below(random, 4) : fill_hostile(random);
	case WAITPROF_A_SPACE_ID:
		return sensible ? target->space : fill_hostile(random);
	case WAITPROF_A_SPACE_EPOCH:
		return sensible ? target->epoch : fill_hostile(random);
	case WAITPROF_A_SPACE_TGID:
		if (one_in(random, 4))
			return target->forker;
		return sensible ? target->pid : fill_hostile(random);
	case WAITPROF_A_SESSION_PAUSED:
	case WAITPROF_A_TOTALS_FLAGS:
	case WAITPROF_A_OPEN_FLAGS:
		return random_next(random) & 1;
	}
	return sensible ? target->pid : fill_hostile(random);
}

/**
 * fill_ids() - add an array of ids
 * @message: the message
 * @type: WAITPROF_A_*
 * @nr: so many
 * @random: what decides
 * @target: whose processes are among them
 */
void fill_ids(struct message *message, uint16_t type, uint32_t nr, struct random *random,
	      const struct target *target)
{
	static __thread uint32_t ids[16384];
	uint32_t i;

	for (i = 0; i < nr; i++)
		ids[i] = one_in(random, 8) ? target->pid : fill_hostile(random);
	message_add(message, type, ids, nr * sizeof(ids[0]));
}

/**
 * fill_rows() - add rows as they should be, but now and then with a hostile field
 * @message: the message
 * @type: of rules, steps or mappings
 * @first: number of the first row
 * @nr: so many, WAITPROF_MAX_IDS at most
 * @random: what decides
 */
void fill_rows(struct message *message, uint16_t type, uint32_t first, uint32_t nr,
	       struct random *random)
{
	union {
		struct waitprof_rule rules[WAITPROF_MAX_IDS];
		struct waitprof_step steps[WAITPROF_MAX_IDS];
		struct waitprof_mapping mappings[WAITPROF_MAX_IDS];
	} rows = {};
	size_t size = 0;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		uint32_t odd = one_in(random, 100) ? fill_hostile(random) : 0;

		if (type == WAITPROF_A_RULES) {
			size = sizeof(rows.rules[0]);
			rows.rules[i].offset = 16 * (first + i) + odd;
			rows.rules[i].step = random_below(random, 4);
		} else if (type == WAITPROF_A_RULES_STEPS) {
			size = sizeof(rows.steps[0]);
			rows.steps[i].cfa_offset = 8 + odd;
			rows.steps[i].rbp_offset = -16;
			rows.steps[i].base = random_below(random, WAITPROF_BASE_MAX + 1);
			rows.steps[i].kind = odd ? odd : WAITPROF_STEP_CALL;
		} else {
			size = sizeof(rows.mappings[0]);
			rows.mappings[i].start = (i + 1) * 0x100000ULL;
			rows.mappings[i].end = (i + 2) * 0x100000ULL + odd;
			rows.mappings[i].offset = odd;
			rows.mappings[i].table = random_below(random, 4);
		}
	}
	message_add(message, type, &rows, nr * size);
}

/* Patterns that match much, little, or take long to find that out. */
static void add_glob(struct message *message, struct random *random)
{
	static const char letters[] = "***?[]-!^\\anetlik\xff";
	char glob[WAITPROF_GLOB_LEN + 8] = "";
	uint32_t len = random_below(random, one_in(random, 4) ? sizeof(glob) : 8), i;

	for (i = 0; i < len; i++)
		glob[i] = letters[random_below(random, sizeof(letters) - 1)];
	message_add(message, WAITPROF_A_SESSION_COMM_GLOB, glob, len + !one_in(random, 20));
}

static void add_array(struct message *message, uint16_t type, struct random *random,
		      const struct target *target)
{
	uint32_t nr = 1 + random_below(random, WAITPROF_MAX_IDS);

	if (type == WAITPROF_A_SESSION_COMM_GLOB)
		add_glob(message, random);
	else if (type == WAITPROF_A_RULES || type == WAITPROF_A_RULES_STEPS ||
		 type == WAITPROF_A_SPACE_MAPPINGS)
		fill_rows(message, type, 0, one_in(random, 2) ? nr : 1 + nr % 4, random);
	else
		fill_ids(message, type, nr, random, target);
}

/* Attributes in any order, some left out, some given twice. */
static void add_attributes(struct message *message, const struct command *command,
			   struct random *random, const struct target *target)
{
	uint32_t i, nr = 0, turns;
	uint64_t value;

	while (nr < ATTRS_MAX && command->attrs[nr].type)
		nr++;
	turns = nr ? nr + random_below(random, 2) : 0;
	for (; turns; turns--) {
		i = one_in(random, 4) ? random_below(random, nr) : turns % nr;
		if (command->attrs[i].type != WAITPROF_A_SESSION_ID && one_in(random, 3))
			continue;
		if (!command->attrs[i].size) {
			add_array(message, command->attrs[i].type, random, target);
			continue;
		}
		value = value_of(command->attrs[i].type, random, target);
		message_add(message, command->attrs[i].type, &value, command->attrs[i].size);
	}
}

static void add_u32(struct message *message, uint16_t type, uint32_t value)
{
	message_add(message, type, &value, sizeof(value));
}

/* The next piece of a table, or the first of a new one; or one is dropped. */
static void add_piece(struct message *message, struct random *random, struct target *target)
{
	uint32_t rows;

	if (one_in(random, 8) || target->filled >= target->total) {
		target->table = 1 + random_below(random, 4);
		target->total = one_in(random, 4) ? 0 : 1 + random_below(random, 2000);
		target->filled = 0;
	}
	rows = target->total - target->filled;
	if (one_in(random, 2) && rows > 1)
		rows = 1 + random_below(random, rows);
	if (rows > WAITPROF_MAX_IDS)
		rows = WAITPROF_MAX_IDS;
	add_u32(message, WAITPROF_A_RULES_TABLE, target->table);
	add_u32(message, WAITPROF_A_RULES_TOTAL, target->total);
	add_u32(message, WAITPROF_A_RULES_FIRST, target->filled);
	if (rows)
		fill_rows(message, WAITPROF_A_RULES, target->filled, rows, random);
	if (rows && !target->filled)
		fill_rows(message, WAITPROF_A_RULES_STEPS, 0, 4, random);
	target->filled += rows;
}

/* The mappings as they are, now and then with one that is not. */
static void add_space(struct message *message, struct random *random, const struct target *target)
{
	struct waitprof_mapping rows[TARGET_MAPPINGS];
	uint32_t i, nr = one_in(random, 6) ? 0 : target->nr_mappings;

	memcpy(rows, target->mappings, sizeof(rows));
	for (i = 0; i < nr; i++)
		rows[i].table = random_below(random, 5);
	if (nr && one_in(random, 3)) {
		uint64_t odd = fill_hostile(random);

		memcpy((char *)&rows[random_below(random, nr)] + 4 * random_below(random, 8), &odd,
		       4 << random_below(random, 2));
	}
	message_add(message, WAITPROF_A_SPACE_ID, &target->space, sizeof(target->space));
	add_u32(message, WAITPROF_A_SPACE_EPOCH, target->epoch - one_in(random, 10));
	message_add(message, WAITPROF_A_SPACE_MAPPINGS, rows, nr * sizeof(rows[0]));
}

/* What a reader that knows what it does sends; its values may be hostile. */
static void add_rules(struct message *message, struct random *random, struct target *target)
{
	add_u32(message, WAITPROF_A_SESSION_ID, target->session);
	switch (random_below(random, 8)) {
	case 0:
		return add_u32(message, WAITPROF_A_SPACE_TGID,
			       one_in(random, 2) ? target->pid : target->forker);
	case 1:
	case 2:
	case 3:
		return add_space(message, random, target);
	default:
		return add_piece(message, random, target);
	}
}

/**
 * fill() - add the attributes of a command
 * @message: the message
 * @command: the command
 * @random: what decides
 * @target: what it is about; takes how far a table has been sent
 */
void fill(struct message *message, const struct command *command, struct random *random,
	  struct target *target)
{
	if (command->id == WAITPROF_CMD_ADD_RULES && !command->attrs[0].type)
		add_rules(message, random, target);
	else
		add_attributes(message, command, random, target);
}
