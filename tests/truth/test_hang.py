# SPDX-License-Identifier: GPL-2.0-only
"""Threads that wait for each other, and whoever comes to look afterwards."""
import contextlib
import os
import resource
import time

from harness import (Workload, cli_json, is_asleep, module_load, module_parameter, module_unload,
                     wait_for)
from locks import LOCKS_MODULE, Locks, built
from netlink import Client
from seen import is_seen
from test_locks import class_of

TOLERANCE_NS = 10000000
MANY = 10000
# Both need a fraction of it; five files of /proc a thread need more.
LISTED_CPU_S = {"recorded": 20, "inferred": 60}


def cycles_of(document):
    """Each cycle as a sorted list of threads."""
    return [sorted(step["tid"] if isinstance(step, dict) else step for step in cycle)
            for cycle in document["cycles"]]


def kernel_cycle(t, kind, op):
    """Two threads, two locks of the kernel, each holding what the other wants."""
    if not built():
        t.skip(kind, "%s is not there" % LOCKS_MODULE)
        return
    if not is_seen(t, class_of(kind)):
        return
    locks = Locks()
    with Workload("kernel_locks", 1, "cross %s %s 0" % (kind, op),
                  "cross %s %s 1" % (kind, op)) as work, Client() as client:
        # Armed before the hang: what the kernel's locks are is not in /proc.
        client.session([class_of(kind)], tgids=[work.pid])
        work.line()
        wait_for(lambda: len([wait for wait in locks.log() if wait["begin_ns"] and
                              is_asleep(wait["tid"])]) == 2, "a deadlock")
        before = now_ns()
        document = cli_json("blocked", "--json", "--pid", work.pid, "--class", class_of(kind))
        waits = locks.log()
        after = now_ns()
        work.process.kill()
        work.process.wait()
    rows = {row["tid"]: row for row in document["rows"]}
    t.equal("both are listed", sorted(rows), sorted(wait["tid"] for wait in waits))
    for wait in waits:
        row = rows.get(wait["tid"])
        other = [one["tid"] for one in waits if one["tid"] != wait["tid"]][0]
        t.check("class, object and owner", row and (row["class"], row["object"],
                row["owner"] and row["owner"]["tid"]) == (class_of(kind), hex(wait["object"]),
                                                         other),
                (class_of(kind), hex(wait["object"]), other), row)
        since = row["since_ns"] if row else 0
        t.between("since", before - wait["begin_ns"] - TOLERANCE_NS, since,
                  after - wait["begin_ns"])
        sites = [frame["symbol"] for frame in row["kstack"]] if row else []
        if len(sites) <= 2 and os.uname().release.startswith("5.10."):
            t.skip("its stack", "5.10 cannot look through a return probe from outside: %s" % sites)
            continue
        t.check("its stack leads through the test module", "take_once" in sites, "take_once", sites)
    t.equal("the cycle", cycles_of(document), [sorted(rows)])


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def test_two_kernel_mutexes(t):
    kernel_cycle(t, "mutex", "killable")


def test_two_kernel_rwsem_writers(t):
    kernel_cycle(t, "rwsem", "write_killable")


def hung(stack, program, *arguments):
    work = stack.enter_context(Workload(program, *arguments))
    work.until("asleep")
    return work


def ages(client, pid):
    """How long each thread of a process sleeps, with the time it was read between."""
    session = client.session(["futex"], tgids=[pid])
    before = now_ns()
    rows = session.open_waits(unseen=True)
    after = now_ns()
    session.delete()
    return {row["tid"]: row for row in rows}, before, after


def look_at(t, case, work):
    """Two threads of a process that hung before the module was there."""
    with Client() as client:
        rows, before, after = ages(client, work.pid)
    start = now_ns()
    document = cli_json("blocked", "--json", "--pid", work.pid)
    end = now_ns()
    # Only with the chains came the owners that libc keeps.
    cycles = "chains" in document
    listed = {row["tid"]: row for row in document["rows"]}
    t.check("%s: both are listed" % case, {wait["tid"] for wait in work.waits} <= set(listed) and
            {wait["tid"] for wait in work.waits} <= set(rows), work.waits, sorted(listed))
    for wait in work.waits:
        row = listed.get(wait["tid"])
        if not row or wait["tid"] not in rows:
            continue
        begin = wait["begin_ns"]
        t.between("%s: age, within 10 ms of the program's own stamp" % case,
                  before - begin - TOLERANCE_NS, rows[wait["tid"]]["since_ns"], after - begin)
        t.between("%s: age, by the command" % case, start - begin - TOLERANCE_NS,
                  row["since_ns"], end - begin)
        t.check("%s: marked inferred" % case, row["inferred"] is True, True, row["inferred"])
        t.equal("%s: class" % case, row["class"], "futex")
        if wait["object"]:
            t.equal("%s: object" % case, row["object"], hex(wait["object"]))
        t.figure("hung before the module came, " + case, "age (ns)", "%d to %d" % (
            before - begin, after - begin), rows[wait["tid"]]["since_ns"])
        if cycles:
            t.equal("%s: owner" % case, row["owner"] and row["owner"]["tid"], wait["owner_tid"])
            t.equal("%s: who says so" % case, row["owner"] and row["owner"]["by"],
                    "pthread_join" if case == "a thread joined" and not wait["object"] else
                    "futex" if row["op"] == "lock_pi" else "glibc")
    ops = sorted(listed[wait["tid"]]["op"] for wait in work.waits if wait["tid"] in listed)
    t.equal("%s: operations" % case, ops, ["lock_pi", "wait"] if "PI" in case else
            ["wait", "wait_bitset"] if case in ("a rwlock's writer", "a thread joined") else
            ["wait", "wait"])
    if not cycles:
        t.skip("%s: cycle" % case, "owners that libc keeps: not built yet")
        return
    t.equal("%s: the cycle" % case, cycles_of(document),
            [sorted(wait["tid"] for wait in work.waits)])


