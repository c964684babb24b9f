# SPDX-License-Identifier: GPL-2.0-only
"""The edges of the window: waits that began before it, or end after it."""
import time

from harness import Cli, Observation, Workload, bounds, check_books, cli_json
import netlink

CLASSES = ["futex"]


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def collect(session):
    counters, losses = session.stats()
    rows, special = session.rows()
    return Observation(rows, special, {}, counters, losses, now_ns() - session.start_ns, {}, None)


def test_wait_begun_before_is_charged_its_part(t):
    """Armed before by another session, so the wait's begin was seen by the module."""
    with Workload("sleepers", 3) as work, netlink.Client() as client:
        first = client.session(CLASSES, tgids=[work.pid], objects=True)
        work.phase("sleep", "asleep")
        before = {wait["tid"]: wait for wait in work.waits}
        second = client.session(CLASSES, tgids=[work.pid], objects=True)
        time.sleep(0.3)
        work.phase("wake 1")
        wait = work.waits[0]
        first.pause()
        second.pause()
        one, two = collect(first), collect(second)
        check_books(t, one)
        check_books(t, two)
        row = two.of(tid=wait["tid"])
        t.need("one row for the wait that ended", len(row) == 1, 1, row)
        t.equal("its count, clipped", (row[0]["count"], row[0]["clipped"]), (1, 1))
        late = wait["end_ns"] - wait["waker_ns"]
        part = wait["end_ns"] - second.start_ns
        t.between("the part inside the window", part - part // 100 - late, row[0]["total_ns"],
                  part)
        t.figure("begun before the window", "its part (ns)", part, row[0]["total_ns"])
        t.equal("a clipped wait is in no bucket", sum(bucket["count"]
                                                      for bucket in row[0]["buckets"]), 0)
        whole = one.of(tid=wait["tid"])[0]
        low, high = bounds([wait])
        # One single wait, begun while its process still made others: a tenth.
        t.between("the session that saw all of it", low - high // 10, whole["total_ns"], high)
        t.equal("its count, clipped", (whole["count"], whole["clipped"]), (1, 0))
        open_rows = second.open_waits()
        t.equal("the others are still open", {entry["tid"] for entry in open_rows},
                set(before) - {wait["tid"]})
        t.check("and marked as begun before", all(entry["flags"] & 1 for entry in open_rows),
                "clipped", open_rows)
        t.equal("open, as counted", one.counters["futex"]["open"], 2)
        first.delete()
        second.delete()
        work.phase("wake 2")


def test_open_wait_has_its_age(t):
    with Workload("sleepers", 5) as work, netlink.Client() as client:
        session = client.session(CLASSES, tgids=[work.pid])
        work.phase("sleep", "asleep")
        time.sleep(0.2)
        before = now_ns()
        rows = session.open_waits()
        after = now_ns()
        t.equal("all of them", {row["tid"] for row in rows}, {wait["tid"] for wait in work.waits})
        wrong = []
        for wait in work.waits:
            for row in rows:
                if row["tid"] != wait["tid"]:
                    continue
                # A sleeper is asleep within moments of its last stamp.
                late = max(5000000, (before - wait["begin_ns"]) // 20)
                if not (wait["begin_ns"] <= row["begin_ns"] <= wait["begin_ns"] + late and
                        before - row["begin_ns"] <= row["since_ns"] <= after - row["begin_ns"]
                        and row["object"] == wait["object"]):
                    wrong.append((wait, row))
        t.check("begin, age and object as logged", not wrong, "none off", wrong[:2],
                "%d open waits" % len(rows))
        document = cli_json("blocked", "--json", "--pid", work.pid)
        read = now_ns()
        mine = [row for row in document["rows"] if row["class"] == "futex"]
        t.equal("the command shows them", sorted(row["tid"] for row in mine),
                sorted(wait["tid"] for wait in work.waits))
        begin = {wait["tid"]: wait["begin_ns"] for wait in work.waits}
        wrong = [row for row in mine
                 if not after - begin[row["tid"]] - 10000000 <= row["since_ns"] <=
                 read - begin[row["tid"]]]
        t.check("with their age", not wrong, "as logged", wrong)
        t.figure("open wait", "age of the first (ns)", "%d to %d" % (
            before - begin[rows[0]["tid"]], after - begin[rows[0]["tid"]]), rows[0]["since_ns"])
        session.delete()
        t.equal("nothing was recorded as ended", sum(row["count"] for row in mine
                                                     if row.get("ended") and
                                                     sum(row["ended"].values())), 0)
        work.phase("wake 5")


def charged(t, work, document, inferred):
    """Sleepers asleep during the whole window: each is charged all of it."""
    rows = {row["tid"]: row for row in document["rows"] if row["class"] == "futex"}
    t.equal("every sleeper has a row", sorted(rows), sorted(wait["tid"] for wait in work.waits))
    length = document["duration_ns"]
    wrong = [row for row in rows.values()
             if not length - length // 50 <= row["total_ns"] <= length]
    t.check("each is charged the whole window", not wrong, "%d ns" % length,
            [row["total_ns"] for row in wrong],
            "%s of %d ns" % ([row["total_ns"] for row in rows.values()], length))
    t.equal("marked inferred", {bool(row["inferred"]) for row in rows.values()}, {inferred})
    t.figure("blocked all the time" + (", begin unseen" if inferred else ""), "time (ns)", length,
             [row["total_ns"] for row in rows.values()])


def test_blocked_before_during_and_after(t):
    """Begin seen by the module, thanks to another session."""
    with Workload("sleepers", 3) as work, netlink.Client() as client:
        session = client.session(CLASSES, tgids=[work.pid])
        work.phase("sleep", "asleep")
        cli = Cli("top", "-b", "-n", "1", "-d", "2", "--by", "thread", "--json", "--pid",
                  work.pid, client=client)
        document = cli.result()
        charged(t, work, document, False)
        session.delete()
        work.phase("wake 3")


def test_blocked_since_before_the_module_looked(t):
    """Nobody saw the begin: class and time are inferred, and said to be."""
    with Workload("sleepers", 3) as work, netlink.Client() as client:
        work.phase("sleep", "asleep")
        cli = Cli("top", "-b", "-n", "1", "-d", "2", "--by", "thread", "--json", "--pid",
                  work.pid, client=client)
        document = cli.result()
        charged(t, work, document, True)
        session = client.session(CLASSES, tgids=[work.pid])
        before = now_ns()
        rows = [row for row in session.open_waits(unseen=True)
                if row["tid"] in {wait["tid"] for wait in work.waits}]
        after = now_ns()
        begin = {wait["tid"]: wait["begin_ns"] for wait in work.waits}
        session.delete()
        work.phase("wake 3")
        # It last ran when it had come to sleep; exec_start is exact to a tick or so.
        ran = {wait["tid"]: wait["cpu_ns"] for wait in work.waits}
        wrong = [row for row in rows if not before - begin[row["tid"]] - ran[row["tid"]] - 20000000
                 <= row["since_ns"] <= after - begin[row["tid"]] + 20000000]
        t.check("the module knows their age by when they last ran", len(rows) == 3 and not wrong,
                "3 rows, within 20 ms", wrong or rows, "%d rows" % len(rows))


def test_still_open_at_the_end(t):
    """Begun inside the window and not over when it ends: charged so far."""
    with Workload("sleepers", 2) as work, netlink.Client() as client:
        cli = Cli("top", "-b", "-n", "1", "-d", "60", "--by", "thread", "--json", "--pid",
                  work.pid, client=client)
        work.phase("sleep", "asleep")
        time.sleep(0.5)
        before = now_ns()
        document = cli.stop()
        after = now_ns()
        rows = {row["tid"]: row for row in document["rows"] if row["class"] == "futex"}
        for wait in work.waits:
            row = rows.get(wait["tid"])
            t.need("a row", row, wait["tid"], document["rows"])
            low = before - wait["begin_ns"]
            t.between("time so far", low - low // 50, row["total_ns"], after - wait["begin_ns"])
        work.phase("wake 2")
