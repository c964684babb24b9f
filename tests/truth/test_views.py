# SPDX-License-Identifier: GPL-2.0-only
"""budget and blocked of a capture: as they are of the running program."""
import os
import signal
import subprocess
import time

from disk import SlowDisk
from harness import (PATIENCE_S, Cli, Workload, cli_json, cli_run, wait_for)
from netlink import Client
from test_budget import PARTS, check_sums, check_thread, is_of, total
from test_capture import folder, query
from test_hang import cycles_of
from test_mutex import slow_file

WINDOW = 20


def record(path, *options, client=None):
    return Cli("record", "-o", path, *options, client=client, errors=subprocess.DEVNULL)


def ended(t, recorder, status=0):
    recorder.process.communicate(timeout=PATIENCE_S)
    t.equal("exit status of record", recorder.process.returncode, status)


def apart(one, other):
    """Two windows of the same load: what lies in one of them only."""
    begin = abs(one["begin_ns"] - other["begin_ns"])
    return begin + abs(one["begin_ns"] + one["duration_ns"] -
                       other["begin_ns"] - other["duration_ns"])


def close(t, name, live, then, slack):
    t.check("%s: as the live budget has it" % name, abs(live - then) < slack, live, then,
            "%d of %d ns" % (then, live))


def test_known_shares(t):
    """Against what each thread logged, and against a live budget of the same window."""
    with folder() as path, SlowDisk("views", 20000000) as disk:
        path += "/shares.wp"
        with Workload("shares", slow_file(disk, "/tmp/views")) as work, Client() as client:
            work.line()
            time.sleep(0.5)
            live = Cli("budget", "--json", "--pid", work.pid, "--duration", WINDOW, client=client)
            recorder = record(path, "--pid", work.pid, "--duration", WINDOW, client=client)
            time.sleep(WINDOW / 2)
            work.line()
            # Two that look, and a machine that may stand still.
            wait_for(lambda: live.process.poll() is not None, "a budget", 4 * PATIENCE_S)
            live = live.result()
            ended(t, recorder)
            work.line()
            work.until("done")
            document = cli_json("budget", "-i", path, "--json")
            print("# looked %d times, live %d times" % (document["samples"], live["samples"]))
            report = cli_json("report", path, "--json")
            t.equal("length", document["duration_ns"], report["duration_ns"])
            begin = document["begin_ns"]
            end = begin + document["duration_ns"]
            rows = {row["tid"]: row for row in document["rows"]}
            others = {row["tid"]: row for row in live["rows"]}
            t.need("every thread", {thread["tid"] for thread in work.threads} <= set(rows),
                   work.threads, set(rows))
            t.equal("the same threads", set(rows), set(others))
            for thread in work.threads:
                row, other = rows[thread["tid"]], others[thread["tid"]]
                check_sums(t, row)
                stays = [one for one in work.waits if one["tid"] == thread["tid"]]
                t.equal("%s ended" % thread["thread"], row["ended"], thread["end_ns"] < end)
                t.equal("%s: its name" % thread["thread"], row["comm"], other["comm"])
                # The end of a thread is known to a look or two.
                slack = 2 * 10**9 if row["ended"] else 0
                own = min(end, thread["end_ns"]) - begin
                t.between("%s: wall time" % thread["thread"], own - slack, row["wall_ns"],
                          own + slack)
                if row["ended"]:
                    continue
                check_thread(t, thread["thread"], row, stays, begin, end)
                slack = apart(live, document) + 0.06 * row["wall_ns"]
                for part in ("on_cpu", "wait"):
                    close(t, "%s, %s" % (thread["thread"], part), total(other, part),
                          total(row, part), slack)
                # What no look has found asleep is unaccounted, in either.
                close(t, "%s, the rest" % thread["thread"],
                      total(other, "sleep") + total(other, "unaccounted"),
                      total(row, "sleep") + total(row, "unaccounted"), slack)
            process = document["processes"][0]
            check_sums(t, process)
            t.equal("wall time of the process is that of its threads", process["wall_ns"],
                    sum(row["wall_ns"] for row in rows.values()))
            t.check("a question that names the capture",
                    any("-i %s" % path in one or "perf record -g'" in one or "of no wait class" in
                        one for one in document["next"]), path, document["next"])
            text = cli_run("budget", "-i", path).stdout
            t.check("as text", "waitprof budget: %s" % path in text and "unaccounted" in text,
                    "a title and parts", text)
            size(t, path, document)


def size(t, path, document):
    """What it takes in the file."""
    rows = query(path, "SELECT count(*) FROM thread_time")[0][0]
    sleeps = query(path, "SELECT count(*) FROM thread_sleep")[0][0]
    slices = query(path, "SELECT count(*) FROM slice")[0][0]
    t.between("a row for each thread and slice, or more seldom", len(document["rows"]), rows,
              len(document["rows"]) * slices, "rows")
    t.figure("budget of a capture", "rows of threads, of sleeps", "", "%d, %d" % (rows, sleeps))


