# SPDX-License-Identifier: GPL-2.0-only
"""Exports: every format of one capture says what its report says, and a live one what
the workload logged."""
import collections
import csv
import gzip
import json
import os
import re
import signal
import subprocess

from harness import CLI, Cli, PATIENCE_S, REPO, Workload, cli_json, cli_run
from netlink import Client
from test_capture import compare, folder, total


# --- protobuf, as far as it takes to count ---

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def fields(data):
    """Number and value of each field; of messages and texts the bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError("field of type %d" % (tag & 7))
        yield tag >> 3, value


def packed(data):
    at, values = 0, []
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def pprof_sums(data):
    """Count and time of all samples."""
    sums = [0, 0]
    for number, sample in fields(gzip.decompress(data)):
        if number == 2:
            values = [packed(value) for key, value in fields(sample) if key == 2][0]
            sums = [a + b for a, b in zip(sums, values)]
    return tuple(sums)


def build_ids(data):
    """Of the mappings of user code."""
    texts = [value.decode() for number, value in fields(gzip.decompress(data)) if number == 6]
    found = {}
    for number, mapping in fields(gzip.decompress(data)):
        values = dict(fields(mapping)) if number == 3 else {}
        if values.get(2):
            found[texts[values[5]]] = texts[values.get(6, 0)]
    return found


def slices(data):
    """Thread, begin and end of each slice."""
    tracks, open_slices, events, done = {}, collections.defaultdict(list), [], []
    for _, packet in fields(data):
        values = dict(fields(packet))
        if 60 in values:
            track = dict(fields(values[60]))
            if 4 in track:
                tracks[track[1]] = dict(fields(track[4]))[2]
        if 11 in values:
            event = list(fields(values[11]))
            events.append((values[8], dict(event)[9] == 1, dict(event)[11]))
    for when, begins, track in sorted(events, key=lambda event: event[0]):
        if begins:
            open_slices[track].append(when)
        else:
            done.append((tracks[track], open_slices[track].pop(), when))
    return done, sum(map(len, open_slices.values()))


# --- the tests ---

def export(path, form, *arguments):
    """The bytes of an export, by standard output."""
    return subprocess.run([CLI, "export", "-i", path, "--format", form, *arguments],
                          stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True).stdout


def test_capture(t):
    with folder() as path, Workload("raw_waits", "raw", 12) as work, Client() as client:
        path += "/one.wp"
        recorder = Cli("record", "-p", work.pid, "-c", "futex", "-o", path, "--records",
                       client=client, errors=subprocess.PIPE)
        work.phase()
        recorder.process.send_signal(signal.SIGINT)
        recorder.process.communicate(timeout=PATIENCE_S)
        t.equal("recorded", recorder.process.returncode, 0)
        rows = cli_json("report", path, "--json", "--by", "class")["rows"]
        count, ns = total(rows, "count"), total(rows, "total_ns")
        exported = json.loads(export(path, "json"))
        t.equal("json", (total(exported["rows"], "count"), total(exported["rows"], "total_ns")),
                (count, ns))
        compare(t, work, exported["rows"])
        table = list(csv.DictReader(export(path, "csv").decode().splitlines()))
        t.equal("csv", (sum(int(row["count"]) for row in table),
                        sum(int(row["total_ns"]) for row in table)), (count, ns))
        folded = export(path, "folded").decode().splitlines()
        t.equal("folded", sum(int(line.rpartition(" ")[2]) for line in folded), ns)
        t.check("folded has user and kernel frames",
                any(re.search(r"raw.*;.*futex\w*_\[k\]", line) for line in folded), "both", folded)
        profile = export(path, "pprof")
        t.equal("pprof", pprof_sums(profile), (count, ns))
        ids = build_ids(profile)
        t.check("pprof has the program's build id",
                any(name.endswith("/raw_waits") and len(value) == 40 for name, value in ids.items()),
                "40 digits", ids)
        first = json.loads(export(path, "speedscope"))["profiles"][0]
        t.equal("speedscope", (sum(first["weights"]), first["endValue"]), (ns, ns))
        text = export(path, "openmetrics").decode()
        own = re.findall(r"^waitprof_wait_own_seconds_total\{[^}]*\} (\S+)$", text, re.M)
        t.equal("openmetrics", sum(round(float(value) * 1e9) for value in own), ns)
        t.check("openmetrics has its end", text.endswith("\n# EOF\n"), "# EOF", text[-40:])
        check_slices(t, path, work)


def check_slices(t, path, work):
    waits = [json.loads(line) for line in
             cli_run("trace", "-i", path, "--json").stdout.splitlines()]
    waits = sorted((wait["tid"], wait["end_ns"] - wait["duration_ns"], wait["end_ns"])
                   for wait in waits if "end_ns" in wait)
    found, left = slices(export(path, "perfetto"))
    t.equal("perfetto: every begin has its end", left, 0)
    t.check("perfetto: a slice for each wait", sorted(found) == waits, waits[:3], sorted(found)[:3],
            str(len(waits)))
    tids = {wait["tid"] for wait in work.waits}
    t.check("perfetto: the threads that waited", tids <= {one[0] for one in found}, tids,
            {one[0] for one in found})


def live(t, path, form):
    """What was exported while a workload had its phase; it is there only at the end."""
    path = os.path.join(path, form)
    with Workload("raw_waits", "raw", 12) as work, Client() as client:
        command = Cli("export", "-p", work.pid, "-c", "futex", "--format", form, "-o", path,
                      client=client, errors=subprocess.PIPE)
        work.phase()
        t.check("%s: not there yet" % form, not os.path.exists(path), "no file", path)
        command.process.send_signal(signal.SIGINT)
        _, words = command.process.communicate(timeout=PATIENCE_S)
        t.equal("%s: exit status" % form, command.process.returncode, 0)
        t.check("%s: nothing lost" % form, " lost" not in words, "no such line", words)
    with open(path, "rb") as file:
        return work, file.read()


def test_live(t):
    with folder() as path:
        work, found = live(t, path, "json")
        compare(t, work, json.loads(found)["rows"])
        work, found = live(t, path, "perfetto")
        found, left = slices(found)
        t.equal("perfetto: every begin has its end", left, 0)
        waiters = {wait["tid"] for wait in work.waits}
        compare(t, work, [{"tid": tid, "class": "futex", "count": 1, "total_ns": end - begin}
                          for tid, begin, end in found if tid in waiters])
        work, found = live(t, path, "pprof")
        count, ns = pprof_sums(found)
        t.check("pprof: at least the waits logged",
                count >= sum(wait["sleeps"] for wait in work.waits) and ns > 0, "them", (count, ns))
        t.equal("nothing else is left", sorted(os.listdir(path)), ["json", "perfetto", "pprof"])


def test_schema(t):
    """What every command prints with --json is what the schema says."""
    check = os.path.join(REPO, "tests/cli/consumers/check_json.py")
    schema = os.path.join(REPO, "cli/schema/waitprof.schema.json")
    if subprocess.run(["/usr/bin/python3", "-c", "import jsonschema"],
                      stderr=subprocess.DEVNULL).returncode:
        return t.skip("outputs against the schema", "python3-jsonschema is not installed")
    with folder() as path, Workload("sleepers", 3) as work:
        work.phase("sleep", "asleep")
        capture = path + "/one.wp"
        cli_run("record", "-p", work.pid, "--duration", "1", "-o", capture, check=True)
        for command, *options in (["status"], ["blocked", "-p", work.pid],
                                  ["top", "-b", "-n", "1", "-d", "1", "--wakers"],
                                  ["hist", "--duration", "1", "-c", "futex,io,block,mutex"],
                                  ["trace", "--duration", "1"],
                                  ["budget", "-p", work.pid, "--duration", "1"],
                                  ["report", capture], ["diff", capture, capture]):
            with open(path + "/output", "w") as file:
                file.write(cli_run(command, *options, "--json", check=True).stdout)
            seen = subprocess.run(["/usr/bin/python3", check, schema, command, path + "/output"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            t.check(command, seen.returncode == 0, "no complaint", seen.stdout[:2000])
