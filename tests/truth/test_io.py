# SPDX-License-Identifier: GPL-2.0-only
"""Block I/O waits on a device with a known completion time."""
import subprocess
import time

from disk import SlowDisk
from harness import (Workload, bounds, duration, is_growth, is_rt, less_slack, logged,
                     observe, on_cpu, wait_for)
import netlink
from uapi import number

COMPLETION_NS = 20000000
COMMAND = ["top", "-b", "-n", "1", "-d", "60", "--by", "object"]


def compare(t, case, work, seen, only_io, device):
    """All I/O rows of the working thread against its log."""
    thread = work.threads[0]
    rows = seen.of(tid=thread["tid"], **{"class": "io"})
    count = sum(row["count"] for row in rows)
    total = sum(row["total_ns"] for row in rows)
    own = sum(map(duration, work.waits))
    t.check("sum lies in the calls", total <= own, "at most %d" % own, total,
            "%d <= %d ns" % (total, own))
    t.check("maximum lies in the longest call", max((row["max_ns"] for row in rows), default=0) <=
            max(map(duration, work.waits)), max(map(duration, work.waits)), rows)
    if only_io:
        low, high = bounds(work.waits)
        # On RT a call also sleeps for spinlocks, on its way to the wait and back.
        low -= own // 100 if is_rt() else 0
        t.between("sum of %d waits" % count, low, total, high)
        least = COMPLETION_NS * len(work.waits)
        t.check("no shorter than the device takes, less the way there",
                total >= less_slack(least) - on_cpu(work.waits), least, total)
    t.equal("object: the device", {(row["object"], row["object_type"]) for row in rows},
            {(device, number("OBJECT_DEV"))})
    t.equal("ended", sum(row["ended"]["wake"] for row in rows), count)
    slept = sum(wait["sleeps"] for wait in work.waits)
    if only_io:
        t.agreement(case, "io", work.waits, slept, count, total)
    else:
        t.figure(case, "waits", slept, count)
        t.figure(case, "sum (ns)", logged(work.waits), total)
    return count


def command_agrees(t, work, seen, name, device):
    rows = [row for row in seen.document["rows"] if row["class"] == "io"]
    t.equal("the command line names the device", {row["object"] for row in rows},
            {"%d:%d" % (device >> 20, device & 0xfffff)})
    t.check("the command line's sums are the session's",
            sum(row["total_ns"] for row in rows) == sum(row["total_ns"] for row in seen.rows),
            sum(row["total_ns"] for row in seen.rows), rows)
    symbols = [frame["symbol"] or "" for row in rows for frame in row["kstack"]]
    t.check("kernel frames lead to the call", any(name in one for one in symbols), name, symbols)


def test_direct_reads(t):
    with SlowDisk("slow", COMPLETION_NS) as disk:
        with Workload("block_io", "direct", disk.path, 12) as work:
            seen = observe(t, work, ("io",), command=COMMAND)
            count = compare(t, "io, O_DIRECT", work, seen, True, disk.device)
            growth = work.threads[0]["nvcsw"]
            t.equal("count = reads", count, 12)
            is_growth(t, count, growth)
            command_agrees(t, work, seen, "pread64", disk.device)


def test_cached_reads(t):
    with SlowDisk("slow", COMPLETION_NS) as disk:
        with Workload("block_io", "cached", disk.path, 12) as work:
            seen = observe(t, work, ("io",), command=COMMAND)
            count = compare(t, "io, page cache", work, seen, True, disk.device)
            growth = work.threads[0]["nvcsw"]
            t.equal("count = reads", count, 12)
            is_growth(t, count, growth)
            command_agrees(t, work, seen, "pread64", disk.device)


def test_fsync(t):
    """A part of an fsync waits for I/O; the rest for the journal, another class."""
    with SlowDisk("slow", COMPLETION_NS) as disk:
        folder = disk.mount("/tmp/slow")
        with Workload("block_io", "fsync", folder + "/file", 6) as work:
            seen = observe(t, work, ("io",))
            count = compare(t, "io, fsync", work, seen, False, disk.device)
            growth = work.threads[0]["nvcsw"]
            t.check("waits for I/O among the sleeps", 0 < count <= growth, "1 to %d" % growth,
                    count, "%d of %d" % (count, growth))


def test_ended_by_kill(t):
    """A reader of the page cache may be killed while it waits."""
    with SlowDisk("slower", 3000000000) as disk, netlink.Client() as client:
        reader = subprocess.Popen(["sh", "-c", "read line; exec dd if=%s of=/dev/null count=1" %
                                   disk.path], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        session = client.session(["io"], tgids=[reader.pid], objects=True)
        reader.stdin.write(b"\n")
        reader.stdin.flush()
        wait_for(lambda: any(row["object"] == disk.device for row in session.open_waits()),
                 "an open wait for the disk")
        killed_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        reader.kill()
        reader.wait()
        dead_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        session.pause()
        rows = [row for row in session.rows()[0] if row["object"] == disk.device]
        t.equal("ended", [row["ended"] for row in rows],
                [dict(wake=0, timeout=0, signal=0, kill=1)])
        t.check("it began in the session and ended with the reader", rows and 0 <
                rows[0]["total_ns"] <= dead_ns - session.start_ns, dead_ns - session.start_ns, rows,
                "killed after %d ns" % (killed_ns - session.start_ns))
        session.delete()
        reader.stdin.close()
        # The device is free only when its read is over.
        time.sleep(3)