def test_deadlocked_before_the_module_came(t):
    module_unload()
    with contextlib.ExitStack() as stack:
        works = {
            "two pthread mutexes": hung(stack, "deadlock", "plain"),
            "the same after a burst of CPU": hung(stack, "deadlock", "plain", 200),
            "one of them with PI": hung(stack, "deadlock", "pi"),
            "a rwlock's writer": hung(stack, "deadlock", "rwlock"),
            "a thread joined": hung(stack, "deadlock", "join"),
            "two std::mutex": hung(stack, "deadlock_std"),
        }
        time.sleep(0.3)
        module_load()
        for case, work in works.items():
            look_at(t, case, work)


def listed(t, case, work):
    """All of them by the command; what that cost, in its own CPU time and in time."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), now_ns()
    document = cli_json("blocked", "--json", "--pid", work.pid)
    end, after = now_ns(), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rows = [row for row in document["rows"] if row["class"] == "futex"]
    t.equal("%s: the command lists all" % case, len({row["tid"] for row in rows}), MANY)
    t.equal("%s: missed" % case, document["counters"]["futex"]["missed"], 0)
    t.equal("%s: inferred" % case, {row["inferred"] for row in rows}, {case != "recorded"})
    t.check("%s: each with its stacks" % case, all(row["kstack"] and row["ustack"] for row in rows),
            "a kernel and a user stack each", [row for row in rows if not row["kstack"] or
                                               not row["ustack"]][:1])
    # The machine is emulated and shared: the bound is what no machine may need.
    t.between("%s: CPU time of the command" % case, 0, cpu, LISTED_CPU_S[case], "s")
    t.figure("%d blocked threads, %s" % (MANY, case), "blocked --json: CPU time, time (ms)", "",
             "%d, %d" % (cpu * 1000, (end - start) // 1000000))
    return rows


def test_ten_thousand_blocked(t):
    """All of them; the module gives them out in under a second and missed none."""
    with Workload("sleepers", MANY) as work:
        with Client() as client:
            session = client.session(["futex"], tgids=[work.pid])
            work.phase("sleep", "asleep")
            rows = session.open_waits()
            t.equal("listed", len({row["tid"] for row in rows}), MANY)
            t.equal("missed", sum(point["missed"] + (point["nmissed"] or 0)
                                  for point in client.points()), 0)
            # The best of three: this machine may stand still for a moment.
            took, given = min(session.open_dump_ns() for _ in range(3))
            t.check("all were given out", given >= MANY, MANY, given)
            t.between("time to list them", 0, took, 1000000000)
            t.figure("%d blocked threads" % MANY, "GET_OPEN (ms)", "", took // 1000000)
            shown = listed(t, "recorded", work)
            # Stacks of the session that saw them begin, with all their frames.
            sites = [{frame["symbol"] for frame in row["ustack"]} for row in shown]
            t.check("recorded: with the stacks of the session that saw them begin",
                    all({"sleep_once", "sleeper_main"} <= site for site in sites),
                    "sleep_once and its caller", sites[:1])
        module_unload()
        module_load()
        listed(t, "inferred", work)


def test_a_glance_arms_nothing(t):
    """blocked looks at what is there: it does not patch the kernel for that."""
    module_parameter()
    with Workload("sleepers", 3) as work, Client() as client:
        work.phase("sleep", "asleep")
        client.session(["mutex"], tgids=[work.pid])
        document = cli_json("blocked", "--json", "--pid", work.pid)
        unused = [point["name"] for point in client.points() if not point["state"]]
        t.equal("classes it counted", sorted(document["counters"]), ["mutex"])
        t.check("the futex point is as if never wanted", "futex_wait" in unused, "in there", unused)
        t.equal("threads listed all the same", sum(
            row["class"] == "futex" for row in document["rows"]), 3)
