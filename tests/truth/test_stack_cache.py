# SPDX-License-Identifier: GPL-2.0-only
"""Kernel stacks that are recognised instead of unwound: how often, and always rightly."""
import os
import subprocess
import time

import harness
from harness import WORKLOADS, Workload, cli_json, module_parameter, observe
from locks import LOCKS_MODULE, Locks, built
from netlink import Client
from test_foreign import test_futex as through_foreign_probes
from test_io import test_direct_reads as direct_reads
from test_locks import test_released as kernel_locks
from test_mutex import test_epoll as epoll
from test_nesting import POINT, outer_lines, test_io_inside_a_hooked_function as nested

SECONDS = 2


def counters():
    with Client() as client:
        return client.info()["stack_cache"]


def handover():
    """Two threads that hand a futex to each other: waits, their kernel stacks."""
    players = subprocess.Popen([os.path.join(WORKLOADS, "pingpong"), "1"],
                               stdout=subprocess.DEVNULL)
    try:
        with Client() as client:
            session = client.session(("futex",), tgids=[players.pid])
            time.sleep(SECONDS)
            session.pause()
            rows, _ = session.rows()
            stacks = session.stacks()
            session.delete()
    finally:
        players.kill()
        players.wait()
    return (sum(row["count"] for row in rows),
            {tuple(stacks[row["kstack"]]) for row in rows})


def test_hits(t):
    """A plain handover has few kernel stacks: all but the first waits' are recognised."""
    try:
        module_parameter(stack_cache=0)
        plain_bytes = fixed_bytes()
        waits, unwound = handover()
        t.check("waits are recorded", waits > 100, "more than 100", waits)
        t.equal("switched off, nothing is counted", sum(counters().values()), 0)
        module_parameter(stack_check=0)
        waits, stacks = handover()
        now, more_bytes = counters(), fixed_bytes()
        shown = cli_json("status", "--json")["stack_cache"]
    finally:
        module_parameter()
    t.equal("stacks are those of unwinding each time", stacks, unwound)
    t.figure("futex handover", "kernel stacks recognised", waits, now["hits"])
    seen = now["hits"] + now["misses"]
    t.check("more than 99 % are recognised", now["hits"] > 0.99 * seen, "99 %", now,
            "%d of %d" % (now["hits"], seen))
    t.check("every wait's stack is looked for", seen >= waits, waits, seen)
    # What an earlier call left on the stack may look like a second place of the
    # saved frame register: then nothing is proved, and nothing remembered.
    t.check("all but single stacks can be recognised",
            now["uncacheable"] <= max(3, seen // 1000), "1 of 1000", now["uncacheable"],
            "%d of %d" % (now["uncacheable"], seen))
    t.equal("status shows the same", shown, now)
    t.check("the memory is counted", more_bytes > plain_bytes, "more than %d" % plain_bytes,
            more_bytes, "%d more" % (more_bytes - plain_bytes))


def fixed_bytes():
    with Client() as client:
        client.session(("futex",)).delete()
        return client.info()["fixed_bytes"]


def test_hooked_later(t):
    """A stack that was remembered before a function on its way was hooked."""
    if not built():
        t.skip("hooked later", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    kept, cpus = dict(harness.PARAMETERS), os.sched_getaffinity(0)
    harness.PARAMETERS["stack_check"] = "1"
    named = []
    try:
        module_parameter(point=POINT)
        # The cache is a CPU's own.
        os.sched_setaffinity(0, {min(cpus)})
        for classes in (("io",), ("mutex", "io"), ("io",), ("mutex", "io")):
            with Workload("kernel_locks", 2, *outer_lines()) as work:
                seen = observe(t, work, classes)
            found = {tuple(locks.function(frame) for frame in seen.stacks[row["kstack"]][1:])
                     for row in seen.of(**{"class": "io"})}
            t.equal("I/O, followed %s: stacks" % " and ".join(classes), len(found), 2)
            named.append(found)
        now = counters()
    finally:
        os.sched_setaffinity(0, cpus)
        harness.PARAMETERS.clear()
        harness.PARAMETERS.update(kept)
        module_parameter()
    t.check("the same stacks each time", all(one == named[0] for one in named), named[0], named)
    t.check("some were recognised", now["hits"] > 0, "> 0", now, str(now))
    t.equal("as a full unwind would have them", now["disagreements"], 0)


def test_mixed_load_checked(t):
    """Locks, I/O, nested waits, somebody's kretprobes: what is recognised is unwound, too."""
    kept = dict(harness.PARAMETERS)
    harness.PARAMETERS["stack_check"] = "1"
    before = dict(harness.stack_cache)
    try:
        module_parameter()
        before = dict(harness.stack_cache)
        handover()
        for load in (epoll, kernel_locks, direct_reads, nested, through_foreign_probes):
            load(t)
    finally:
        harness.PARAMETERS.clear()
        harness.PARAMETERS.update(kept)
        module_parameter()
    seen = {name: value - before.get(name, 0) for name, value in harness.stack_cache.items()}
    t.check("some are recognised, some are not to be", seen["hits"] and seen["uncacheable"],
            "more than 0 of each", seen, str(seen))
    t.equal("every one that was recognised was checked", seen["checks"], seen["hits"])
    t.equal("and was right", seen["disagreements"], 0)
