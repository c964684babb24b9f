// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel addresses on their way to a reader who may not see them: those without
 * CAP_SYSLOG, as for /proc/kallsyms, and everybody where kernel.kptr_restrict is 2.
 * Such a reader gets, as printk's %p does, a hash with a key of this load: equal
 * addresses stay equal and others different, so that rows, call sites and locks are
 * told apart as before, and nothing is learnt of where the kernel lies.
 *
 * The tables keep the addresses; they are replaced in the message.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/waitprof.h>
#include <net/net_namespace.h>

#include "hide.h"

static siphash_key_t key __read_mostly;

/**
 * wp_hide_init() - choose this load's key
 *
 * Context: process; may sleep.
 */
void wp_hide_init(void)
{
	get_random_bytes(&key, sizeof(key));
}

/* All zeroes is what %pK makes of an address that is not to be shown at all. */
static bool is_restricted(void)
{
	char text[2 * sizeof(void *) + 1];

	scnprintf(text, sizeof(text), "%pK", &init_net);
	return !text[strspn(text, "0")];
}

/**
 * wp_hide_from() - are kernel addresses to be hidden from the sender of a message?
 * @skb: the message
 *
 * Context: process; the current task is the sender.
 * Return: true: hide them.
 */
bool wp_hide_from(struct sk_buff *skb)
{
	return !netlink_capable(skb, CAP_SYSLOG) || is_restricted();
}

/* No kernel address: these have the highest bit. */
static u64 hash(u64 address)
{
	return address ? siphash_1u64(address, &key) >> 1 : 0;
}

/**
 * wp_hide_addresses() - hide an array of addresses
 * @addresses: u64 values, need not be aligned
 * @nr: how many
 *
 * Context: any.
 */
void wp_hide_addresses(void *addresses, u32 nr)
{
	u8 *at = addresses;
	u64 address;

	for (; nr; nr--, at += sizeof(address)) {
		memcpy(&address, at, sizeof(address));
		address = hash(address);
		memcpy(at, &address, sizeof(address));
	}
}

/**
 * wp_hide_object() - hide a wait object, if it lies in the kernel
 * @object: the object
 * @type: WAITPROF_OBJECT_*
 *
 * Context: any.
 */
void wp_hide_object(u64 *object, u32 type)
{
	if (type == WAITPROF_OBJECT_KADDR)
		wp_hide_addresses(object, 1);
}

/**
 * wp_hide_records() - hide the wait objects of records
 * @records: struct waitprof_record values, need not be aligned
 * @nr: how many
 *
 * Context: any.
 */
void wp_hide_records(void *records, u32 nr)
{
	u8 *at = records;
	u32 type;

	for (; nr; nr--, at += sizeof(struct waitprof_record)) {
		memcpy(&type, at + offsetof(struct waitprof_record, object_type), sizeof(type));
		if (type == WAITPROF_OBJECT_KADDR)
			wp_hide_addresses(at + offsetof(struct waitprof_record, object), 1);
	}
}
