// SPDX-License-Identifier: GPL-2.0-only
/*
 * A path of the cgroup v2 tree to the id that the kernel knows it by: the inode
 * number of its directory. The tree of v2 may be mounted anywhere (beside the
 * trees of v1, say), so the mount is looked for, and a path is taken as the user
 * has it: whole, or as /proc/PID/cgroup prints it.
 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "proc/cgroup.h"

/**
 * cgroup_mount() - where the cgroup v2 tree is
 * @mounts: /proc/mounts
 * @buf: result
 * @size: its room
 *
 * Return: 0; -ENODEV when it is not mounted; -ENAMETOOLONG.
 */
int cgroup_mount(FILE *mounts, char *buf, size_t size)
{
	const struct mntent *m;

	while ((m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		if (strlen(m->mnt_dir) >= size)
			return -ENAMETOOLONG;
		strcpy(buf, m->mnt_dir);
		return 0;
	}
	return -ENODEV;
}

static int id_of(const char *path, uint64_t *id)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return -EXDEV;
	*id = st.st_ino;
	return 0;
}

/**
 * cgroup_id() - the id of a cgroup
 * @mount: where the tree is
 * @path: absolute, or relative to @mount, with or without a leading slash
 * @id: result
 *
 * Return: 0; -ENOENT no such cgroup, -ENOTDIR a file, -EXDEV a directory
 * that is no cgroup, another -errno.
 */
int cgroup_id(const char *mount, const char *path, uint64_t *id)
{
	char whole[PATH_MAX];
	int ret = -ENOENT;

	if (path[0] == '/')
		ret = id_of(path, id);
	if (ret != -ENOENT && ret != -EXDEV)
		return ret;
	if (snprintf(whole, sizeof(whole), "%s/%s", mount, path) >= (int)sizeof(whole))
		return -ENAMETOOLONG;
	if (ret == -EXDEV)
		/* A directory that is there and no cgroup; say so unless it is both. */
		return id_of(whole, id) ? ret : 0;
	return id_of(whole, id);
}
