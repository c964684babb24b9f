# SPDX-License-Identifier: GPL-2.0-only
"""Mutexes of the kernel: how long, on which, held by whom, and how it ended."""
import os
import time

from disk import SlowDisk
from harness import Cli, Workload, bounds, cli_json, duration, is_growth, is_rt, observe, wait_for
from uapi import number
import netlink


IMAGE = 0xffffffff80000000


def slow_file(disk, folder, megabytes=1):
    path = disk.mount(folder) + "/file"
    with open(path, "wb") as file:
        file.write(b"w" * (megabytes << 20))
    os.sync()
    return path


def mutex_rows(t, case, work, seen, kind):
    """The waits of one kind against the mutex rows of their threads."""
    waits = [wait for wait in work.waits if wait["wait"] == kind]
    tids = {wait["tid"] for wait in waits}
    rows = [row for row in seen.of(**{"class": "mutex"}) if row["tid"] in tids]
    count = sum(row["count"] for row in rows)
    expected = sum(wait["sleeps"] for wait in waits)
    is_growth(t, count, expected)
    total = sum(row["total_ns"] for row in rows)
    low, high = bounds(waits)
    t.between("sum of %d waits" % count, low, total, high)
    longest = max(map(duration, waits))
    t.check("maximum", max((row["max_ns"] for row in rows), default=0) <= longest,
            "at most %d" % longest, rows)
    t.agreement(case, "mutex", waits, expected, count, total)
    return waits, rows


def one_lock(t, rows):
    t.check("one lock, an address of the kernel", len({row["object"] for row in rows}) == 1 and
            all(row["object_type"] == number("OBJECT_KADDR") and row["object"] >> 63
                for row in rows), "one", [hex(row["object"]) for row in rows])


def test_file_position_lock(t):
    """lseek() while another thread reads through the same open file."""
    with SlowDisk("slower", 60000000) as disk:
        path = slow_file(disk, "/tmp/slower")
        with Workload("kernel_mutex", "seek", path, 6, 3) as work:
            command = ["top", "-b", "-n", "1", "-d", "60", "--by", "callsite"]
            seen = observe(t, work, ("mutex", "io"), command=command)
            waits, rows = mutex_rows(t, "kernel mutex, file position", work, seen, "lseek")
            one_lock(t, rows)
            t.equal("ended", sum(row["ended"]["wake"] for row in rows),
                    sum(row["count"] for row in rows))
            owner = {wait["owner_tid"] for wait in waits}
            # The last wait of a row may have met another waiter that came first.
            tids = {wait["tid"] for wait in waits} | owner
            t.check("owner: the thread that reads", owner <= {row["owner_tid"] for row in rows} and
                    {row["owner_tid"] for row in rows} <= tids, owner,
                    {row["owner_tid"] for row in rows})
            reads = [wait for wait in work.waits if wait["wait"] == "read"]
            io = seen.of(tid=reads[0]["tid"], **{"class": "io"})
            t.equal("the reader waits for I/O only", sum(row["count"] for row in io),
                    sum(wait["sleeps"] for wait in reads))
            # A row has the object of its last wait. The program's threads may also meet
            # at a lock of another's: a pipe's, when it ends.
            sites = [row for row in seen.document["rows"] if row["class"] == "mutex" and
                     row["object"] in {hex(row["object"]) for row in rows}]
            t.check("one call site with all waits", len(sites) == 1 and
                    sites[0]["count"] == sum(row["count"] for row in rows), "1", sites)
            symbols = [frame["symbol"] for row in sites for frame in row["kstack"]]
            t.check("its kernel frames lead to lseek", any("lseek" in (name or "")
                                                           for name in symbols),
                    "ksys_lseek", symbols)
            t.check("its call site is outside the lock's own functions", sites and
                    "mutex" not in sites[0]["callsite"], "__fdget_pos or ksys_lseek",
                    sites and sites[0]["callsite"])


