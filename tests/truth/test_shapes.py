# SPDX-License-Identifier: GPL-2.0-only
"""User stacks of programs in several languages, frame by frame, without frame pointers.

Each program knows its stacks twice (tests/workload/truth.h): from the unwinder of the
C runtime and from what its functions pushed. WAITPROF_STACKS_LONG=N: N times as many.
"""
import os
import shutil

from harness import WORKLOADS, Workload
from netlink import Client
import truths

TIMES = int(os.environ.get("WAITPROF_STACKS_LONG", "1"))
SHAPES = ("plain", "qsort", "bsearch", "alloca", "array", "realigned", "realigned_array", "large",
          "pushes", "registers", "rbp", "recursion", "longjmp", "signal", "altstack", "any_time",
          "libc", "small_thread")
# Of 209 combinations 11 are under makecontext(): the outermost frame there is the address
# at which libc's __start_context() begins, and what lies before it is not described.
LEAST = 198 / 209


def followed(t, name, phases, program, *arguments, least=1.0):
    """One process, named: whole from its first wait on."""
    with Workload(program, *arguments) as work, Client() as client:
        trace = truths.Trace(client, "--pid", work.pid)
        logged = {}
        for line in phases:
            work.phase(line)
            logged[line] = work.stacks
        waits = trace.waits()
    for line, stacks in logged.items():
        truths.check(t, "%s: %s" % (name, line), waits, stacks, least=least)
    return logged


def test_c(t):
    """Each shape by itself, then each under each other."""
    followed(t, "C", ["%s 5" % shape for shape in SHAPES], "stack_shapes")


def test_c_coroutine(t):
    followed(t, "C", ["coroutine 3"], "stack_shapes", least=0)


def test_c_combined(t):
    logged = followed(t, "C", ["all %d" % TIMES], "stack_shapes",
                      least=LEAST)["all %d" % TIMES]
    distinct = {tuple(one["stack"]) for one in logged}
    t.check("different stacks", len(distinct) >= 150, "150 at least", len(distinct),
            str(len(distinct)))


def test_c_deep(t):
    logged = followed(t, "C", ["deep 48"], "stack_shapes")["deep 48"]
    depths = [len(one["stack"]) for one in logged]
    t.check("5 to 60 frames", min(depths) <= 12 and 54 <= max(depths) <= 64, "up to 60",
            (min(depths), max(depths)), "%d to %d" % (min(depths), max(depths)))


def test_cpp(t):
    followed(t, "C++", ["all %d" % (3 * TIMES)], "stack_cpp")


def test_python(t):
    """Through the interpreter and libffi's closures, which are code made at run time."""
    python = "/usr/bin/python3"
    if not os.path.exists(python):
        t.skip("Python", "no %s" % python)
        return
    followed(t, "Python", ["all %d" % TIMES], python,
             os.path.join(os.path.dirname(WORKLOADS), "../tests/workload/stack_python.py"),
             os.path.join(WORKLOADS, "libtruth.so"), least=0.9)


def test_rust(t):
    if not os.path.exists(os.path.join(WORKLOADS, "stack_rust")):
        t.skip("Rust", "no rustc when the workloads were built")
        return
    followed(t, "Rust", ["all %d" % (4 * TIMES)], "stack_rust")


def test_go(t):
    """Go's code has no .eh_frame: cut, or right; never wrong."""
    if not os.path.exists(os.path.join(WORKLOADS, "stack_go")):
        t.skip("Go", "no go when the workloads were built")
        return
    with Workload("stack_go") as work, Client() as client:
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase("all %d" % (5 * TIMES))
        logged, waits = work.stacks, trace.waits()
    count, wrong = truths.compare(waits, logged)
    t.check("none wrong, none missing", logged and not wrong, "all", (count, wrong), str(dict(count)))


def test_32_bit(t):
    """Not walked, which is said: one frame, marked cut; and counted."""
    if not os.path.exists(os.path.join(WORKLOADS, "stack_32")):
        t.skip("32 bits", "no gcc -m32 when the workloads were built")
        return
    with Workload("stack_32") as work, Client() as client, Client() as other:
        trace = truths.Trace(client, "--pid", work.pid)
        session = other.session(["futex"], tgids=[work.pid], rules=True)
        work.phase("wait 7")
        logged, waits = work.stacks, trace.waits()
        losses = session.stats()[1]
    # Their arguments are not read either, so they have no object.
    seen = [wait for wait in trace.other if wait.get("pid") == work.pid and "ended" in wait]
    t.equal("its waits", (len(seen), len(logged), waits), (7, 7, {}))
    t.equal("where it entered the kernel, and marked", [
        (len(one["ustack"]), one["truncated"]) for one in seen], [(1, True)] * 7)
    t.equal("counted as 32-bit", losses["ustack_compat"], 7)


def test_other_namespace(t):
    """A program that exists only in its own mount namespace: by /proc/PID/root."""
    for tool in ("unshare", "mount"):
        if not shutil.which(tool):
            t.skip("another namespace", "no %s" % tool)
            return
    folder = "/run/waitprof-hidden"
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(WORKLOADS, "stack_shapes")
    with Workload("/usr/bin/unshare", "-m", "sh", "-c",
                  "mount -t tmpfs none %s && cp %s %s/shapes && exec %s/shapes" % (
                      folder, program, folder, folder)) as work, Client() as client:
        t.equal("it is hidden", os.listdir(folder), [])
        trace = truths.Trace(client, "--pid", work.pid)
        work.phase("all 1")
        logged, waits = work.stacks, trace.waits()
    truths.check(t, "hidden", waits, logged, least=LEAST)


def test_forms_of_executables(t):
    """Not position-independent, and static."""
    for name in ("stack_shapes_fixed", "stack_shapes_static"):
        followed(t, name, ["all 1"], name, least=LEAST)
