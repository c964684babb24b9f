# SPDX-License-Identifier: GPL-2.0-only
"""One wait inside another: a function of the test module, hooked by name."""
import subprocess

from harness import Workload, module_load, module_parameter, module_unload, observe
from locks import LOCKS_MODULE, Locks, built

ROUNDS = 4
POINT = "mutex:waitprof_locks_outer"


def test_io_inside_a_hooked_function(t):
    """Own and inner time; the inner wait's stack goes on through the outer one."""
    if not built():
        t.skip("nesting", "%s is not there" % LOCKS_MODULE)
        return
    locks = Locks()
    module_parameter(point=POINT)
    try:
        with Workload("kernel_locks", ROUNDS, "outer 40 15 0", "outer 40 15 1") as work:
            seen = observe(t, work, ("mutex", "io"), command=[
                "top", "-b", "-n", "1", "-d", "60", "--by", "callsite"])
        log = locks.log()
    finally:
        module_parameter()
    for site in ("here", "there"):
        compare(t, site, [wait for wait in log if wait["op"] == site], seen, locks)
    tids = {wait["tid"] for wait in log}
    for tid in tids:
        whole = sum(wait["end_ns"] - wait["begin_ns"] for wait in log
                    if wait["tid"] == tid and wait["wait"] == "outer")
        own = sum(row["total_ns"] for row in seen.rows if row["tid"] == tid)
        t.check("own times of a thread add up to the outer waits", own <= whole,
                "at most %d" % whole, own, "%d <= %d ns" % (own, whole))
    symbols = [[frame["symbol"] for frame in row["kstack"]] for row in seen.document["rows"]
               if row["class"] == "io"]
    t.check("the command shows both frames of the inner wait", symbols and all(
        "waitprof_locks_outer" in one and ("outer_here" in one or "outer_there" in one)
        for one in symbols), "waitprof_locks_outer, outer_here or outer_there", symbols)


def compare(t, site, waits, seen, locks):
    tid = waits[0]["tid"]
    outer = [wait for wait in waits if wait["wait"] == "outer"]
    inner = [wait for wait in waits if wait["wait"] == "inner"]
    mutex, io = (seen.of(tid=tid, **{"class": name}) for name in ("mutex", "io"))
    mutex = [row for row in mutex if row["object"] == outer[0]["object"]]
    t.equal("%s: waits, outer and inner" % site, [sum(row["count"] for row in rows)
                                                  for rows in (mutex, io)], [ROUNDS, ROUNDS])
    for name, rows, of in (("inner", io, inner), ("outer", mutex, outer)):
        whole = sum(row["total_ns"] + row["inner_ns"] for row in rows)
        own = sum(wait["end_ns"] - wait["begin_ns"] for wait in of)
        spent = sum(wait["cpu_ns"] for wait in of)
        t.between("%s: whole time of the %s waits" % (site, name), int(own * 0.99) - spent, whole,
                  own)
        t.figure("I/O inside a hooked function, " + site, name + " (ns)", own, whole)
    t.equal("%s: time inside the outer waits" % site, sum(row["inner_ns"] for row in mutex),
            sum(row["total_ns"] + row["inner_ns"] for row in io))
    t.equal("%s: the inner waits have none inside" % site, sum(row["inner_ns"] for row in io), 0)
    through = ["waitprof_locks_outer", "outer_" + site, "carry_out", "command_write"]
    for name, rows in (("inner", io), ("outer", mutex)):
        ids = {row["kstack"] for row in rows}
        t.equal("%s: stacks of the %s waits" % (site, name), len(ids), 1)
        frames = seen.stacks.get(min(ids), []) if ids else []
        # Every frame but the first is a return address.
        names = [locks.function(frame - (at > 0)) for at, frame in enumerate(frames)]
        t.equal("%s: functions of the test module in it, leaf first" % site,
                [one for one in names if one], through)
        after = len(names) - 1 - max((i for i, one in enumerate(names) if one), default=0)
        t.check("%s: and on to the system call's entry" % site, after >= 3, "3 frames or more",
                names, "%d frames" % after)


def test_points_that_cannot_be(t):
    """A wrong class and a wrong name are refused in words."""
    module_unload()
    try:
        for point, word in (("mutux:vfs_write", "mutux"), ("mutex:no_such_function", "no_such"),
                            ("mutex", "mutex")):
            before = kernel_log()
            try:
                module_load(point=point)
                t.check("%s is refused" % point, False, "refusal", "a module")
                module_unload()
            except subprocess.CalledProcessError:
                said = kernel_log()[len(before):]
                t.check("%s is refused, in words" % point, any(word in line for line in said),
                        word, said)
    finally:
        module_load()


def kernel_log():
    return subprocess.run(["dmesg"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()
