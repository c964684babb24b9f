// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of unwind rules on disk: waitprof/rules in the user's cache folder, a file
 * per build id. What a table was made of lies beside it and is compared byte by
 * byte, since two files may claim one build id (one of them forged, or rewritten by
 * a tool that keeps it). A file is written under another name and renamed; one that
 * is damaged, of another version, or that somebody else could have written is as
 * good as none.
 *
 * Bounds: MAX_FILES files, MAX_BYTES; those not used for the longest time go first.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "unwind/unwind_cache.h"

#define MAGIC	    "WPRULES"
#define VERSION	    1 /* grows when the same file gives other rules */
#define MAX_FILES   512
#define MAX_BYTES   (256u << 20)
#define MAX_ONE	    (32u << 20)
#define SUFFIX	    ".rules"
#define NEW_SUFFIX  ".rules.new"
#define MAX_NAME    (2 * UNWIND_MAX_BUILD_ID + 32)
#define STALE_NEW_S 3600

/* Behind it: steps, rules, and the data that they were made of. */
struct head {
	char magic[8];
	uint32_t version;
	uint32_t is_cut;
	uint64_t checksum; /* of all that follows */
	uint32_t nr_steps;
	uint32_t nr_rules;
	uint32_t nr_segments;
	uint32_t build_id_size;
	uint64_t size;
	uint64_t data_vaddr;
	uint64_t hdr_vaddr;
	uint64_t hdr_size;
	uint64_t frames_vaddr;
	struct unwind_segment segments[UNWIND_MAX_SEGMENTS];
	unsigned char build_id[UNWIND_MAX_BUILD_ID];
};

static uint64_t checksum_add(uint64_t sum, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	uint64_t word;

	for (; size >= sizeof(word); p += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 29;
	}
	for (; size; p++, size--)
		sum = (sum ^ *p) * 0x100000001b3ULL;
	return sum;
}

static uint64_t checksum_of(const struct head *head, const struct unwind_table *table,
			    const unsigned char *data)
{
	size_t from = offsetof(struct head, nr_steps);
	uint64_t sum = checksum_add(VERSION, (const char *)head + from, sizeof(*head) - from);

	sum = checksum_add(sum, table->steps, table->nr_steps * sizeof(*table->steps));
	sum = checksum_add(sum, table->rules, table->nr_rules * sizeof(*table->rules));
	return checksum_add(sum, data, head->size);
}

static void fill_head(struct head *head, const struct unwind_elf *elf,
		      const struct unwind_table *table)
{
	memset(head, 0, sizeof(*head));
	memcpy(head->magic, MAGIC, sizeof(MAGIC));
	head->version = VERSION;
	head->is_cut = table->is_cut;
	head->nr_steps = table->nr_steps;
	head->nr_rules = table->nr_rules;
	head->nr_segments = elf->nr_segments;
	head->build_id_size = elf->build_id_size;
	head->size = elf->size;
	head->data_vaddr = elf->data_vaddr;
	head->hdr_vaddr = elf->hdr_vaddr;
	head->hdr_size = elf->hdr_size;
	head->frames_vaddr = elf->frames_vaddr;
	memcpy(head->segments, elf->segments, elf->nr_segments * sizeof(elf->segments[0]));
	memcpy(head->build_id, elf->build_id, elf->build_id_size);
}

/* The head for this file, with the counts that @found claims: is @found that? */
static bool is_head_of(const struct head *found, const struct unwind_elf *elf)
{
	struct unwind_table claimed = { .nr_steps = found->nr_steps,
					.nr_rules = found->nr_rules,
					.is_cut = found->is_cut == 1 };
	struct head head;

	fill_head(&head, elf, &claimed);
	head.checksum = found->checksum;
	return !memcmp(&head, found, sizeof(head));
}

static uint64_t file_size(const struct head *head)
{
	return sizeof(*head) + (uint64_t)head->nr_steps * sizeof(struct waitprof_step) +
	       (uint64_t)head->nr_rules * sizeof(struct waitprof_rule) + head->size;
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & 0022);
}

static int make_folder(const char *path, bool is_last)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	if (!is_last)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && is_ours(&st))
		return fd;
	close(fd);
	return -EPERM;
}

/**
 * unwind_cache_open() - open the folder, which is made if it is not there
 *
 * Return: a descriptor, or -errno: there is no place for it, or others may write
 * to it.
 */
int unwind_cache_open(void)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096];
	size_t len;

	if (xdg && *xdg == '/')
		len = (size_t)snprintf(path, sizeof(path), "%s", xdg);
	else if (home && *home == '/')
		len = (size_t)snprintf(path, sizeof(path), "%s/.cache", home);
	else if (!geteuid())
		len = (size_t)snprintf(path, sizeof(path), "/var/cache");
	else
		return -ENOENT;
	if (len >= sizeof(path) - 32)
		return -ENAMETOOLONG;
	make_folder(path, false);
	strcpy(path + len, "/waitprof");
	make_folder(path, false);
	strcpy(path + len, "/waitprof/rules");
	return make_folder(path, true);
}

static bool file_name(char *name, const struct unwind_elf *elf)
{
	for (uint32_t i = 0; i < elf->build_id_size; i++)
		sprintf(name + 2 * i, "%02x", elf->build_id[i]);
	strcpy(name + 2 * elf->build_id_size, SUFFIX);
	return elf->build_id_size;
}

