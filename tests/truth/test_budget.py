# SPDX-License-Identifier: GPL-2.0-only
"""Budgets: parts of wall time against what each thread logged of its own."""
import math
import os
import re
import subprocess
import time

from disk import SlowDisk
from harness import Cli, Workload, cli_run, duration
from test_mutex import slow_file
import netlink

WINDOW = 30

# What a logged stay is in a budget: the rest of it is CPU and run-queue time.
PARTS = {
    "nap": [("sleep", None, "hrtimer_nanosleep|do_nanosleep|common_nsleep")],
    "poll": [("sleep", None, "ep_poll|do_epoll_wait")],
    "futex": [("wait", "futex", None)],
    "cond": [("wait", "futex", None)],
    "read": [("wait", "io", None), ("wait", "mutex", None)],
    "seek": [("wait", "mutex", None)],
}


def inside(stay, begin, end):
    """The part of a stay that lies in the window."""
    return max(0, min(stay["end_ns"], end) - max(stay["begin_ns"], begin))


def expected(stays, begin, end):
    """What a thread logged: ns by what it did, its CPU and run-queue time; what it did not."""
    sums = {"on_cpu": 0, "run_queue": 0}
    sums["outside"] = end - begin - sum(inside(stay, begin, end) for stay in stays)
    for stay in stays:
        part = inside(stay, begin, end)
        whole = max(1, duration(stay))
        busy = min(whole, stay["cpu_ns"])
        delay = min(whole - busy, stay.get("runqueue_ns", 0))
        sums["on_cpu"] += part * busy // whole
        sums["run_queue"] += part * delay // whole
        if stay["wait"] != "spin":
            key = tuple(PARTS[stay["wait"]])
            sums[key] = sums.get(key, 0) + part * (whole - busy - delay) // whole
    return sums


def is_of(part, wanted):
    kind, class_name, function = wanted
    if part["part"] != kind or (class_name and part["class"] != class_name):
        return False
    return not function or re.fullmatch(function, part["function"]) is not None


def total(row, name):
    return sum(part["ns"] for part in row["parts"] if part["part"] == name)


def check_sums(t, row):
    parts = sum(part["ns"] for part in row["parts"])
    t.check("parts add up to the wall time", parts == row["wall_ns"], row["wall_ns"], parts)
    t.check("no part is negative or larger than the whole",
            all(0 <= part["ns"] <= row["wall_ns"] for part in row["parts"]), "", row["parts"])


def near(t, name, own, got, wall, outside):
    """Within 2 % of the wall time, and what lies between the stays that were logged."""
    t.check("%s, %% of wall" % name, abs(own - got) <= 0.02 * wall + outside,
            "%.2f" % (100 * own / wall), "%.2f" % (100 * got / wall),
            "%.2f of %.2f" % (100 * got / wall, 100 * own / wall))
    t.figure("budget", name + " (%)", "%.2f" % (100 * own / wall), "%.2f" % (100 * got / wall))


