// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits under what a C++ compiler and libstdc++ make: inlined functions, virtual
 * calls, std::function, algorithms, threads, and exceptions on their way. See
 * truth.h for how the program knows its stacks.
 *
 * A line on standard input is a phase: "all NR", or the name of one shape.
 */
#include <algorithm>
#include <cstring>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "truth.h"

#define noinline __attribute__((noinline, noclone))

static volatile int sink;

/* Pushes the address its function returns to; pops it also when thrown through. */
struct entered {
	explicit entered(void *address)
	{
		truth_own[truth_depth++] = reinterpret_cast<uint64_t>(address);
	}
	~entered()
	{
		truth_depth--;
	}
};

#define ENTER() entered on_the_stack(__builtin_return_address(0))

static inline __attribute__((always_inline)) void inlined_twice(int path)
{
	volatile char room[96];

	room[path % 96] = 1;
	truth_wait();
	sink += room[path % 96];
}

static inline __attribute__((always_inline)) void inlined_once(int path)
{
	inlined_twice(path);
	sink++;
}

static noinline void inlining(int path)
{
	ENTER();
	inlined_once(path);
	sink++;
}

struct animal {
	virtual ~animal() = default;
	virtual void speak(int path) = 0;
};

template <int size> struct beast : animal {
	noinline void speak(int path) override
	{
		volatile char room[size];

		ENTER();
		room[path % size] = 1;
		truth_wait();
		sink += room[path % size];
	}
};

/* Its override is reached through a thunk that moves `this`. */
struct second_base {
	virtual ~second_base() = default;
	virtual void speak_too(int path) = 0;
};

struct both : beast<32>, second_base {
	noinline void speak_too(int path) override
	{
		ENTER();
		speak(path);
		sink++;
	}
};

static noinline void virtual_calls(int path)
{
	const std::unique_ptr<animal> animals[] = { std::make_unique<beast<24>>(),
						    std::make_unique<beast<4000>>(),
						    std::make_unique<both>() };
	both two;
	second_base *other = &two;

	ENTER();
	animals[path % 3]->speak(path);
	other->speak_too(path);
	sink++;
}

static noinline void call(const std::function<void(int)> &function, int path)
{
	ENTER();
	function(path);
	sink++;
}

static noinline void functions(int path)
{
	std::string word(40, 'x');
	std::vector<std::function<void(int)>> list;

	ENTER();
	list.emplace_back([word](int n) { inlining(n + static_cast<int>(word.size())); });
	list.emplace_back(std::bind(inlining, std::placeholders::_1));
	list.emplace_back([&list](int n) { list[0](n); });
	for (const auto &one : list)
		call(one, path);
	sink++;
}

static noinline void algorithms(int path)
{
	std::vector<int> numbers;
	bool done = false;

	ENTER();
	for (int i = 0; i < 100; i++)
		numbers.push_back((i * 7919 + path) % 101);
	std::sort(numbers.begin(), numbers.end(), [&](int a, int b) {
		if (!done && a + b > 90) {
			done = true;
			inlining(path);
		}
		return a < b;
	});
	done = false;
	std::stable_sort(numbers.begin(), numbers.end(), [&](int a, int b) {
		if (!done) {
			done = true;
			inlining(path);
		}
		return a > b;
	});
	std::for_each(numbers.begin(), numbers.begin() + 2, [](int n) { inlining(n); });
	sink++;
}

static noinline void thrower(int path)
{
	volatile char room[300];

	ENTER();
	room[path % 300] = 1;
	if (path >= 0)
		throw std::runtime_error("on purpose");
	sink += room[path % 300];
}

/* Waits in its destructor, called by the landing pad of whoever holds it. */
struct waits_at_its_end {
	int path;

	noinline ~waits_at_its_end()
	{
		ENTER();
		inlining(path);
		sink++;
	}
};

static noinline void thrown_through(int path)
{
	ENTER();
	waits_at_its_end here = { path };
	thrower(path);
	sink++;
}

static noinline void exceptions(int path)
{
	ENTER();
	try {
		thrown_through(path);
	} catch (const std::exception &error) {
		inlining(path + static_cast<int>(std::strlen(error.what())));
		try {
			throw;
		} catch (...) {
			inlining(path);
		}
	}
	sink++;
}

static noinline void rethrown(int path)
{
	std::exception_ptr kept;

	ENTER();
	try {
		thrower(path);
	} catch (...) {
		kept = std::current_exception();
	}
	try {
		std::rethrow_exception(kept);
	} catch (const std::runtime_error &) {
		inlining(path);
	}
	sink++;
}

struct alignas(128) wide {
	char bytes[256];
};

static noinline void realigned(int path)
{
	volatile wide local;

	ENTER();
	local.bytes[path % 256] = 1;
	inlining(path);
	sink += local.bytes[path % 256] + static_cast<int>(reinterpret_cast<uintptr_t>(&local) % 128);
}

static noinline void once(int path)
{
	std::once_flag flag;

	ENTER();
	std::call_once(flag, [path] { inlining(path); });
	sink++;
}

static noinline void in_thread(int path)
{
	ENTER();
	sink++;
	std::thread([path] {
		const unsigned int depth = truth_depth;

		truth_depth = 0;
		realigned(path);
		truth_depth = depth;
	}).join();
	std::async(std::launch::async, [path] { inlining(path); }).get();
}

template <typename T, typename... rest> static noinline void variadic(T first, rest... others)
{
	ENTER();
	if constexpr (sizeof...(others) > 0)
		variadic(others...);
	else
		inlining(static_cast<int>(first));
	sink++;
}

static noinline void templates(int path)
{
	ENTER();
	variadic(1L, 'c', 2.5, static_cast<short>(3), path);
	sink++;
}

static const std::map<std::string, void (*)(int)> shapes = {
	{ "inlining", inlining },   { "virtual", virtual_calls }, { "function", functions },
	{ "algorithm", algorithms }, { "exception", exceptions },  { "rethrown", rethrown },
	{ "realigned", realigned }, { "once", once },		  { "thread", in_thread },
	{ "template", templates },
};

static void phase(const char *what, unsigned long number)
{
	const auto found = shapes.find(what);

	if (found != shapes.end())
		found->second(static_cast<int>(number));
	for (unsigned long i = 0; !std::strcmp(what, "all") && i < number; i++)
		for (const auto &shape : shapes)
			shape.second(static_cast<int>(i));
}

int main()
{
	truth_init(4096);
	truth_phases(phase);
	return 0;
}
