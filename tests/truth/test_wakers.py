# SPDX-License-Identifier: GPL-2.0-only
"""Who ended a wait: threads, senders of signals, interrupts, by their own account."""
import bisect
import json
import os
import signal
import subprocess
import time

from disk import SlowDisk
from harness import (CLI, Cli, Workload, bounds, check_books, is_rt, losses_of, Observation,
                     wait_for)
from locks import FOLDER, LOCKS_MODULE, Locks, built
from netlink import Client
from seen import seen_points
from test_locks import class_of
from test_records import lines_of, trace
from uapi import number

KNOWN, HARD, SOFT = (number("WAKER_F_" + name) for name in ("KNOWN", "HARDIRQ", "SOFTIRQ"))
WAKER_FIELDS = ("waker_kstack", "waker_ustack", "waker_tgid", "waker_tid", "waker_flags")
COMPLETION_NS = 20000000
ROUNDS = 12


class Symbols:
    """Functions of the kernel and its modules, by address."""

    def __init__(self):
        with open("/proc/kallsyms") as file:
            lines = [line.split() for line in file]
        self.functions = sorted((int(line[0], 16), line[2], line[3] if len(line) > 3 else "")
                                for line in lines if line[1] in "tTwW")
        self.starts = [function[0] for function in self.functions]

    def name(self, address):
        return self.functions[bisect.bisect_right(self.starts, address - 1) - 1][1:]

    def names(self, frames):
        return [self.name(frame)[0] for frame in frames]

    def modules(self, frames):
        return [self.name(frame)[1].strip("[]") for frame in frames]


def observe(t, work, classes=("futex",), pid=None, **options):
    """One phase under a session with wakers, rows by thread and object."""
    with Client() as client:
        before = {point["id"]: losses_of(point) for point in client.points()}
        session = client.session(classes, tgids=[pid or work.pid], objects=True, wakers=True,
                                 **options)
        work.phase()
        session.pause()
        end_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        counters, losses = session.stats()
        rows, special = session.rows()
        points = {point["name"]: [now - then for now, then in zip(
            losses_of(point), before.get(point["id"], (0, 0, 0)))] for point in client.points()}
        seen = Observation(rows, special, session.stacks(), counters, losses,
                           end_ns - session.start_ns, points, None)
        seen.records = session.records() if "records" in options else None
        session.delete()
    check_books(t, seen)
    return seen


def rows_of(seen, waits):
    """The rows of the threads that logged these waits."""
    tids = {wait["tid"] for wait in waits}
    return [row for row in seen.rows if row["tid"] in tids]


def check_interrupts(t, rows, seen, symbols, function):
    """Every one of them ended by an interrupt, through a function of this name."""
    odd = [row for row in rows if not row["waker_flags"] & (HARD | SOFT) or
           row["waker_tid"] or row["waker_tgid"] or row["waker_comm"] or row["waker_ustack"]]
    t.check("an interrupt, with no thread's name on it", rows and not odd, "flags, no ids", odd[:2],
            "%s" % sorted({row["waker_flags"] for row in rows}))
    stacks = [symbols.names(seen.stacks.get(row["waker_kstack"], [])) for row in rows]
    odd = [stack for stack in stacks if not any(function(name) for name in stack)]
    t.check("its stack says what it was", not odd, "such a function", odd[:2],
            " < ".join(stacks[0]))
    odd = [stack for stack in stacks if any(
        name.startswith(("entry_SYSCALL", "do_syscall", "futex_", "do_idle", "cpu_startup"))
        for name in stack)]
    t.check("no frame of what it interrupted", not odd, "none", odd[:2])
    odd = [stack for stack in stacks if "try_to_wake_up" in stack or
           any("traceiter" in name or name.startswith("wp_") for name in stack)]
    t.check("no frame of the machinery", not odd, "none", odd[:2])


