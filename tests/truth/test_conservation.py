# SPDX-License-Identifier: GPL-2.0-only
"""The books of eight sessions under mixed load of every class, read all the time.

Lives as long as WAITPROF_CONSERVATION_SECONDS says (tests/torture/30-conservation: an
hour), of the guest's own time. Readings are checked in threes: whatever lies between
two counters of one must be found among the waits that began or ended from the one
before to the one after it.
"""
import os
import time

from harness import module_parameter, now_ns
from mixed_load import CGROUP, Load
from netlink import Client, Refused
from seen import seen_points
from uapi import CLASSES, number

SECONDS = int(os.environ.get("WAITPROF_CONSERVATION_SECONDS", "45"))
PAUSE_EVERY_S = 8
MORE_S = 300
# Against a hang only: to read rows takes a minute on a busy machine, and when a wait
# ended meanwhile they are read again.
PATIENCE_S = 600
MIB = 1 << 20
COUNTS = ("begun", "ended", "reported", "filtered", "lost", "unattributed", "nohist", "clamped",
          "clipped")
GROW = ("stack_full", "stack_busy", "kstack_truncated", "ustack_truncated", "ustack_fault",
        "ustack_compat", "nest_deep", "rows_used", "stacks_used", "hists_used", "follow_full")
POINT_COUNTS = ("hits", "missed", "nmissed", "unpaired")


def settled(row):
    return row["reported"] + row["filtered"] + row["lost"]


def between(row):
    """Waits that a reading has in neither of two counters."""
    return row["begun"] - row["ended"] - row["open"]


def exact(row):
    return row["begun"] == row["ended"] + row["open"] and row["ended"] == settled(row)


