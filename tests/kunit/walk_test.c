// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks by rules over a stack of our own: each base, each kind, each way to end;
 * and the memo of walks.
 */
#include <kunit/test.h>

/* In place of user memory: an array that begins at STACK. */
#define WP_USER_READ_H
#define WP_USER_END 0x7ffffffff000ULL
#define STACK	    0x10000ULL
#define NR_WORDS    512

static u64 words[NR_WORDS];

static inline bool wp_user_begin(void)
{
	return true;
}

static inline void wp_user_end(void)
{
}

static inline bool wp_user_word(u64 address, u64 *word)
{
	if (address < STACK || address >= STACK + sizeof(words))
		return false;
	*word = words[(address - STACK) / 8];
	return true;
}

#include "../../kmod/walk.c"
#include "../../kmod/walk_memo.c"

/* One function every 0x100 from CODE on; function i has step i. */
#define CODE   0x400000ULL
#define IP(nr) (CODE + 0x100 * (nr) + 0x10)

enum {
	STOP,
	PUSH, /* rsp + 16, rbp saved below the return address */
	FRAME, /* rbp + 16, rbp likewise */
	BY_RBX, /* rbx + 16 */
	WORD_SP, /* the word at rsp + 8, and 8 more */
	WORD_BP, /* the word at rbp - 8; rbp at rbp + 0, rbx at rbp - 16 */
	PLT,
	SIGNAL,
	END,
	SAVE_RBX, /* rsp + 24, rbx at -24, rbp at -16 */
	STUCK, /* rsp + 0 */
	CROOKED, /* rsp + 12 */
	NR_STEPS
};

static struct waitprof_step steps[NR_STEPS] = {
	[STOP] = { .kind = WAITPROF_STEP_STOP },
	[PUSH] = { 16, 0, -16, 0, WAITPROF_BASE_RSP, WAITPROF_STEP_CALL },
	[FRAME] = { 16, 0, -16, 0, WAITPROF_BASE_RBP, WAITPROF_STEP_CALL },
	[BY_RBX] = { 16, 0, 0, 0, WAITPROF_BASE_RBX, WAITPROF_STEP_CALL },
	[WORD_SP] = { 8, 8, 0, 0, WAITPROF_BASE_AT_RSP, WAITPROF_STEP_CALL },
	[WORD_BP] = { -8, 0, 0, -16, WAITPROF_BASE_AT_RBP, WAITPROF_STEP_CALL },
	[PLT] = { 8, 0, 0, 0, WAITPROF_BASE_PLT, WAITPROF_STEP_CALL },
	[SIGNAL] = { .kind = WAITPROF_STEP_SIGNAL },
	[END] = { .kind = WAITPROF_STEP_END },
	[SAVE_RBX] = { 24, 0, -16, -24, WAITPROF_BASE_RSP, WAITPROF_STEP_CALL },
	[STUCK] = { 0, 0, 0, 0, WAITPROF_BASE_RSP, WAITPROF_STEP_CALL },
	[CROOKED] = { 12, 0, 0, 0, WAITPROF_BASE_RSP, WAITPROF_STEP_CALL },
};

static u32 offsets[NR_STEPS];
static u16 step_of[NR_STEPS];
static struct wp_table table = {
	.nr_rules = NR_STEPS,
	.nr_steps = NR_STEPS,
	.steps = steps,
	.offsets = offsets,
	.step_of = step_of,
};

static struct wp_table_slot slot = { .number = 1 };
static struct wp_space *space;
static struct wp_stack *stack;
static struct wp_walk_words *seen;
static struct wp_walk_result result;

static int walk_init(struct kunit *test)
{
	u32 i;

	space = kunit_kzalloc(test, struct_size(space, mappings, 2), GFP_KERNEL);
	stack = kunit_kzalloc(test, sizeof(*stack), GFP_KERNEL);
	seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	if (!space || !stack || !seen)
		return -ENOMEM;
	for (i = 0; i < NR_STEPS; i++) {
		offsets[i] = 0x1000 + 0x100 * i;
		step_of[i] = i;
	}
	slot.table = &table;
	space->nr = 2;
	space->mappings[0] = (struct wp_mapping){ CODE, CODE + 0x2000, 0x1000, &slot };
	space->mappings[1] = (struct wp_mapping){ CODE + 0x3000, CODE + 0x4000, 0, NULL };
	memset(words, 0, sizeof(words));
	return 0;
}

#define AT(nr) (STACK + 8 * (nr))

