# SPDX-License-Identifier: GPL-2.0-only
"""Waits for the journal of ext4: several programs write and fsync at once."""
import contextlib

import os
import subprocess

from disk import SlowDisk
from harness import (Workload, duration, logged, module_load, module_unload, observe, on_cpu,
                     wait_for)
from netlink import Client
from seen import is_seen
from uapi import CLASSES, number

COMPLETION_NS = 5000000
WRITERS, ROUNDS = 3, 6
COMMAND = ["top", "-b", "-n", "1", "-d", "60", "--by", "callsite"]


class Together:
    """Workloads that go through a phase at the same time."""

    def __init__(self, works):
        self.works = works
        self.pid = [work.pid for work in works]
        self.waits, self.threads = [], []

    def phase(self, text=""):
        for work in self.works:
            work.line(text)
        for work in self.works:
            work.until("done")
            self.waits += work.waits
            self.threads += work.threads


def test_fsync_by_several(t):
    """All that fsync() waits for is I/O or journal, and both are seen."""
    with SlowDisk("journal", COMPLETION_NS) as disk, contextlib.ExitStack() as stack:
        # Where jbd2 is a module, this loads it: the module picks it up.
        folder = disk.mount("/tmp/journal")
        if not is_seen(t, "journal"):
            return
        work = Together([stack.enter_context(Workload(
            "block_io", "fsync", "%s/%d" % (folder, i), ROUNDS)) for i in range(WRITERS)])
        seen = observe(t, work, ("io", "journal"), command=COMMAND)
        stack.close()
    t.equal("fsyncs", len(work.waits), WRITERS * ROUNDS)
    compare(t, work, seen, disk.device)
    call_sites(t, seen.document)


def journal_states(client):
    return {point["state"] for point in client.points() if point["class"] == CLASSES["journal"]}


def journal_waits(session):
    return sum(row["count"] for row in session.rows()[0] if row["class"] == "journal")


def is_module(name):
    where = subprocess.run(["modinfo", "-n", name], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return where.startswith("/")


def forget_modules():
    for name in ("ext4", "jbd2"):
        if os.path.isdir("/sys/module/" + name):
            subprocess.run(["rmmod", name], check=True)


def test_jbd2_loaded_under_a_session(t):
    """Where jbd2 is a module: a session that wants its waits gets them once it is there."""
    if not is_module("jbd2"):
        t.skip("jbd2", "it is no module here")
        return
    module_unload()
    forget_modules()
    module_load()
    with Client() as client, SlowDisk("late", COMPLETION_NS) as disk:
        early = client.session(["io", "journal"], comm="block_io", objects=True)
        t.equal("without jbd2 its points are blind", journal_states(client),
                {number("POINT_BLIND")})
        folder = disk.mount("/tmp/late")
        wait_for(lambda: journal_states(client) == {number("POINT_ARMED")}, "the journal's points")
        with Workload("block_io", "fsync", folder + "/file", ROUNDS) as work:
            late = observe(t, work, ("io", "journal"))
            early.pause()
        counters, _ = early.stats()
        rows, _ = early.rows()
        early.delete()
    row = counters["journal"]
    t.check("the books of the early session", row["begun"] == row["ended"] + row["open"] and
            row["ended"] == row["reported"], "equality", row)
    sums = [[sum(row[field] for row in rows if row["class"] == "journal" and
                 row["tgid"] == work.pid) for field in ("count", "total_ns")]
            for rows in (rows, late.rows)]
    t.check("it sees what a session opened later sees", sums[0][0] > 0 and sums[0] == sums[1],
            sums[1], sums[0], "%d waits, %d ns" % tuple(sums[0]))


def test_jbd2_comes_again_under_a_session(t):
    """It goes and comes while a session wants its waits: they are followed again."""
    if not is_module("jbd2"):
        t.skip("jbd2", "it is no module here")
        return
    module_unload()
    forget_modules()
    module_load()
    with Client() as client:
        session = client.session(["io", "journal"], comm="block_io", objects=True)
        for time in ("first", "second"):
            with SlowDisk("again", COMPLETION_NS) as disk:
                folder = disk.mount("/tmp/again")
                wait_for(lambda: journal_states(client) == {number("POINT_ARMED")},
                         "the journal's points")
                before = journal_waits(session)
                with Workload("block_io", "fsync", folder + "/file", ROUNDS) as work:
                    work.phase()
                count = journal_waits(session) - before
                t.check("waits for the journal, the %s time" % time, count, "some", count)
            forget_modules()
        session.delete()


def compare(t, work, seen, device):
    rows = seen.of(**{"class": "journal"})
    t.check("waits for the journal", rows, "some", rows, str(sum(row["count"] for row in rows)))
    t.equal("object: the device", {(row["object"], row["object_type"]) for row in rows},
            {(device, number("OBJECT_DEV"))})
    t.equal("ended", sum(row["ended"]["wake"] for row in rows), sum(row["count"] for row in rows))
    for thread in work.threads:
        waits = [wait for wait in work.waits if wait["tid"] == thread["tid"]]
        mine = [row for row in seen.rows if row["tid"] == thread["tid"]]
        longest = max(map(duration, waits))
        journal = [row for row in mine if row["class"] == "journal"]
        t.check("no wait for a commit is longer than the longest fsync",
                max((row["max_ns"] for row in journal), default=0) <= longest, longest, journal)
        total = sum(row["total_ns"] for row in mine)
        wall = thread["end_ns"] - thread["begin_ns"]
        # A write waits, too, while its page is on its way to the disk. What is missing
        # is the rest of the fsyncs' code, which a debug kernel makes several times longer.
        t.between("I/O and journal are most of the fsyncs, within the thread's time",
                  int(sum(map(duration, waits)) * 0.5) - on_cpu(waits), total, wall)
    both = {name: sum(row["total_ns"] for row in seen.of(**{"class": name}))
            for name in ("io", "journal")}
    case = "%d x %d fsyncs" % (WRITERS, ROUNDS)
    t.figure(case, "io + journal (ns)", logged(work.waits), "%(io)d + %(journal)d" % both)
    # How often a fsync sleeps is the file system's affair; its time is not.
    t.agreement(case + ", with their I/O", "journal", work.waits, None,
                sum(row["count"] for row in rows), sum(both.values()))


def call_sites(t, document):
    rows = [row for row in document["rows"] if row["class"] == "journal"]
    names = [[frame["symbol"] or "" for frame in row["kstack"]] for row in rows]
    t.check("every journal wait comes from jbd2 or ext4", rows and all(
        any(name.startswith(("jbd2_", "ext4_")) for name in one) for one in names),
            "jbd2_, ext4_", names)
    t.check("its call site is named after them", rows and all(
        row["callsite"].startswith(("jbd2_", "ext4_", "wait_transaction", "start_this"))
        for row in rows), "jbd2_ or ext4_", [row["callsite"] for row in rows])
