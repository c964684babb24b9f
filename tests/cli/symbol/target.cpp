// SPDX-License-Identifier: GPL-2.0-only
/* C++ names: a namespace, a template, a member inlined into another. */
#include <cstdio>
#include <unistd.h>

extern "C" char __ehdr_start[];

namespace shop {

__attribute__((noinline)) void *here()
{
	return __builtin_return_address(0);
}

template <typename Item> struct Queue {
	__attribute__((always_inline)) void *peek(const Item &)
	{
		void *address = here();

		asm volatile("" : "+r"(address));
		return address;
	}

	__attribute__((noinline)) void *take(Item item, const char *)
	{
		void *address = peek(item);

		asm volatile("" : "+r"(address));
		return address;
	}
};

}

int main()
{
	shop::Queue<long> queue;

	printf("base %p\ninlined %p\nready -\n", (void *)__ehdr_start,
	       queue.take(1, ""));
	fflush(stdout);
	getchar();
	return 0;
}
