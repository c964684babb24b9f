# SPDX-License-Identifier: GPL-2.0-only
"""Stacks that cannot be walked: cut, marked, counted; no fault, no stall, no lie."""
import contextlib
import os
import subprocess
import tempfile
import time

from harness import (Cli, MODULE, WORKLOADS, Workload, module_load, module_parameter,
                     module_unload)
from netlink import Client
from test_rules import FP, LIBRARIES, TRUNCATED, REASONS, Seen, begin, check_whole
import truths
from uapi import number


def hostile(t, line, counter=None, least=1, prefix=True):
    """Cut by the module's own account, and each wait seen."""
    with Workload("stack_hostile") as work, Client() as client, Client() as other:
        trace = truths.Trace(client, "--pid", work.pid)
        session, rules = begin(other, work)
        rules.teach(work.pid)
        work.phase(line)
        logged, waits = work.stacks, trace.waits()
        losses = session.stats()[1]
    if prefix:
        truths.check_cut(t, line, waits, logged)
    if counter:
        t.check("%s: counted" % line, losses[counter] >= least, "%s >= %d" % (counter, least),
                losses)
    return logged, waits, losses


def test_code_made_at_run_time(t):
    for line in ("jit 5", "jit_by_rbp 5", "jit_in_file 5", "jit_leaf 5"):
        hostile(t, line)


def test_garbage_stack_pointer(t):
    logged, _, losses = hostile(t, "garbage_sp 2")
    t.check("unreadable words", losses["ustack_fault"] + losses["ustack_bad"] == len(logged),
            len(logged), losses)


def test_endless_stack(t):
    """Ends at the limit of frames, in no time that anybody would notice."""
    logged, waits, losses = hostile(t, "endless 3", "ustack_deep", 3, prefix=False)
    seen = [waits.get((one["pid"], one["object"])) for one in logged]
    t.equal("cut at the limit", [(one["truncated"], len(truths.frames(one))) for one in seen
                                 if one], [(True, 64)] * 3)


def test_unreadable_stack(t):
    logged, _, losses = hostile(t, "unreadable 5")
    t.check("unreadable words", losses["ustack_fault"] >= len(logged), len(logged), losses)


def test_stack_changed_while_read(t):
    """Right if nothing was met, else cut; whatever was read comes last."""
    with Workload("stack_hostile") as work, Client() as client:
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase("changing 2")
        logged, waits = work.stacks, trace.waits()
    wrong, cut = [], 0
    for one in logged:
        wait = waits.get((one["pid"], one["object"]))
        known = one["stack"] + one["own"]
        seen = truths.frames(wait) if wait else []
        cut += bool(wait and wait["truncated"])
        rest = iter(seen)
        if not wait or not (not wait["truncated"] and seen[:4] == known[:4] and
                            all(address in rest for address in known) or
                            wait["truncated"] and truths.is_prefix(seen[:-1], known)):
            wrong.append((one, wait))
    t.check("whole and right, or cut", logged and not wrong, "all %d" % len(logged), wrong[:1],
            "%d waits, %d cut" % (len(logged), cut))
    t.check("it was changed under some", cut > 0, "more than 0", cut)


def test_code_protected(t):
    """mprotect() may put other code there: what was known of it is forgotten."""
    with Workload("user_stacks", *LIBRARIES) as work, Client() as client:
        session, rules = begin(client, work)
        work.phase("load A")
        _, epoch = rules.teach(work.pid)
        session.unknown()
        work.phase("wait")
        check_whole(t, "before", session, work.stacks)
        work.phase("protect")
        now = session.ask(work.pid)[1]
        t.check("mprotect moves the epoch", now != epoch, "not %d" % epoch, now)
        work.phase("wait")
        t.equal("by frame pointers", Seen(session).stack(work.stacks[0])[1], FP | TRUNCATED)
        t.equal("told", [REASONS[one["reason"]] for one in session.unknown()], ["stale"])
        rules.teach(work.pid)
        work.phase("wait")
        check_whole(t, "taught anew", session, work.stacks)


def test_file_without_rules(t):
    """Its frames are the last, and the report says which file it is."""
    bare = os.path.join(WORKLOADS, "bare.so")
    with Workload("user_stacks", bare, LIBRARIES[1]) as work, Client() as client:
        work.phase("load A")
        for one in work.stacks:
            one.update(cut=1, outer=0, own=one["stack"][1:], stack=one["stack"][:1])
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase("wait")
        logged = work.stacks
        for one in logged:
            one.update(cut=1, outer=0, own=one["stack"][1:], stack=one["stack"][:1])
        truths.check_cut(t, "through it", trace.waits(), logged)
        top = Cli("top", "-b", "-n", "1", "-d", "1.5", "-p", work.pid, "-c", "futex",
                  client=client)
        work.phase("wait")
        output, _ = top.process.communicate(timeout=60)
        t.check("said", "no unwind rules: 1 file (no unwind data): bare.so" in output,
                "bare.so named", output[-400:], output.splitlines()[-1])


def test_many_spaces(t):
    """More address spaces than are kept: those met last stay, the rest is counted."""
    limit, more = 4096, 60
    with Workload("user_stacks", *LIBRARIES) as work, Client() as client:
        session, rules = begin(client, work)
        own, epoch = rules.teach(work.pid)
        start = time.monotonic()
        for added in range(limit + more):
            if added % 1000 == 0:
                work.phase("same 1")
            # Another space of the same epoch.
            session.add_space((added + 1 << 40) + own % 8192, epoch, [(4096, 8192, 0, 0, 0)])
        print("# %.1f s" % (time.monotonic() - start))
        losses = session.stats()[1]
        t.equal("kept and forgotten", (losses["spaces"], losses["spaces_forgotten"]),
                (limit, more + 1))
        work.phase("chain 5")
        check_whole(t, "the one in use is kept", session, work.stacks)


@contextlib.contextmanager
def module_without(symbol):
    """What the module is on a kernel that has no such function to probe."""
    with open(MODULE, "rb") as file:
        code = file.read()
    name = symbol.encode() + b"\0"
    try:
        with tempfile.TemporaryDirectory() as folder:
            changed = os.path.join(folder, "waitprof.ko")
            with open(changed, "wb") as file:
                file.write(code.replace(name, b"X" + name[1:]))
            module_unload()
            module_load(changed)
        yield code.count(name)
    finally:
        module_parameter()


def test_kernel_that_does_not_tell(t):
    """Of code that is unmapped: no rules are taken, stacks come by frame pointers."""
    for symbol in ("uprobe_munmap", "mprotect_fixup"):
        with module_without(symbol) as found, Workload("user_stacks", *LIBRARIES) as work:
            t.check("%s: named in the module" % symbol, found, "once at least", found)
            with Client() as client:
                trace = truths.Trace(client, "--pid", work.pid, errors=subprocess.PIPE)
                t.check("%s: the module says so" % symbol, client.info()["flags"] &
                        number("INFO_NO_RULES"), "INFO_NO_RULES", client.info()["flags"])
                work.phase("chain 3")
                logged, waits = work.stacks, trace.waits()
            seen = [waits.get((one["pid"], one["object"])) for one in logged]
            t.equal("%s: its waits" % symbol, [bool(one) for one in seen], [True] * 3)
            t.equal("%s: not called whole" % symbol, [one["truncated"] for one in seen if one],
                    [True] * 3)
            t.check("%s: and the reader is told" % symbol, "frame pointers" in trace.errors,
                    "by frame pointers", trace.errors, trace.errors.strip())
