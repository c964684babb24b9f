# SPDX-License-Identifier: GPL-2.0-only
"""Tasks that are traced, filtered, signalled, replaced and killed while they wait.

Each case is a program that logs its waits; what is reported must be those, thread by
thread, with the same ends, and with the same sum.
"""
import collections
import contextlib
import os

from harness import Workload, bounds
from netlink import Client
from test_foreign import symbol_of
from test_races import balanced
from tracing import Foreign
import truths
from uapi import ENDS


class Phase:
    """One phase under a session that follows whatever the workload starts."""

    def __init__(self, t, program, *arguments, **options):
        options.setdefault("follow", True)
        with Workload(program, *arguments) as work, Client() as client:
            before = points(client)
            session = client.session(["futex"], tgids=[work.pid], objects=True, **options)
            work.phase()
            session.pause()
            self.work, self.logged, self.pid = work, work.waits, work.pid
            self.rows, self.special = session.rows()
            counters, self.losses = session.stats()
            self.counters = counters["futex"]
            self.stacks = session.stacks()
            after = points(client)
        t.check("books", balanced(self.counters) and not self.counters["open"] and
                not self.counters["lost"], "balanced, none open, none lost", self.counters,
                "%(begun)d begun, %(ended)d ended" % self.counters)
        t.equal("missed, unpaired", [now - then for then, now in zip(before, after)], [0, 0])

    def waits(self, tid=None):
        """Those logged that slept."""
        return [wait for wait in self.logged if wait["sleeps"] and tid in (None, wait["tid"])]


def points(client):
    found = [point for point in client.points() if point["name"] == "futex_wait"]
    return [sum(point[key] for point in found) for key in ("missed", "unpaired")]


def compare(t, seen, extra=None, low_less=0, high_less=0, storm=False):
    """Count and ends by thread as logged; the sum within its bounds.

    extra: signal ends by thread that the program itself cannot know of.
    storm: of signals and wakes. One that comes late wakes a thread that waits again
    already and waits on; and a wait that a signal ended may be woken before it is off
    its queue, of which the program sees the wake.
    """
    expected, got = collections.Counter(), collections.Counter()
    for wait in seen.waits():
        expected[wait["tid"], wait["ended"]] += 1
    for (tid, end), count in (extra or {}).items():
        expected[tid, end] += count
    for row in seen.rows:
        for end in ENDS:
            if row["ended"][end]:
                got[row["tid"], end] += row["ended"][end]
    odd = {key: (expected[key], got[key]) for key in expected | got
           if not (abs(got[key] - expected[key]) <= few(expected[key]) if storm else
                   expected[key] == got[key])}
    count = sum(got.values())
    if storm and not sum(expected.values()) <= count:
        odd["all"] = (sum(expected.values()), count)
    t.check("waits of each thread, and how they ended", expected and not odd, "as logged", dict(
        list(odd.items())[:5]), "%d of %d waits of %d threads: %s" % (
            count, sum(expected.values()), len({tid for tid, _ in expected}),
            {end: sum(count for (_, one), count in got.items() if one == end) for end in ENDS}))
    low, high = bounds(seen.waits())
    # For a CPU they also waited where it was no part of a wait: in a handler, say.
    low -= max(0, sum(wait.get("runqueue_ns", 0) for wait in seen.logged) -
               sum(row["runqueue_ns"] for row in seen.rows))
    total = sum(row["total_ns"] for row in seen.rows)
    t.between("sum", low - low_less, total, high - high_less)
    t.agreement("hostile tasks, " + t.current, "futex", seen.waits(), sum(expected.values()),
                count, total)
    return count


def few(count):
    return 4 + count // 20


def test_traced(t):
    """Stopped and single-stepped in the wait: each stop ends one, the rest is another."""
    rounds = 6
    seen = Phase(t, "hostile_tasks", "ptraced", rounds)
    child = seen.work.child
    interrupted, stopped_ns = (seen.work.traced[key] for key in ("interrupted", "stopped_ns"))
    t.check("there were stops in the wait", interrupted > rounds, "> %d" % rounds, interrupted,
            "%d of %d" % (interrupted, 2 * rounds))
    # What was stopped did not wait; from each request until it stood, and from each
    # restart until it slept, it did or did not.
    between_ns = 2 * rounds * 40000000
    compare(t, seen, extra={(child, "signal"): interrupted}, low_less=stopped_ns + between_ns,
            high_less=stopped_ns)


