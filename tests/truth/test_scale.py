# SPDX-License-Identifier: GPL-2.0-only
"""Many stacks and many CPUs: what is kept is right, what is not is counted.

scale.many_cpus is for a machine with WAITPROF_CPUS possible CPUs, more than are
there (tests/vm/run -c 2,maxcpus=64), and says so otherwise.
"""
import os
import time

from harness import Workload, module_parameter, module_unload, module_load, cli_json
from netlink import Client
from test_limits import collect
import test_rules
import unwind

BITS = 14  # 16,384 stacks


def chain(tree, path):
    """The frames of a path, leaf first, as far as they differ."""
    kinds = [0] + [path >> bit & 1 for bit in reversed(range(tree["tree"]))]
    edges = tree["edges"]
    frames = [tree["leaf"], edges[kinds[-1]][2]]
    return frames + [edges[kinds[i - 1]][kinds[i]] for i in range(len(kinds) - 1, 0, -1)]


def by_stack(t, name, session, work):
    """Its waits by user stack id, and the ids: each stack kept is right."""
    records = {record["object"]: record["ustack"] for record in session.records()
               if record["class"] == "futex"}
    stacks, flags = session.stacks(), session.stack_flags()
    wrong, tails, kept, without = [], set(), set(), 0
    # The first one is gone through again, from another place in its caller.
    for path in range(1, 1 << BITS):
        found = records.get(work.tree["object"] + 4 * path)
        frames = stacks.get(found)
        without += found == 0
        if not frames:
            continue
        kept.add(found)
        known = chain(work.tree, path)
        tails.add(tuple(frames[len(known):]))
        if frames[:len(known)] != known or flags[found] & (test_rules.TRUNCATED | test_rules.FP):
            wrong.append((path, frames, known))
    t.check("%s: whole and right" % name, kept and not wrong and len(tails) == 1, "all kept",
            (len(wrong), wrong[:1], tails), "%d" % len(kept))
    return kept, without


def test_distinct_stacks(t):
    """16,384 user stacks: all kept by default; in a small session the rest is counted."""
    with Workload("stack_many", 1, 1) as work, Client() as client, Client() as other:
        sessions = {}
        for name, one, size in (("default", client, 0), ("small", other, 24 << 20)):
            session = one.session(["futex"], tgids=[work.pid], rules=True, stacks=["USTACK"],
                                  records=20000, size=size)
            unwind.Rules(session).teach(work.pid)
            sessions[name] = session
        work.phase("tree %d" % BITS)
        for name, session in sessions.items():
            kept, without = by_stack(t, name, session, work)
            losses = session.stats()[1]
            t.equal("%s: kept and not" % name, len(kept) + without, (1 << BITS) - 1)
            t.between("%s: lost, as counted" % name, without,
                      losses["stack_full"] + losses["stack_busy"], without + 2, "waits")
            t.check("%s: %s" % (name, "not all had room" if name == "small" else "all kept"),
                    (without > 0) == (name == "small"), name, without, str(without))
            t.figure("16,384 distinct user stacks, %s session" % name, "kept, lost",
                     "%d, %d" % ((1 << BITS) - 1 - without, without),
                     "%d, %d" % (len(kept), losses["stack_full"] + losses["stack_busy"]))


# --- memory ---

def measured():
    """What the kernel says is in use by those that we allocate from, in bytes.

    vmalloc by our own callers, and by the pools that newer kernels keep the instances
    of kretprobes in; per-CPU and slab as a whole.
    """
    found = {"vmalloc": 0}
    with open("/proc/vmallocinfo") as file:
        for line in file:
            words = line.split()
            if "[waitprof]" in line or "rethook_alloc" in line:
                # The page behind it, which keeps it apart from its neighbour, is none.
                found["vmalloc"] += int(words[1]) - 4096
    with open("/proc/meminfo") as file:
        for line in file:
            words = line.split()
            if words[0] in ("Percpu:", "Slab:"):
                found[words[0][:-1].lower()] = int(words[1]) << 10
    return found


def check_memory(t, name, claimed, before, after):
    """At least what was claimed; at most a few pages more for each allocation."""
    grown = {what: after[what] - before[what] for what in after}
    used = grown["vmalloc"] + max(0, grown["percpu"]) + max(0, grown["slab"])
    t.check("%s: as claimed" % name, claimed * 0.97 - (1 << 18) <= used <= claimed * 1.05 + (3 << 20),
            "about %d" % claimed, grown, "%d claimed, %d measured" % (claimed, used))
    t.figure("memory, %s" % name, "bytes", claimed, used)


def session_formula(cpus, limit=64 << 20, slots=0, follow=False):
    """The documented upper bound: rows, histograms, stacks and memos are shares of the
    limit, entries for open waits come by the slot."""
    return limit // 8 + 2 * (limit // 4) + limit // 16 + 40 * slots + (1 << 20) * (cpus // 64 + 1)


def test_memory(t):
    """What status says is what the kernel has given, for each part."""
    module_unload()
    before = measured()
    module_load()
    with Client() as client:
        for size, classes, options in ((0, None, {}), (0, None, {"records": True, "wakers": True}),
                                       (16 << 20, ["futex"], {})):
            # What the first one of them leaves: resolved points, the cache of stacks.
            client.session(classes, rules=True, size=size, **options).delete()
            time.sleep(0.5)
            idle = measured()
            session = client.session(classes, rules=True, size=size, **options)
            own = client.sessions()[0]["used_bytes"]
            limit = size or client.info()["session_bytes"]
            name = "a session of %d MiB%s" % (limit >> 20, ", records and wakers" if options else "")
            check_memory(t, name, own, idle, measured())
            t.check("%s: within its limit" % name, own <= limit, limit, own)
            t.check("%s: as the formula has it" % name, own <= session_formula(
                client.info()["cpus"], limit, sum(point["limit"] for point in client.points())) +
                    (limit // 8 + 44 * sum(point["limit"] for point in client.points())
                     if options else 0), "at most that", own)
            session.delete()
            time.sleep(0.5)
        idle, fixed = measured(), client.info()["fixed_bytes"]
        check_memory(t, "the module's own part", fixed, before, idle)
        t.equal("status says so", cli_json("status", "--json")["fixed_bytes"], fixed)


def test_many_cpus(t):
    """64 CPUs that might come: a session by default stays within 64 MiB."""
    with Client() as client:
        cpus = client.info()["cpus"]
    wanted = int(os.environ.get("WAITPROF_CPUS", "0"))
    if not wanted:
        t.skip("many CPUs", "%d possible CPUs here; see tests/stages/17-many-cpus" % cpus)
        return
    t.equal("possible CPUs", cpus, wanted)
    test_memory(t)
    with Client() as client:
        session = client.session(classes=None, rules=True)
        t.check("a session by default", session.used_bytes <= 64 << 20, 64 << 20,
                session.used_bytes, "%d bytes at %d CPUs" % (session.used_bytes, cpus))
        t.figure("a session by default, %d possible CPUs" % cpus, "bytes", 64 << 20,
                 session.used_bytes)
        smallest = client.session(["futex"], tgids=[os.getpid()], size=16 << 20)
        t.check("and a small one", smallest.used_bytes <= 16 << 20, 16 << 20, smallest.used_bytes)