def test_a_wait_throughout(t):
    """Begun before anybody looked; for half of them its end is seen, too."""
    with folder() as path, Workload("sleepers", 20) as work, Client() as client:
        path += "/sleepers.wp"
        work.phase("sleep", "asleep")
        tids = {wait["tid"] for wait in work.waits}
        time.sleep(0.2)
        recorder = record(path, "--pid", work.pid, "--duration", 4, client=client)
        time.sleep(2.3)
        work.phase("wake 10")
        woken = {wait["tid"]: wait["end_ns"] for wait in work.waits}
        ended(t, recorder)
        document = cli_json("budget", "-i", path, "--json")
        rows = [row for row in document["rows"] if row["tid"] in tids]
        t.equal("all of them", len(rows), len(tids))
        for row in rows:
            check_sums(t, row)
        least = min(total(row, "wait") / row["wall_ns"] for row in rows
                    if row["tid"] not in woken)
        t.check("futex, of the wall time of who sleeps on", least > 0.98, "0.98", least,
                "%.4f" % least)
        # That one has run is seen by the next look.
        slack = 10**7 + 4 * document["duration_ns"] // document["samples"]
        for row in rows:
            if row["tid"] in woken:
                own = woken[row["tid"]] - document["begin_ns"]
                t.between("futex, of who is woken", own - slack, total(row, "wait"), own + slack)
        t.check("all of it inferred", all(part["inferred_ns"] > 0.9 * part["ns"] for row in rows
                                          for part in row["parts"] if part["part"] == "wait"),
                "inferred", rows[0])
        shown = cli_json("blocked", "-i", path, "--json")
        t.equal("blocked: those that slept on", {row["tid"] for row in shown["rows"]} & tids,
                tids - set(woken))


def test_a_command(t):
    """Its threads and children begin and end within the recording."""
    with folder() as path:
        path += "/command.wp"
        result = cli_run("record", "-o", path, "--", "sh", "-c",
                         "sleep 2 & sleep 3 & wait; sleep 1; exit 7")
        t.equal("exit status", result.returncode, 7)
        document = cli_json("budget", "-i", path, "--json")
        for row in document["rows"]:
            check_sums(t, row)
        children = [row for row in document["rows"] if row["comm"] == "sleep"]
        t.equal("its children by name", len(children), 3)
        t.check("they began and ended", all(row["began"] and row["ended"] for row in children),
                "true", children)
        t.check("the shell by its own name", "sh" in {row["comm"] for row in document["rows"]},
                "sh", document["rows"])
        longest = max(row["wall_ns"] for row in children)
        t.between("the longest", 25 * 10**8, longest, document["duration_ns"])
        t.check("asleep in a timer", all(any(is_of(part, PARTS["nap"][0]) for part in row["parts"])
                                         for row in children), "hrtimer_nanosleep", children)
        shell = [row for row in document["rows"] if row["comm"] == "sh"][0]
        t.check("the shell: in do_wait", any(part["function"] == "do_wait"
                                             for part in shell["parts"]), "do_wait", shell)
        t.equal("nobody is left", cli_json("blocked", "-i", path, "--json")["rows"], [])


def steps(document):
    return sorted((step["tid"], step["class"], step["object"], step["owner"]["tid"],
                   step["owner"]["by"]) for cycle in document["cycles"] for step in cycle)


def test_deadlock(t):
    """Hung before the recording, and within it; then without its recorder's farewell."""
    for case in ("before", "within", "killed"):
        with folder() as path, Client() as client, Workload("deadlock", "plain") as work:
            path += "/hang.wp"
            if case == "before":
                work.until("asleep")
            recorder = record(path, "--pid", work.pid, client=client)
            if case != "before":
                work.until("asleep")
            live = cli_json("blocked", "--json", "--pid", work.pid)
            if case == "killed":
                at = time.time()
                wait_for(lambda: os.path.getmtime(path + "-wal") > at + 2.5, "two readings")
                recorder.process.kill()
                ended(t, recorder, -signal.SIGKILL)
            else:
                time.sleep(1.5)
                recorder.process.send_signal(signal.SIGINT)
                ended(t, recorder)
            after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            document = cli_json("blocked", "-i", path, "--json")
            t.need("%s: a deadlock" % case, len(live["cycles"]) == 1, 1, live["cycles"])
            t.equal("%s: the same cycle" % case, cycles_of(document), cycles_of(live))
            t.equal("%s: locks and owners" % case, steps(document), steps(live))
            rows = {row["tid"]: row for row in document["rows"]}
            for wait in work.waits:
                row = rows[wait["tid"]]
                t.between("%s: since" % case, 10**9, row["since_ns"],
                          after - wait["begin_ns"] + 10**7)
                t.check("%s: with its stacks" % case, row["kstack"] and row["ustack"], "two", row)
            t.check("%s: a time of its own" % case,
                    abs(document["ended_unix_ns"] - time.time() * 1e9) < 60e9, time.time(),
                    document["ended_unix_ns"])
            text = cli_run("blocked", "-i", path).stdout
            t.check("%s: as text" % case, "deadlock 1: 2 threads" in text and
                    "when the recording ended" in text, "a deadlock", text)
            budget = cli_json("budget", "-i", path, "--json")
            for row in budget["rows"]:
                check_sums(t, row)
                share = total(row, "wait") / row["wall_ns"]
                t.check("%s: futex, of the wall time" % case,
                        row["tid"] not in rows or share > 0.9, "0.9", share, "%.4f" % share)


def test_of_everybody(t):
    """Nobody in particular was followed: no budget; open waits all the same."""
    with folder() as path, Workload("sleepers", 3) as work:
        path += "/all.wp"
        work.phase("sleep", "asleep")
        recorder = record(path, "--duration", 2)
        ended(t, recorder)
        result = cli_run("budget", "-i", path)
        t.check("status 1 and a sentence", result.returncode == 1 and
                "has no figures of single threads; record it again, with --pid" in result.stderr,
                "a sentence", result.stderr)
        shown = cli_json("blocked", "-i", path, "--json", "--pid", work.pid)
        t.equal("its waits", len(shown["rows"]), 3)
