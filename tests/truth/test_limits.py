# SPDX-License-Identifier: GPL-2.0-only
"""Many sleepers, small limits, and memory that comes back."""
import contextlib
import subprocess
import time

from churn import shrink_slabs
from harness import (Workload, bounds, check_books, module_load, module_parameter, module_unload,
                     Observation)
from netlink import Client, Refused


def futex_point(client):
    return [point for point in client.points() if point["name"] == "futex_wait"][0]


def collect(session):
    session.pause()
    counters, losses = session.stats()
    rows, special = session.rows()
    wall = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - session.start_ns
    return Observation(rows, special, {}, counters, losses, wall, {}, None)


def smallest_session(client, **options):
    """A session with the least memory the module accepts, in steps of 128 KiB."""
    size = 128 << 10
    while True:
        try:
            return client.session(["futex"], size=size, **options), size
        except Refused:
            size += 128 << 10
            if size > 64 << 20:
                raise


def test_five_thousand_blocked_at_once(t):
    nr = 5000
    with Workload("sleepers", nr) as work, Client() as client, Client() as other:
        session = client.session(["futex"], tgids=[work.pid], threads=False)
        small, size = smallest_session(other, tgids=[work.pid], objects=True)
        before = futex_point(client)["missed"]
        work.phase("sleep", "asleep")
        counters, _ = session.stats()
        t.equal("open", counters["futex"]["open"], nr)
        t.equal("missed", futex_point(client)["missed"] - before, 0)
        rows = session.open_waits()
        t.equal("open waits shown", len({row["tid"] for row in rows}), nr)
        work.phase("wake %d" % nr)
        seen = collect(session)
        check_books(t, seen)
        count = sum(row["count"] for row in seen.rows)
        t.equal("waits", count, nr)
        low, high = bounds(work.waits)
        total = sum(row["total_ns"] for row in seen.rows)
        t.between("sum", low, total, high)
        t.figure("5,000 threads blocked at once", "waits, missed", "%d, 0" % nr, "%d, %d" % (
            count, futex_point(client)["missed"] - before))
        t.figure("5,000 threads blocked at once", "sum (ns)", high, total)
        overflowed(t, collect(small), size, total, nr)


def overflowed(t, seen, size, total, nr):
    """More rows than fit: the rest is in the overflow row, count and time kept."""
    check_books(t, seen)
    counters = seen.counters["futex"]
    t.check("a small session ran out of rows", counters["unattributed"] > 0, "> 0", counters,
            "%d of %d waits, in %d bytes" % (counters["unattributed"], nr, size))
    kept = sum(row["total_ns"] for row in seen.rows + seen.special)
    t.check("time is kept all the same", kept == total, total, kept)
    t.figure("rows overflow", "sum of all rows (ns)", "%d (a session with room)" % total, kept)


def test_open_limit(t):
    """With room for 100, exactly the rest is missed, and the books balance."""
    nr, limit = 1000, 100
    module_parameter(open_limit=limit)
    try:
        with Workload("sleepers", nr) as work, Client() as client:
            session = client.session(["futex"], tgids=[work.pid])
            work.phase("sleep", "asleep")
            point = futex_point(client)
            counters, _ = session.stats()
            t.equal("the point's limit", point["limit"], limit)
            t.equal("missed", point["missed"], nr - limit)
            t.equal("open", counters["futex"]["open"], limit)
            t.equal("begun", counters["futex"]["begun"], limit)
            work.phase("wake %d" % nr)
            t.equal("missed, after they woke", futex_point(client)["missed"], nr - limit)
            seen = collect(session)
            check_books(t, seen)
            t.equal("reported", seen.counters["futex"]["reported"], limit)
            t.figure("open_limit=100, 1,000 blocked", "recorded, missed", "100, 900", "%d, %d" % (
                seen.counters["futex"]["reported"], point["missed"]))
    finally:
        module_parameter()


def test_thousand_killed_at_once(t):
    nr = 1000
    with Workload("sleepers", nr) as work, Client() as client:
        session = client.session(["futex"], tgids=[work.pid])
        work.phase("sleep", "asleep")
        work.process.kill()
        work.process.wait()
        seen = collect(session)
        check_books(t, seen)
        t.equal("ended by kill", sum(row["ended"]["kill"] for row in seen.rows), nr)