static bool read_all(int fd, void *to, size_t size)
{
	char *at = to;

	while (size) {
		ssize_t n = read(fd, at, size);

		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static int read_table(int fd, const struct head *head, const struct unwind_elf *elf,
		      struct unwind_table *table)
{
	unsigned char *data = malloc(elf->size + 1);
	int ret = -ENOMEM;

	table->nr_steps = head->nr_steps;
	table->nr_rules = head->nr_rules;
	table->is_cut = head->is_cut;
	table->steps = calloc(table->nr_steps + 1, sizeof(*table->steps));
	table->rules = calloc(table->nr_rules + 1, sizeof(*table->rules));
	if (data && table->steps && table->rules) {
		ret = -EIO;
		if (read_all(fd, table->steps, table->nr_steps * sizeof(*table->steps)) &&
		    read_all(fd, table->rules, table->nr_rules * sizeof(*table->rules)) &&
		    read_all(fd, data, elf->size) && !memcmp(data, elf->data, elf->size) &&
		    checksum_of(head, table, data) == head->checksum &&
		    unwind_table_is_valid(table))
			ret = 0;
	}
	free(data);
	if (ret)
		unwind_table_free(table);
	return ret;
}

/**
 * unwind_cache_load() - the table of a file, if it is here
 * @folder: what unwind_cache_open() returned; negative = no cache
 * @elf: the file's unwind data
 * @table: result
 *
 * Return: 0 or -errno; then @table is empty.
 */
int unwind_cache_load(int folder, const struct unwind_elf *elf, struct unwind_table *table)
{
	char name[MAX_NAME];
	struct head head;
	struct stat st;
	int fd, ret = -ENOENT;

	memset(table, 0, sizeof(*table));
	if (folder < 0 || !file_name(name, elf))
		return -ENOENT;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && is_ours(&st) &&
	    read_all(fd, &head, sizeof(head)) && is_head_of(&head, elf) &&
	    head.nr_steps <= UNWIND_MAX_STEPS && head.nr_rules <= UNWIND_MAX_RULES &&
	    file_size(&head) == (uint64_t)st.st_size)
		ret = read_table(fd, &head, elf, table);
	/* The time of its last use. */
	if (!ret)
		futimens(fd, NULL);
	close(fd);
	return ret;
}

static bool write_all(int fd, const void *from, size_t size)
{
	const char *at = from;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len >= end && !strcmp(name + len - end, suffix);
}

/* One file of ours, as the clearing up sees it. */
struct entry {
	char name[MAX_NAME];
	uint64_t size;
	time_t used;
};

static size_t list_entries(int folder, struct entry *entries, size_t room)
{
	int fd = dup(folder);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *one;
	struct stat st;
	size_t nr = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	rewinddir(dir);
	while (nr < room && (one = readdir(dir))) {
		bool is_new = ends_in(one->d_name, NEW_SUFFIX);

		if ((!is_new && !ends_in(one->d_name, SUFFIX)) ||
		    strlen(one->d_name) >= sizeof(entries->name) ||
		    fstatat(folder, one->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		/* Somebody died while writing it. */
		if (is_new) {
			if (time(NULL) - st.st_mtime > STALE_NEW_S)
				unlinkat(folder, one->d_name, 0);
			continue;
		}
		strcpy(entries[nr].name, one->d_name);
		entries[nr].size = (uint64_t)st.st_size;
		entries[nr++].used = st.st_mtime;
	}
	closedir(dir);
	return nr;
}

static int latest_first(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;

	return a->used < b->used ? 1 : -(a->used > b->used);
}

/* Room for one more file: what was not used for long goes. */
static void make_room(int folder, uint64_t size)
{
	struct entry *entries = calloc(2 * MAX_FILES, sizeof(*entries));
	size_t nr = entries ? list_entries(folder, entries, 2 * MAX_FILES) : 0;

	if (nr)
		qsort(entries, nr, sizeof(*entries), latest_first);
	for (size_t i = 0; i < nr; i++) {
		size += entries[i].size;
		if (i + 1 >= MAX_FILES || size > MAX_BYTES)
			unlinkat(folder, entries[i].name, 0);
	}
	free(entries);
}

/**
 * unwind_cache_store() - keep a table
 * @folder: what unwind_cache_open() returned; negative = no cache
 * @elf: what it was made of; without a build id it is not kept
 * @table: the table
 *
 * Return: 0 or -errno; then nothing has changed.
 */
int unwind_cache_store(int folder, const struct unwind_elf *elf, const struct unwind_table *table)
{
	char name[MAX_NAME], new_name[MAX_NAME + 32];
	struct head head;
	int fd, ret = 0;

	if (folder < 0 || !file_name(name, elf))
		return -ENOENT;
	fill_head(&head, elf, table);
	head.checksum = checksum_of(&head, table, elf->data);
	if (file_size(&head) > MAX_ONE)
		return -EFBIG;
	make_room(folder, file_size(&head));
	snprintf(new_name, sizeof(new_name), "%d" NEW_SUFFIX, getpid());
	unlinkat(folder, new_name, 0);
	fd = openat(folder, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (!write_all(fd, &head, sizeof(head)) ||
	    !write_all(fd, table->steps, table->nr_steps * sizeof(*table->steps)) ||
	    !write_all(fd, table->rules, table->nr_rules * sizeof(*table->rules)) ||
	    !write_all(fd, elf->data, elf->size))
		ret = -EIO;
	if (close(fd) || (!ret && renameat(folder, new_name, folder, name)))
		ret = -EIO;
	if (ret)
		unlinkat(folder, new_name, 0);
	return ret;
}
