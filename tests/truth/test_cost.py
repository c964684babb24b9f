# SPDX-License-Identifier: GPL-2.0-only
"""What the module says that its own work costs."""
import os
import time

from harness import Workload, module_parameter, wait_for
from netlink import Client

EVERY = 64  # one call in so many is timed, unless cost_every= says otherwise


def losses(session):
    return session.stats()[1]


def slept(work):
    """Threads that the log has waits of, and how many."""
    return {wait["tid"] for wait in work.waits}, sum(wait["sleeps"] for wait in work.waits)


class Runaway:
    """A program that does nothing but hand futexes over."""

    def __init__(self):
        self.work = Workload("raw_waits", "handover")
        self.pid = self.work.pid

    def __enter__(self):
        return self

    def go(self):
        self.work.phase("", "running")
        self.runs = True

    def stop(self):
        self.work.phase()
        self.runs = False

    runs = False

    def __exit__(self, *args):
        if self.runs:
            self.stop()
        self.work.__exit__(*args)


def test_calls_are_counted(t):
    """By kretprobes each wait that is taken is one call at its begin and one at its end."""
    module_parameter(kprobes_only=1, cost_every=1)
    with Workload("raw_waits", "raw", 12) as work, Client() as client:
        session = client.session(["futex"], tgids=[work.pid])
        before = client.costs()
        total, charged = phase(work, client, session)
        session.pause()
        # What goes on without us begins and ends nothing: the session takes one process.
        row = session.stats()[0]["futex"]
        costs = client.costs()
        grown = {name: costs[name]["calls"] - before[name]["calls"] for name in costs}
        logged = slept(work)[1]
        t.equal("ends: as many calls as waits that ended", grown["end"], row["ended"])
        t.check("begins: a call for each wait, and for those of others",
                grown["begin"] >= row["begun"] >= logged, row["begun"], grown["begin"],
                "%d calls, %d waits begun, %d logged" % (grown["begin"], row["begun"], logged))
        t.equal("no other handler was called", {name: grown[name] for name in
                                                ("waking", "block", "task")},
                {"waking": 0, "block": 0, "task": 0})
        for name in ("begin", "end"):
            cost = costs[name]
            t.equal("%s: all calls are timed" % name, cost["timed"], cost["calls"])
            t.equal("%s: the estimate is the sum" % name, cost["estimate_ns"], cost["timed_ns"])
            t.equal("%s: buckets hold every timed call" % name, sum(cost["buckets"].values()),
                    cost["timed"])
            t.check("%s: the longest is no longer than all" % name,
                    0 < cost["max_ns"] <= cost["timed_ns"], "0 < max <= sum", cost)
        t.equal("the only session is charged all of it (ns)", charged, total)


def estimate(client):
    return sum(cost["estimate_ns"] for cost in client.costs().values())


def charges(client, *sessions):
    """What there is, and what sessions are charged of it, when no hook is hit meanwhile."""
    for _ in range(100):
        total = estimate(client)
        charged = [losses(session)["cost_ns"] for session in sessions]
        if estimate(client) == total:
            break
        time.sleep(0.05)
    return [total] + charged


def phase(work, client, *sessions):
    """The same of one phase: a hook may be hit before its session can be seen."""
    before = charges(client, *sessions)
    work.phase()
    return [now - then for now, then in zip(charges(client, *sessions), before)]


def test_one_call_in_so_many(t):
    module_parameter()
    with Runaway() as load, Client() as client:
        session = client.session(["futex"], tgids=[load.pid])
        load.go()
        wait_for(lambda: client.costs()["end"]["calls"] > 20000, "20,000 waits")
        load.stop()
        session.pause()
        for name in ("begin", "end"):
            cost = client.costs()[name]
            expected = cost["calls"] / EVERY
            t.check("%s: one call in %d is timed" % (name, EVERY),
                    0.8 * expected <= cost["timed"] <= 1.2 * expected, "about %d" % expected,
                    cost["timed"], "%d of %d" % (cost["timed"], cost["calls"]))
            mean = cost["timed_ns"] / cost["timed"]
            t.figure("own cost", name + ", mean, longest (ns)", "",
                     "%d, %d" % (mean, cost["max_ns"]))


def test_who_is_charged(t):
    """All timed, so that it adds up: calls that work for one session, for both, for none."""
    module_parameter(cost_every=1)
    with Workload("raw_waits", "raw", 12) as work, Client() as client:
        mine = client.session(["futex"], tgids=[work.pid])
        other = client.session(["futex"], tgids=[os.getpid()])
        total, of_mine, of_other = phase(work, client, mine, other)
        t.equal("the one that takes the waits is charged every call (ns)", of_mine, total)
        t.check("the other one only calls that found nobody", of_other < of_mine,
                "less than %d" % of_mine, of_other, "%d ns" % of_other)
        for session in (mine, other):
            session.delete()
    module_parameter(cost_every=1)
    with Workload("raw_waits", "raw", 12) as work, Client() as client:
        both = [client.session(["futex"], tgids=[work.pid], stacks=stacks)
                for stacks in (True, False)]
        total, *charged = phase(work, client, *both)
        t.check("of two that take them none is charged more than there is",
                max(charged) <= total, "at most %d" % total, charged)
        t.check("and each less what was done for the other", total < sum(charged) < 2 * total,
                "between %d and %d" % (total, 2 * total), sum(charged),
                "%s of %d ns" % (charged, total))
