# SPDX-License-Identifier: GPL-2.0-only
"""Somebody else's kretprobes on the way to a wait, and on the same function.

A kretprobe puts the address of a trampoline where a function would find its return
address. Stacks must show what was there before, or say that they are truncated.
"""
import threading
import time
from contextlib import nullcontext

from harness import Workload, module_parameter, module_unload, observe, release
from locks import LOCKS_MODULE, Locks, built
from netlink import Client
from test_futex import compare, compare_each
from test_locks import compare as compare_locks
from test_nesting import POINT, compare as compare_nest, outer_lines
from tracing import Foreign
from uapi import CLASSES, number

ROUNDS = 6
# The unwinder of older kernels ends at a trampoline.
ENDS_THERE = release() < (5, 15)
TRAMPOLINES = ("kretprobe_trampoline", "__kretprobe_trampoline", "arch_rethook_trampoline",
               "return_to_handler")


def symbol_of(name):
    """What a wait point of ours hooks on this kernel."""
    with Client() as client:
        point = [one for one in client.points() if one["name"] == name][0]
        if not point["symbol"]:
            names = {value: key for key, value in CLASSES.items()}
            client.session([names[point["class"]]]).delete()
            point = [one for one in client.points() if one["name"] == name][0]
    return point["symbol"]


def kernel_symbols():
    with open("/proc/kallsyms") as file:
        lines = [line.split() for line in file]
    return [(int(line[0], 16), line[2]) for line in lines if line[1] in "tT"]


def trampolines():
    return {address: name for address, name in kernel_symbols() if name in TRAMPOLINES}


def no_trampolines(t, case, seen):
    known = trampolines()
    t.need("trampolines have names", known, TRAMPOLINES, known)
    odd = [stack for stack in seen.stacks.values() if set(stack) & set(known)]
    t.check("%s: no stack has a trampoline for a frame" % case, not odd, "none",
            [list(map(hex, stack)) for stack in odd[:1]], "%d stacks" % len(seen.stacks))


def kernel_stacks(seen, class_name, tids):
    """The kernel stacks of these threads' rows, each with its flags."""
    rows = [row for row in seen.of(**{"class": class_name}) if row["tid"] in tids]
    return {(tuple(seen.stacks.get(row["kstack"], ())),
             row["kstack"] in seen.truncated) for row in rows}


def same_stacks(t, case, got, plain, cut):
    """As without the probes; where the walk ends at one: their leaf part, and marked."""
    if not cut:
        t.check("%s: stacks as without the probes" % case, got == plain, plain, got,
                "%d stacks" % len(got))
        return
    odd = [stack for stack, truncated in got
           if not (truncated or (stack, False) in plain) or not stack or
           not any(whole[:len(stack)] == stack for whole, _ in plain)]
    t.check("%s: stacks are the leaf part of those without, and marked" % case, got and not odd,
            "leaf parts of %s" % plain, got, "%d stacks of %s frames" % (
                len(got), sorted({len(stack) for stack, _ in got})))
    t.check("%s: as long as can be" % case, all(len(stack) >= cut for stack, _ in got),
            "%d frames or more" % cut, [len(stack) for stack, _ in got])


class Around:
    """A workload whose phase runs with probes that are added once a session is there."""

    def __init__(self, *symbols):
        self.foreign = Foreign(*symbols)
        self.work, self.pid, self.hits = None, None, None

    def __call__(self, work):
        self.work, self.pid = work, work.pid
        return self

    def phase(self, line):
        self.foreign.add()
        try:
            self.work.phase(line)
        finally:
            self.hits = self.foreign.hits()
            self.foreign.remove()


class ComingAndGoing(Around):
    """The probes come and go while it waits."""

    def phase(self, line):
        over = threading.Event()
        self.hits, self.rounds = [0] * len(self.foreign.symbols), 0

        def play():
            while not over.is_set():
                self.foreign.add()
                # Shorter than a wait, and longer: a hit is counted at the return.
                time.sleep(0.15 if self.rounds % 2 else 0.02)
                self.hits = [a + b for a, b in zip(self.hits, self.foreign.hits())]
                self.foreign.remove()
                self.rounds += 1
                time.sleep(0.01)
        player = threading.Thread(target=play)
        player.start()
        try:
            self.work.phase(line)
        finally:
            over.set()
            player.join()


def afresh():
    """Not a probe of ours is registered: the foreign ones come first."""
    module_unload()


def futex_phase(t, case, around=None, rounds=ROUNDS):
    with Workload("raw_waits", "raw", rounds) as work:
        seen = observe(t, around(work) if around else work)
        compare(t, "futex, foreign kretprobes, " + case, work, seen)
        compare_each(t, work, seen)
        no_trampolines(t, case, seen)
        return kernel_stacks(seen, "futex", {wait["tid"] for wait in work.waits})


def hit(t, case, hits):
    t.check("%s: the foreign probes were hit" % case, all(hits), "each", hits, str(hits))


def test_futex(t):
    """On the outermost function, on one between, on the very same."""
    same = symbol_of("futex_wait")
    plain = futex_phase(t, "none")
    t.check("whole stacks without", all(not truncated for _, truncated in plain), "whole", plain)
    for case, symbols, cut in (("on the path", ("__x64_sys_futex", "do_futex"), 2),
                               ("same function", (same,), 0),
                               ("both", (same, "do_futex"), 2)):
        cut = cut if ENDS_THERE else 0
        after = Around(*symbols)
        got = futex_phase(t, case + ", after", after)
        hit(t, case + ", after", after.hits)
        same_stacks(t, case + ", after", got, plain, cut)
        afresh()
        with Foreign(*symbols) as foreign:
            module_parameter()
            got = futex_phase(t, case + ", before")
            hit(t, case + ", before", foreign.hits())
        same_stacks(t, case + ", before", got, plain, cut)


