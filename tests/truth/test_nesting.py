# SPDX-License-Identifier: GPL-2.0-only
"""One wait inside another: hooked functions of the test module, and the kernel's own."""
import collections
import subprocess
import time

from disk import SlowDisk
from harness import (Workload, bounds, duration, less_slack, logged, module_load,
                     module_parameter, module_unload, observe)
from locks import LOCKS_MODULE, Locks, built
from netlink import Client, Refused
from test_futex_ops import is_there
from test_locks import HAS_MUTEX_LOCK_IO, chosen
from uapi import number

ROUNDS = 4
RELOADS = 8  # looks, until a hook is in code that has come
POINT = "mutex:waitprof_locks_outer"


INNER_MS, OWN_MS = 40, 15
SLEEPS_NS = 2 * ROUNDS * (INNER_MS + 2 * OWN_MS) * 1000000


def outer_lines():
    return ["outer %d %d %d" % (INNER_MS, OWN_MS, site) for site in (0, 1)]


def test_io_inside_a_hooked_function(t):
    """Own and inner time; the inner wait's stack goes on through the outer one."""
    if not built():
        t.skip("nesting", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    module_parameter(point=POINT)
    try:
        with Workload("kernel_locks", ROUNDS, *outer_lines()) as work:
            seen = observe(t, work, ("mutex", "io"), command=[
                "top", "-b", "-n", "1", "-d", "60", "--by", "callsite"])
        log = locks.log()
    finally:
        module_parameter()
    for site in ("here", "there"):
        compare(t, site, [wait for wait in log if wait["op"] == site], seen, locks)
    tids = {wait["tid"] for wait in log}
    for tid in tids:
        whole = sum(wait["end_ns"] - wait["begin_ns"] for wait in log
                    if wait["tid"] == tid and wait["wait"] == "outer")
        own = sum(row["total_ns"] for row in seen.rows if row["tid"] == tid)
        t.check("own times of a thread add up to the outer waits", own <= whole,
                "at most %d" % whole, own, "%d <= %d ns" % (own, whole))
    symbols = [[frame["symbol"] for frame in row["kstack"]] for row in seen.document["rows"]
               if row["class"] == "io"]
    t.check("the command shows both frames of the inner wait", symbols and all(
        "waitprof_locks_outer" in one and ("outer_here" in one or "outer_there" in one)
        for one in symbols), "waitprof_locks_outer, outer_here or outer_there", symbols)


def compare(t, site, waits, seen, locks, rounds=ROUNDS, stacks=True):
    tid = waits[0]["tid"]
    outer = [wait for wait in waits if wait["wait"] == "outer"]
    inner = [wait for wait in waits if wait["wait"] == "inner"]
    mutex, io = (seen.of(tid=tid, **{"class": name}) for name in ("mutex", "io"))
    mutex = [row for row in mutex if row["object"] == outer[0]["object"]]
    t.equal("%s: waits, outer and inner" % site, [sum(row["count"] for row in rows)
                                                  for rows in (mutex, io)], [rounds, rounds])
    t.equal("%s: ended" % site, [sum(row["ended"][end] for row in rows) for rows, end in (
        (mutex, "wake"), (io, "timeout"))], [rounds, rounds])
    for name, rows, of in (("inner", io, inner), ("outer", mutex, outer)):
        whole = sum(row["total_ns"] + row["inner_ns"] for row in rows)
        own = sum(wait["end_ns"] - wait["begin_ns"] for wait in of)
        spent = sum(wait["cpu_ns"] for wait in of)
        t.between("%s: whole time of the %s waits" % (site, name), less_slack(own) - spent, whole,
                  own)
        t.figure("I/O inside a hooked function, " + site, name + " (ns)", own, whole)
    t.equal("%s: time inside the outer waits" % site, sum(row["inner_ns"] for row in mutex),
            sum(row["total_ns"] + row["inner_ns"] for row in io))
    t.equal("%s: the inner waits have none inside" % site, sum(row["inner_ns"] for row in io), 0)
    if stacks:
        compare_stacks(t, site, io, mutex, seen, locks)


def compare_stacks(t, site, io, mutex, seen, locks):
    outer = ["waitprof_locks_outer", "outer_" + site, "nest_outer"]
    for name, rows, through in (("inner", io, ["waitprof_locks_inner"] + outer),
                                ("outer", mutex, outer)):
        ids = {row["kstack"] for row in rows}
        t.equal("%s: stacks of the %s waits" % (site, name), len(ids), 1)
        frames = seen.stacks.get(min(ids), []) if ids else []
        # Every frame but the first is a return address.
        names = [locks.function(frame - (at > 0)) for at, frame in enumerate(frames)]
        t.equal("%s: functions of the test module in it, leaf first" % site,
                [one for one in names if one][:len(through)], through)
        after = len(names) - 1 - max((i for i, one in enumerate(names) if one), default=0)
        t.check("%s: and on to the system call's entry" % site, after >= 3, "3 frames or more",
                names, "%d frames" % after)


THREE = "semaphore:outer_here,semaphore:outer_there," + POINT


def test_three_levels_at_two_sites(t):
    """One thread, two call sites of the same nest: counts, times and stacks of each."""
    if not built():
        t.skip("nesting", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    module_parameter(point=THREE)
    try:
        with Workload("kernel_locks", ROUNDS, "outer 30 15 2") as work:
            seen = observe(t, work, ("semaphore", "mutex", "io"))
            calls = sum(map(duration, work.waits))
        log = locks.log()
    finally:
        module_parameter()
    tid, added = log[0]["tid"], 0
    rows = {name: seen.of(tid=tid, **{"class": name}) for name in ("semaphore", "mutex", "io")}
    rows["mutex"] = [row for row in rows["mutex"] if row["object"] == log[0]["object"]]
    nest = ["waitprof_locks_inner", "waitprof_locks_outer"]
    for site in ("here", "there"):
        waits = [wait for wait in log if wait["op"] == site]
        inside = 0
        for name, frames in (("io", nest), ("mutex", nest[1:]), ("semaphore", [])):
            frames = frames + ["outer_" + site, "nest_outer", "carry_out", "command_write"]
            mine = [row for row in rows[name]
                    if functions(locks, seen.stacks[row["kstack"]]) == frames]
            t.equal("%s, %s: waits with its stack, whole" % (site, name),
                    [(row["count"], row["kstack"] in seen.truncated) for row in mine],
                    [(ROUNDS, False)])
            t.equal("%s, %s: what lay inside is the inner waits" % (site, name),
                    sum(row["inner_ns"] for row in mine), inside)
            inside = sum(row["total_ns"] + row["inner_ns"] for row in mine)
        own = [wait for wait in waits if wait["wait"] == "outer"]
        whole = sum(map(duration, own))
        t.check("%s: the outermost is as long as logged" % site, inside >= less_slack(whole) -
                sum(wait["cpu_ns"] for wait in own), whole, inside, "%d <= %d" % (whole, inside))
        added += inside
    t.check("own times add up to no more than the calls", added <= calls, calls, added,
            "%d <= %d ns" % (added, calls))
    t.equal("no other stacks", {name: len(rows[name]) for name in rows},
            {"semaphore": 2, "mutex": 2, "io": 2})


def functions(locks, frames):
    """The test module's functions in a stack, leaf first."""
    names = [locks.function(frame - (at > 0)) for at, frame in enumerate(frames)]
    return [name for name in names if name]


def page_fault(t, operation, nested):
    """A futex word that is read from disk when the kernel looks at it."""
    with SlowDisk("slowword", 20000000) as disk:
        path = disk.mount("/tmp/slowword") + "/words"
        with open(path, "wb") as file:
            file.write(bytes(4096 * ROUNDS))
        subprocess.run(["sync"], check=True)
        with Workload("futex_file", operation, path, ROUNDS) as work:
            seen = observe(t, work, ("futex", "io"))
            waits = work.waits
    tid = waits[0]["tid"]
    futex, io = (seen.of(tid=tid, **{"class": name}) for name in ("futex", "io"))
    t.equal("futex waits", sum(row["count"] for row in futex), ROUNDS)
    t.equal("each of its own word", {row["object"] for row in futex},
            {wait["object"] for wait in waits})
    sleeps = sum(wait["sleeps"] for wait in waits)
    t.check("I/O waits: the other sleeps of the calls", sum(row["count"] for row in io) ==
            sleeps - ROUNDS >= ROUNDS, sleeps - ROUNDS, io, str(sleeps - ROUNDS))
    read = sum(row["total_ns"] for row in io)
    calls = sum(wait["cpu_ns"] for wait in waits)
    t.check("I/O waits: as long as the device takes, less the way there",
            read >= less_slack(ROUNDS * 20000000) - calls, ROUNDS * 20000000, read, str(read))
    inner = sum(row["inner_ns"] for row in futex)
    t.equal("I/O time inside the futex waits", inner, read if nested else 0)
    t.equal("inside the I/O waits", sum(row["inner_ns"] for row in io), 0)
    low, high = bounds(waits)
    both = read + sum(row["total_ns"] for row in futex)
    t.between("own times of both classes add up to the calls", low, both, high)
    t.figure("page fault of futex " + operation, "calls (ns)", logged(waits), both)
    t.figure("page fault of futex " + operation, "inside (ns)", "", inner)
    odd = [row for row in io if row["object_type"] != number("OBJECT_NONE")]
    t.check("a fault names no device: the call has no file", not odd, "none", odd[:1])


def test_page_fault_before_a_futex_sleep(t):
    """Two waits of one call, one after the other."""
    page_fault(t, "wait", False)


def test_page_fault_inside_a_futex_wait(t):
    """futex_waitv() looks at the words inside the function that waits."""
    if is_there(t, "waitv"):
        page_fault(t, "waitv", True)


def test_mutex_lock_io(t):
    """A wait for a mutex and nothing else, though the kernel counts it as I/O."""
    if not built() or not chosen(t, ["mutex"]):
        return
    if not HAS_MUTEX_LOCK_IO:
        t.skip("mutex_lock_io()", "another function on this kernel")
        return
    locks = Locks()
    with Workload("kernel_locks", ROUNDS, "hold mutex lock 1 20 0", "take mutex io") as work:
        seen = observe(t, work, ("mutex", "io"))
    waits = locks.log()
    mine = [row for row in seen.rows if row["tid"] == waits[0]["tid"]]
    on_lock = [row for row in mine if row["object"] == waits[0]["object"]]
    t.equal("waits for the mutex, time inside them",
            (sum(row["count"] for row in on_lock), sum(row["inner_ns"] for row in on_lock)),
            (ROUNDS, 0))
    t.equal("waits for I/O", sum(row["count"] for row in mine if row["class"] == "io"), 0)


def sums(rows, class_name, tids):
    rows = [row for row in rows if row["class"] == class_name and row["tid"] in tids]
    return {key: sum(row[key] for row in rows) for key in ("count", "total_ns", "inner_ns")}


def sessions_beside(t, wanted, lines, outer, inner):
    """Sessions with both classes, each alone, and another, at the same waits."""
    found = {}
    with Workload("kernel_locks", ROUNDS, *lines) as work, Client() as client:
        passing = Client()
        sessions = {name: client.session(classes, tgids=[work.pid])
                    for name, classes in wanted.items()}
        work.line()
        begin, came = time.monotonic(), 0
        while time.monotonic() < begin + 0.3 or came < 2:
            passing.session([inner if came % 2 else outer], tgids=[work.pid]).delete()
            came += 1
        work.until("done")
        passing.close()
        for name, session in sessions.items():
            session.pause()
            found[name] = session.rows()[0]
            losses = session.stats()[0]
            t.check("%s: nothing lost" % name, not any(row["lost"] for row in losses.values()), 0,
                    losses)
            session.delete()
    t.check("others came and went", came > 1, "> 1", came, str(came))
    tids = {row["tid"] for row in found["both"]}
    both = {name: sums(found["both"], name, tids) for name in (outer, inner)}
    alone = {name: sums(found[name], name, tids) for name in (outer, inner)}
    t.equal("the inner class alone: as beside the outer one", alone[inner], both[inner])
    t.equal("the outer class alone: whole", alone[outer],
            {"count": both[outer]["count"], "inner_ns": 0,
             "total_ns": both[outer]["total_ns"] + both[outer]["inner_ns"]})
    t.equal("a class that has nothing to do with it", found["other"], [])
    return both


def test_sessions_with_different_classes(t):
    """What one session follows changes nothing in another's numbers."""
    if not built():
        t.skip("nesting", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    module_parameter(point=POINT)
    wanted = {"both": ["mutex", "io"], "mutex": ["mutex"], "io": ["io"], "other": ["semaphore"]}
    try:
        both = sessions_beside(t, wanted, outer_lines(), "mutex", "io")
    finally:
        module_parameter()
    t.equal("waits", (both["mutex"]["count"] >= 2 * ROUNDS, both["io"]["count"]),
            (True, 2 * ROUNDS))
    t.equal("all I/O lies inside", both["mutex"]["inner_ns"], both["io"]["total_ns"])
    whole = sum(duration(wait) for wait in locks.log(wait="outer"))
    # Where the host stands still in a call, before or after the wait, its sleeps remain.
    t.between("own times add up to the calls", min(int(whole * 0.9), SLEEPS_NS),
              both["mutex"]["total_ns"] + both["io"]["total_ns"], whole + 1000000)


def test_lock_inside_an_rwsem(t):
    """On RT an rwsem has an rt_mutex of its own inside: part of the one wait."""
    if not built() or not chosen(t, ["rwsem", "mutex"]):
        return
    Locks()
    wanted = {"both": ["rwsem", "mutex"], "rwsem": ["rwsem"], "mutex": ["mutex"],
              "other": ["semaphore"]}
    lines = ["hold rwsem write 2 20 0", "take rwsem read", "take rwsem write"]
    try:
        both = sessions_beside(t, wanted, lines, "rwsem", "mutex")
    except Refused as refusal:
        t.skip("sessions", refusal)
        return
    t.check("waits", both["rwsem"]["count"] >= 2 * ROUNDS, 2 * ROUNDS, both)
    t.check("no time inside", both["rwsem"]["inner_ns"] == 0, 0, both, str(both["rwsem"]))


def test_point_of_a_module_that_is_reloaded(t):
    """Under a session, and before one: it is seen again when it is there again."""
    if not built():
        t.skip("points", "%s is not there" % LOCKS_MODULE)
        return
    Locks()
    module_parameter(point=POINT)
    try:
        with Client() as client:
            session = client.session(["mutex"], objects=True)
            outer_is_seen(t, "as it was", session)
            subprocess.run(["rmmod", "waitprof_locks"], check=True)
            outer_is_seen(t, "reloaded under a session", session)
            session.delete()
            subprocess.run(["rmmod", "waitprof_locks"], check=True)
            session = client.session(["mutex"], objects=True)
            outer_is_seen(t, "reloaded after it was away when a session began", session)
    finally:
        Locks()
        module_parameter()


def outer_is_seen(t, name, session):
    """All of them, but for those before a worker has put the hooks in."""
    seen = []
    while len(seen) < RELOADS and not (seen and seen[-1]):
        locks, before = Locks(), waits_by_object(session)
        with Workload("kernel_locks", ROUNDS, *outer_lines()) as work:
            work.phase()
        outer = locks.log(wait="outer")
        new = waits_by_object(session) - before
        seen.append(new[outer[0]["object"]] == len(outer))
    t.check(name + ": all outer waits", seen[-1], "%d" % len(outer), new, str(seen))


def waits_by_object(session):
    found = collections.Counter()
    for row in session.rows()[0]:
        found[row["object"]] += row["count"]
    return found


def test_points_that_cannot_be(t):
    """A wrong class and a wrong name are refused in words."""
    module_unload()
    try:
        for point, word in (("mutux:vfs_write", "mutux"), ("mutex:no_such_function", "no_such"),
                            ("mutex", "mutex")):
            before = kernel_log()
            try:
                module_load(point=point)
                t.check("%s is refused" % point, False, "refusal", "a module")
                module_unload()
            except subprocess.CalledProcessError:
                said = kernel_log()[len(before):]
                t.check("%s is refused, in words" % point, any(word in line for line in said),
                        word, said)
    finally:
        module_load()


def kernel_log():
    return subprocess.run(["dmesg"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()
