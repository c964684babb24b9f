// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device does the current system call read, write or sync? A sleeper in
 * io_schedule() has no argument that would tell, but a call on a file descriptor
 * names a file, and that a block device or the device of its file system.
 * Answers for calls whose first argument is the descriptor, not for page faults,
 * native aio, io_uring and kernel threads (write-back).
 *
 * The task reads its own table of files; another thread may close the file, so
 * pointers are followed by reads that cannot fault, under RCU.
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/nospec.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>

#include "device.h"

static bool syscall_has_fd(int nr)
{
	switch (nr) {
	case __NR_read:
	case __NR_write:
	case __NR_readv:
	case __NR_writev:
	case __NR_pread64:
	case __NR_pwrite64:
	case __NR_preadv:
	case __NR_pwritev:
	case __NR_preadv2:
	case __NR_pwritev2:
	case __NR_fsync:
	case __NR_fdatasync:
	case __NR_syncfs:
	case __NR_sync_file_range:
	case __NR_ftruncate:
	case __NR_fallocate:
	case __NR_fadvise64:
	case __NR_readahead:
	case __NR_getdents64:
		return true;
	}
	return false;
}

static u32 file_device(const struct file *file)
{
	struct inode *inode;
	struct super_block *sb;
	umode_t mode;
	dev_t dev;

	if (!file || get_kernel_nofault(inode, &file->f_inode) || !inode ||
	    get_kernel_nofault(mode, &inode->i_mode))
		return 0;
	if (S_ISBLK(mode))
		return get_kernel_nofault(dev, &inode->i_rdev) ? 0 : (u32)dev;
	if (get_kernel_nofault(sb, &inode->i_sb) || !sb ||
	    get_kernel_nofault(dev, &sb->s_dev))
		return 0;
	return (u32)dev;
}

/**
 * wp_device_of_syscall() - the device behind the current system call
 *
 * Context: probe, interrupts off (which also makes it an RCU reader).
 * Return: (major << 20) | minor, 0 = not known.
 */
u32 wp_device_of_syscall(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	u32 fd = regs->di;
	const struct fdtable *fdt;
	struct file *file;
	struct file __rcu **slots;
	unsigned int nr_slots;

	if ((current->flags & PF_KTHREAD) || !current->files || !user_64bit_mode(regs))
		return 0;
	/* -1 in an exception or an interrupt. */
	if (!syscall_has_fd((int)regs->orig_ax))
		return 0;
	fdt = READ_ONCE(*(struct fdtable **)&current->files->fdt);
	if (get_kernel_nofault(nr_slots, &fdt->max_fds) || fd >= nr_slots ||
	    get_kernel_nofault(slots, &fdt->fd))
		return 0;
	fd = array_index_nospec(fd, nr_slots);
	if (get_kernel_nofault(file, (struct file **)&slots[fd]))
		return 0;
	return file_device(file);
}