def check_thread(t, name, row, stays, begin, end):
    wall = row["wall_ns"]
    sums = expected(stays, begin, end)
    outside = sums.pop("outside")
    near(t, name + ", on-CPU", sums.pop("on_cpu"), total(row, "on_cpu"), wall, outside)
    near(t, name + ", run-queue", sums.pop("run_queue"), total(row, "run_queue"), wall, outside)
    for wanted, own in sums.items():
        named = "%s, %s" % (name, " + ".join(one[1] or one[2].split("|")[0] for one in wanted))
        got = sum(part["ns"] for part in row["parts"] if any(is_of(part, one) for one in wanted))
        if wanted[0][0] == "wait":
            near(t, named, own, got, wall, outside)
            continue
        # How long is measured, where is sampled. Naps that no sample fell into are
        # nobody's, and said to be.
        if own < 0.1 * wall and not total(row, "sleep"):
            near(t, name + ", unaccounted: never seen asleep there", own,
                 total(row, "unaccounted"), wall, outside)
            return
        near(t, name + ", other sleep", own, total(row, "sleep"), wall, outside)
        share = min(1, own / wall)
        near(t, named, own, got, wall,
             outside + 3 * wall * math.sqrt(share * (1 - share) / row["samples"]))
        if abs(own - got) > 0.02 * wall:
            print("# %s: %s" % (name, [(part["function"], part["ns"], part["samples"])
                                       for part in row["parts"] if part["part"] == "sleep"]))
    unaccounted = total(row, "unaccounted")
    t.check("%s: unaccounted below 1 %%" % name, unaccounted < 0.01 * wall,
            "below %d" % (wall // 100), unaccounted, "%.2f %%" % (100 * unaccounted / wall))
    # What ends while the begin of the window is read is charged whole; here that takes long.
    t.check("%s: excess below 3 %%" % name, row["excess_ns"] < 0.03 * wall,
            "below %d" % (3 * wall // 100), row["excess_ns"],
            "%.2f %%" % (100 * row["excess_ns"] / wall))


def test_known_shares(t):
    with SlowDisk("shares", 20000000) as disk:
        path = slow_file(disk, "/tmp/shares")
        with Workload("shares", path) as work, netlink.Client() as client:
            work.line()
            time.sleep(0.5)
            cli = Cli("budget", "--json", "--pid", work.pid, "--duration", WINDOW, client=client)
            time.sleep(WINDOW / 2)
            middle = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            work.line()
            document = cli.result()
            print("# looked %d times" % document["samples"])
            work.line()
            work.until("done")
            begin = document["begin_ns"]
            end = begin + document["duration_ns"]
            t.between("length of the window", WINDOW * 10**9, document["duration_ns"],
                      2 * WINDOW * 10**9)
            t.need("the middle lies in the window", begin < middle < end, "between", (
                begin, middle, end))
            rows = {row["tid"]: row for row in document["rows"]}
            tids = {thread["tid"] for thread in work.threads}
            t.need("every thread", tids <= set(rows), tids, set(rows))
            for thread in work.threads:
                row = rows[thread["tid"]]
                check_sums(t, row)
                stays = [one for one in work.waits if one["tid"] == thread["tid"]]
                own_end = min(end, thread["end_ns"])
                t.equal("%s ended" % thread["thread"], row["ended"], thread["end_ns"] < end)
                # The end of a thread is known to a look or two.
                slack = 10**9 if row["ended"] else 0
                t.between("%s: wall time" % thread["thread"], own_end - begin - slack,
                          row["wall_ns"], own_end - begin + slack)
                check_thread(t, thread["thread"], row, stays, begin, own_end)
            process = document["processes"]
            t.equal("one process", [one["pid"] for one in process], [work.pid])
            check_sums(t, process[0])
            t.equal("its wall time is that of its threads", process[0]["wall_ns"],
                    sum(row["wall_ns"] for row in rows.values()))
            t.check("a question at the end", document["next"], "a sentence", document["next"])


def test_a_wait_throughout(t):
    """Nothing but one wait, begun before anybody looked: 100 % of it."""
    with Workload("sleepers", 20) as work:
        work.phase("sleep", "asleep")
        time.sleep(0.2)
        document = Cli("budget", "--json", "--pid", work.pid, "--duration", 1).result()
        tids = {wait["tid"] for wait in work.waits}
        rows = [row for row in document["rows"] if row["tid"] in tids]
        t.equal("all of them", len(rows), len(tids))
        for row in rows:
            check_sums(t, row)
        least = min(total(row, "wait") / row["wall_ns"] for row in rows)
        t.check("futex, of the wall time", least > 0.99, "0.99", least, "%.4f" % least)
        t.equal("nothing else", max(total(row, "unaccounted") + total(row, "sleep")
                                    for row in rows) < 10**7, True)
        work.phase("wake 20")


def test_threads_that_come(t):
    """A process whose threads and children begin in the window."""
    shell = subprocess.Popen(["sh", "-c", "read line; sleep 3 & sleep 5 & wait; sleep 3; true"],
                             stdin=subprocess.PIPE, text=True)
    cli = Cli("budget", "--json", "--follow", "--pid", shell.pid)
    time.sleep(2)
    shell.stdin.write("\n")
    shell.stdin.flush()
    shell.wait()
    shell.stdin.close()
    document = cli.result()
    print("# looked %d times in %d ns" % (document["samples"], document["duration_ns"]))
    children = [row for row in document["rows"] if row["pid"] != shell.pid]
    t.equal("its children", len(children), 3)
    for row in document["rows"]:
        check_sums(t, row)
    t.check("they began and ended in the window",
            all(row["began"] and row["ended"] for row in children), "true", children)
    longest = max(row["wall_ns"] for row in children)
    t.between("the longest", 45 * 10**8, longest, document["duration_ns"])
    t.check("asleep in a timer", all(any(is_of(part, PARTS["nap"][0]) for part in row["parts"])
                                     for row in children if row["wall_ns"] > 2 * 10**8),
            "hrtimer_nanosleep", children)


def test_what_is_refused(t):
    for options, words in ((["budget"], "whose time"),
                           (["budget", "-p", os.getpid(), "--min-wait", "1ms"], "--min-wait")):
        result = cli_run(*options)
        t.check("status 2 and a sentence", result.returncode == 2 and words in result.stderr, words,
                result.stderr)
