# SPDX-License-Identifier: GPL-2.0-only
"""Waits for the journal of ext4: several programs write and fsync at once."""
import contextlib

from disk import SlowDisk
from harness import Workload, duration, logged, observe, on_cpu
from seen import is_seen
from uapi import number

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
                  int(sum(map(duration, waits)) * 0.6) - on_cpu(waits), total, wall)
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
