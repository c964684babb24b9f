#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Comma-separated values and folded stacks say what the report says.

usage: check_tables.py CSV FOLDED JSON
"""
import collections
import csv
import os
import subprocess
import sys
import tempfile

from profile import Profile, check, finish, names


def check_csv(path, profile):
    with open(path, newline="") as file:
        text = file.read()
    rows = list(csv.DictReader(text.splitlines(True), strict=True))
    everything = profile.report["rows"]
    check("lines end in CR LF", text.count("\n"), text.count("\r\n"))
    check("rows", len(rows), len(everything))
    for got, want in zip(rows, everything):
        check("values of a row", None in got or None in got.values(), False)
        for key in ("class", "kind", "op", "pid", "tid", "comm", "object", "object_name", "count", "total_ns",
                    "avg_ns", "max_ns", "blocked_ns", "runqueue_ns", "spin_ns", "inner_ns",
                    "p50_ns", "p999_ns"):
            check(key, got[key], "" if want[key] is None else str(want[key]))
        for key in ("wake", "timeout", "signal", "kill"):
            check(key, got["ended_" + key], str(want["ended"][key]))
        for key in ("kstack", "ustack"):
            check(key, got[key], ";".join(frame["symbol"] for frame in want[key]))


def check_sqlite(path, profile):
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "waits.db")
        run = subprocess.run(
            ["sqlite3", "-batch", database],
            input=f".import --csv {path} waits\n"
                  "select class, sum(total_ns), sum(count) from waits group by class order by class;",
            capture_output=True, text=True)
    check("sqlite3", (run.returncode, run.stderr), (0, ""))
    sums = collections.defaultdict(lambda: [0, 0])
    for row in profile.report["rows"]:
        sums[row["class"]][0] += row["total_ns"]
        sums[row["class"]][1] += row["count"]
    check("sums of sqlite3", run.stdout.split(),
          [f"{name}|{sums[name][0]}|{sums[name][1]}" for name in sorted(sums)])


def check_folded(path, profile):
    want = collections.Counter()
    for row in profile.rows:
        want[(row["comm"], *names(row)[::-1])] += row["total_ns"]
    got, lines = collections.Counter(), 0
    with open(path) as file:
        for line in file:
            stack, _, value = line.rstrip("\n").rpartition(" ")
            frames = [frame for frame in stack.split(";") if frame != "[truncated]"]
            for mark in ("_[k]", "_[i]"):
                frames = [frame.removesuffix(mark) for frame in frames]
            got[tuple(frames)] += int(value)
            lines += 1
    check("folded stacks", got, +want)
    check("each stack once", lines, len(got))


def main():
    profile = Profile(sys.argv[3])
    check_csv(sys.argv[1], profile)
    check_sqlite(sys.argv[1], profile)
    check_folded(sys.argv[2], profile)
    finish()


main()
