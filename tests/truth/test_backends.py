# SPDX-License-Identifier: GPL-2.0-only
"""Kernel locks by contention tracepoints and by kretprobes: the same waits."""
import re

from harness import Workload, module_parameter, observe
from locks import Locks
from test_futex import test_futex_raw
from test_futex_ops import test_requeue_pi, test_requeue_pi_timeout
from test_locks import (KINDS, chosen, class_of, lines, test_interrupted, test_killed,
                        test_released, test_timeout)
from test_locks import compare as compare_waits
from uapi import number
import netlink

# What a kretprobe hooks beside the tracepoint, per kind: the first that exists.
FUNCTIONS = {
    "mutex": ("__mutex_lock", "rt_mutex_slowlock", "rt_mutex_slowlock_block"),
    "ww_mutex": ("__ww_mutex_lock",),
    "rwsem": ("rwsem_down_write_slowpath", "rwbase_write_lock"),
    "rtmutex": ("rt_mutex_slowlock", "rt_mutex_slowlock_block"),
    "semaphore": ("__down",),
    "percpu_rwsem": ("__percpu_down_read",),
}
TAKES = {"rwsem": "write", "semaphore": "down", "percpu_rwsem": "read"}
HOLD_MS, ROUNDS, TRIES = 25, 4, 3


def backends():
    """Backend that won, by class."""
    with netlink.Client() as client:
        client.session(["mutex", "rwsem", "rtmutex", "semaphore", "percpu_rwsem"]).delete()
        return {point["class"]: point["backend"] for point in client.points()
                if point["state"] == number("POINT_IDLE")}


def by_tracepoints(t):
    if number("BACKEND_TRACEPOINT") in backends().values():
        return True
    t.skip("backends", "this kernel has no contention tracepoints")
    return False


def test_kprobes_only(t):
    """The parameter leaves the tracepoints alone, and the waits are the same."""
    if not by_tracepoints(t):
        return
    module_parameter(kprobes_only=1)
    try:
        t.check("every lock is hooked by kretprobes", set(backends().values()) ==
                {number("BACKEND_KRETPROBE")}, "kretprobe", backends())
        for test in (test_released, test_interrupted, test_timeout, test_killed):
            test(t)
    finally:
        module_parameter()


def futex_backend():
    with netlink.Client() as client:
        client.session(["futex"]).delete()
        return [point["backend"] for point in client.points() if point["name"] == "futex_wait"][0]


def test_futex(t):
    """Where ftrace hooks them, kprobes_only=1 gives them back to a kretprobe: the same waits."""
    if "futex_unqueue" not in symbols():
        t.equal("without a function that follows", futex_backend(), number("BACKEND_KRETPROBE"))
        return
    t.equal("by ftrace", futex_backend(), number("BACKEND_FTRACE"))
    module_parameter(kprobes_only=1)
    try:
        t.equal("kprobes_only=1", futex_backend(), number("BACKEND_KRETPROBE"))
        for test in (test_futex_raw, test_requeue_pi, test_requeue_pi_timeout):
            test(t)
    finally:
        module_parameter()


def symbols():
    with open("/proc/kallsyms") as file:
        return {re.sub(r"\.(constprop|isra|part)\.0$", "", line.split()[2]) for line in file}


def both(kind, known):
    """An extra point for a kind: CLASS:SYMBOL, or None."""
    for name in FUNCTIONS[kind]:
        if name in known:
            return "%s:%s" % (class_of(kind), name)
    return None


def test_both_at_once(t):
    """Each wait seen by both at the same time, one within the other."""
    if not by_tracepoints(t):
        return
    known = symbols()
    for kind in chosen(t, KINDS):
        point = both(kind, known)
        if not point:
            t.skip(kind, "no function of its own here")
            continue
        locks = Locks()
        module_parameter(point=point)
        try:
            take = TAKES.get(kind, "lock")
            hold = [line for line in lines([kind], [take], HOLD_MS, 0)
                    if line.startswith("hold") or line.split()[2] == take]
            hold[0] = re.sub(r"^(hold \S+ \S+) \d+", r"\1 1", hold[0])
            # The scheduler's figures are behind where a virtual CPU stands still
            # between the two hooks: another look then.
            for _ in range(TRIES):
                with Workload("kernel_locks", ROUNDS, *hold[:2]) as work:
                    seen = observe(t, work, [class_of(kind)])
                waits = [wait for wait in locks.log() if wait["wait"] == kind]
                blocked, apart = compare(t, kind, waits, seen, locks.addresses()[kind, 0], point)
                if apart * 100 <= blocked:
                    break
                locks.command("reset")
        finally:
            module_parameter()
        agree(t, kind, blocked, apart)


def test_spinlock_in_a_lock(t):
    """A semaphore begins with a spinlock: who spins for that waits on for the semaphore."""
    if backends().get(number("CLASS_SEMAPHORE")) != number("BACKEND_TRACEPOINT"):
        t.skip("semaphore", "not seen by tracepoints here")
        return
    locks = Locks()
    locks.command("spin")
    try:
        for ended, take in (
                ("wake", lines(["semaphore"], ["timeout"], HOLD_MS, 0)),
                ("timeout", ["hold semaphore down 1 0 -1", "take semaphore timeout 300"])):
            locks.command("reset")
            with Workload("kernel_locks", ROUNDS, *take) as work:
                seen = observe(t, work, ["semaphore"])
            waits = [wait for wait in locks.log() if wait["wait"] == "semaphore"]
            compare_waits(t, "semaphore", waits, seen, locks, ended)
    finally:
        locks.command("spin -")


def compare(t, kind, waits, seen, address, point):
    tids = {wait["tid"] for wait in waits}
    rows = [row for row in seen.of(object=address) if row["tid"] in tids]
    outer = [row for row in rows if row["inner_ns"]]
    inner = [row for row in rows if not row["inner_ns"]]
    t.equal("%s, %s: waits seen by one, by the other" % (kind, point),
            [sum(row["count"] for row in some) for some in (outer, inner)],
            [len(waits), len(waits)])
    return (sum(row["blocked_ns"] for row in inner), sum(row["blocked_ns"] for row in outer))


def agree(t, kind, blocked, apart):
    t.check("%s: blocked time differs by less than a hundredth" % kind, apart * 100 <= blocked,
            "at most %d" % (blocked // 100), apart, "%d of %d ns" % (apart, blocked))
    t.figure("%s, both backends" % kind, "blocked (ns)", blocked + apart, blocked)
