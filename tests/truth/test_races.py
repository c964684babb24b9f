# SPDX-License-Identifier: GPL-2.0-only
"""Sessions that come, go and pause while waits begin and end all the time."""
import subprocess
import time

from netlink import Client

SECONDS = 15


def playing(pairs=4):
    load = subprocess.Popen(["build/workload/pingpong", str(pairs)], stdout=subprocess.PIPE)
    load.stdout.readline()
    return load


def balanced(row):
    return (row["begun"] == row["ended"] + row["open"] and
            row["ended"] == row["reported"] + row["filtered"] + row["lost"])


def test_sessions_beside_a_standing_one(t):
    """A session that ends while another one's waits begin: nobody stumbles."""
    load = playing()
    try:
        with Client() as standing, Client() as passing:
            session = standing.session(["futex"], tgids=[load.pid])
            rounds, end = 0, time.monotonic() + SECONDS
            while time.monotonic() < end:
                short = passing.session(["futex"], tgids=[load.pid])
                if rounds % 2:
                    short.delete()
                else:
                    passing.close()
                    passing = Client()
                rounds += 1
            passing.close()
            t.check("sessions came and went", rounds > 3, "> 3", rounds, "%d sessions" % rounds)
            session.pause()
            row = session.stats()[0]["futex"]
            for _ in range(20):
                if balanced(row):
                    break
                row = session.stats()[0]["futex"]
            t.check("books of the standing session balance after a pause",
                    balanced(row) and row["reported"] > 1000, "balanced", row,
                    "%d waits" % row["begun"])
    finally:
        load.kill()
        load.wait()


def test_live_readings(t):
    """Taken while waits come and go, counters never overcount nor go back."""
    load = playing()
    try:
        with Client() as client:
            session = client.session(["futex"], tgids=[load.pid])
            before, wrong, readings = None, [], 0
            end = time.monotonic() + SECONDS / 2
            while time.monotonic() < end:
                row = session.stats()[0]["futex"]
                readings += 1
                if row["ended"] + row["open"] > row["begun"] or \
                        row["reported"] + row["filtered"] + row["lost"] > row["ended"]:
                    wrong.append(row)
                if before and any(row[key] < before[key] for key in
                                  ("begun", "ended", "reported", "filtered", "lost")):
                    wrong.append((before, row))
                before = row
            t.equal("readings that overcount or go back", wrong, [])
            t.equal("kernel stacks that are not whole",
                    session.stats()[1]["kstack_truncated"], 0)
            t.check("there was something to read", readings > 5 and before["begun"] > 1000,
                    "readings, waits", (readings, before["begun"]),
                    "%d readings of %d waits" % (readings, before["begun"]))
            for _ in range(5):
                session.pause()
                rows = [session.stats()[0]["futex"] for _ in range(20)]
                t.check("exact after a pause", any(balanced(row) for row in rows),
                        "balanced", rows[-1], "%d waits" % rows[-1]["begun"])
                session.pause(False)
    finally:
        load.kill()
        load.wait()