def test_pairs(t):
    """Two that wait, two that wake: every pair as often as it met."""
    counts = {("wait_here", "wake_one"): 5, ("wait_here", "wake_other"): 3,
              ("wait_there", "wake_one"): 2, ("wait_there", "wake_other"): 7}
    with Workload("wakers", *counts.values()) as work, Client() as client:
        with_cli = Cli("top", "-b", "-n", "1", "-d", "60", "--by", "waker", "--json", "--pid",
                       work.pid, "--class", "futex", client=client)
        seen = observe(t, work, records=True)
        document = with_cli.stop()
        symbols = Symbols()
    wrong = []
    for wait in work.waits:
        rows = seen.of(tid=wait["tid"], object=wait["object"])
        got = [(row["count"], row["waker_flags"], row["waker_tgid"], row["waker_tid"],
                row["waker_comm"]) for row in rows]
        if got != [(1, KNOWN, work.pid, wait["owner_tid"], "wakers")]:
            wrong.append((wait, got))
    t.check("each wait: thread, process and name of its waker", not wrong, "as logged", wrong[:2],
            "%d waits" % len(work.waits))
    stacks = [symbols.names(seen.stacks.get(row["waker_kstack"], []))
              for row in rows_of(seen, work.waits)]
    t.check("kernel stack: from the waking out to the system call", all(
        "futex_wake" in stack and stack[0] != "try_to_wake_up" and
        stack[-1].startswith("entry_SYSCALL") for stack in stacks), "futex_wake", stacks[:2],
            " < ".join(stacks[0]))
    sites = {}
    for wait in work.waits:
        row = seen.of(tid=wait["tid"], object=wait["object"])[0]
        sites.setdefault(wait["site"], set()).add(row["waker_ustack"])
    t.check("user stack: one for each waking function", sorted(sites) == ["wake_one", "wake_other"]
            and all(len(ids) == 1 and 0 not in ids for ids in sites.values()) and
            sites["wake_one"] != sites["wake_other"], "two stacks", sites)
    found = {}
    for row in document["rows"]:
        waker = row["waker"]
        if row["count"] and waker and row["callsite"].startswith("wait_"):
            key = row["callsite"].split()[0], waker["callsite"].split()[0]
            found[key] = found.get(key, 0) + row["count"]
            if waker["pid"] != work.pid or waker["comm"] != "wakers" or waker["interrupt"]:
                t.check("the command line's waker", False, "thread of %d" % work.pid, waker)
    t.equal("the command line's pairs of call sites", found, counts)
    odd = [one for one in seen.records if one["object"] in {wait["object"] for wait in work.waits}
           and (one["waker_tid"], one["waker_comm"], one["waker_flags"]) !=
           ({wait["object"]: wait["owner_tid"] for wait in work.waits}[one["object"]], "wakers",
            KNOWN)]
    t.check("records have the waker, too", seen.records and not odd, "as logged", odd[:2],
            "%d records" % len(seen.records))


def test_trace(t):
    """Every line of a trace has its waker, and only if asked."""
    counts = {("wait_here", "wake_one"): 4, ("wait_here", "wake_other"): 3,
              ("wait_there", "wake_one"): 2, ("wait_there", "wake_other"): 5}
    with Workload("wakers", *counts.values()) as work, Client() as client:
        plain = trace(client, "--json", "--pid", work.pid, "--class", "futex")
        text = Cli("trace", "--wakers", "--pid", work.pid, "--class", "futex",
                   errors=subprocess.DEVNULL)
        asking = Cli("trace", "--json", "--wakers", "--pid", work.pid, "--class", "futex")
        wait_for(lambda: sum(one["start_ns"] > 0 for one in client.sessions()) == 3,
                 "three sessions")
        work.phase()
        lines, _ = lines_of(asking)
        without, _ = lines_of(plain)
        text.process.send_signal(signal.SIGINT)
        table = text.process.communicate(timeout=60)[0].splitlines()
    logged = {(wait["tid"], wait["object"]): wait for wait in work.waits}
    found, wrong = {}, []
    for line in lines:
        wait = logged.get((line["tid"], int(line["object"], 16)))
        if not wait:
            continue
        waker = line["waker"]
        if not waker or (waker["pid"], waker["tid"], waker["comm"], waker["interrupt"]) != (
                work.pid, wait["owner_tid"], "wakers", None) or "futex_wake" not in [
                    frame["symbol"] for frame in waker["kstack"]]:
            wrong.append((wait, line))
            continue
        key = line["callsite"].split()[0], waker["callsite"].split()[0]
        found[key] = found.get(key, 0) + 1
    t.check("each line: thread, process, name and stacks of its waker", not wrong, "as logged",
            wrong[:1], "%d lines" % len(lines))
    t.equal("pairs of call sites", found, counts)
    t.check("nobody where nobody asked", without and not any(line["waker"] for line in without),
            "null", without[:1], "%d lines" % len(without))
    head, rows = table[0], [line for line in table[1:] if " wake_o" in line]
    t.check("as text: who, and through which code", len(rows) == len(work.waits) and
            "WAKER" in head and all(row.index("wakers[%d]" % work.pid) == head.index("WAKER") and
                                    row.index(" wake_o") == head.index(" WOKEN AT")
                                    for row in rows), head, rows[:2], "%d lines" % len(rows))