def memory():
    """Kernel memory in KiB, and objects of the allocator's general caches."""
    subprocess.run(["sync"], check=True)
    write("/proc/sys/vm/drop_caches", "3")
    time.sleep(0.3)
    shrink_slabs()
    found = {}
    with open("/proc/meminfo") as file:
        for line in file:
            name, value = line.split(":")
            if name in ("Slab", "VmallocUsed", "Percpu"):
                found[name] = int(value.split()[0])
    with open("/proc/slabinfo") as file:
        for line in file:
            if line.startswith("kmalloc-"):
                name, active = line.split()[:2]
                found[name] = int(active)
    return found


def cycles(nr, pid):
    """Sessions come and go, by request and by their socket's end, big and small."""
    for i in range(nr):
        with Client() as client:
            every = i % 20 == 0
            session = client.session(["futex", "mutex", "io"] if every else ["futex"],
                                     tgids=[pid], size=0 if every else 8 << 20)
            if i % 10 == 0:
                session.rows()
                session.open_waits()
            if i % 2:
                session.delete()
    with Client() as client:
        while client.sessions():
            time.sleep(0.01)


@contextlib.contextmanager
def expedited_rcu():
    """Grace periods without their long rest: three of them make most of a cycle.

    RT kernels refuse to be hurried unless rcu_normal is off, too.
    """
    settings = {"/sys/kernel/rcu_normal": "0", "/sys/kernel/rcu_expedited": "1"}
    before = {}
    for path, value in settings.items():
        with open(path) as file:
            before[path] = file.read()
        write(path, value)
    yield
    for path, value in before.items():
        write(path, value)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def test_thousand_session_cycles(t):
    """Memory is flat. A leak of one object a session would be 900 objects of one
    cache; a leaked table, 900 times its size. Caches elsewhere breathe by less
    than half an object a cycle and 1 MiB."""
    nr, warm = 1000, 100
    with Workload("sleepers", 1000) as work, expedited_rcu():
        work.phase("sleep", "asleep")
        cycles(warm, work.pid)
        before = memory()
        start = time.monotonic()
        cycles(nr - warm, work.pid)
        print("# %.1f ms a cycle" % ((time.monotonic() - start) * 1000 / (nr - warm)))
        after = memory()
        for name in ("Slab", "VmallocUsed", "Percpu"):
            growth = after[name] - before[name]
            t.check("%s is flat" % name, growth <= 1024, "at most 1024 KiB more", growth,
                    "%d KiB, then %d KiB" % (before[name], after[name]))
            t.figure("1,000 session cycles, 1,000 sleepers", name + " (KiB)", before[name],
                     after[name])
        grown = {name: after[name] - before[name] for name in after if name.startswith("kmalloc-")
                 and after[name] - before[name] >= (nr - warm) // 2}
        t.check("no cache grew by an object a cycle", not grown, "none", grown)
        work.phase("wake 1000")


def test_unload_while_sleepers_wait_inside(t):
    """The module goes while 1,000 threads sleep in what it hooked; they wake later."""
    with Workload("sleepers", 1000) as work:
        with Client() as client:
            session = client.session(["futex"], tgids=[work.pid])
            work.phase("sleep", "asleep")
            counters, _ = session.stats()
            t.equal("waits inside", counters["futex"]["open"], 1000)
            start = time.monotonic()
            module_unload()
            took = time.monotonic() - start
            t.check("unloaded under a session, with sleepers inside", True,
                    figures="%.2f s" % took)
            try:
                session.stats()
                t.check("the session's owner is told", False, "refusal", "none")
            except (Refused, OSError) as refusal:
                t.check("the session's owner is told", True, figures=str(refusal))
        work.phase("wake 500")
        t.equal("woken without the module", len(work.waits), 500)
        module_load()
        with Client() as client:
            session = client.session(["futex"], tgids=[work.pid])
            work.phase("wake 500")
            t.equal("woken under a new one", len(work.waits), 500)
            seen = collect(session)
            check_books(t, seen)
            t.equal("whose session has not seen them begin", seen.counters["futex"]["begun"], 0)
