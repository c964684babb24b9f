# SPDX-License-Identifier: GPL-2.0-only
"""Whatever the load: a thread's own times never add up to more than the time there was."""
import shutil
import subprocess
import time

from disk import SlowDisk
from harness import Workload, module_parameter
from locks import LOCKS_MODULE, Locks, built
from netlink import Client, Refused
from test_nesting import POINT
from uapi import CLASSES

SECONDS = 12
STRESS = "--futex 2 --fault 1 --pipe 1 --rename 1 --mmap 1 --iomix 1 --sync-file 1 --hdd 1"
FIO = "--name=load --rw=randrw --bs=4k --size=4m --numjobs=2 --thread --fsync=4 --time_based"
ALL = [name for name in CLASSES if name != "block"]


def loads(folder):
    """stress-ng and fio, on a slow file system."""
    commands = [["stress-ng", *STRESS.split(), "--hdd-bytes", "4m", "--iomix-bytes", "4m",
                 "--sync-file-bytes", "1m", "--mmap-bytes", "4m", "--temp-path", folder,
                 "--timeout", "%ds" % SECONDS, "--quiet"],
                ["fio", *FIO.split(), "--directory=" + folder, "--runtime=%d" % SECONDS,
                 "--output=/dev/null"]]
    for command in commands:
        if shutil.which(command[0]):
            yield subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def check_session(t, name, session, busy):
    """No thread waited for longer than the session lasted; some did nearly all the time."""
    rows, _ = session.rows()
    # Not before: waits that were open at the pause have been followed until now.
    wall_ns = now_ns() - session.start_ns
    counters, _ = session.stats()
    threads, classes = {}, {}
    for row in rows:
        threads[row["tid"]] = threads.get(row["tid"], 0) + row["total_ns"]
        classes[row["class"]] = classes.get(row["class"], 0) + row["count"]
    longest = sorted(threads.values(), reverse=True)[:3]
    odd = [tid for tid, total in threads.items() if total > wall_ns]
    t.check("%s: no thread's own times exceed the session's %d ns" % (name, wall_ns),
            threads and not odd, "none", [[row for row in rows if row["tid"] == tid]
                                          for tid in odd[:1]],
            "%d threads, the longest %s; waits %s" % (len(threads), longest, classes))
    if busy:
        t.check("%s: some wait nearly all the time" % name, longest and longest[0] >= wall_ns // 2,
                "half of it", longest)
    parts = [row for row in rows if row["total_ns"] !=
             row["blocked_ns"] + row["runqueue_ns"] + row["spin_ns"]]
    t.check("%s: parts add up in every row" % name, not parts, "all", parts[:1])
    t.figure("under load, " + name, "longest own time of a thread (ns)", "session %d" % wall_ns,
             longest and longest[0])
    t.figure("under load, " + name, "waits, clamped", "", "%d, %d" % (
        sum(row["reported"] for row in counters.values()),
        sum(row["clamped"] for row in counters.values())))


def test_own_times_under_load(t):
    """All classes at once, several sessions that begin and end in the middle of it."""
    lines = []
    if built():
        Locks()
        # Waits that lie in each other, by threads that do nothing else.
        lines = ["outer 40 5 0", "outer 20 5 1"]
        module_parameter(point=POINT)
    else:
        t.skip("nested waits of the test module", "%s is not there" % LOCKS_MODULE)
    try:
        with SlowDisk("loaded", 1000000, megabytes=64) as disk, Client() as client:
            folder = disk.mount("/tmp/loaded")
            played = list(loads(folder))
            t.check("loads", len(played) == 2, "stress-ng and fio", len(played))
            nest = Workload("kernel_locks", SECONDS * 20, *lines) if lines else None
            if nest:
                nest.line()
            sessions = {}
            for name, options in (("all classes", {}), ("from 1 ms on", {"min_ns": 1000000}),
                                  ("futex and io", {"classes": ["futex", "io"]}),
                                  ("later", {"size": 32 << 20})):
                sessions[name] = open_session(client, **options)
                time.sleep(1)
            time.sleep(SECONDS / 3)
            for name, session in sessions.items():
                session.pause()
                time.sleep(0.2)
                check_session(t, name, session, lines and name != "futex and io")
                session.delete()
            if nest:
                nest.process.kill()
                nest.__exit__()
            for one in played:
                one.wait()
            # Files that are still being written to the slow disk.
            subprocess.run(["sync"], check=True)
    finally:
        if lines:
            module_parameter()


def open_session(client, classes=None, **options):
    try:
        return client.session(classes or ALL, **options)
    except Refused:
        return client.session(["futex", "mutex", "io", "rwsem"], **options)
