// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two std::mutex and two std::thread that wait for each other, for ever:
 *
 *	deadlock_std
 *
 * Each thread holds one, stamps the time and takes the other. The log is written
 * while they sleep, in the form of the other workloads; end of input ends them.
 */
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace
{
struct side {
	std::mutex lock;
	std::atomic<bool> held{ false };
	std::atomic<uint64_t> begin_ns{ 0 };
	std::atomic<int> tid{ 0 };
};

side sides[2];

uint64_t now_ns()
{
	timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void take_both(side &mine, side &other)
{
	mine.tid = static_cast<int>(syscall(SYS_gettid));
	mine.lock.lock();
	mine.held = true;
	while (!other.held)
		std::this_thread::sleep_for(1ms);
	mine.begin_ns = now_ns();
	other.lock.lock();
	std::abort();
}

void say(const char *state)
{
	std::printf("{\"state\": \"%s\", \"pid\": %d, \"now_ns\": %llu}\n", state, getpid(),
		    static_cast<unsigned long long>(now_ns()));
	std::fflush(stdout);
}

void log(const side &mine, side &other)
{
	std::printf(
		"{\"wait\": \"std::mutex\", \"tid\": %d, \"ended\": \"open\", \"begin_ns\": %llu, "
		"\"object\": %llu, \"owner_tid\": %d}\n",
		mine.tid.load(), static_cast<unsigned long long>(mine.begin_ns.load()),
		static_cast<unsigned long long>(
			reinterpret_cast<uintptr_t>(other.lock.native_handle())),
		other.tid.load());
}
} // namespace

int main()
{
	say("ready");
	std::thread left(take_both, std::ref(sides[0]), std::ref(sides[1]));
	std::thread right(take_both, std::ref(sides[1]), std::ref(sides[0]));
	while (!sides[0].begin_ns || !sides[1].begin_ns)
		std::this_thread::sleep_for(1ms);
	std::this_thread::sleep_for(100ms);
	log(sides[0], sides[1]);
	log(sides[1], sides[0]);
	say("asleep");
	std::getchar();
	std::_Exit(0);
}