def test_timeouts(t):
    symbols = Symbols()
    with Workload("raw_waits", "timeout", 8, 20000000, 5000000) as work:
        seen = observe(t, work)
    rows = rows_of(seen, work.waits)
    check_interrupts(t, rows, seen, symbols, lambda name: name == "hrtimer_wakeup")
    if not is_rt():
        t.equal("a hard one", {row["waker_flags"] for row in rows}, {KNOWN | HARD})


def test_senders_of_signals(t):
    """A wait that a signal ended was woken by whoever sent it."""
    with Workload("raw_waits", "signal", 6) as work:
        seen = observe(t, work)
    waiter, wrong = None, []
    for thread in work.threads:
        if thread["thread"] == "waiter":
            waiter = thread["tid"]
            continue
        got = {(row["waker_tid"], row["waker_tgid"], row["waker_flags"])
               for row in seen.of(tid=waiter)}
        if got != {(thread["tid"], work.pid, KNOWN)}:
            wrong.append((thread, got))
    t.check("the thread that sent it", waiter and not wrong, "as logged", wrong)
    with Workload("raw_waits", "kill", 4) as work:
        seen = observe(t, work, pid=work.child)
    rows = rows_of(seen, work.waits)
    t.equal("the process that killed it", {(row["waker_tid"], row["waker_comm"], row["waker_flags"])
                                           for row in rows}, {(work.pid, "raw_waits", KNOWN)})
    t.equal("all of them", sum(row["count"] for row in rows), 4)


def test_kernel_locks(t):
    """The thread that lets go of a lock, through the test module."""
    if not built():
        t.skip("test module", "%s is not there" % LOCKS_MODULE)
        return
    takes = {"mutex": ("lock", "lock"), "rwsem": ("write", "read"), "semaphore": ("down", "down"),
             "rtmutex": ("lock", "lock")}
    seen_classes, blind = seen_points()
    for kind in [kind for kind in takes if class_of(kind) not in seen_classes]:
        t.skip(kind, blind.get(class_of(kind), "no wait point for it here"))
        del takes[kind]
    locks = Locks()
    lines = []
    for kind, (hold, take) in takes.items():
        lines += ["hold %s %s 1 30 0" % (kind, hold), "take %s %s" % (kind, take)]
    with Workload("kernel_locks", 4, *lines) as work:
        seen = observe(t, work, sorted({class_of(kind) for kind in takes}))
    for kind in takes:
        waits = locks.log(wait=kind)
        address = locks.addresses()[kind, 0]
        rows = [row for row in rows_of(seen, waits) if row["object"] == address]
        t.equal("%s: waits" % kind, sum(row["count"] for row in rows), 4)
        t.equal("%s: woken by its holder" % kind,
                {(row["waker_tid"], row["waker_flags"]) for row in rows},
                {(wait["owner_tid"], KNOWN) for wait in waits})
        sites = [[locks.function(frame - 1) for frame in seen.stacks.get(row["waker_kstack"], [])]
                 for row in rows]
        t.check("%s: through the test module" % kind, all(any(site) for site in sites),
                "its functions", sites[:2], str([name for name in sites[0] if name]))


def test_completions(t):
    """A disk that completes by a timer: the interrupt, the driver in its stack."""
    with SlowDisk("waking", COMPLETION_NS) as disk:
        with Workload("block_io", "direct", disk.path, 8) as work:
            symbols = Symbols()
            seen = observe(t, work, ("io",))
            document = None
        rows = seen.of(tid=work.threads[0]["tid"])
        check_interrupts(t, rows, seen, symbols, lambda name: name.startswith("null_"))
        modules = [symbols.modules(seen.stacks[row["waker_kstack"]]) for row in rows]
        t.check("in the driver", all("null_blk" in one for one in modules), "null_blk", modules[:1])
        with Workload("block_io", "direct", disk.path, 8) as work, Client() as client:
            cli = Cli("hist", "--by", "waker", "--json", "--pid", work.pid, "--class", "io",
                      client=client)
            work.phase()
            document = cli.stop()
    rows = [row for row in document["rows"] if row["waker"]]
    t.equal("the command line: waits with a waker", sum(row["count"] for row in rows), 8)
    t.equal("an interrupt", {row["waker"]["interrupt"] in ("hard", "soft") for row in rows}, {True})
    t.check("named after the driver", all(
        row["waker"]["callsite"].startswith("null_") for row in rows), "null_*",
            [row["waker"]["callsite"] for row in rows])
    t.equal("no thread", {(row["waker"]["pid"], row["waker"]["tid"], row["waker"]["comm"])
                          for row in rows}, {(None, None, None)})


class Hits:
    """How often our probe of the tracepoint runs, counted by a probe on that."""

    def __enter__(self):
        Locks().command("watch wp_waker_waking")
        return self

    @staticmethod
    def count():
        with open(FOLDER + "/hits") as file:
            return int(file.read())

    def __exit__(self, *_):
        Locks.command("watch -")


