// SPDX-License-Identifier: GPL-2.0-only
/*
 * The slow program of the README's investigation: four threads take orders and
 * write each of them to a journal, for SECONDS. Its fault is that a thread waits
 * for the disk while it holds the lock of the journal. With "group" one thread
 * takes the disk's wait upon itself, for all orders that came meanwhile.
 *
 *	orders slow|group JOURNAL SECONDS
 */
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class journal {
    public:
	journal(const char *path, bool group)
		: fd_(open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600))
		, group_(group)
	{
	}

	bool is_open() const
	{
		return fd_ >= 0;
	}

	void append(const std::string &line)
	{
		std::unique_lock<std::mutex> hold(lock_);

		if (!group_) {
			put(line);
			return;
		}
		pending_ += line;
		for (unsigned long mine = batch_; written_ <= mine;) {
			if (is_writing_)
				done_.wait(hold);
			else
				write_pending(hold);
		}
	}

    private:
	void put(const std::string &text)
	{
		if (write(fd_, text.data(), text.size()) < 0 || fdatasync(fd_))
			perror("journal");
	}

	void write_pending(std::unique_lock<std::mutex> &hold)
	{
		std::string text;

		text.swap(pending_);
		batch_++;
		is_writing_ = true;
		hold.unlock();
		put(text);
		hold.lock();
		is_writing_ = false;
		written_ = batch_;
		done_.notify_all();
	}

	const int fd_;
	const bool group_;
	std::mutex lock_;
	std::condition_variable done_;
	std::string pending_;
	unsigned long batch_ = 0, written_ = 0;
	bool is_writing_ = false;
};

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: orders slow|group JOURNAL SECONDS\n");
		return 2;
	}

	journal log(argv[2], std::string(argv[1]) == "group");
	auto end = std::chrono::steady_clock::now() + std::chrono::seconds(atoi(argv[3]));
	std::vector<std::thread> workers;
	unsigned long orders[4] = {};

	if (!log.is_open()) {
		perror(argv[2]);
		return 1;
	}
	for (unsigned long &mine : orders)
		workers.emplace_back([&] {
			while (std::chrono::steady_clock::now() < end)
				log.append("order " + std::to_string(++mine) + "\n");
		});
	for (std::thread &worker : workers)
		worker.join();
	printf("%lu orders\n", orders[0] + orders[1] + orders[2] + orders[3]);
	return 0;
}
