# SPDX-License-Identifier: GPL-2.0-only
"""Captures: what was recorded is what the workload logged, however it ended."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile
import time

from harness import (CLI, Cli, PATIENCE_S, WORKLOADS, Workload, bounds, cli_json, cli_run,
                     is_rt, last_object, module_parameter, module_unload, wait_for)
from netlink import Client

APPLICATION = 0x57505246


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp()
    try:
        yield path
    finally:
        shutil.rmtree(path)


class Started(Workload):
    """A workload that 'waitprof record' starts; it need not wait for its first order."""

    def __init__(self, path, options, program, *arguments, order="\n"):
        self.recorder = None
        self.words = tempfile.TemporaryFile("w+")
        self.command = [CLI, "record", "-o", path] + options + [
            "--", os.path.join(WORKLOADS, program)] + [str(one) for one in arguments]
        self.order = order
        super().__init__(program, *arguments)

    def start(self, _):
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=self.words, text=True)
        process.stdin.write(self.order)
        process.stdin.flush()
        return process

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(timeout=PATIENCE_S)
        self.words.seek(0)
        return status, self.words.read()


def query(path, sql):
    """By anybody's means: the file is plain SQLite."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as database:
        return database.execute(sql).fetchall()


def total(rows, field):
    return sum(row[field] for row in rows)