def test_without(t):
    """Sessions that do not ask pay nothing and get nothing; both at once agree."""
    with Workload("wakers", 4, 4, 4, 4) as work, Client() as client:
        plain = client.session(("futex",), tgids=[work.pid], objects=True)
        asking = client.session(("futex",), tgids=[work.pid], objects=True, wakers=True)
        work.phase()
        rows, others = plain.rows()[0], asking.rows()[0]
        t.check("a session without has no waker in any row", rows and not any(
            row[field] for row in rows for field in WAKER_FIELDS) and not any(
                row["waker_comm"] for row in rows), "zeros", rows[:1], "%d rows" % len(rows))
        t.equal("and counts as many waits", sum(row["count"] for row in rows),
                sum(row["count"] for row in others))
        slots = (asking.used_bytes - plain.used_bytes) / 44
        t.check("entries for wakers are counted as memory", slots > 0 and slots == int(slots),
                "44 bytes each", asking.used_bytes - plain.used_bytes, "%d entries" % slots)
        plain.delete()
        asking.delete()
    if not built():
        t.skip("the tracepoint", "%s is not there to look with" % LOCKS_MODULE)
        return
    with Hits() as hits, Client() as client:
        for wakers in (False, True, False):
            with Workload("wakers", 4, 4, 4, 4) as work:
                session = client.session(("futex",), tgids=[work.pid], wakers=wakers)
                before = hits.count()
                work.phase()
                met = hits.count() - before
                session.delete()
            t.check("%s: our probe is %s" % ("asking" if wakers else "not asking",
                                             "there" if wakers else "gone"),
                    met >= 16 if wakers else met == 0, ">= 16" if wakers else 0, met,
                    "%d hits" % met)


def test_windows(t):
    """Waits that are open from one refresh to the next are charged once."""
    with Workload("raw_waits", "timeout", 8, 400000000, 10000000) as work, Client() as client:
        process = subprocess.Popen([CLI, "top", "-b", "-d", "0.1", "--wakers", "--json", "--pid",
                                    str(work.pid), "--class", "futex"], stdout=subprocess.PIPE,
                                   text=True)
        deadline = time.monotonic() + 60
        while not any(one["owner"] == process.pid and one["start_ns"]
                      for one in client.sessions()):
            if time.monotonic() > deadline:
                raise OSError("no session")
            time.sleep(0.01)
        work.phase()
        time.sleep(0.5)
        process.send_signal(2)
        output, _ = process.communicate(timeout=60)
    windows = [json.loads(line) for line in output.splitlines() if line.strip()]
    total = sum(row["total_ns"] for window in windows for row in window["rows"]
                if row["pid"] == work.pid)
    low, high = bounds(work.waits)
    t.between("all windows together, %d of them" % len(windows), low, total, high)
    t.check("waits were open at edges", sum(row["ended"]["open"] for window in windows
                                            for row in window["rows"]) > 0, "some", output[:300])


def test_coming_and_going(t):
    """Sessions with wakers open and end while threads wake each other all the time."""
    players = subprocess.Popen([os.path.join(os.path.dirname(CLI), "../build/workload/pingpong"),
                                "4"], stdout=subprocess.PIPE, text=True)
    try:
        players.stdout.readline()
        deadline, rounds, waits, wrong, unknown = time.monotonic() + 40, 0, 0, [], 0
        while rounds < ROUNDS and time.monotonic() < deadline:
            with Client() as one, Client() as two:
                first = one.session(("futex",), tgids=[players.pid], wakers=True)
                second = two.session(("futex",), wakers=rounds % 2 == 0, stacks=rounds % 3 == 0)
                time.sleep(0.15)
                first.pause()
                rows, special = first.rows()
                counters, _ = first.stats()
                counted = counters["futex"]
                if counted["begun"] != counted["ended"] + counted["open"] or counted["lost"]:
                    wrong.append(counted)
                for row in rows:
                    waits += row["count"]
                    if not row["waker_flags"]:
                        unknown += row["count"]
                    elif row["waker_flags"] != KNOWN or row["waker_tgid"] != players.pid:
                        wrong.append(row)
                if rounds % 4 == 1:
                    second.delete()
            rounds += 1
    finally:
        players.kill()
        players.wait()
    t.check("%d sessions in turn: books and wakers" % (2 * rounds), rounds > 3 and not wrong,
            "a player woke every player", wrong[:2], "%d waits, %d without waker" % (waits, unknown))
    t.check("most wakers are known", waits > 100 and unknown * 2 < waits, "most of %d" % waits,
            unknown)