def test_epoll(t):
    """Many short waits, most of them spinning, on one epoll set."""
    with Workload("kernel_mutex", "epoll", 8000, 4) as work:
        seen = observe(t, work, ("mutex",))
    # Locks in the kernel's image, which anybody may hold at times, are not the set's.
    rows = [row for row in seen.of(**{"class": "mutex"})
            if row["tid"] in {thread["tid"] for thread in work.threads} and
            row["object"] < IMAGE]
    count = sum(row["count"] for row in rows)
    slept = [wait for wait in work.waits if wait["sleeps"]]
    calls = sum(thread["calls"] for thread in work.threads)
    t.check("waits happened", count > 0, "some", count, "%d of %d calls" % (count, calls))
    t.check("at least one wait per call that slept", count >= len(slept), len(slept), count)
    t.check("at most one wait per call", count <= calls, calls, count)
    for thread in work.threads:
        total = sum(row["total_ns"] for row in rows if row["tid"] == thread["tid"])
        longest = max((row["max_ns"] for row in rows if row["tid"] == thread["tid"]), default=0)
        t.check("its waits lie in its calls", total <= thread["calls_ns"] and
                longest <= thread["calls_max_ns"], (thread["calls_ns"], thread["calls_max_ns"]),
                (total, longest), "%d of %d ns" % (total, thread["calls_ns"]))
    one_lock(t, rows)
    owners = {row["owner_tid"] for row in rows} - {0}
    # On RT a lock that is handed over has no owner until the one who was woken runs,
    # and who released it comes back sooner.
    t.check("owners are threads of the program", (owners or is_rt()) and
            owners <= {thread["tid"] for thread in work.threads}, "its tids", owners)
    blocked = sum(row["blocked_ns"] + row["runqueue_ns"] for row in rows)
    asleep = sum(map(duration, work.waits))
    t.check("blocked and run-queue time belong to calls that left the CPU", blocked <= asleep,
            "at most %d" % asleep, blocked, "%d <= %d ns" % (blocked, asleep))
    t.figure("kernel mutex, epoll", "waits", "%d calls, %d slept" % (calls, len(slept)), count)
    t.figure("kernel mutex, epoll", "sum (ns)", "%d in all calls" % sum(
        thread["calls_ns"] for thread in work.threads), sum(row["total_ns"] for row in rows))


def test_interrupted_by_signal(t):
    """An interruptible lock of the kernel, given up for a signal."""
    with Workload("kernel_mutex", "signal", 6) as work:
        seen = observe(t, work, ("mutex",))
        waits, rows = mutex_rows(t, "kernel mutex, signal", work, seen, "kmsg_read")
        one_lock(t, rows)
        t.equal("ended", [row["ended"]["signal"] for row in rows], [6])
        t.equal("owner", [row["owner_tid"] for row in rows], [waits[0]["owner_tid"]])


def test_ended_by_kill(t):
    with Workload("kernel_mutex", "kill") as work:
        seen = observe(t, work, ("mutex",), pid=work.child)
        waits, rows = mutex_rows(t, "kernel mutex, SIGKILL", work, seen, "kmsg_read")
        t.equal("ended", [row["ended"]["kill"] for row in rows], [1])
        t.equal("owner", [row["owner_tid"] for row in rows], [waits[0]["owner_tid"]])


def test_blocked_names_the_owner(t):
    """An open wait on a kernel lock: class, age, owner, while it lasts."""
    with Workload("kernel_mutex", "signal", 1) as work, netlink.Client() as client:
        session = client.session(["mutex"], tgids=[work.pid])
        work.line()
        rows = []

        def waiting():
            rows[:] = [row for row in session.open_waits() if row["class"] == "mutex"]
            return rows
        wait_for(waiting, "an open wait on a mutex")
        now = now_ns()
        work.until("done")
        wait = [one for one in work.waits if one["wait"] == "kmsg_read"][0]
        t.equal("thread", rows[0]["tid"], wait["tid"])
        t.equal("owner now and at its begin", (rows[0]["owner_tid"], rows[0]["owner_begin_tid"]),
                (wait["owner_tid"], wait["owner_tid"]))
        t.between("begin", wait["begin_ns"], rows[0]["begin_ns"], wait["end_ns"])
        t.between("age", 0, rows[0]["since_ns"], now - wait["begin_ns"])
        session.delete()
        t.check("its owner has a name", rows[0]["owner_comm"] == "kernel_mutex", "kernel_mutex",
                rows[0]["owner_comm"])


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def test_blocked_command(t):
    """The same by the command, with another session keeping the point armed."""
    # Waits that are longer than the command takes, also in a debug kernel.
    with Workload("kernel_mutex", "signal", 2, 4000) as work, netlink.Client() as client:
        cli = Cli("top", "-b", "-n", "1", "-d", "60", "--json", "--class", "mutex", "--pid",
                  work.pid, client=client)
        work.line()
        for _ in range(10):  # between two of its waits there is none
            document = cli_json("blocked", "--json", "--class", "mutex", "--pid", work.pid)
            rows = [row for row in document["rows"] if row["class"] == "mutex"]
            if rows:
                break
        work.until("done")
        cli.stop()
        owner = [thread["tid"] for thread in work.threads if thread["thread"] == "holder"]
        waiter = [thread["tid"] for thread in work.threads if thread["thread"] == "waiter"]
        t.equal("the waiter", [row["tid"] for row in rows], waiter)
        t.check("its owner", rows and owner_tid(rows[0]["owner"]) == owner[0], owner, rows)


def owner_tid(owner):
    return owner["tid"] if isinstance(owner, dict) else owner
