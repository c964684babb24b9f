// SPDX-License-Identifier: GPL-2.0-only
/* A shared library to be symbolised. */
void *library_inside(void);

static inline __attribute__((always_inline)) void *library_inlined(void)
{
	void *address;

	__asm__ volatile("lea 0(%%rip), %0" : "=r"(address));
	return address;
}

void *library_inside(void)
{
	return library_inlined();
}
