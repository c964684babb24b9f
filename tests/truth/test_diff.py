# SPDX-License-Identifier: GPL-2.0-only
"""Two recordings compared: what changed is found, with the factor that the log has."""
import json
import math
import os
import tempfile
import time

from harness import Workload, cli_json, cli_run

SECONDS = 12
SITES = "hot_wait", "other_wait"


def record(t, folder, name, hold_us):
    """A recording of a program that is at it, and what the program itself logged."""
    path = os.path.join(folder, name + ".wp")
    with Workload("two_locks", hold_us) as work:
        work.line()
        time.sleep(1)
        run = cli_run("record", "-o", path, "--slice", "0.25", "--duration", SECONDS, "-p",
                      work.pid)
        t.need("%s: recorded" % name, run.returncode == 0, 0, run.stderr)
        work.phase()
        return path, work.waits


def own_rate(waits, site, capture):
    """Seconds of waiting a second within a recording, as logged."""
    offset_ns = time.time_ns() - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    begin = capture["begun_wall_ns"] - offset_ns
    end = begin + capture["duration_ns"]
    inside = sum(max(0, min(wait["end_ns"], end) - max(wait["begin_ns"], begin))
                 for wait in waits if wait["site"] == site)
    return inside / capture["duration_ns"]


def rows_of(t, document, site):
    rows = [row for row in document["rows"]
            if row["level"] == "callsite" and row["callsite"].startswith(site)]
    t.need("one row of %s" % site, len(rows) == 1, 1, rows)
    return rows[0]["time_ns"]["per_second"]


def compare(t, name, before, after):
    """The interval of each call site holds the factor that the program's own log has."""
    document = cli_json("diff", before[0], after[0], "--json")
    t.check("%s: no warning" % name, not document["warnings"], "none", document["warnings"])
    found = {}
    for site in SITES:
        row = rows_of(t, document, site)
        own = (own_rate(after[1], site, document["after"][0]) /
               own_rate(before[1], site, document["before"][0]))
        t.need("%s: %s: an interval" % (name, site), row["low"], "one", row)
        # The log has the way into and out of the kernel, too.
        t.check("%s: %s: the interval holds the logged factor" % (name, site),
                row["low"] * 0.98 <= own <= row["high"] * 1.02, own, row,
                "%.3f <= %.3f <= %.3f, p %.3g" % (row["low"], own, row["high"], row["p"]))
        found[site] = row, own
    return found, document


def test_changed_and_unchanged(t):
    with tempfile.TemporaryDirectory() as folder:
        before = record(t, folder, "before", 4000)
        again = record(t, folder, "again", 4000)
        after = record(t, folder, "after", 8000)
        found, _ = compare(t, "unchanged", before, again)
        for site, (row, own) in found.items():
            # A host that stood still in one of them has made them differ indeed.
            width = math.log(row["high"] / row["low"]) / 2
            t.check("unchanged: %s: nothing shown" % site,
                    row["verdict"] != "changed" or abs(math.log(own)) > width / 2,
                    "nothing shown", row, "%s, logged factor %.3f" % (row["verdict"], own))
        found, document = compare(t, "held twice as long", before, after)
        row, own = found["hot_wait"]
        if row["high"] > 1.6 * row["low"]:
            t.skip("held twice as long", "the host stood still: %s" % row)
            return
        t.check("held twice as long: hot_wait changed", row["verdict"] == "changed" and
                row["ratio"] > 1, "changed", row, "x %.2f, logged %.2f" % (row["ratio"], own))
        t.check("held twice as long: the last line names it",
                document["summary"].startswith("grew: futex lock hot_wait"),
                "grew: futex lock hot_wait", document["summary"], document["summary"])
        text = cli_run("diff", before[0], after[0])
        t.check("text agrees", text.returncode == 0 and not text.stderr and
                text.stdout.splitlines()[-1] == document["summary"], document["summary"],
                text.stdout + text.stderr)


def test_too_short(t):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "short.wp")
        run = cli_run("record", "-o", path, "--duration", "0.6", "--slice", "0.2")
        t.need("recorded", run.returncode == 0, 0, run.stderr)
        document = json.loads(cli_run("diff", path, path, "--json").stdout)
        verdicts = {row["time_ns"]["per_second"]["verdict"] for row in document["rows"]}
        t.check("no verdict", verdicts <= {"not enough data"}, "not enough data", verdicts)
