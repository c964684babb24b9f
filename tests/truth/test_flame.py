# SPDX-License-Identifier: GPL-2.0-only
"""Flame graphs: the picture has the waits that the workload logged, where they were."""
import json
import os
import re
import signal
import tempfile

from harness import Cli, PATIENCE_S, Workload, bounds, cli_json, cli_run, is_rt
from netlink import Client

PROCESS, USER, KERNEL, CLASS = 1, 2, 3, 5


class Node:
    """A frame of a page's data."""

    def __init__(self, row, strings, parent):
        self.kind, self.name = row[1], strings[row[2]]
        self.count, self.total_ns = row[10], row[11]
        self.before_count, self.before_ns = row[15], row[16]
        self.parent, self.below = parent, []
        if parent:
            parent.below.append(self)

    def way(self):
        """Kinds of the frames from the process to here."""
        return (self.parent.way() if self.parent and self.parent.parent else []) + [self.kind]


def page(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    data = json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', text,
                                re.DOTALL).group(1))
    nodes = []
    for row in data["nodes"]:
        nodes.append(Node(row, data["strings"], None if row[0] is None else nodes[row[0]]))
    return data, nodes


# Of the workload: all its logged waits are in one of them, and no other is.
WAITING = ("sleep_in", "two_sites")


def sums(nodes):
    """Count and time in these, wherever they were called from."""
    found = [node for node in nodes if node.name in WAITING]
    return sum(node.count for node in found), sum(node.total_ns for node in found)


def check_whole(t, nodes):
    t.check("every frame is the sum of those above it",
            all(node.count == sum(one.count for one in node.below) and
                node.total_ns == sum(one.total_ns for one in node.below)
                for node in nodes if node.below), "equal", "not so")
    t.check("every stack is process, program, kernel, wait",
            all(node.way()[0] == PROCESS and node.way() == sorted(node.way()) and node.kind == CLASS
                for node in nodes[1:] if not node.below and not any(kind == 4 for kind in node.way())),
            "in this order", [node.way() for node in nodes if not node.below])


def test_live(t):
    """What happens now, as a page."""
    with tempfile.TemporaryDirectory() as folder, \
            Workload("raw_waits", "raw", 12) as work, Client() as client:
        path = folder + "/waits.html"
        flame = Cli("flame", "-p", work.pid, "-c", "futex", "-o", path, client=client)
        work.phase()
        t.equal("no file before it is whole", os.listdir(folder), [])
        flame.process.send_signal(signal.SIGINT)
        words, _ = flame.process.communicate(timeout=PATIENCE_S)
        t.equal("exit status", flame.process.returncode, 0)
        t.check("it says what it has", words.startswith(path + ": "), path, words)
        data, nodes = page(path)
        count, total_ns = sums(nodes)
        expected = sum(wait["sleeps"] for wait in work.waits)
        t.check("waits in the functions that wait", count == expected or
                is_rt() and expected // 2 <= count < expected, expected, count, str(count))
        low, high = bounds(work.waits)
        t.between("their time", low, total_ns, high)
        check_whole(t, nodes)
        t.equal("the process", [node.name for node in nodes[0].below], ["raw_waits"])
        t.equal("of the classes", [one["name"] for one in data["classes"]], ["futex"])


def test_capture(t):
    """A capture's picture and its report have the same sums; so has a difference."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rounds in (("before", 6), ("after", 12)):
            with Workload("raw_waits", "raw", rounds) as work, Client() as client:
                record = Cli("record", "-p", work.pid, "-c", "futex", "-o",
                             "%s/%s.wp" % (folder, name), client=client)
                work.phase()
                record.process.send_signal(signal.SIGINT)
                record.process.communicate(timeout=PATIENCE_S)
        after, before = folder + "/after.wp", folder + "/before.wp"
        for seen in (cli_run("flame", "-i", after, "-o", folder + "/after.html"),
                     cli_run("flame", "-i", after, "-o", folder + "/after.svg"),
                     cli_run("flame", "-i", after, "--before", before, "-o",
                             folder + "/change.html")):
            t.equal("flame", (seen.returncode, seen.stderr), (0, ""))
        reports = {}
        for path in (after, before):
            rows = cli_json("report", path, "--json")["rows"]
            reports[path] = (sum(row["count"] for row in rows), sum(row["total_ns"] for row in rows))
        data, nodes = page(folder + "/after.html")
        t.equal("flame and report agree", (nodes[0].count, nodes[0].total_ns), reports[after])
        t.equal("so does its table", sum(one["sums"][0][1] for one in data["sites"]),
                reports[after][1])
        check_whole(t, nodes)
        svg = open(folder + "/after.svg", encoding="utf-8").read()
        t.check("and the other picture", "waited in %d waits: " % reports[after][0] in svg and
                "sleep_in" in svg, reports[after], svg[:2000])
        _, nodes = page(folder + "/change.html")
        t.equal("a difference has both", (nodes[0].count, nodes[0].total_ns, nodes[0].before_count,
                                          nodes[0].before_ns), reports[after] + reports[before])
        both = [node for node in nodes if node.name in WAITING]
        t.check("each function is one frame of both", len(both) >= 2 and
                all(node.count and node.before_count for node in both), "both sides",
                [(node.count, node.before_count) for node in both])
