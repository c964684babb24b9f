// SPDX-License-Identifier: GPL-2.0-only
// As target.c, through the machinery of C++.
#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

static std::mutex held, lock;
static std::condition_variable never;
static volatile bool is_over;

struct base {
	virtual ~base() = default;
	virtual int wait(const std::string &text) = 0;
};

struct derived : base {
	int wait(const std::string &text) override
	{
		std::unique_lock<std::mutex> guard(lock);

		never.wait(guard, [] { return is_over; });
		return static_cast<int>(text.size());
	}
};

template <typename F> static int twice(F f)
{
	return f() + f();
}

static int from_catch()
{
	try {
		throw std::runtime_error("caught");
	} catch (const std::exception &e) {
		derived d;

		return d.wait(e.what());
	}
}

static int from_sort()
{
	std::vector<int> numbers(100, 3);

	std::sort(numbers.begin(), numbers.end(), [](int a, int b) {
		std::lock_guard<std::mutex> guard(held);

		return a < b;
	});
	return numbers[0];
}

int main()
{
	std::once_flag once;
	std::function<int()> function = [] { return twice(from_catch); };
	char byte;

	held.lock();
	std::thread(function).detach();
	std::thread(from_sort).detach();
	std::thread([&once] { std::call_once(once, from_sort); }).detach();
	auto waiter = std::async(std::launch::async, [] { return twice(from_catch); });
	std::thread([&waiter] { return waiter.get(); }).detach();
	usleep(300000);
	std::puts("ready");
	std::fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}
