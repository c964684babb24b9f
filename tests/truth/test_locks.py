# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of kernel lock, by waits that a test module makes and logs itself."""
import os

from harness import Workload, bounds, duration, observe
from locks import Locks, built, LOCKS_MODULE
from seen import seen_points
from uapi import number

# With lock debugging mutex_lock_io() has a slow path of its own, which is no wait point.
HAS_MUTEX_LOCK_IO = not os.path.exists("/proc/lockdep")
# Kind of lock -> class, who holds it how, ways to take it.
KINDS = {
    "mutex": ("mutex", "lock", ["lock", "interruptible", "killable"] + ["io"] * HAS_MUTEX_LOCK_IO),
    "ww_mutex": ("mutex", "hold", ["lock", "interruptible"]),
    "rwsem": ("rwsem", "write", ["read", "read_killable", "write", "write_killable"]),
    "rtmutex": ("rtmutex", "lock", ["lock", "interruptible"]),
    "semaphore": ("semaphore", "down", ["down", "interruptible", "killable", "timeout"]),
    "percpu_rwsem": ("percpu_rwsem", "write", ["read", "write"]),
}
OWNED = ("mutex", "ww_mutex", "rwsem", "rtmutex")
SIGKILL, SIGUSR1 = 9, 10
TIMED_MS = 20000


def class_of(kind):
    return KINDS[kind][0]


def chosen(t, kinds):
    """Those of the kinds that this module on this kernel can see."""
    if not built():
        t.skip("test module", "%s is not there" % LOCKS_MODULE)
        return []
    seen, blind = seen_points()
    points = {kind: kind if kind == "ww_mutex" else class_of(kind) for kind in kinds}
    for kind, point in points.items():
        if point not in seen:
            t.skip(kind, blind.get(point, "no wait point for it here"))
    return [kind for kind in kinds if points[kind] in seen]


def lines(kinds, ops, hold_ms, end):
    """What each thread does: one holder a kind, one waiter an op."""
    found = []
    for kind in kinds:
        takes = [op for op in KINDS[kind][2] if op in ops or "all" in ops]
        found.append("hold %s %s %d %d %d" % (kind, KINDS[kind][1], len(takes), hold_ms, end))
        found += ["take %s %s %d" % (kind, op, TIMED_MS) for op in takes]
    return found


def expected_op(wait):
    if wait["wait"] not in ("rwsem", "percpu_rwsem"):
        return number("OP_NONE")
    return number("OP_READ" if wait["op"].startswith("read") else "OP_WRITE")


def compare(t, kind, waits, seen, locks, ended):
    """The waits of one kind of lock against the rows on that lock."""
    tids = {wait["tid"] for wait in waits}
    address = locks.addresses()[kind, 0]
    # A thread may meet other locks of the kind on its way, at its end, say.
    rows = [row for row in seen.of(object=address, **{"class": class_of(kind)})
            if row["tid"] in tids]
    count = sum(row["count"] for row in rows)
    total = sum(row["total_ns"] + row["inner_ns"] for row in rows)
    t.equal("%s: waits" % kind, count, len(waits))
    low, high = bounds(waits)
    # Nobody logs when a signal was sent: how late it woke is in the log's duration only.
    low -= sum(map(duration, waits)) // 50 if ended == "signal" else 0
    t.between("%s: sum of %d waits" % (kind, count), low, total, high)
    longest = max(map(duration, waits))
    t.check("%s: maximum" % kind, max((row["max_ns"] for row in rows), default=0) <= longest,
            "at most %d" % longest, rows)
    t.equal("%s: object, the lock's address" % kind,
            {row["object_type"] for row in rows}, {number("OBJECT_KADDR")})
    t.equal("%s: ended" % kind, sum(row["ended"][ended] for row in rows), len(waits))
    per_thread(t, kind, waits, rows)
    sites = [[locks.function(frame - 1) for frame in seen.stacks.get(row["kstack"], [])]
             for row in rows]
    t.check("%s: every stack leads through the test module" % kind, all(
        any(name and name.startswith("take_once") for name in site) for site in sites),
            "take_once", sites[:2])
    t.agreement("%s, %s" % (kind, ended), class_of(kind), waits, len(waits), count, total)
    return rows


