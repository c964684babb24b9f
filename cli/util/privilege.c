// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capabilities of this process. What is dropped is gone for good, for whatever
 * it might be made to execute, too: from the sets, from the bounding set, and
 * no_new_privs keeps a root without capabilities from getting them by execve(2).
 * There is one thread when this is called; the sets belong to a thread.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/privilege.h"

#define WORDS _LINUX_CAPABILITY_U32S_3

/* This process, in the present layout. */
static const struct __user_cap_header_struct self = { .version = _LINUX_CAPABILITY_VERSION_3 };

static int get(struct __user_cap_data_struct *sets)
{
	struct __user_cap_header_struct header = self;

	return syscall(SYS_capget, &header, sets) ? -errno : 0;
}

/**
 * privilege_held() - the capabilities that are in effect
 *
 * Return: a set.
 */
uint64_t privilege_held(void)
{
	struct __user_cap_data_struct sets[WORDS];

	if (get(sets))
		return 0;
	return sets[0].effective | (uint64_t)sets[1].effective << 32;
}

/* Takes CAP_SETPCAP; who has not got it has no more to gain than by no_new_privs. */
static void shrink_bounding_set(uint64_t kept)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (cap >= 64 || !(kept & PRIVILEGE(cap)))
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

/**
 * privilege_keep() - drop all capabilities but these, for ever
 * @kept: a set; those that this process has not got stay away
 *
 * Return: 0 or -errno.
 */
int privilege_keep(uint64_t kept)
{
	struct __user_cap_header_struct header = self;
	struct __user_cap_data_struct sets[WORDS];
	int ret = get(sets);

	if (ret)
		return ret;
	shrink_bounding_set(kept);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int i = 0; i < WORDS; i++) {
		sets[i].permitted &= (uint32_t)(kept >> (32 * i));
		sets[i].effective &= sets[i].permitted;
		sets[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, sets))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}