static enum wp_walk_end walk_from(u32 function, u32 sp, u64 bp, u64 bx, u32 max)
{
	const struct wp_user_regs regs = { IP(function), AT(sp), bp, bx };

	memset(stack, 0xa5, sizeof(*stack));
	memset(seen, 0, sizeof(*seen));
	wp_walk(stack, space, &regs, max, seen, &result);
	return result.end;
}

static void expect_frames(struct kunit *test, const char *name, const u64 *frames, u32 nr)
{
	u32 i;

	KUNIT_ASSERT_EQ_MSG(test, (u32)stack->nr, nr, "%s", name);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, stack->frames[i], frames[i], "%s: frame %u", name, i);
}

/* One frame of each base on top of the outermost function's. */
static void bases(struct kunit *test)
{
	static const struct {
		const char *name;
		u32 function, sp;
		u64 bp, bx;
		u32 at[3];
		u64 value[3];
	} rows[] = {
		{ "rsp", PUSH, 10, 0, 0, { 11 }, { IP(END) } },
		{ "rbp", FRAME, 10, AT(20), 0, { 21 }, { IP(END) } },
		{ "rbx", BY_RBX, 10, 0, AT(30), { 31 }, { IP(END) } },
		{ "word at rsp", WORD_SP, 10, 0, 0, { 11, 50 }, { AT(50), IP(END) } },
		{ "word at rbp", WORD_BP, 10, AT(40), 0, { 39, 59 }, { AT(60), IP(END) } },
		{ "plt, early", PLT, 10, 0, 0, { 10 }, { IP(END) } },
	};
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const u64 frames[] = { IP(rows[i].function), IP(END) };

		memset(words, 0, sizeof(words));
		for (j = 0; j < 3 && rows[i].value[j]; j++)
			words[rows[i].at[j]] = rows[i].value[j];
		KUNIT_EXPECT_EQ_MSG(test,
				    (int)walk_from(rows[i].function, rows[i].sp, rows[i].bp,
						   rows[i].bx, 64),
				    (int)WP_WALK_WHOLE, "%s", rows[i].name);
		expect_frames(test, rows[i].name, frames, 2);
		KUNIT_EXPECT_EQ_MSG(test, (u32)stack->flags, WAITPROF_STACK_F_USER, "%s",
				    rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seen->used_bp, rows[i].bp != 0, "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, seen->used_bx, rows[i].bx != 0, "%s", rows[i].name);
	}
}

static void plt_late(struct kunit *test)
{
	const struct wp_user_regs regs = { IP(PLT) + 11, AT(10), 0, 0 };

	words[11] = IP(END);
	wp_walk(stack, space, &regs, 64, NULL, &result);
	KUNIT_EXPECT_EQ(test, (int)result.end, (int)WP_WALK_WHOLE);
	KUNIT_EXPECT_EQ(test, stack->frames[1], IP(END));
}

/* rbp and rbx of outer frames come from where inner ones saved them. */
static void saved_registers(struct kunit *test)
{
	const u64 frames[] = { IP(SAVE_RBX), IP(FRAME), IP(BY_RBX), IP(END) };

	words[10] = AT(30); /* rbx */
	words[11] = AT(20); /* rbp */
	words[12] = IP(FRAME);
	words[20] = 0xdead; /* rbp, wanted by nobody */
	words[21] = IP(BY_RBX);
	words[31] = IP(END);
	KUNIT_EXPECT_EQ(test, (int)walk_from(SAVE_RBX, 10, 1, 1, 64), (int)WP_WALK_WHOLE);
	expect_frames(test, "saved", frames, 4);
	KUNIT_EXPECT_FALSE(test, seen->used_bp);
	KUNIT_EXPECT_FALSE(test, seen->used_bx);
	/* Three return addresses, rbp, rbx. */
	KUNIT_EXPECT_EQ(test, seen->nr, 5U);
}

/* Onto another stack, to an address that is looked up as it is. */
static void signal_frame(struct kunit *test)
{
	const u64 first = CODE + 0x100 * FRAME; /* one earlier is another function */
	const u64 frames[] = { IP(PUSH), IP(SIGNAL), first + 1, IP(END) };

	words[101] = IP(SIGNAL);
	words[102 + SIGNAL_RBP / 8] = AT(20);
	words[102 + SIGNAL_RSP / 8] = AT(5);
	words[102 + SIGNAL_RIP / 8] = first;
	words[21] = IP(END);
	KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 100, 0, 0, 64), (int)WP_WALK_WHOLE);
	expect_frames(test, "signal", frames, 4);
}