class Watched:
    """One session, what was read of it and what was wrong with that."""

    def __init__(self, name, session, records=False, drain_every=1):
        self.name, self.session, self.records = name, session, records
        self.drain_every = drain_every
        self.readings, self.pauses, self.largest, self.largest_unsettled = 0, 0, 0, 0
        self.wrong, self.before, self.last = [], None, None
        self.losses, self.received, self.pending = {}, {}, 0
        self.live_rows = {}

    def complain(self, what, *how):
        # The first few tell enough.
        if len(self.wrong) < 5:
            self.wrong.append((what,) + how)

    def read(self):
        """A live reading."""
        rows, losses = self.session.stats()
        self.readings += 1
        for name, row in rows.items():
            if between(row) < 0 or row["ended"] < settled(row):
                self.complain("overcounts", row)
            old = self.last and self.last[name]
            if old and any(row[key] < old[key] for key in COUNTS):
                self.complain("goes back", old, row)
            if old and self.before:
                self.check_between(name, old, row)
            self.largest = max(self.largest, between(row))
            self.largest_unsettled = max(self.largest_unsettled, row["ended"] - settled(row))
        if self.losses and any(losses[key] < self.losses[key] for key in GROW):
            self.complain("losses go back", self.losses, losses)
        self.before, self.last, self.losses = self.last, rows, losses
        if self.records and not self.readings % self.drain_every:
            self.drain()
        return rows

    def check_between(self, name, old, row):
        older = self.before[name]
        moved = row["begun"] - older["begun"] + row["ended"] - older["ended"]
        if between(old) > moved or old["ended"] - settled(old) > row["ended"] - older["ended"]:
            self.complain("more than what began or ended meanwhile", older, old, row)

    def drain(self):
        for record in self.session.records():
            self.received[record["class"]] = self.received.get(record["class"], 0) + 1

    def look_at_rows(self):
        """Rows while they grow: none goes back, and the sum lies between two readings."""
        low, _ = self.session.stats()
        found, sums = {}, {}
        rows, special = self.session.rows()
        for row in rows:
            found[tuple(row[key] for key in (
                "class", "op", "tgid", "tid", "kstack", "ustack", "object", "waker_kstack",
                "waker_ustack", "waker_tgid", "waker_flags", "size_log2"))] = row["count"]
        for row in rows + special:
            sums[row["class"]] = sums.get(row["class"], 0) + row["count"]
        high = self.read()
        odd = [(key, old, found.get(key)) for key, old in self.live_rows.items()
               if found.get(key, 0) < old]
        if odd:
            self.complain("a row goes back", odd[:2])
        self.live_rows = found
        kept = ("reported", "lost") if self.records else ("reported",)
        for name in high:
            bounds = [sum(reading[name][key] for key in kept) for reading in (low, high)]
            # A row counts its wait before the session does: one a CPU.
            if not bounds[0] <= sums.get(name, 0) <= bounds[1] + os.cpu_count():
                self.complain("rows beside the books", name, bounds, sums.get(name, 0))

    def pause(self, resume=True):
        """Exactly equal once nothing moves any more, the rows and records as well."""
        self.session.pause()
        deadline, steady = time.monotonic() + PATIENCE_S, False
        first = self.read()
        while not steady and time.monotonic() < deadline:
            if self.read() != first:
                first = self.last
                continue
            if self.records:
                self.drain()
            rows, special = self.session.rows()
            steady = self.read() == first
            first = self.last
        self.pauses += 1
        if not steady:
            self.complain("never at rest", self.before, self.last)
        for name, row in self.last.items():
            if not exact(row):
                self.complain("not exact after a pause", row)
            if steady:
                self.check_rows(name, row, [one for one in rows + special
                                            if one["class"] == name])
        if steady and self.losses["records_pending"]:
            self.complain("records are left", self.losses["records_pending"])
        if resume:
            self.session.pause(False)
            self.before = None  # the next three readings stand by themselves

    def check_rows(self, name, counters, rows):
        count = sum(row["count"] for row in rows)
        kept = counters["reported"] + (counters["lost"] if self.records else 0)
        overflow = sum(row["count"] for row in rows if row["flags"] & number("ROW_F_OVERFLOW"))
        buckets = sum(bucket["count"] for row in rows for bucket in row["buckets"])
        if count != kept:
            self.complain("rows do not hold what was reported", count, counters)
        if overflow != counters["unattributed"]:
            self.complain("overflow row", overflow, counters)
        if buckets != count - counters["clipped"]:
            self.complain("buckets", buckets, count, counters)
        odd = [row for row in rows if row["total_ns"] != row["blocked_ns"] + row["runqueue_ns"] +
               row["spin_ns"]]
        if odd:
            self.complain("parts do not add up", odd[:1])
        if self.records and self.received.get(name, 0) != counters["reported"]:
            self.complain("records received", self.received.get(name, 0), counters)

    def report(self, t):
        total = {key: sum(row[key] for row in self.last.values()) for key in COUNTS}
        t.check("%s: no reading out of its bound, none goes back, exact after each pause" %
                self.name, not self.wrong, "nothing wrong", self.wrong,
                "%d readings, %d pauses, %d waits" % (self.readings, self.pauses,
                                                      total["begun"]))
        figures = dict(total, received=sum(self.received.values()),
                       stack_full=self.losses["stack_full"],
                       stack_busy=self.losses["stack_busy"], largest_difference=self.largest,
                       largest_unsettled=self.largest_unsettled)
        print("# %s: %s" % (self.name, " ".join("%s %d" % one for one in figures.items())),
              flush=True)
        t.figure("conservation, %d s, %s" % (SECONDS, self.name),
                 "readings, pauses, waits, lost, unattributed, largest difference", "",
                 "%d, %d, %d, %d, %d, %d" % (self.readings, self.pauses, total["begun"],
                                             total["lost"], total["unattributed"], self.largest))


def smallest(client, classes, **options):
    """A session with the least memory that the module accepts, in steps of 256 KiB."""
    size = 256 << 10
    while True:
        try:
            return client.session(classes, size=size, **options)
        except Refused:
            size += 256 << 10
            if size > 64 * MIB:
                raise


