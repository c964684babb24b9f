# SPDX-License-Identifier: GPL-2.0-only
"""Whole from the first wait on: a followed process's rules are there when its session begins.

WAITPROF_STACKS_LONG=N: N times as long.
"""
import contextlib
import os
import time

from harness import Workload, bounds, check_books, cli_json, wait_for
from netlink import Client
from test_limits import collect
import truths
import unwind

TIMES = int(os.environ.get("WAITPROF_STACKS_LONG", "1"))
THREADS, CHAINS = 64, 600
UNSURE_NS = 100000000  # the program's stamp of an end comes later than the end


def begun_after(stacks, start_ns):
    return [one for one in stacks if one["begin_ns"] > start_ns]


def across(stacks, start_ns):
    return [one for one in stacks if one["begin_ns"] < start_ns < one["end_ns"] - UNSURE_NS]


def share(waits, stacks):
    count, _ = truths.compare(waits, stacks)
    return "%d of %d" % (count["right"], len(stacks))


@contextlib.contextmanager
def running(*arguments):
    """A workload whose threads wait from before until after what is done meanwhile."""
    with Workload("stack_many", *arguments) as work, Client() as client:
        # The tables of its files are made once, which takes long.
        truths.Trace(client, "--pid", work.pid).waits()
        work.line("run")
        work.until("running")
        work.is_stopped = False
        yield work, client
        stop(work)


def stop(work):
    """Its log is there then."""
    if not work.is_stopped:
        work.phase("stop")
    work.is_stopped = True


def test_many_stacks(t):
    """64 threads that wait when the session begins; 500 stacks and more."""
    with running(THREADS, CHAINS) as (work, client), Client() as other:
        # Whose begin nobody sees is in no table of open waits.
        other.session(["futex"])
        session = client.session(["futex"], tgids=[work.pid], objects=True, rules=True, held=True)
        unwind.Rules(session).teach(work.pid)
        session.pause(False)
        start_ns = session.start_ns
        time.sleep(2.5 * TIMES)
        stop_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        session.pause(True)
        stop(work)
        waits = truths.of_session(session, work.pid)
    after = [one for one in begun_after(work.stacks, start_ns) if one["end_ns"] < stop_ns]
    truths.check(t, "begun after it", waits, after, least=0.99)
    distinct = {tuple(one["stack"]) for one in after}
    t.check("different stacks", len(distinct) >= 500, "500", len(distinct), str(len(distinct)))
    first = sorted(after, key=lambda one: one["begin_ns"])[:200]
    t.check("the first 200 of them", truths.compare(waits, first)[0]["right"] == len(first),
            "all right", truths.compare(waits, first), share(waits, first))
    truths.check(t, "open when it began", waits, across(work.stacks, start_ns), least=0.99)
    ended = {(work.pid, one["object"]) for one in work.stacks if one["end_ns"] < start_ns}
    t.equal("ended before it began, and reported", ended & waits.keys(), set())
    t.figure("%d threads, %d stacks, from the first wait on" % (THREADS, len(distinct)),
             "whole stacks", len(after), share(waits, after))


def test_command_line(t):
    """The same by the command line, whose tables are its own."""
    with running(8, 40) as (work, client):
        time.sleep(0.3)
        trace = truths.Trace(client, "--pid", work.pid)
        time.sleep(TIMES)
        waits = trace.waits()
    after = [one for one in begun_after(work.stacks, trace.start_ns)
             if one["end_ns"] < trace.stop_ns]
    truths.check(t, "from its first wait on", waits, after)
    ended = {(work.pid, one["object"]) for one in work.stacks if one["end_ns"] < trace.start_ns}
    t.equal("ended before it began, and reported", ended & waits.keys(), set())


def start_of(client, session):
    return [one["start_ns"] for one in client.sessions() if one["id"] == session.id][0]


def test_held_session(t):
    """Nothing is taken before it begins; what is open then is charged from its start on."""
    with Workload("sleepers", 10) as early, Workload("sleepers", 10) as late, \
            Client() as client, Client() as other:
        # Whose begin nobody sees is in no table of open waits.
        other.session(["futex"])
        early.phase("sleep", "asleep")
        session = client.session(["futex"], tgids=[early.pid, late.pid], objects=True, held=True)
        t.equal("no start yet", (session.start_ns, start_of(client, session)), (0, 0))
        late.phase("sleep", "asleep")
        early.phase("wake 3")
        session.pause(True)
        counters = session.stats()[0]["futex"]
        t.equal("nothing begun, ended or open", [counters[name] for name in (
            "begun", "ended", "open")], [0, 0, 0])
        t.equal("no rows", session.rows(), ([], []))
        t.equal("no open waits", session.open_waits(), [])
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        session.pause(False)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        began_ns = session.start_ns
        t.between("its start", before, began_ns, after)
        t.equal("listed", start_of(client, session), session.start_ns)
        t.equal("open waits, begun before", len(session.open_waits()), 17)
        early.phase("wake 7")
        late.phase("wake 10")
        logged = early.waits + late.waits
        seen = collect(session)
        check_books(t, seen)
        t.equal("all clipped", sum(row["clipped"] for row in seen.rows), 17)
        low, high = bounds([dict(wait, begin_ns=session.start_ns) for wait in logged])
        t.between("from its start on", low, sum(row["total_ns"] for row in seen.rows), high)
        session.pause(True)
        session.pause(False)
        t.equal("a pause later on is no start", start_of(client, session), began_ns)
        t.equal("nothing twice", session.stats()[0]["futex"]["begun"], 17)