/* A call that is a function's last instruction returns to the next one's first. */
static void return_to_next_function(struct kunit *test)
{
	words[11] = CODE + 0x100 * (PUSH + 1);
	words[13] = IP(END);
	KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 10, 0, 0, 64), (int)WP_WALK_WHOLE);
	KUNIT_EXPECT_EQ(test, (u32)stack->nr, 3U);
}

static void ends(struct kunit *test)
{
	static const struct {
		const char *name;
		u64 caller;
		u32 nr;
		enum wp_walk_end end;
	} rows[] = {
		{ "whole", IP(END), 2, WP_WALK_WHOLE },
		{ "stop", IP(STOP), 2, WP_WALK_STOP },
		{ "no table", CODE + 0x3010, 2, WP_WALK_STOP },
		{ "no mapping", CODE + 0x2010, 2, WP_WALK_ADDRESS },
		{ "below all", 0x1000, 2, WP_WALK_ADDRESS },
		{ "above all", CODE + 0x8000, 2, WP_WALK_ADDRESS },
		{ "no address", 0, 1, WP_WALK_BAD },
		{ "of the kernel", 0xffffffff81000000, 1, WP_WALK_BAD },
		{ "does not grow", IP(STUCK), 2, WP_WALK_BAD },
		{ "not aligned", IP(CROOKED), 2, WP_WALK_BAD },
		{ "rbp of the kernel", IP(FRAME), 2, WP_WALK_BAD },
		{ "unreadable rbx", IP(BY_RBX), 2, WP_WALK_FAULT },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		words[10] = 0xffff888000000000; /* rbp */
		words[11] = rows[i].caller;
		KUNIT_EXPECT_EQ_MSG(test, (int)walk_from(PUSH, 10, 0, 0x70000000, 64),
				    (int)rows[i].end, "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, (u32)stack->nr, rows[i].nr, "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, !(stack->flags & WAITPROF_STACK_F_TRUNCATED),
				    rows[i].end == WP_WALK_WHOLE, "%s", rows[i].name);
		KUNIT_EXPECT_EQ_MSG(test, stack->fault, rows[i].end == WP_WALK_FAULT, "%s",
				    rows[i].name);
	}
	slot.table = NULL;
	KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 10, 0, 0, 64), (int)WP_WALK_TABLE);
	KUNIT_EXPECT_PTR_EQ(test, result.slot, (const struct wp_table_slot *)&slot);
}

static void depth(struct kunit *test)
{
	u32 i, max;

	for (i = 0; i < 200; i++)
		words[11 + 2 * i] = i == 199 ? IP(END) : IP(PUSH);
	for (max = 1; max <= WP_STACK_MAX; max += 21) {
		KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 10, 0, 0, max), (int)WP_WALK_DEEP);
		KUNIT_EXPECT_EQ(test, (u32)stack->nr, max);
	}
	KUNIT_EXPECT_EQ(test, seen->nr, (u32)WP_WALK_WORDS + 1);
	/* As deep as allowed and no deeper is whole. */
	words[11 + 2 * 8] = IP(END);
	KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 10, 0, 0, 10), (int)WP_WALK_WHOLE);
	KUNIT_EXPECT_EQ(test, (int)walk_from(PUSH, 10, 0, 0, 9), (int)WP_WALK_DEEP);
}

static struct wp_memo memo;

/* Three frames; the middle one is addressed through the rbp that the first saved. */
static struct wp_memo_key key_of(u32 sp)
{
	words[sp] = AT(200);
	words[sp + 1] = IP(FRAME);
	words[201] = IP(END);
	return (struct wp_memo_key){
		.serial = 1,
		.generation = 1,
		.regs = { IP(PUSH), AT(sp), 111, 222 },
	};
}

static void remember(const struct wp_memo_key *key, u32 id)
{
	struct wp_memo_entry *entry = wp_memo_begin(&memo, key);

	wp_walk(stack, space, &key->regs, 64, &entry->words, &result);
	wp_memo_end(&memo, entry, result.end, id);
}

static u32 known(const struct wp_memo_key *key)
{
	const struct wp_memo_entry *entry = wp_memo_find(&memo, key);

	return entry ? entry->id : 0;
}

