# SPDX-License-Identifier: GPL-2.0-only
"""The parts of a wait, each against a witness that is not the module's."""
from harness import (SLACK_PERCENT, Workload, bounds, duration, is_rt, logged, module_parameter,
                     observe, release)
from locks import LOCKS_MODULE, Locks, built
from test_locks import chosen
from tracing import Scheduler, inside

ROUNDS = 16
HOG_MS = 30
BUSY_MS, SLEEP_MS = 5, 20


def add_up(t, rows):
    odd = [row for row in rows if row["total_ns"] !=
           row["blocked_ns"] + row["runqueue_ns"] + row["spin_ns"]]
    t.check("parts add up", rows and not odd, "blocked + run-queue + spin = total", odd[:1])


def total(rows, key):
    return sum(row[key] for row in rows)


def starved(t, how, least_ns):
    """A woken thread without a CPU: as much run-queue time as the scheduler's tracepoints saw."""
    with Workload("starved", how, ROUNDS, HOG_MS) as work:
        with Scheduler(work.tids["waiter"]) as scheduler:
            seen = observe(t, work)
            queued, waking = scheduler.queued(), scheduler.queued("sched_waking")
            woken = scheduler.queued(preempted=False)
        waits = work.waits
    tid = waits[0]["tid"]
    rows = [row for row in seen.of(**{"class": "futex"}) if row["tid"] == tid]
    add_up(t, rows)
    t.equal("waits", total(rows, "count"), ROUNDS)
    low, high = bounds(waits)
    t.between("sum", low, total(rows, "total_ns"), high)
    got = total(rows, "runqueue_ns")
    witness, early = inside(queued, waits), inside(waking, waits)
    own = sum(wait.get("runqueue_ns", 0) for wait in waits)
    t.check("there was something to measure", witness >= least_ns, "%d ns or more" % least_ns,
            witness, "%d ns in %d intervals" % (witness, len(queued)))
    if how == "fifo":
        least = int(inside(woken, waits) * 0.95)
        t.between("run-queue part, within 5 % of sched_wakeup to sched_switch", least, got,
                  int(witness * 1.05))
        t.between("and of sched_waking to sched_switch", least, got, int(early * 1.05))
        t.check("neither on a CPU nor blocked meanwhile", total(rows, "spin_ns") +
                total(rows, "blocked_ns") <= sum(map(duration, waits)) - witness * 95 // 100,
                "the rest", rows)
    # Its own reading is taken around the wait: where others may take its CPU on its
    # way there and back, too, that is a good part more.
    t.between("and of the growth of /proc/thread-self/schedstat",
              int(own * 0.95) if how == "fifo" else own // 4, got, own)
    case = "starved, " + how
    t.figure(case, "sum (ns)", logged(waits), total(rows, "total_ns"))
    t.figure(case, "run-queue part (ns)", "tracepoints %d (waking %d), schedstat %d" % (
        witness, early, own), got)


def test_starved_by_one(t):
    """Whoever wakes it has a real-time priority and keeps the CPU for 30 ms."""
    starved(t, "fifo", ROUNDS * HOG_MS * 1000000 * 9 // 10)


def test_starved_by_several(t):
    """Its CPU is busy with others of a higher weight; how long it queues is the scheduler's affair."""
    starved(t, "fair", ROUNDS * 250000)


def busy_case(t, kind, op, busy_ms, sleep_ms):
    """The owner keeps its CPU, then sleeps with the lock, or lets go at once."""
    if not built():
        t.skip(kind, "%s is not there" % LOCKS_MODULE)
        return
    if not chosen(t, [kind]):
        return
    if kind == "mutex" and is_rt() and release() < (5, 15):
        t.skip(kind, "a mutex of this RT kernel does not spin")
        return
    locks = Locks()
    hold = {"mutex": "lock", "rwsem": "write"}[kind]
    with Workload("kernel_locks", ROUNDS, "@0 hold %s %s 1 %d 0 %d" % (kind, hold, sleep_ms,
                                                                     busy_ms),
                  "@1 take %s %s" % (kind, op)) as work:
        seen = observe(t, work, [kind])
        calls = work.waits
    waits = locks.log()
    tid = waits[0]["tid"]
    rows = [row for row in seen.of(object=waits[0]["object"], **{"class": kind})
            if row["tid"] == tid]
    add_up(t, rows)
    t.equal("waits", total(rows, "count"), ROUNDS)
    low, high = bounds(waits)
    t.between("sum", min(low, sum(max(0, wait["asleep_ns"] - wait["begin_ns"])
                                  for wait in waits)) * 9 // 10, total(rows, "total_ns"), high)
    figures(t, "%s, %s" % (kind, op), waits, rows, [call for call in calls if call["tid"] == tid],
            sleep_ms)


def figures(t, case, waits, rows, calls, sleep_ms):
    # A waiter may be taken off its CPU before its owner sleeps: then it spun for less.
    known = sum(min(max(0, wait["asleep_ns"] - wait["begin_ns"]), wait["cpu_ns"])
                for wait in waits)
    spin, off = total(rows, "spin_ns"), total(rows, "blocked_ns") + total(rows, "runqueue_ns")
    clock = sum(call["cpu_ns"] for call in calls)
    asleep = sum(wait["waker_ns"] - wait["asleep_ns"] for wait in waits)
    # A virtual CPU that stands still in the call, before the wait, is in its log only.
    least = min(known, total(rows, "total_ns") - asleep)
    # What is done before the wait begins; in a debug kernel each stack is unwound slowly.
    late_ns = 50000 if SLACK_PERCENT <= 1 else 1000000
    t.between("spin: at least while the owner ran, at most the thread's CPU clock",
              max(1, int(least * 0.7) - late_ns * len(waits)), spin, clock)
    whole = sum(map(duration, waits))
    # It may see late that its owner sleeps, where a virtual CPU stands still.
    t.between("off its CPU: while the owner slept",
              int(min(asleep, whole - clock) * 0.95) if sleep_ms else 0, off,
              whole - known + 100000 * len(waits))
    t.figure(case, "spin (ns)", "owner on its CPU %d, thread's CPU clock %d" % (known, clock),
             spin)
    t.figure(case, "off the CPU (ns)", "owner asleep %d" % asleep, off)
    if sleep_ms:
        t.check("both parts are there", spin >= BUSY_MS * 250000 * len(waits) and
                off >= SLEEP_MS * 500000 * len(waits), "a quarter of the spinning, half of the sleep", (spin, off))


def test_spin_then_sleep(t):
    """5 ms of spinning while the owner runs, then 20 ms of sleep: both are told."""
    busy_case(t, "mutex", "lock", BUSY_MS, SLEEP_MS)


def test_spin_for_an_rwsem(t):
    """By kretprobes: the tracepoint of a contention comes after the spinning."""
    module_parameter(kprobes_only=1)
    try:
        busy_case(t, "rwsem", "write", BUSY_MS, SLEEP_MS)
    finally:
        module_parameter()


def test_spin_only(t):
    """The owner never sleeps: hardly a moment of the waiter's is blocked."""
    busy_case(t, "mutex", "lock", BUSY_MS, 0)
