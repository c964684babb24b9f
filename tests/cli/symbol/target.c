// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program to be symbolised. It prints "name address" lines, then "ready", and
 * obeys one-letter commands on its input: l loads the library named by its
 * second argument and prints the address in it, x executes its third argument,
 * anything else or the end of input ends it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

extern char __ehdr_start[];

__attribute__((noinline)) void *here(void)
{
	return __builtin_return_address(0);
}

static inline __attribute__((always_inline)) void *innermost(void)
{
	void *address = here();

	__asm__ volatile("" : "+r"(address));
	return address;
}

static inline __attribute__((always_inline)) void *middle(int n)
{
	void *address = n ? innermost() : NULL;

	__asm__ volatile("" : "+r"(address));
	return address;
}

__attribute__((noinline)) void *concrete(int n)
{
	void *address = middle(n);

	__asm__ volatile("" : "+r"(address));
	return address;
}

__attribute__((noinline)) static void *hidden(void)
{
	void *address = here();

	__asm__ volatile("" : "+r"(address));
	return address;
}

int main(int argc, char **argv)
{
	void *(*inside)(void);
	void *library;

	printf("base %p\nconcrete %p\ninlined %p\nhidden %p\nready -\n", (void *)__ehdr_start,
	       (void *)concrete, concrete(argc), hidden());
	fflush(stdout);
	for (;;) {
		switch (getchar()) {
		case 'l':
			library = dlopen(argv[1], RTLD_NOW);
			inside = library ? (void *(*)(void))dlsym(library, "library_inside") : NULL;
			printf("library %p\nready -\n", inside ? inside() : NULL);
			fflush(stdout);
			break;
		case 'x':
			execl(argv[2], argv[2], NULL);
			return 1;
		default:
			return 0;
		}
	}
}