static void memo_hits(struct kunit *test)
{
	struct wp_memo_key key = key_of(10), other;
	u32 i;

	KUNIT_ASSERT_EQ(test, wp_memo_init(&memo, 2, NUMA_NO_NODE), 0);
	KUNIT_EXPECT_EQ(test, known(&key), 0U);
	remember(&key, 5);
	KUNIT_EXPECT_EQ(test, known(&key), 5U);
	/* Registers that the walk did not use. */
	other = key;
	other.regs.bp++;
	other.regs.bx++;
	KUNIT_EXPECT_EQ(test, known(&other), 5U);
	for (i = 0; i < 4; i++) {
		other = key;
		other.serial += i == 0;
		other.generation += i == 1;
		other.regs.ip += i == 2;
		other.regs.sp += i == 3 ? 8 : 0;
		KUNIT_EXPECT_EQ_MSG(test, known(&other), 0U, "part %u of the key", i);
	}
	/* Every word it read counts, and no other. */
	for (i = 0; i < NR_WORDS; i++) {
		bool read = i == 10 || i == 11 || i == 201;

		words[i] ^= 8;
		KUNIT_EXPECT_EQ_MSG(test, known(&key), read ? 0U : 5U, "word %u", i);
		words[i] ^= 8;
	}
	KUNIT_EXPECT_EQ(test, known(&key), 5U);
	wp_memo_exit(&memo);
}

static void memo_registers(struct kunit *test)
{
	struct wp_memo_key key = { 1, 1, { IP(FRAME), AT(10), AT(20), 7 } };

	words[21] = IP(END);
	KUNIT_ASSERT_EQ(test, wp_memo_init(&memo, 0, NUMA_NO_NODE), 0);
	remember(&key, 3);
	KUNIT_EXPECT_EQ(test, known(&key), 3U);
	key.regs.bp += 16;
	KUNIT_EXPECT_EQ(test, known(&key), 0U);
	wp_memo_exit(&memo);
}

/* Chains of one leaf and one stack pointer have a way each. */
static void memo_ways(struct kunit *test)
{
	struct wp_memo_key key = key_of(10);
	u32 way;

	KUNIT_ASSERT_EQ(test, wp_memo_init(&memo, 0, NUMA_NO_NODE), 0);
	for (way = 0; way < WP_MEMO_WAYS; way++) {
		words[10] = AT(200 + 10 * way);
		words[201 + 10 * way] = IP(END);
		remember(&key, way + 1);
	}
	for (way = 0; way < WP_MEMO_WAYS; way++) {
		words[10] = AT(200 + 10 * way);
		KUNIT_EXPECT_EQ(test, known(&key), way + 1);
	}
	wp_memo_exit(&memo);
}

static void memo_keeps_what_is_final(struct kunit *test)
{
	struct wp_memo_key key = key_of(10);
	struct wp_memo_entry *entry;

	KUNIT_ASSERT_EQ(test, wp_memo_init(&memo, 0, NUMA_NO_NODE), 0);
	remember(&key, 0); /* not stored */
	KUNIT_EXPECT_EQ(test, known(&key), 0U);
	words[201] = CODE + 0x2010; /* in no mapping */
	remember(&key, 9);
	KUNIT_EXPECT_EQ(test, (int)result.end, (int)WP_WALK_ADDRESS);
	KUNIT_EXPECT_EQ(test, known(&key), 0U);
	words[201] = IP(STOP);
	remember(&key, 9);
	KUNIT_EXPECT_EQ(test, known(&key), 9U);
	/* One at a time. */
	entry = wp_memo_begin(&memo, &key);
	KUNIT_EXPECT_NOT_NULL(test, entry);
	KUNIT_EXPECT_PTR_EQ(test, wp_memo_begin(&memo, &key), (struct wp_memo_entry *)NULL);
	wp_memo_end(&memo, entry, WP_WALK_WHOLE, 1);
	/* Too many words. */
	entry = wp_memo_begin(&memo, &key);
	entry->words.nr = WP_WALK_WORDS + 1;
	entry->key.serial = 77;
	wp_memo_end(&memo, entry, WP_WALK_WHOLE, 1);
	key.serial = 77;
	KUNIT_EXPECT_EQ(test, known(&key), 0U);
	wp_memo_exit(&memo);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(bases),
	KUNIT_CASE(plt_late),
	KUNIT_CASE(saved_registers),
	KUNIT_CASE(signal_frame),
	KUNIT_CASE(return_to_next_function),
	KUNIT_CASE(ends),
	KUNIT_CASE(depth),
	KUNIT_CASE(memo_hits),
	KUNIT_CASE(memo_registers),
	KUNIT_CASE(memo_ways),
	KUNIT_CASE(memo_keeps_what_is_final),
	{},
};

static struct kunit_suite walk_suite = {
	.name = "walk",
	.init = walk_init,
	.test_cases = walk_cases,
};

kunit_test_suites(&walk_suite);
