// SPDX-License-Identifier: GPL-2.0-only
/* What an io wait waits for, by its kernel stack. */
#include "cmocka_setup.h"

#include "kind.h"

/* @stack: symbols divided by spaces, leaf first; "?" has no name */
static const char *kind_of(const char *stack)
{
	struct symbol_frame frames[16] = { 0 };
	char text[512], *save = NULL;
	size_t nr = 0;

	strcpy(text, stack);
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		frames[nr++].symbol = strcmp(word, "?") ? word : NULL;
	return kind_name(kind_of_frames(frames, nr));
}

/* Stacks as Debian's kernels have them. */
static void stacks(void **state)
{
	static const struct {
		const char *stack;
		const char *kind;
	} rows[] = {
		{ "io_schedule folio_wait_bit_common filemap_get_pages filemap_read vfs_read",
		  "page" },
		{ "io_schedule wait_on_page_bit_common generic_file_buffered_read vfs_read",
		  "page" },
		{ "io_schedule __lock_page pagecache_get_page", "page" },
		{ "io_schedule folio_wait_writeback __filemap_fdatawait_range file_write_and_wait",
		  "page" },
		{ "io_schedule bit_wait_io __wait_on_bit out_of_line_wait_on_bit __bread_gfp",
		  "buffer" },
		{ "__wait_on_buffer ext4_read_bh", "buffer" },
		{ "io_schedule_timeout wait_for_completion_io_timeout submit_bio_wait "
		  "blkdev_issue_flush ext4_sync_file",
		  "submit" },
		{ "io_schedule_timeout bio_await blkdev_issue_flush", "submit" },
		{ "io_schedule __blkdev_direct_IO_simple blkdev_direct_IO vfs_read", "direct" },
		{ "blk_io_schedule __iomap_dio_rw iomap_dio_rw ext4_file_read_iter", "direct" },
		{ "io_schedule dio_await_completion __blockdev_direct_IO", "direct" },
		{ "io_schedule blk_mq_get_tag __blk_mq_alloc_requests blk_mq_submit_bio", "tag" },
		{ "io_schedule rq_qos_wait wbt_wait __rq_qos_throttle blk_mq_submit_bio",
		  "throttle" },
		{ "io_schedule_timeout balance_dirty_pages balance_dirty_pages_ratelimited_flags",
		  "throttle" },
		{ "io_schedule mempool_alloc bio_alloc_bioset", "other" },
		{ "", "other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(kind_of(rows[i].stack), rows[i].kind);
}

static void the_innermost_wins(void **state)
{
	(void)state;
	assert_string_equal(kind_of("io_schedule blk_mq_get_tag submit_bio_wait "
				    "__blkdev_direct_IO_simple"),
			    "tag");
	assert_string_equal(kind_of("io_schedule submit_bio_wait __blkdev_direct_IO_simple"),
			    "submit");
}

static void suffixes_and_unknown_frames(void **state)
{
	(void)state;
	assert_string_equal(kind_of("? blk_mq_get_tag.constprop.0"), "tag");
	/* A part of a name is not the name. */
	assert_string_equal(kind_of("my_blk_mq_get_tag submit_bio_wait_all"), "other");
}

static void words(void **state)
{
	(void)state;
	for (int i = KIND_NONE + 1; i < NR_KINDS; i++) {
		const char *name = kind_name((enum kind)i);

		assert_int_equal(kind_find(name, strlen(name)), i);
		assert_non_null(strstr(kind_list(), name));
	}
	assert_null(kind_name(KIND_NONE));
	assert_true(kind_find("tagged", 6) < 0 && kind_find("ta", 2) < 0 && kind_find("", 0) < 0);
	assert_int_equal(kind_find("tag,page", 3), KIND_TAG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks),
		cmocka_unit_test(the_innermost_wins),
		cmocka_unit_test(suffixes_and_unknown_frames),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
