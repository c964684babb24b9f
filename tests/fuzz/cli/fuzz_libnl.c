// SPDX-License-Identifier: GPL-2.0-only
/*
 * libnl's readers of values once more, where the sanitizers see what they read: they
 * take the caller's word that the attribute is long enough (ld's --wrap).
 */
#include <netlink/attr.h>
#include <string.h>

uint8_t __wrap_nla_get_u8(const struct nlattr *attr);
uint32_t __wrap_nla_get_u32(const struct nlattr *attr);
uint64_t __wrap_nla_get_u64(const struct nlattr *attr);

uint8_t __wrap_nla_get_u8(const struct nlattr *attr)
{
	return *(const uint8_t *)nla_data(attr);
}

uint32_t __wrap_nla_get_u32(const struct nlattr *attr)
{
	uint32_t value;

	memcpy(&value, nla_data(attr), sizeof(value));
	return value;
}

uint64_t __wrap_nla_get_u64(const struct nlattr *attr)
{
	uint64_t value;

	memcpy(&value, nla_data(attr), sizeof(value));
	return value;
}
