# SPDX-License-Identifier: GPL-2.0-only
"""Several sessions, what each takes, and books that balance under load."""
import errno
import os
import time

from disk import SlowDisk
from harness import Observation, Workload, check_books, duration
from netlink import Client, Refused
from test_mutex import slow_file
from uapi import number

BOTH = ["futex", "mutex", "io"]


def totals(session, name):
    """Count and sums of one class, row by row."""
    rows, _ = session.rows()
    found = {}
    for row in rows:
        if row["class"] != name:
            continue
        key = (row["tid"], row["object"], row["op"])
        old = found.get(key, (0, 0, 0))
        found[key] = (old[0] + row["count"], old[1] + row["total_ns"],
                      max(old[2], row["max_ns"]))
    return found


def test_two_sessions_with_different_classes(t):
    """Each has the figures it has alone: those of a session for everything."""
    with SlowDisk("slower", 60000000) as disk:
        path = slow_file(disk, "/tmp/slower")
        with Workload("raw_waits", "raw", 6) as futexes, \
                Workload("kernel_mutex", "seek", path, 3, 2) as mutexes, Client() as client, \
                Client() as other:
            pids = [futexes.pid, mutexes.pid]
            alone = {name: client.session([name], tgids=pids, objects=True)
                     for name in ("futex", "mutex")}
            everything = other.session(BOTH, tgids=pids, objects=True)
            ids = [alone["futex"].id, alone["mutex"].id, everything.id]
            t.equal("all sessions are listed", [one["id"] for one in client.sessions()], ids)
            futexes.line()
            mutexes.line()
            futexes.until("done")
            mutexes.until("done")
            for session in list(alone.values()) + [everything]:
                session.pause()
            for name, session in alone.items():
                mine, all_of_it = totals(session, name), totals(everything, name)
                t.check("%s: same rows, counts, sums, maxima" % name, mine == all_of_it and mine,
                        all_of_it, mine, "%d rows" % len(mine))
                rows, _ = session.rows()
                t.equal("%s: no other class" % name, {row["class"] for row in rows}, {name})
                t.figure("two sessions", name + ": waits, sum (ns)",
                         "%d, %d (session for all)" % sums(all_of_it), "%d, %d" % sums(mine))
            logged = sum(wait["sleeps"] for wait in futexes.waits)
            waiters = {wait["tid"] for wait in futexes.waits}
            t.equal("futex: as logged", sum(row[0] for key, row in
                                            totals(alone["futex"], "futex").items()
                                            if key[0] in waiters), logged)
            foreign(t, client, everything)


def sums(rows):
    return sum(row[0] for row in rows.values()), sum(row[1] for row in rows.values())


def foreign(t, client, session):
    """A session belongs to its socket."""
    mine = session.client
    session.client = client
    for name, call in (("read", session.stats), ("paused", session.pause),
                       ("deleted", session.delete), ("dumped", session.rows)):
        try:
            call()
            t.check("a foreign session cannot be " + name, False, "refusal", "none")
        except Refused as refusal:
            t.check("a foreign session cannot be " + name, refusal.sentence is not None or
                    refusal.errno in (errno.ENOENT, errno.EPERM), "a sentence", refusal,
                    str(refusal))
    session.client = mine


def test_filter_by_thread(t):
    with Workload("raw_waits", "raw", 4) as work, Client() as client:
        tids = [int(name) for name in os.listdir("/proc/%d/task" % work.pid)]
        wanted = sorted(tids)[1]
        session = client.session(["futex"], tids=[wanted])
        work.phase()
        session.pause()
        rows, _ = session.rows()
        t.equal("only that thread", ({row["tid"] for row in rows}, sum(row["count"]
                                                                       for row in rows)),
                ({wanted}, sum(wait["sleeps"] for wait in work.waits if wait["tid"] == wanted)))


