# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of futex waits: what a program did through libc, with and without its debug symbols."""
import json
import signal
import subprocess
import tempfile
import time

from disk import SlowDisk
from harness import (CLI, PATIENCE_S, Workload, cli_json, last_object, observe,
                     wait_for)
from test_mutex import slow_file
import locks
import netlink

# Each takes some 40 ms.
ROUNDS = 100

# What libc_waits does, and the kind that its waits are to have.
CASES = (("mutex", "lock"), ("cond", "condition"), ("timedcond", "condition"),
         ("sem", "semaphore"), ("timedsem", "semaphore"), ("join", "join"))


def watch(work, arguments, stripped):
    """A histogram of a part of a phase, debug symbols hidden if wanted.

    Of the program as it runs: one that has ended cannot be asked whom its code calls.
    """
    command = [CLI] + arguments
    if stripped:
        command = ["unshare", "-m", "sh", "-c",
                   "! [ -d /usr/lib/debug ] || mount -t tmpfs none /usr/lib/debug; exec \"$@\"",
                   "sh"] + command
    with netlink.Client() as client:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        wait_for(lambda: any(one["start_ns"] for one in client.sessions()) or
                 process.poll() is not None, "a session")
        time.sleep(0.2)
        work.line()
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=PATIENCE_S)[0]
        work.until("done")
        return last_object(output)


def futex_ns(document, kind=None):
    return sum(row["total_ns"] for row in document["rows"]
               if row["class"] == "futex" and kind in (None, row["kind"]))


def test_libc(t):
    for stripped in (False, True):
        for case, kind in CASES:
            name = "%s%s" % (case, ", no debug symbols" if stripped else "")
            with Workload("libc_waits", case, ROUNDS) as work:
                document = watch(work, ["hist", "--json", "--by", "callsite", "-c", "futex", "-p",
                                        str(work.pid)], stripped)
            kinds = {row["kind"]: row["total_ns"] for row in document["rows"]}
            whole = futex_ns(document)
            # The ones that the workload's threads are in for their rendezvous are few.
            t.check("%s: waits of kind %s" % (name, kind),
                    whole and futex_ns(document, kind) >= 0.9 * whole, kind, kinds,
                    json.dumps(kinds))


def test_selection(t):
    """--kind and --idle: what they leave out is told, and the counters keep it."""
    with Workload("libc_waits", "sem", ROUNDS) as work:
        document = watch(work, ["hist", "--json", "-c", "futex", "--kind", "lock", "-p",
                                str(work.pid)], False)
    t.equal("no lock among semaphores", [row for row in document["rows"] if row["kind"] != "lock"],
            [])
    t.check("what was left out is told", document["left_out"]["count"] >= 10 and
            document["left_out"]["total_ns"] > 0, "10 and more", document["left_out"])
    t.check("and counted", document["counters"]["futex"]["begun"] >= 10, 10, document["counters"])
    with tempfile.NamedTemporaryFile("w", suffix=".idle") as idle:
        idle.write("# where it waits\nsem_wait_onc?\n")
        idle.flush()
        with Workload("libc_waits", "sem", ROUNDS) as work:
            document = watch(work, ["hist", "--json", "--by", "callsite", "-c", "futex", "--idle",
                                    idle.name, "-p", str(work.pid)], False)
    t.equal("none of them is shown", [row["callsite"] for row in document["rows"]
                                      if "sem_wait_once" in (row["callsite"] or "")], [])
    t.check("what is idle is told", document["left_out"]["idle_count"] >= 10 and
            document["left_out"]["idle_ns"] > 0 and not document["left_out"]["count"],
            "10 and more", document["left_out"])
    t.check("and counted", document["counters"]["futex"]["begun"] >= 10, 10, document["counters"])


def test_file_of_an_open_wait(t):
    """A thread that reads a file, slowly: blocked names the file."""
    with SlowDisk("named", 100000000) as disk:
        path = slow_file(disk, "/tmp/named")
        with Workload("shares", path) as work:
            work.line()
            files = set()
            for _ in range(20):
                document = cli_json("blocked", "--json", "-p", work.pid)
                files |= {row["file"] for row in document["rows"] if row["class"] == "io"}
                if path in files:
                    break
            work.line()
            work.line()
            work.until("done")
            t.check("its file, and no other one", path in files and files <= {path, None},
                    path, files)


def test_name_of_a_kernel_lock(t):
    """A lock in a variable of a module is called after it."""
    if not locks.built():
        t.skip("test module", "it is not there")
        return
    made = locks.Locks()
    with open("/proc/kallsyms") as symbols:
        named = any(line.split()[2:] == ["lock_sets", "[waitprof_locks]"] for line in symbols)
    with Workload("kernel_locks", 4, "hold mutex lock 1 30 0", "take mutex lock 20000") as work:
        seen = observe(t, work, ["mutex"], command=["hist", "--by", "object"])
    address = hex(made.addresses()["mutex", 0])
    names = {row["object_name"] for row in seen.document["rows"] if row["object"] == address}
    if named:
        t.check("its name", len(names) == 1 and (names.copy().pop() or "").startswith("lock_sets"),
                "lock_sets [waitprof_locks]", names, str(names))
    else:
        t.skip("its name", "this kernel's kallsyms has functions only")
