# SPDX-License-Identifier: GPL-2.0-only
"""Processes in pid namespaces of their own: rows carry both ids, also when they are gone."""
import os
import shutil
import subprocess
import tempfile

from harness import Cli, CLI, WORKLOADS, Workload, cli_json
from netlink import Client

NR = 3


class Inside(Workload):
    """A program that is alone in a pid namespace, or in one inside another."""

    def __init__(self, depth, *arguments):
        self.depth = depth
        super().__init__(*arguments)
        self.inner, self.pid = self.pid, self.outer(self.pid)

    def start(self, command):
        pid = ["unshare", "--pid", "--fork", "--mount-proc"]
        # The inner one of two belongs to a user namespace, whose root is nobody here.
        user = pid + ["--user", "--map-root-user"]
        return super().start([[], pid, pid + user][self.depth] + command)

    def outer(self, inner):
        """Its id in the machine's own namespace."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/status" % name) as file:
                    ids = [line.split()[1:] for line in file if line.startswith("NStgid:")][0]
                ours = os.readlink("/proc/%s/exe" % name).startswith(WORKLOADS)
            except OSError:
                continue
            if ours and len(ids) == self.depth + 1 and int(ids[-1]) == inner:
                return int(name)
        raise OSError("no process %d in a namespace" % inner)


def ids_of(rows):
    return sorted({(row["pid"], row["ns_pid"]) for row in rows})


def test_both_ids(t):
    """Of waits that are open, that have ended, one by one, and of a process that is gone."""
    if not shutil.which("unshare"):
        t.skip("pid namespaces", "no unshare")
        return
    for depth in (0, 1, 2):
        case = ("the machine's own", "one namespace", "one in another, of other users")[depth]
        with tempfile.TemporaryDirectory() as folder:
            both_ids(t, case, depth, os.path.join(folder, "capture.wp"))


def both_ids(t, case, depth, capture):
    with Client() as client, Inside(depth, "sleepers", NR) as work:
        expected = [(work.pid, work.inner)]
        t.check("%s: ids are %s" % (case, "different" if depth else "the same"),
                (work.pid != work.inner) == bool(depth), "", expected, str(expected))
        session = client.session(["futex"], tgids=[work.pid], records=64)
        record = subprocess.Popen([CLI, "record", "--records", "-o", capture, "-c", "futex", "-p",
                                   str(work.pid)], stderr=subprocess.DEVNULL)
        trace = Cli("trace", "--json", "-c", "futex", "-p", work.pid, client=client)
        top = Cli("top", "-b", "-n", "1", "-d", "600", "--json", "-c", "futex", "-p", work.pid,
                  client=client)
        text = Cli("top", "-b", "-n", "1", "-d", "600", "-c", "futex", "-p", work.pid,
                   client=client)
        work.phase("sleep", "asleep")
        open_waits = cli_json("blocked", "--json", "-p", work.pid)["rows"]
        t.equal("%s: blocked" % case, (len(open_waits), ids_of(open_waits)), (NR, expected))
        words = subprocess.run([CLI, "blocked", "-p", str(work.pid)], stdout=subprocess.PIPE,
                               text=True, check=True).stdout
        shown = "%d/%d" % expected[0] if depth else str(work.pid)
        t.check("%s: blocked in words" % case, words.count("pid %s tid" % shown) == NR,
                "pid %s" % shown, words)
        work.phase("wake %d" % NR)
        rows, found = session.rows()[0], session.records()
    # It is gone.
    t.equal("%s: rows of the module" % case, {(row["tgid"], row["ns_tgid"]) for row in rows},
            set(expected))
    t.equal("%s: its records" % case, [(one["tgid"], one["ns_tgid"]) for one in found],
            expected * NR)
    t.equal("%s: top" % case, ids_of(top.result()["rows"]), expected)
    output, _ = text.process.communicate(timeout=60)
    t.check("%s: top in words" % case, any(shown in line.split() for line in output.splitlines()),
            shown, output)
    lines, _ = trace.process.communicate(timeout=60)
    t.equal("%s: trace" % case, lines.count('"ns_pid":%d' % work.inner) +
            lines.count('"ns_pid": %d' % work.inner), NR)
    t.equal("%s: record ended with it" % case, record.wait(60), 0)
    for arguments in (["report", "--json", capture], ["hist", "--json", "-i", capture]):
        t.equal("%s: %s of the capture" % (case, arguments[0]),
                ids_of(cli_json(*arguments)["rows"]), expected)
    lines = subprocess.run([CLI, "trace", "--json", "-i", capture], stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    t.equal("%s: trace of the capture" % case, lines.count('"ns_pid":%d' % work.inner) +
            lines.count('"ns_pid": %d' % work.inner), NR)