def per_thread(t, kind, waits, rows):
    """One thread waits in one way: operation, owner and sleeps of its own."""
    wrong, owners = [], []
    for tid in {wait["tid"] for wait in waits}:
        mine = [row for row in rows if row["tid"] == tid]
        its = [wait for wait in waits if wait["tid"] == tid]
        if sum(row["count"] for row in mine) != len(its) or \
                {row["op"] for row in mine} != {expected_op(its[0])}:
            wrong.append((its[0], mine))
        owners += [row["owner_tid"] for row in mine]
    t.check("%s: count and operation of each thread" % kind, not wrong, "as logged", wrong[:1])
    holders = {wait["owner_tid"] for wait in waits}
    if kind in OWNED:
        t.equal("%s: owner" % kind, set(owners), holders)
    else:
        t.check("%s: owner, if any" % kind, set(owners) <= holders | {0}, holders, set(owners))


def ended_case(t, kinds, ops, hold_ms, end, ended, rounds):
    kinds = chosen(t, [kind for kind in kinds if set(KINDS[kind][2]) & set(ops) or "all" in ops])
    if not kinds:
        return
    locks = Locks()
    classes = sorted({class_of(kind) for kind in kinds})
    with Workload("kernel_locks", rounds, *lines(kinds, ops, hold_ms, end)) as work:
        seen = observe(t, work, classes)
    log = locks.log()
    for kind in kinds:
        waits = [wait for wait in log if wait["wait"] == kind]
        odd = [wait for wait in waits if wait["ended"] != ended]
        t.check("%s: the test module saw %d end by %s" % (kind, len(waits), ended),
                waits and not odd, ended, odd[:1])
        compare(t, kind, waits, seen, locks, ended)


def test_released(t):
    """Every kind and every way to take it, until the holder lets go."""
    ended_case(t, KINDS, ["all"], 30, 0, "wake", 4)


def test_interrupted(t):
    """Given up for a signal."""
    ended_case(t, KINDS, ["interruptible"], 30, SIGUSR1, "signal", 4)


def test_timeout(t):
    """The one lock that has timeouts."""
    if not chosen(t, ["semaphore"]):
        return
    locks = Locks()
    with Workload("kernel_locks", 4, "hold semaphore down 2 0 -1", "take semaphore timeout 40",
                  "take semaphore timeout 60") as work:
        seen = observe(t, work, ["semaphore"])
    compare(t, "semaphore", locks.log(), seen, locks, "timeout")


class Doomed:
    """Waiters of one process, killed by the holder in another."""

    def __init__(self, holder, waiter):
        self.holder, self.waiter = holder, waiter
        self.pid = waiter.pid

    def phase(self, _):
        self.waiter.line()
        self.holder.phase()
        self.waiter.process.wait()


def test_killed(t):
    """SIGKILL ends the waits of those who allow it to."""
    ops = ("interruptible", "killable", "read_killable", "write_killable")
    kinds = chosen(t, ["mutex", "ww_mutex", "rwsem", "rtmutex", "semaphore"])
    if not kinds:
        return
    locks = Locks()
    every = lines(kinds, ops, 30, SIGKILL)
    with Workload("kernel_locks", 1, *[one for one in every if one[0] == "h"]) as holder, \
            Workload("kernel_locks", 1, *[one for one in every if one[0] == "t"]) as waiter:
        seen = observe(t, Doomed(holder, waiter), sorted(set(map(class_of, kinds))))
    for kind in kinds:
        waits = [wait for wait in locks.log() if wait["wait"] == kind]
        # The first to be killed takes the whole process with it.
        compare(t, kind, waits, seen, locks, "kill")
