// SPDX-License-Identifier: GPL-2.0-only
/* Which symbol a wait point gets on a kernel that has these and not those. */
#include <kunit/test.h>

#include "../../kmod/resolve.c"

/* A kernel: what registering says of the symbols it has; of others -ENOENT. */
struct symbol {
	const char *name;
	int result;
};

struct kernel {
	const struct symbol *symbols;
	u32 nr_tried;
	char tried[16][WP_SYMBOL_LEN];
};

static int try_symbol(const char *symbol, void *arg)
{
	struct kernel *kernel = arg;
	const struct symbol *has;

	strscpy(kernel->tried[kernel->nr_tried++ % 16], symbol, WP_SYMBOL_LEN);
	for (has = kernel->symbols; has->name; has++)
		if (!strcmp(has->name, symbol))
			return has->result;
	return -ENOENT;
}

static const struct wp_symbol candidates[] = { { "new_name", 1 }, { "old_name", 2 }, {} };

static const struct row {
	const char *name;
	struct symbol symbols[4];
	int result;
	const char *symbol;
	u8 variant;
} rows[] = {
	{ "the first candidate", { { "new_name", 0 } }, 0, "new_name", 1 },
	{ "the second candidate", { { "old_name", 0 } }, 0, "old_name", 2 },
	{ "the first of both", { { "old_name", 0 }, { "new_name", 0 } }, 0, "new_name", 1 },
	{ "constprop", { { "new_name.constprop.0", 0 } }, 0, "new_name.constprop.0", 1 },
	{ "isra", { { "old_name.isra.0", 0 } }, 0, "old_name.isra.0", 2 },
	{ "part", { { "old_name.part.0", 0 } }, 0, "old_name.part.0", 2 },
	{ "both", { { "new_name.isra.0", 0 }, { "new_name", 0 } }, 0, "new_name", 1 },
	{ "with suffix", { { "old_name", 0 }, { "new_name.isra.0", 0 } }, 0, "new_name.isra.0", 1 },
	{ "first refused", { { "new_name", -EINVAL }, { "old_name", 0 } }, 0, "old_name", 2 },
	{ "none", {}, -ENOENT, "", 0 },
	{ "not the beginning of a name", { { "new_name_2", 0 } }, -ENOENT, "", 0 },
	{ "refused, not missing", { { "new_name", -EINVAL } }, -EINVAL, "", 0 },
	{ "no memory ends it", { { "new_name", -ENOMEM }, { "old_name", 0 } }, -ENOMEM, "", 0 },
	{ "refused, later", { { "old_name.part.0", -EOPNOTSUPP } }, -EOPNOTSUPP, "", 0 },
};

static void candidates_in_order(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct kernel *kernel = kunit_kzalloc(test, sizeof(*kernel), GFP_KERNEL);
		char symbol[WP_SYMBOL_LEN] = "?";
		u8 variant = 0;
		int result;

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kernel);
		kernel->symbols = row->symbols;
		result = wp_point_resolve(candidates, symbol, &variant, try_symbol, kernel);
		KUNIT_EXPECT_EQ_MSG(test, result, row->result, "%s", row->name);
		KUNIT_EXPECT_STREQ_MSG(test, symbol, row->symbol, "%s", row->name);
		if (!row->result)
			KUNIT_EXPECT_EQ_MSG(test, variant, row->variant, "%s", row->name);
	}
}

static void order(struct kunit *test)
{
	static const char *const want[] = {
		"new_name", "new_name.constprop.0", "new_name.isra.0", "new_name.part.0",
		"old_name", "old_name.constprop.0", "old_name.isra.0", "old_name.part.0",
	};
	struct kernel *kernel = kunit_kzalloc(test, sizeof(*kernel), GFP_KERNEL);
	static const struct symbol nothing[] = { {} };
	char symbol[WP_SYMBOL_LEN];
	u8 variant;
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kernel);
	kernel->symbols = nothing;
	wp_point_resolve(candidates, symbol, &variant, try_symbol, kernel);
	KUNIT_EXPECT_EQ(test, kernel->nr_tried, (u32)ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++)
		KUNIT_EXPECT_STREQ(test, kernel->tried[i], want[i]);
}

/* A candidate that has a suffix of its own gets no other. */
static void own_suffix(struct kunit *test)
{
	static const struct wp_symbol with_suffix[] = { { "name.isra.0", 1 }, { "name", 2 }, {} };
	static const struct symbol has[] = { { "name.isra.0.isra.0", 0 },
					     { "name.part.0", 0 },
					     {} };
	struct kernel *kernel = kunit_kzalloc(test, sizeof(*kernel), GFP_KERNEL);
	char symbol[WP_SYMBOL_LEN];
	u8 variant = 0;
	int result;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kernel);
	kernel->symbols = has;
	result = wp_point_resolve(with_suffix, symbol, &variant, try_symbol, kernel);
	KUNIT_EXPECT_EQ(test, result, 0);
	KUNIT_EXPECT_STREQ(test, symbol, "name.part.0");
	KUNIT_EXPECT_EQ(test, variant, (u8)2);
	KUNIT_EXPECT_EQ(test, kernel->nr_tried, 5u);
}

static struct kunit_case resolve_cases[] = {
	KUNIT_CASE(candidates_in_order),
	KUNIT_CASE(order),
	KUNIT_CASE(own_suffix),
	{},
};

static struct kunit_suite resolve_suite = {
	.name = "resolve",
	.test_cases = resolve_cases,
};

kunit_test_suites(&resolve_suite);