def test_futex_coming_and_going(t):
    same = symbol_of("futex_wait")
    plain = futex_phase(t, "none")
    moving = ComingAndGoing(same, "do_futex")
    got = futex_phase(t, "coming and going", moving, 8 * ROUNDS)
    hit(t, "coming and going", moving.hits)
    t.check("they came and went", moving.rounds > 3, "> 3", moving.rounds, str(moving.rounds))
    same_stacks(t, "coming and going", got, plain, 1 if ENDS_THERE else 0)


def mutex_phase(t, locks, case, around=None):
    locks.command("reset")
    with Workload("kernel_locks", ROUNDS, "hold mutex lock 2 20 0", "take mutex lock",
                  "take mutex killable") as work:
        seen = observe(t, around(work) if around else work, ["mutex"])
    waits = locks.log()
    compare_locks(t, "mutex", waits, seen, locks, "wake")
    no_trampolines(t, case, seen)
    rows = seen.of(object=waits[0]["object"], **{"class": "mutex"})
    tids = {row["tid"] for row in rows}
    return kernel_stacks(seen, "mutex", tids & {wait["tid"] for wait in waits})


def test_mutex(t):
    """The functions around a lock of the test module, and the slow path itself."""
    if not built():
        t.skip("mutex", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    # Where tracepoints hook locks, a kretprobe of somebody else's is not beside ours.
    module_parameter(kprobes_only=1)
    try:
        same = symbol_of("mutex_lock")
        plain = mutex_phase(t, locks, "none")
        for case, symbols, cut in (("path", ("waitprof_locks:take_once",), 2),
                                   ("same", (same,), 0)):
            foreign = Around(*symbols)
            got = mutex_phase(t, locks, case, foreign)
            hit(t, case, foreign.hits)
            same_stacks(t, case, got, plain, cut if ENDS_THERE else 0)
    finally:
        module_parameter()


def nest_phase(t, locks, case, around=None):
    locks.command("reset")
    with Workload("kernel_locks", ROUNDS, *outer_lines()) as work:
        seen = observe(t, around(work) if around else work, ("mutex", "io"))
    no_trampolines(t, case, seen)
    return locks.log(), seen


def test_nested_waits(t):
    """Between the two waits, on the outer one's function, on the inner one's, outside."""
    if not built():
        t.skip("nesting", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    module_parameter(point=POINT)
    inner_symbol = symbol_of("io_schedule_timeout")
    try:
        log, seen = nest_phase(t, locks, "none")
        tids = {wait["tid"] for wait in log}
        plain = {name: kernel_stacks(seen, name, tids) for name in ("mutex", "io")}
        whole = max(len(stack) for stack, _ in plain["io"])
        # Where the walk ends at a trampoline: frames left of the inner and outer stacks.
        for case, symbols, cut in (
                ("between", ("waitprof_locks:waitprof_locks_inner",), (2, 0)),
                ("on the outer one", ("waitprof_locks:waitprof_locks_outer",), (2, 0)),
                ("on the inner one", (inner_symbol,), (0, 0)),
                ("outside", ("waitprof_locks:carry_out",), (4, 3))):
            foreign = Around(*symbols)
            log, seen = nest_phase(t, locks, case, foreign)
            hit(t, case, foreign.hits)
            tids = {wait["tid"] for wait in log}
            for site in ("here", "there"):
                compare_nest(t, site, [wait for wait in log if wait["op"] == site], seen, locks,
                             rounds=ROUNDS, stacks=False)
            for name, frames in (("io", cut[0]), ("mutex", cut[1])):
                same_stacks(t, "%s, %s" % (case, name), kernel_stacks(seen, name, tids), plain[name],
                            frames if ENDS_THERE else 0)
        t.check("stacks were there", whole > 6, "> 6 frames", whole)
    finally:
        module_parameter()


def test_begun_before_the_session(t):
    """A wait's end is all there is for its stack, and the probe was there first."""
    same = symbol_of("futex_wait")
    afresh()
    plain = None
    for case, symbols in (("none", ()), ("same function", (same,)),
                          ("on the path", (same, "do_futex"))):
        with Foreign(*symbols) if symbols else nullcontext():
            module_parameter()
            stacks, tids = clipped_stacks(t, case)
        if plain is None:
            plain = stacks
            t.check("a whole stack", plain and all(not cut for _, cut in plain), "whole", plain)
        else:
            cut = 2 if ENDS_THERE and "do_futex" in symbols else 0
            same_stacks(t, "begun before, " + case, stacks, plain, cut)
        module_unload()
    module_parameter()


def clipped_stacks(t, case):
    with Workload("sleepers", 2) as work, Client() as client:
        first = client.session(["futex"], tgids=[work.pid])
        work.phase("sleep", "asleep")
        second = client.session(["futex"], tgids=[work.pid])
        work.phase("wake 2")
        second.pause()
        rows, _ = second.rows()
        rows = [row for row in rows if row["tid"] in {wait["tid"] for wait in work.waits}]
        t.equal("%s: waits, all of them begun before" % case,
                [(row["count"], row["clipped"]) for row in rows], [(1, 1)] * 2)
        stacks, truncated = second.stacks(), second.truncated_stacks()
        known = trampolines()
        odd = [stack for stack in stacks.values() if set(stack) & set(known)]
        t.check("%s: no stack has a trampoline for a frame" % case, not odd, "none",
                [list(map(hex, stack)) for stack in odd[:1]])
        first.delete()
        second.delete()
        return {(tuple(stacks.get(row["kstack"], ())), row["kstack"] in truncated)
                for row in rows}, {row["tid"] for row in rows}