def test_waits_in_between(t):
    """Sessions that begin under load: each wait is taken or not, none half."""
    with running(16, 50) as (work, client):
        sessions = []
        for _ in range(4):
            session = client.session(["futex"], tgids=[work.pid], objects=True, held=True)
            time.sleep(0.1)
            session.pause(False)
            time.sleep(0.3)
            sessions.append((session, time.clock_gettime_ns(time.CLOCK_MONOTONIC)))
            session.pause(True)
        stop(work)
        seens = [collect(session) for session, _ in sessions]
    for number, ((session, until_ns), seen) in enumerate(zip(sessions, seens)):
        check_books(t, seen)
        logged = {one["object"]: one for one in work.stacks}
        rows = {row["object"]: row for row in seen.rows if row["object"] in logged}
        missing = [one for one in begun_after(work.stacks, session.start_ns)
                   if one["end_ns"] < until_ns and one["object"] not in rows]
        t.equal("session %d: missing of those begun in it" % number, missing, [])
        early = [one for word, one in logged.items()
                 if word in rows and one["end_ns"] < session.start_ns]
        t.equal("session %d: ended before it" % number, early, [])


def test_all_processes(t):
    """Nobody named: whole within a second. What comes earlier is said to be cut."""
    with running(8, 40) as (work, client):
        time.sleep(0.3)
        trace = truths.Trace(client)
        time.sleep(2.5 * TIMES)
        waits = trace.waits()
    after = [one for one in begun_after(work.stacks, trace.start_ns)
             if one["end_ns"] < trace.stop_ns]
    second = trace.start_ns + 1000000000
    truths.check(t, "after one second", waits, begun_after(after, second), least=0.99)
    early = [one for one in after if one["begin_ns"] <= second]
    count, wrong = truths.compare(waits, early, by_fp=True)
    t.check("in the first second: none wrong", not wrong, "right or cut", (count, wrong),
            str(dict(count)))
    t.figure("all processes, the first second", "whole stacks", len(early), share(waits, early))



def test_forks(t):
    """Children of a followed process: the parent's rules are theirs from the first wait on."""
    with Workload("stack_many", 4, 10) as work, Client() as client:
        trace = truths.Trace(client, "--follow", "--pid", work.pid)
        work.phase("forks 8")
        forked = work.stacks
        work.phase("vforks 4")
        shared = work.stacks
        work.phase("waits")
        own, waits = work.stacks, trace.waits()
    t.equal("waits", (len(forked), len(shared)), (24, 12))
    truths.check(t, "forked", waits, forked)
    truths.check(t, "sharing its memory", waits, shared)
    truths.check(t, "its own", waits, own)


def test_exec(t):
    """A new program: cut until it is known, then whole."""
    with Workload("stack_many", 4, 10) as work, Client() as client:
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase("waits")
        first = work.stacks
        work.phase("exec", "ready")
        work.phase("waits")
        early = work.stacks
        wait_for(lambda: any(one["losses"]["spaces"] >= 2
                             for one in cli_json("status", "--json")["sessions"]),
                 "the new program to be known")
        work.phase("waits")
        late, waits = work.stacks, trace.waits()
    truths.check(t, "before", waits, first)
    count, wrong = truths.compare(waits, early, by_fp=True)
    t.check("right after: none wrong", not wrong, "right or cut", (count, wrong), str(dict(count)))
    truths.check(t, "later", waits, late)


def test_ends_while_profiled(t):
    """A process that ends with its threads waiting: whole, and with names."""
    with Workload("stack_many", THREADS, CHAINS) as work, Client() as client:
        trace = truths.Trace(client, "--pid", work.pid)
        work.line("quit")
        work.process.wait()
        waits = {key: wait for key, wait in trace.waits().items() if key[0] == work.pid}
    t.check("its waits", len(waits) >= THREADS, "%d at least" % THREADS, len(waits),
            str(len(waits)))
    odd = [wait for wait in waits.values() if wait["truncated"]]
    t.check("whole", not odd, "all", odd[:1])
    chains = [wait for wait in waits.values() if any(frame["symbol"] == "one_chain"
                                                     for frame in wait["ustack"])]
    t.check("with the program's names", len(chains) >= THREADS, "%d" % THREADS, len(chains))
