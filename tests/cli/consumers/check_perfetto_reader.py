#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Perfetto's own trace processor shows each wait that `trace --json` shows.

usage: check_perfetto_reader.py ENGINE TRACE JSON-LINES    ENGINE: see perfetto_query.mjs
"""
import collections
import json
import os
import subprocess
import sys

import perfetto_waits
from profile import check, finish

SLICES = """
select s.ts, s.dur, s.name, s.category, s.arg_set_id, p.pid, t.tid, t.name as thread
from slice s join thread_track k on s.track_id = k.id join thread t using (utid)
left join process p using (upid);
"""
ALL_SLICES = "select count(*) as nr from slice;\n"
ARGUMENTS = "select arg_set_id, key, coalesce(string_value, int_value) as value from args;\n"
COMPLAINTS = """
select name, value from stats where severity in ('error', 'data_loss') and value > 0;
"""


def ask(engine, trace, *statements):
    query = os.path.join(os.path.dirname(os.path.abspath(__file__)), "perfetto_query.mjs")
    done = subprocess.run(["node", query, engine, trace], input="".join(statements), text=True,
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    rows, everything, arguments, complaints = ask(*sys.argv[1:3], SLICES, ALL_SLICES, ARGUMENTS,
                                                  COMPLAINTS)
    check("complaints", complaints, [])
    check("slices on threads", len(rows), everything[0]["nr"])
    sets = collections.defaultdict(dict)
    for one in arguments:
        sets[one["arg_set_id"]][one["key"].removeprefix("debug.")] = one["value"]
    perfetto_waits.check_slices(
        [(row["ts"], row["ts"] + row["dur"],
          {"thread": (row["pid"], row["tid"], row["thread"]), "name": row["name"],
           "class": row["category"].split(","), "arguments": sets[row["arg_set_id"]]})
         for row in rows], perfetto_waits.load(sys.argv[3]))
    finish()


main()
