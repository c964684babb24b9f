// SPDX-License-Identifier: GPL-2.0-only
/* Where the cgroup v2 tree is, and what is in it. */
#include "cmocka_setup.h"

#include <errno.h>
#include <mntent.h>
#include <sys/stat.h>

#include "proc/cgroup.h"

static int mount_of(const char *text, char *buf, size_t size)
{
	FILE *mounts = fmemopen((char *)text, strlen(text), "r");
	int ret;

	assert_non_null(mounts);
	ret = cgroup_mount(mounts, buf, size);
	fclose(mounts);
	return ret;
}

static void the_mount(void **state)
{
	static const char only_v1[] = "proc /proc proc rw 0 0\n"
				      "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n";
	static const char hybrid[] = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
				     "cgroup2 /sys/fs/cgroup/with\\040space cgroup2 rw 0 0\n"
				     "none /second cgroup2 rw 0 0\n";
	char buf[64];

	(void)state;
	assert_int_equal(mount_of(only_v1, buf, sizeof(buf)), -ENODEV);
	assert_int_equal(mount_of(hybrid, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/sys/fs/cgroup/with space");
	assert_int_equal(mount_of(hybrid, buf, 25), -ENAMETOOLONG);
}

static void no_cgroups(void **state)
{
	uint64_t id = 7;

	(void)state;
	assert_int_equal(cgroup_id("/proc/self", "no/such", &id), -ENOENT);
	assert_int_equal(cgroup_id("/proc/self", "/no/such", &id), -ENOENT);
	assert_int_equal(cgroup_id("/proc/self", "status", &id), -ENOTDIR);
	assert_int_equal(cgroup_id("/proc/self", "/proc/self", &id), -EXDEV);
	assert_int_equal(cgroup_id("/proc", "self", &id), -EXDEV);
	assert_int_equal(id, 7);
}

/* Only where there is a tree. */
static void a_cgroup(void **state)
{
	FILE *mounts = setmntent("/proc/mounts", "r");
	uint64_t root, same;
	char mount[256];
	struct stat st;
	int ret;

	(void)state;
	assert_non_null(mounts);
	ret = cgroup_mount(mounts, mount, sizeof(mount));
	endmntent(mounts);
	if (ret == -ENODEV)
		skip();
	assert_int_equal(stat(mount, &st), 0);
	assert_int_equal(cgroup_id(mount, mount, &root), 0);
	assert_int_equal(root, st.st_ino);
	assert_int_equal(cgroup_id(mount, "/", &same), 0);
	assert_int_equal(same, root);
	assert_int_equal(cgroup_id(mount, "", &same), 0);
	assert_int_equal(same, root);
	assert_int_equal(cgroup_id(mount, "cgroup.procs", &same), -ENOTDIR);
	assert_int_equal(cgroup_id(mount, "no_such", &same), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mount),
		cmocka_unit_test(no_cgroups),
		cmocka_unit_test(a_cgroup),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