def test_minimum_duration(t):
    """Just below, at and above the limit, judged by another session's durations.

    Each wait has a futex of its own, so the session without a limit knows each
    single duration; the waits climb in small steps through the limit.
    """
    limit_ns = 20000000
    with Workload("raw_waits", "timeout", 40, limit_ns - 2000000, 100000) as work, \
            Client() as client:
        whole = client.session(["futex"], tgids=[work.pid], objects=True)
        limited = client.session(["futex"], tgids=[work.pid], objects=True, min_ns=limit_ns)
        work.phase()
        whole.pause()
        limited.pause()
        every = {key: row[1] for key, row in totals(whole, "futex").items()}
        kept = {key: row[1] for key, row in totals(limited, "futex").items()}
        expected = {key: value for key, value in every.items() if value >= limit_ns}
        t.check("kept: those that lasted as long as the limit or longer", kept == expected,
                len(expected), len(kept), "%d of %d" % (len(kept), len(every)))
        counters, _ = limited.stats()
        t.equal("filtered", counters["futex"]["filtered"], len(every) - len(expected))
        below = [value for value in every.values() if value < limit_ns]
        above = [value for value in every.values() if value >= limit_ns]
        t.check("there are waits on both sides", below and above, "both", every)
        nearest = (max(below), min(above))
        t.figure("minimum duration", "nearest below and above (ns)", "limit %d" % limit_ns,
                 "%d, %d" % nearest)
        exact = client.session(["futex"], tgids=[work.pid], min_ns=1)
        t.check("a limit of one nanosecond is accepted", exact.id > 0)
        long = [wait for wait in work.waits if duration(wait) < limit_ns]
        t.check("no wait shorter by its own log was kept", not
                [wait for wait in long if any(key[1] == wait["object"] for key in kept)], "none",
                "some")


def test_books_balance_under_load(t):
    """Handovers as fast as they go; pauses in the middle of it, four times."""
    with Workload("raw_waits", "handover") as work, Client() as client:
        session = client.session(["futex"], tgids=[work.pid])
        work.phase("", "running")
        before = None
        for _ in range(4):
            time.sleep(0.2)
            live, _ = session.stats()
            row = live["futex"]
            t.check("running: no more ended than begun", row["ended"] <= row["begun"],
                    "ended <= begun", row)
            session.pause()
            settle(session)
            counters, losses = session.stats()
            rows, special = session.rows()
            seen = Observation(rows, special, {}, counters, losses,
                               time.clock_gettime_ns(time.CLOCK_MONOTONIC) - session.start_ns, {},
                               None)
            check_books(t, seen)
            again, _ = session.stats()
            t.equal("paused: nothing moves", again["futex"]["begun"], counters["futex"]["begun"])
            if before:
                t.check("no counter goes back", all(
                    counters["futex"][key] >= before["futex"][key]
                    for key in ("begun", "ended", "reported", "filtered", "lost")), before,
                        counters)
            before = counters
            session.pause(False)
        work.phase()
        session.pause()
        counters, _ = session.stats()
        t.figure("under load", "futex waits begun", "", counters["futex"]["begun"])
        t.check("waits were many", counters["futex"]["begun"] > 1000, "> 1000",
                counters["futex"]["begun"])


def settle(session):
    """Paused, waits that are open end without new ones; wait until they have."""
    for _ in range(100):
        counters, _ = session.stats()
        if not counters["futex"]["open"]:
            return
        time.sleep(0.01)


def test_at_most_eight_sessions(t):
    with Client() as client:
        limit = number("MAX_SESSIONS")
        sessions = [client.session(["futex"], size=8 << 20) for _ in range(limit)]
        try:
            client.session(["futex"])
            t.check("one more is refused", False, "ENOSPC", "a session")
        except Refused as refusal:
            t.check("one more is refused", refusal.errno == errno.ENOSPC and refusal.sentence,
                    "ENOSPC and a sentence", refusal, str(refusal))
        ids = [session.id for session in sessions]
        t.equal("ids are all different", len(set(ids)), limit)
        sessions[3].delete()
        t.check("an id is never given twice", client.session(["futex"], size=8 << 20).id
                not in ids)
    with Client() as client:
        t.check("a closed socket's sessions end", gone(client), "none", client.sessions())


def gone(client):
    for _ in range(100):
        if not client.sessions():
            return True
        time.sleep(0.02)
    return False
