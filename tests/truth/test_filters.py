# SPDX-License-Identifier: GPL-2.0-only
"""Filters that act before a wait is recorded: the thread's name, its cgroup."""
import contextlib
import fnmatch
import os

from harness import Cli, Workload, cli_run
from netlink import Client, Refused
from uapi import number

ROUNDS = 5
LEVELS = 64  # a cgroup's tasks lie at most so deep below it
CGROUPS = "/sys/fs/cgroup"
NAMES = ["db-writer-1", "db-writer-2", "db-reader", "web[0]", "w"]


def waits_by_tid(session, ours):
    """Count of waits by thread; what the whole machine does beside is left out."""
    session.pause()
    found = {}
    for row in session.rows()[0]:
        if row["tid"] in ours:
            found[row["tid"]] = found.get(row["tid"], 0) + row["count"]
    counters, _ = session.stats()
    session.delete()
    return found, counters["futex"]


def test_thread_names(t):
    """A glob each for several sessions at once, over the same waits."""
    globs = ["db-*", "db-writer-?", "*er*", "[dw]*", "web[[]0]", "w", "none*", "*"]
    with Client() as client, Workload("named_waits", ROUNDS, *NAMES) as work:
        sessions = {glob: client.session(["futex"], tgids=[work.pid], comm=glob)
                    for glob in globs}
        t.equal("globs as listed", sorted(one["comm"] for one in client.sessions()),
                sorted(globs))
        work.phase()
        tids = {thread["tid"]: thread["thread"] for thread in work.threads}
        for glob, session in sessions.items():
            got, counters = waits_by_tid(session, tids)
            expected = {tid: ROUNDS for tid, name in tids.items()
                        if fnmatch.fnmatchcase(name, glob)}
            t.check("%s: waits by thread" % glob, got == expected, expected, got,
                    "%d threads" % len(got))
            t.equal("%s: waits begun, of %d" % (glob, ROUNDS * len(NAMES)), counters["begun"],
                    ROUNDS * len(expected))


def test_names_that_are_too_long(t):
    with Client() as client:
        client.session(["futex"], comm="a" * number("GLOB_LEN")).delete()
        try:
            client.session(["futex"], comm="a" * (number("GLOB_LEN") + 1))
            t.check("one byte more is refused", False, "refusal", "a session")
        except Refused as refusal:
            t.check("one byte more is refused", True, figures=str(refusal))


class Groups:
    """One cgroup inside another, and one beside them; or those that are named."""

    def __init__(self, *names):
        self.names = list(names) or ["wp-outer", "wp-outer/inner", "wp-beside"]

    def __enter__(self):
        for name in self.names:
            os.mkdir("%s/%s" % (CGROUPS, name))
        return self

    def __exit__(self, *_):
        for name in reversed(self.names):
            os.rmdir("%s/%s" % (CGROUPS, name))

    @staticmethod
    def number(name):
        return os.stat("%s/%s" % (CGROUPS, name)).st_ino

    @staticmethod
    def move(work, name):
        with open("%s/%s/cgroup.procs" % (CGROUPS, name), "w") as file:
            file.write(str(work.pid))


def test_cgroups(t):
    """A cgroup, with those below it; with a name, both must match."""
    with Groups() as groups, contextlib.ExitStack() as stack:
        works = {}
        for name in groups.names + [""]:
            works[name] = stack.enter_context(Workload("named_waits", ROUNDS, "one", "two"))
            if name:
                groups.move(works[name], name)
        client = stack.enter_context(Client())
        sessions = {}
        for name in groups.names + [""]:
            sessions[name, None] = client.session(["futex"], cgroup=groups.number(name))
        sessions["wp-outer", "one"] = client.session(["futex"], comm="one",
                                                     cgroup=groups.number("wp-outer"))
        t.equal("cgroups as listed", sorted(one["cgroup"] for one in client.sessions()),
                sorted(groups.number(name) for name, _ in sessions))
        cli = None
        if "--cgroup" in cli_run("top", "--help").stdout:
            cli = Cli("top", "-b", "-n", "1", "-d", "60", "--json", "--by", "thread", "--class",
                      "futex", "--cgroup", CGROUPS + "/wp-outer", "--comm", "t*", client=client)
        for work in works.values():
            work.line()
        tids = {}
        for name, work in works.items():
            work.until("done")
            for thread in work.threads:
                tids[thread["tid"]] = (name, thread["thread"])
        for (name, comm), session in sessions.items():
            got, counters = waits_by_tid(session, tids)
            expected = {tid: ROUNDS for tid, (group, thread) in tids.items()
                        if (group + "/").startswith(name + "/" if name else "") and
                        comm in (None, thread)}
            t.check("%s, %s: waits by thread" % (name or "root", comm or "any name"),
                    got == expected, expected, got, "%d threads" % len(got))
            if name:
                t.equal("%s: waits begun" % name, counters["begun"], ROUNDS * len(expected))
        if not cli:
            t.skip("the command's --cgroup", "not built yet")
            return
        rows = {row["tid"]: row["count"] for row in cli.stop()["rows"] if row["count"]}
        expected = {tid: ROUNDS for tid, (group, thread) in tids.items()
                    if group.startswith("wp-outer") and thread == "two"}
        t.check("--cgroup and --comm of the command", rows == expected, expected, rows)


def test_moved_between_cgroups(t):
    """What counts is where the thread is when a wait begins."""
    with Groups() as groups, Client() as client, \
            Workload("sleepers", 2) as work:
        groups.move(work, "wp-outer/inner")
        session = client.session(["futex"], cgroup=groups.number("wp-outer"))
        work.phase("sleep", "asleep")
        groups.move(work, "wp-beside")
        counters, _ = session.stats()
        t.equal("waits begun inside stay open", counters["futex"]["open"], 2)
        work.phase("wake 2")
        session.pause()
        counters, _ = session.stats()
        t.equal("and are counted", (counters["futex"]["begun"], counters["futex"]["ended"]),
                (2, 2))
        session.delete()


def test_deep_cgroups(t):
    """Who may make cgroups nests them as deep as he likes: a hook looks up so far only."""
    names = ["wp-0"]
    for level in range(1, LEVELS + 2):
        names.append("%s/%d" % (names[-1], level))
    with Groups(*names) as groups, Client() as client, Workload("raw_waits", "raw", 3) as work:
        groups.move(work, names[-1])
        sessions = [client.session(["futex"], cgroup=groups.number(names[level]))
                    for level in (0, 1, LEVELS + 1)]
        work.phase()
        expected = sum(wait["sleeps"] for wait in work.waits)
        found = [waits_by_tid(session, {wait["tid"] for wait in work.waits})[1]["begun"]
                 for session in sessions]
        t.check("waits %d levels up, %d, and in the cgroup itself" % (LEVELS + 1, LEVELS),
                found[0] == 0 and found[1:] == [found[2]] * 2 and found[2] >= expected,
                [0, expected, expected], found, str(found))