def test_signals(t):
    """A storm of signals and wakes: each call that returns is one wait."""
    witness = Foreign(symbol_of("futex_wait"))
    witness.add()
    try:
        seen = Phase(t, "hostile_waits", "signals", 1500)
        hits = witness.hits()[0]
    finally:
        witness.remove()
    ends = collections.Counter(wait["ended"] for wait in seen.waits())
    t.check("there were many of both", ends["signal"] > 30 and ends["wake"] > 10,
            "> 30 signals, > 10 wakes", ends, str(dict(ends)))
    t.equal("as many as somebody else's probe has counted", compare(t, seen, storm=True), hits)


def test_seccomp(t):
    """What a filter refuses is no wait; who is killed by it has none open."""
    rounds = 40
    seen = Phase(t, "hostile_waits", "seccomp", rounds)
    refused = [wait for wait in seen.logged if not wait["sleeps"]]
    t.equal("refused by the filter", len(refused), rounds)
    t.equal("waits", len(seen.waits()), rounds + 2)
    compare(t, seen)


def test_mappings(t):
    """Stack and code are protected, unmapped and mapped while it waits."""
    seen = Phase(t, "hostile_waits", "mappings", 400)
    compare(t, seen)
    cut = sum(row["count"] for row in seen.rows)
    t.equal("all have a leaf", sum(row["count"] for row in seen.rows
                                   if seen.stacks.get(row["ustack"])), cut)


def test_mappings_under_rules(t):
    """The same while the command line teaches rules that are out of date at once.

    Through code that has none no stack is whole: each says so, and has the right leaf.
    """
    with Client() as client, Workload("hostile_waits", "mappings", 400) as work:
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase()
        found = {key[1]: wait for key, wait in trace.waits().items() if key[0] == work.pid}
        logged = {wait["object"]: wait for wait in work.waits}
    t.equal("waits printed", (len(found), set(found) == set(logged)), (400, True))
    odd = [(wait, found[word]) for word, wait in logged.items() if word in found and not (
        found[word]["truncated"] and truths.frames(found[word])[:1] == wait["frames"][:1])]
    t.check("each is marked as cut and begins where the program was", not odd, "all", odd[:1])


def test_arguments(t):
    """Calls that mean nothing, hundreds, are no waits."""
    seen = Phase(t, "hostile_waits", "arguments", 20)
    compare(t, seen)


def test_vfork(t):
    """The child's waits are the child's; to wait for it is of no class."""
    rounds = 25
    seen = Phase(t, "hostile_tasks", "vfork", rounds)
    t.equal("logged", len(seen.waits()), 2 * rounds)
    t.equal("waits of the parent", [row for row in seen.rows if row["tgid"] == seen.pid], [])
    t.equal("children", len({row["tgid"] for row in seen.rows}), rounds)
    compare(t, seen)


def test_exec(t):
    """Another thread execs: all others end by it, the new program's waits go on."""
    threads = 12
    seen = Phase(t, "hostile_tasks", "exec", threads)
    t.equal("logged: the threads', the leader's, the new program's",
            (len(seen.waits()), len(seen.waits(seen.pid))), (threads + 1 + 2, 3))
    compare(t, seen)
    t.equal("one process", {row["tgid"] for row in seen.rows}, {seen.pid})


@contextlib.contextmanager
def few_ids(room):
    """So few task ids that they come again soon."""
    path = "/proc/sys/kernel/pid_max"
    with open(path) as file:
        before = file.read()
    used = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    threads = sum(len(os.listdir("/proc/%d/task" % pid)) for pid in used
                  if os.path.exists("/proc/%d/task" % pid))
    with open(path, "w") as file:
        file.write(str(max(301, 300 + sum(pid > 300 for pid in used) + threads // 4 + room)))
    try:
        yield
    finally:
        with open(path, "w") as file:
            file.write(before)


def reused(t, seen):
    tids = [wait["tid"] for wait in seen.waits()]
    t.check("ids came again", len(set(tids)) < len(tids) // 2, "half at most", len(set(tids)),
            "%d waits by %d ids" % (len(tids), len(set(tids))))


def test_thread_storm(t):
    """Thousands of threads that wait once: each one is there, also under an id used before."""
    with few_ids(300):
        seen = Phase(t, "hostile_tasks", "threads", 2000)
        t.equal("logged", len(seen.waits()), 2000)
        reused(t, seen)
        compare(t, seen)


def test_ids_of_the_dead(t):
    """Killed in the wait, its id taken by another that waits and is killed, and so on."""
    with few_ids(60):
        seen = Phase(t, "hostile_tasks", "killed", 60)
        t.equal("logged", len(seen.waits()), 240)
        reused(t, seen)
        compare(t, seen)