def eight(client, classes, load):
    """Different filters, tiny and normal buffers."""
    cgroup = os.stat(CGROUP).st_ino
    yield Watched("all classes", client.session(classes, size=16 * MIB))
    yield Watched("all classes, records", client.session(classes, records=True, size=32 * MIB,
                                                         threads=False), records=True)
    yield Watched("16 records a CPU", client.session(classes, records=16, size=16 * MIB),
                  records=True, drain_every=5)
    yield Watched("least memory", smallest(client, classes, objects=True))
    yield Watched("from 1 ms on", client.session(classes, min_ns=1000000, size=16 * MIB))
    yield Watched("by name", client.session(classes, comm="*[kw]*", size=16 * MIB,
                                            threads=False))
    yield Watched("a process, its wakers", client.session(
        ["futex"], tgids=[load.steady.pid], objects=True, wakers=True, size=16 * MIB))
    yield Watched("a cgroup, futex and io", client.session(
        ["futex", "io", "journal"] if "journal" in classes else ["futex", "io"], cgroup=cgroup,
        records=256, size=16 * MIB), records=True, drain_every=3)


def enough(watched):
    """Every class was waited in, and what is tiny was full."""
    every, _, ring, tables, least_ns = [list((one.last or {}).values()) for one in watched[:5]]
    return every and all(row["begun"] for row in every) and \
        sum(row["lost"] for row in ring) and sum(row["unattributed"] for row in tables) and \
        sum(row["filtered"] for row in least_ns)


def read_for(seconds, watched, load, client):
    """Read everything all the time; pause one session after the other.

    For longer where the machine is so busy that its programs have hardly begun.
    """
    end, following, turn, wrong, points = time.monotonic() + seconds, 0, 0, [], {}
    while time.monotonic() < end or \
            not enough(watched) and time.monotonic() < end + MORE_S:
        for one in watched:
            one.read()
        for point in client.points():
            old = points.get(point["id"])
            if old and any(point[key] < old[key] for key in POINT_COUNTS):
                wrong.append((old, point))
            points[point["id"]] = point
        load.keep()
        if time.monotonic() >= following:
            one = watched[turn % len(watched)]
            one.look_at_rows()
            one.pause()
            turn += 1
            following = time.monotonic() + min(PAUSE_EVERY_S, seconds / 12)
    return wrong, list(points.values())


def test_conservation(t):
    seen, blind = seen_points()
    classes = [name for name in CLASSES if name in seen]
    for name in sorted(set(CLASSES) - set(classes)):
        t.skip(name, blind.get(name, "no wait point for it here"))
    # Fewer slots of open waits are read faster; nobody is to find them full.
    module_parameter(open_limit=1024)
    os.setpriority(os.PRIO_PROCESS, 0, -20)
    try:
        conserve(t, classes)
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, 0)
        module_parameter()


def conserve(t, classes):
    begin_ns = now_ns()
    with Load(t) as load, Client() as client:
        watched = list(eight(client, classes, load))
        t.equal("sessions", len(client.sessions()), number("MAX_SESSIONS"))
        wrong, points = read_for(SECONDS, watched, load, client)
        for one in watched:
            one.pause(resume=False)
            one.report(t)
        t.check("no counter of a wait point goes back", not wrong, "none", wrong[:1])
        began = {name: row["begun"] for name, row in watched[0].last.items()}
        t.check("every class was waited in", all(began.values()), "waits of each", began,
                str(began))
        tiny = watched[2].last.values()
        t.check("the tiny ring was full at times", sum(row["lost"] for row in tiny), "> 0",
                list(tiny))
        least = watched[3].last.values()
        t.check("the smallest tables were full", sum(row["unattributed"] for row in least),
                "> 0", list(least))
        t.check("some were too short", sum(row["filtered"] for row in watched[4].last.values()),
                "> 0", watched[4].last)
        print("# points: %s" % "; ".join("%s %s" % (point["name"], " ".join(
            "%s %d" % (key, point[key]) for key in POINT_COUNTS)) for point in points
            if point["hits"]), flush=True)
        print("# %d programs begun anew in %.0f s" % (load.restarts, (now_ns() - begin_ns) / 1e9),
              flush=True)
        t.equal("unpaired and missed", [(point["name"], point["unpaired"], point["missed"])
                                        for point in points
                                        if point["unpaired"] or point["missed"]], [])


# A fault of the books that comes once in an hour is one.
test_conservation.seconds = SECONDS + MORE_S + 8 * PATIENCE_S
test_conservation.once = True