def compare(t, work, rows):
    """Rows by thread against the log of the waiting threads."""
    waiters = {wait["tid"] for wait in work.waits}
    rows = [row for row in rows if row["tid"] in waiters and row["class"] == "futex"]
    count, expected = total(rows, "count"), sum(wait["sleeps"] for wait in work.waits)
    t.check("count = sleeps logged", count == expected or
            is_rt() and expected // 2 <= count < expected, expected, count, str(count))
    low, high = bounds(work.waits)
    t.between("sum of %d waits" % count, low, total(rows, "total_ns"), high)
    return count


def by_class(report):
    """Waits that began unseen have a row of their own in each class."""
    return {(row["class"], row["inferred"]): (row["count"], row["total_ns"], row["max_ns"])
            for row in report["rows"]}


def compare_views(t, path, count=None):
    """All views of one capture say the same."""
    report = cli_json("report", path, "--json", "--by", "class")
    sums = by_class(report)
    for command in (["hist", "-i", path, "--json"], ["top", "-i", path, "--json", "--by", "class"]):
        seen = cli_json(*command)
        t.equal("%s -i and report agree" % command[0], by_class(seen), sums)
        t.equal("%s: counters" % command[0], seen["counters"], report["counters"])
        t.equal("%s: length" % command[0], seen["duration_ns"], report["duration_ns"])
    for by in ("callsite", "thread", "process"):
        rows = cli_json("report", path, "--json", "--by", by)["rows"]
        t.equal("by %s: count and time" % by, (total(rows, "count"), total(rows, "total_ns")),
                (sum(one[0] for one in sums.values()), sum(one[1] for one in sums.values())))
    # A wait that is open is in the report, too; it has no record and no sum in the file.
    rows = query(path, "SELECT sum(count), sum(total_ns) FROM totals")[0]
    t.equal("the file's own sums", rows[1] or 0, sum(one[1] for one in sums.values()))
    t.equal("slices make up the whole",
            query(path, "SELECT sum(duration_ns) FROM slice")[0][0], report["duration_ns"])
    if count is not None:
        lines = cli_run("trace", "-i", path, "--json").stdout.splitlines()
        waits = [json.loads(line) for line in lines]
        waits = [wait for wait in waits if "counters" not in wait]
        t.equal("trace -i shows every wait", len(waits), count)
    return report


def test_process(t):
    with folder() as path, Workload("raw_waits", "raw", 12) as work, Client() as client:
        path += "/one.wp"
        recorder = Cli("record", "-p", work.pid, "-c", "futex", "-o", path, "--records",
                       "--objects", client=client, errors=subprocess.PIPE)
        work.phase()
        recorder.process.send_signal(signal.SIGINT)
        _, words = recorder.process.communicate(timeout=PATIENCE_S)
        t.equal("exit status", recorder.process.returncode, 0)
        t.check("it says what it has", "%s: " % path in words and " waits in " in words, "a line",
                words)
        t.equal("a single file", os.listdir(os.path.dirname(path)), ["one.wp"])
        t.equal("for its owner only", stat.S_IMODE(os.stat(path).st_mode), 0o600)
        rows = cli_json("report", path, "--json", "--by", "thread")["rows"]
        compare(t, work, rows)
        report = compare_views(t, path, query(path, "SELECT count(*) FROM record")[0][0])
        counters = report["counters"]["futex"]
        t.equal("records = reported", query(path, "SELECT count(*) FROM record")[0][0],
                counters["reported"])
        t.equal("what it is", (query(path, "PRAGMA application_id")[0][0],
                               query(path, "PRAGMA user_version")[0][0]), (APPLICATION, 1))
        objects = {wait["object"] for wait in work.waits if wait["sleeps"]}
        found = {int(row["object"], 16) for row in
                 cli_json("report", path, "--json", "--by", "object")["rows"]}
        t.check("objects", objects <= found, objects, found, "%d" % len(objects))
        t.check("wait points with their backend",
                query(path, "SELECT backend FROM point WHERE name = 'futex_wait'")[0][0] > 0,
                "some", query(path, "SELECT * FROM point"))
        text = cli_run("report", path).stdout
        t.check("the report names the code", "futex_once" in text or "raw_waits" in text,
                "its functions", text)
        t.check("and has no table of who is blocked", "Blocked right now" not in text, "none",
                text)


def test_command(t):
    """Whose first wait is seen, and whose status is handed on."""
    with folder() as path:
        path += "/command.wp"
        with Started(path, ["--records", "--objects"], "raw_waits", "raw", 8) as work:
            work.until("done")
            waits, threads = work.waits, work.threads
            status, words = work.end()
            t.equal("exit status", status, 0)
            work.waits, work.threads = waits, threads
            rows = cli_json("report", path, "--json", "--by", "thread", "-c", "futex")["rows"]
            compare(t, work, rows)
            ends = query(path, "SELECT pid, min(end_ns - duration_ns) FROM record WHERE class = 1")
            t.check("from the very first", ends[0][1] <= min(wait["end_ns"] for wait in waits),
                    "before the first end logged", ends)
            command = query(path, "SELECT text FROM info WHERE name = 'command'")[0][0]
            t.check("the command is told", command.endswith("raw_waits raw 8"), "raw_waits", command)
        compare_views(t, path)
        for script, expected in (("exit 3", 3), ("kill -9 $$", 137), ("exit 0", 0)):
            seen = cli_run("record", "-o", path, "--", "sh", "-c", script)
            t.equal("sh -c '%s'" % script, seen.returncode, expected)
        before = os.stat(path).st_size
        for command, expected in (("/no/such", 127), ("no-such-command", 127), ("/etc/passwd", 126)):
            seen = cli_run("record", "-o", path, "--", command)
            t.equal(command, seen.returncode, expected)
        t.equal("an earlier capture outlives them", os.stat(path).st_size, before)
        seen = cli_run("record", "-o", "/etc/passwd", "--", "touch", path + ".touched")
        t.equal("not over what is no capture", (seen.returncode, os.path.exists(path + ".touched"),
                                                "no capture" in seen.stderr), (125, False, True))


def test_children(t):
    """A shell's children, each with waits of its own."""
    with folder() as path:
        path += "/children.wp"
        script = "for i in 1 2 3; do echo | %s/raw_waits raw 4 > %s.$i; done" % (WORKLOADS, path)
        seen = cli_run("record", "-c", "futex", "-o", path, "--", "sh", "-c", script)
        t.equal("exit status", seen.returncode, 0)
        rows = cli_json("report", path, "--json", "--by", "thread")["rows"]
        expected = 0
        for i in (1, 2, 3):
            with open("%s.%d" % (path, i)) as log:
                waits = [one for one in map(json.loads, log) if "wait" in one]
            waiters = {wait["tid"] for wait in waits}
            got = total([row for row in rows if row["tid"] in waiters], "count")
            expected = sum(wait["sleeps"] for wait in waits)
            t.check("child %d" % i, got == expected or is_rt() and got, expected, got, str(got))


def test_killed(t):
    """kill -9 takes the last second and no more; names are looked up afterwards."""
    with folder() as path, Workload("raw_waits", "raw", 12) as work, Client() as client:
        path += "/killed.wp"
        # The workload ends by itself; somebody has to outlive it.
        recorder = Cli("record", "-p", "%d,%d" % (work.pid, os.getpid()), "-c", "futex", "-o", path, "--records",
                       client=client)
        wait_for(lambda: os.path.exists(path + "-wal"), "the file")
        work.phase()
        # The second transaction from now on begins after what was done before.
        for _ in range(3):
            before = os.stat(path + "-wal").st_mtime_ns
            wait_for(lambda: os.stat(path + "-wal").st_mtime_ns != before, "a transaction")
        recorder.process.kill()
        recorder.process.wait()
        recorder.process.stdout.close()
        rows = cli_json("report", path, "--json", "--by", "thread")["rows"]
        count = compare(t, work, rows)
        waiters = ",".join(str(wait["tid"]) for wait in work.waits)
        seen = cli_run("trace", "-i", path, "--json", "-t", waiters).stdout.splitlines()
        t.equal("every single one", len([line for line in seen if "counters" not in line]), count)
        text = cli_run("report", path).stdout
        t.check("it says that it was cut off", "cut off" in text, "so", text)
        t.check("its names", "raw_waits]" in text, "functions of raw_waits", text)
        t.check("no address without a name", "0x" not in text.split("Waits by")[1].split("\n")[2],
                "names", text)
        left = sorted(os.listdir(os.path.dirname(path)))
        t.equal("who reads it leaves nothing behind", left, ["killed.wp", "killed.wp-wal"])


def test_elsewhere(t):
    """A report needs neither the module nor the program that was recorded."""
    with folder() as path:
        program = path + "/copy_of_waits"
        shutil.copy(os.path.join(WORKLOADS, "raw_waits"), program)
        seen = cli_run("record", "-c", "futex", "-o", path + "/a.wp", "--", program, "raw", "4",
                       input="\n")
        t.equal("exit status", seen.returncode, 0)
        os.unlink(program)
        module_unload()
        try:
            report = cli_json("report", path + "/a.wp", "--json")
            frames = [frame for row in report["rows"] for frame in row["ustack"] or []
                      if frame["module"] and frame["module"].endswith("copy_of_waits")]
            t.check("functions and lines are named", frames and
                    all(frame["symbol"] for frame in frames) and
                    any(frame["line"] for frame in frames), "names", frames[:3],
                    "%d frames" % len(frames))
            t.check("the kernel's, too", all(frame["symbol"] for row in report["rows"]
                                             for frame in row["kstack"] or []), "names",
                    report["rows"][:1])
        finally:
            module_parameter()


def test_full_disk(t):
    with folder() as path, Client() as client:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", path], check=True)
        player = subprocess.Popen([os.path.join(WORKLOADS, "pingpong"), "2"],
                                  stdout=subprocess.DEVNULL)
        try:
            # Rules for user stacks take a while on a machine that is busy, and the first
            # transaction would have more than there is room for.
            recorder = Cli("record", "-p", player.pid, "-o", path + "/full.wp", "--records",
                           "--user-stacks", "none", client=client, errors=subprocess.PIPE)
            _, words = recorder.process.communicate(timeout=PATIENCE_S)
            t.equal("exit status", recorder.process.returncode, 1)
            t.check("it says so", "No space left on device" in words and "can be read" in words,
                    "the reason", words)
            report = cli_json("report", path + "/full.wp", "--json")
            t.check("and can be read", total(report["rows"], "count") > 0 and
                    report["duration_ns"] > 0, "waits", report["rows"][:1],
                    "%d waits" % total(report["rows"], "count"))
        finally:
            player.kill()
            player.wait()
            subprocess.run(["umount", path], check=True)


def test_many_processes(t):
    """Everybody, with wakers, while things go on; what is read back adds up."""
    with folder() as path:
        path += "/all.wp"
        player = subprocess.Popen([os.path.join(WORKLOADS, "pingpong"), "2"],
                                  stdout=subprocess.DEVNULL)
        try:
            seen = cli_run("record", "-o", path, "--duration", "6", "--wakers", "--work", "1000")
        finally:
            player.kill()
            player.wait()
        t.equal("exit status", seen.returncode, 0)
        report = compare_views(t, path)
        for name, row in report["counters"].items():
            t.check("%s: the books" % name, row["begun"] == row["ended"] + row["open"] and
                    row["ended"] == row["reported"] + row["filtered"] + row["lost"], "equal", row)
        t.equal("work", query(path, "SELECT number FROM info WHERE name = 'work'")[0][0], 1000)
        rows = cli_json("report", path, "--json", "--by", "waker", "-c", "futex")["rows"]
        t.check("wakers", any(row["waker"] for row in rows), "some", rows[:1])
        seen = cli_run("report", path, "--by", "object")
        t.equal("objects were not asked for", (seen.returncode, "--objects" in seen.stderr),
                (1, True))
        # Fewer than one a second where the machine has no time for it.
        t.between("slices", 2, query(path, "SELECT count(*) FROM slice")[0][0], 7, "slices")
        cli_run("record", "-o", path, "--duration", "3", "--slice", "0.3", "-c", "futex")
        t.between("and more, if wanted", 4, query(path, "SELECT count(*) FROM slice")[0][0], 10,
                  "slices")
        compare_views(t, path)
