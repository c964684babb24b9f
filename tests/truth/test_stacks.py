# SPDX-License-Identifier: GPL-2.0-only
"""User stacks as the command line shows them: it teaches the module how to walk.

The workload is built without frame pointers and writes its stacks down. What is
above main() or a thread's function is libc's.
"""
import json
import os
import shutil
import tempfile
import time

from harness import WORKLOADS, Cli, Workload, cli_json, wait_for
from netlink import Client

LIBRARIES = [os.path.join(WORKLOADS, name) for name in ("swap_a.so", "swap_b.so")]
PATIENCE_S = 1.5  # for the module's questions to be answered


def workload():
    return Workload("user_stacks", *LIBRARIES)


class Trace(Cli):
    """waitprof trace of futex waits; by object, what it printed."""

    def __init__(self, client, *arguments, taught=False):
        super().__init__("trace", "--json", "-c", "futex", *arguments, client=client)
        if taught:
            wait_for(self.is_taught, "the session to know a process")

    def is_taught(self):
        return any(session["pid"] == self.process.pid and session["losses"]["spaces"]
                   for session in cli_json("status", "--json")["sessions"])

    def waits(self):
        self.process.send_signal(2)
        output, _ = self.process.communicate(timeout=60)
        lines = [json.loads(line) for line in output.splitlines()]
        return {(line["pid"], line["object"]): line for line in lines if "ended" in line}


def address(text):
    return int(text, 16) if isinstance(text, str) else text


def frames(wait):
    return [address(frame["addr"]) for frame in wait["ustack"] if not frame["inlined"]]


def of_object(waits, logged):
    for (pid, seen), wait in waits.items():
        if pid == logged["pid"] and seen and address(str(seen)) == logged["object"]:
            return wait
    return None


def is_whole(wait, logged, above):
    if not wait or wait["truncated"]:
        return False
    seen, known = frames(wait), logged["stack"]
    return seen[:len(known)] == known and len(seen) == len(known) + above


def check_whole(t, name, waits, logged, above=2):
    wrong = [(one, of_object(waits, one)) for one in logged
             if not is_whole(of_object(waits, one), one, above)]
    t.check(name, logged and not wrong, "whole stacks of %d waits" % len(logged),
            "%d other, such as %s for %s" % ((len(wrong), wrong[0][1], wrong[0][0])
                                             if wrong else (0, "", "")),
            "%d waits" % len(logged))


def check_honest(t, name, waits, logged):
    """Not whole, and said so; what there is of it by rules is right."""
    lies = [one for one in logged if of_object(waits, one) and
            not of_object(waits, one)["truncated"] and
            frames(of_object(waits, one))[:len(one["stack"])] != one["stack"]]
    t.equal(name, lies, [])


def test_followed(t):
    """Taught before the first wait: every stack is whole."""
    with workload() as work, Client() as client:
        trace = Trace(client, "--pid", work.pid, taught=True)
        logged = {}
        for line in ("chain 100", "signal", "thread"):
            work.phase(line)
            logged[line] = work.stacks
        waits = trace.waits()
        for line, stacks in logged.items():
            check_whole(t, line, waits, stacks, 1 if line == "thread" else 2)


def test_all_processes(t):
    """A process that nobody named: asked for when it first waits."""
    with Client() as client:
        trace = Trace(client)
        with workload() as work:
            work.phase("same 1")
            first = work.stacks
            time.sleep(PATIENCE_S)
            work.phase("chain 50")
            waits = trace.waits()
            check_honest(t, "the first one is not called whole", waits, first)
            check_whole(t, "later ones", waits, work.stacks)


def test_exec(t):
    with workload() as work, Client() as client:
        trace = Trace(client, "--pid", work.pid, taught=True)
        work.phase("exec", "ready")
        work.phase("same 1")
        first = work.stacks
        time.sleep(PATIENCE_S)
        work.phase("chain 20")
        waits = trace.waits()
        check_honest(t, "right after exec", waits, first)
        check_whole(t, "later", waits, work.stacks)


def test_children(t):
    """--follow: each child has an address space of its own."""
    with workload() as work, Client() as client:
        trace = Trace(client, "--follow", "--pid", work.pid, taught=True)
        work.phase("fork")
        child = work.stacks
        work.phase("chain 5")
        waits = trace.waits()
        t.equal("the child's wait", bool(child and of_object(waits, child[0])), True)
        check_honest(t, "the child's stack", waits, child)
        check_whole(t, "the parent's", waits, work.stacks)


def test_libraries(t):
    """dlopen, dlclose, and another library at the same place."""
    with workload() as work, Client() as client:
        trace = Trace(client, "--pid", work.pid, taught=True)
        early, late = [], []
        for which in "AB":
            work.phase("load " + which)
            early += work.stacks
            time.sleep(PATIENCE_S)
            work.phase("wait")
            late += work.stacks
            work.phase("unload")
        waits = trace.waits()
        check_honest(t, "right after dlopen", waits, early)
        check_whole(t, "later", waits, late)


def test_how(t):
    """--user-stacks: by frame pointers none is whole, and none is none."""
    with workload() as work, Client() as client:
        for how in ("fp", "none"):
            trace = Trace(client, "--pid", work.pid, "--user-stacks", how)
            work.phase("chain 5")
            waits = trace.waits()
            found = [of_object(waits, one) for one in work.stacks]
            t.equal("%s: waits" % how, len([one for one in found if one]), 5)
            t.equal("%s: truncated" % how, [one["truncated"] for one in found if one],
                    [how == "fp"] * 5)
            t.equal("%s: with frames" % how, [bool(one["ustack"]) for one in found if one],
                    [how == "fp"] * 5)


def test_cache(t):
    """Tables are kept, taken again, and made anew when damaged."""
    folder = tempfile.mkdtemp()
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = folder
    rules = os.path.join(folder, "waitprof/rules")
    try:
        with workload() as work, Client() as client:
            for what in ("made", "kept", "damaged"):
                trace = Trace(client, "--pid", work.pid, taught=True)
                work.phase("chain 5")
                check_whole(t, what, trace.waits(), work.stacks)
                names = sorted(os.listdir(rules))
                t.check("files", len(names) >= 3 and all(name.endswith(".rules")
                                                         for name in names), "some", names)
                for name in names if what == "kept" else []:
                    with open(os.path.join(rules, name), "r+b") as file:
                        file.seek(2000)
                        file.write(b"\xff" * 64)
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before
        shutil.rmtree(folder)
