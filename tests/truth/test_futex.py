# SPDX-License-Identifier: GPL-2.0-only
"""Futex waits: raw ones, each by itself, and those that libc makes."""
from harness import Cli, Workload, bounds, duration, is_growth, is_rt, observe, on_cpu
import netlink
from uapi import number

OPS = {"futex_wait": "OP_WAIT", "futex_wait_bitset": "OP_WAIT_BITSET"}
OP_NAMES = {"futex_wait": "wait", "futex_wait_bitset": "wait_bitset"}


def compare(t, case, work, seen, exact_threads=True):
    """All waits of a phase against all rows of its waiting threads."""
    waiters = sorted({wait["tid"] for wait in work.waits})
    rows = [row for row in seen.of(**{"class": "futex"}) if row["tid"] in waiters]
    count = sum(row["count"] for row in rows)
    total = sum(row["total_ns"] for row in rows)
    expected = sum(wait["sleeps"] for wait in work.waits)
    # On RT a thread in a futex call sleeps for spinlocks, too.
    t.check("count = sleeps logged", count == expected or
            is_rt() and expected // 2 <= count < expected, expected, count, str(count))
    if exact_threads:
        growth = sum(thread["nvcsw"] for thread in work.threads if thread["tid"] in waiters)
        is_growth(t, count, growth)
    low, high = bounds(work.waits)
    t.between("sum of %d waits" % count, low, total, high)
    longest = max(map(duration, work.waits))
    t.check("maximum", max((row["max_ns"] for row in rows), default=0) <= longest,
            "at most %d" % longest, rows)
    ends = {end: sum(row["ended"][end] for row in rows) for end in ("wake", "timeout", "signal",
                                                                   "kill")}
    objects = [(wait["object"], wait["object"] + max(1, wait["object_bytes"]))
               for wait in work.waits]
    foreign = [hex(row["object"]) for row in rows
               if row["object_type"] != number("OBJECT_UADDR") or
               not any(low <= row["object"] < high for low, high in objects)]
    t.check("every object is one of the log", not foreign, "none", foreign)
    t.agreement(case, "futex", work.waits, expected, count, total)
    # The part is approximate: it is off by up to a wake-up latency for each wait, and
    # on a busy host by what a virtual CPU's standstill adds to one clock only.
    spin = sum(row["spin_ns"] for row in rows)
    limit = on_cpu(work.waits) + 100000 * count + total // 10
    t.check("on-CPU part no longer than the thread was on a CPU", spin <= limit or
            not on_cpu(work.waits), "at most %d" % limit, spin)
    return rows, ends


def compare_each(t, work, seen):
    """Waits with a futex word of their own: one row, one wait."""
    wrong = []
    for wait in work.waits:
        rows = seen.of(tid=wait["tid"], object=wait["object"], **{"class": "futex"})
        # A single wait is short beside a moment's standstill: a tenth for that.
        low, high = bounds([wait])
        low -= duration(wait) // 10
        if not (len(rows) == 1 and rows[0]["count"] == 1 and
                low <= rows[0]["total_ns"] <= high and
                rows[0]["max_ns"] == rows[0]["total_ns"] + rows[0]["inner_ns"] and
                rows[0]["op"] == number(OPS[wait["wait"]]) and
                rows[0]["ended"][wait["ended"]] == 1):
            wrong.append((wait, rows))
    t.check("each single wait: interval, operation, end", not wrong, "none off", wrong[:2],
            "%d waits" % len(work.waits))


def test_futex_raw(t):
    with Workload("raw_waits", "raw", 12) as work:
        seen = observe(t, work, command=["top", "-b", "-n", "1", "-d", "60", "--by", "callsite"])
        rows, ends = compare(t, "futex, raw", work, seen)
        t.equal("ended", ends, dict(wake=24, timeout=0, signal=0, kill=0))
        compare_each(t, work, seen)
        compare_frames(t, work, seen)
        compare_symbols(t, work, seen.document)


def compare_frames(t, work, seen):
    """Three frames of each wait: the addresses the program itself took."""
    wrong = []
    for wait in work.waits:
        row = seen.of(tid=wait["tid"], object=wait["object"])[0]
        frames = seen.stacks.get(row["ustack"], [])
        if frames[:3] != wait["frames"]:
            wrong.append((wait["site"], [hex(one) for one in wait["frames"]],
                          [hex(one) for one in frames]))
    t.check("user frames: leaf, caller, its caller", not wrong, "addresses as logged", wrong[:2],
            "%d waits" % len(work.waits))
    sites = {}
    for wait in work.waits:
        row = seen.of(tid=wait["tid"], object=wait["object"])[0]
        sites.setdefault((wait["site"], wait["line"]), set()).add(row["ustack"])
    ids = [next(iter(one)) for one in sites.values() if len(one) == 1]
    t.check("one stack id per call site, two call sites of one function told apart",
            len(sites) == 4 and len(set(ids)) == 4, "4 sites, 4 ids", sites)
    kernel = [seen.stacks.get(row["kstack"]) for row in seen.rows if row["tid"] ==
              work.waits[0]["tid"]]
    t.check("kernel frames are there", all(frames and min(frames) >> 63 for frames in kernel),
            "kernel addresses", kernel[:2])


def compare_symbols(t, work, document):
    """The same frames as a person reads them: function, file, line."""
    got, inlined = {}, False
    for row in document["rows"]:
        inlined |= any(frame["inlined"] and frame["symbol"] == "raw_futex"
                       for frame in row["ustack"])
        for frame in [frame for frame in row["ustack"] if not frame["inlined"]][:2]:
            if frame["symbol"] in ("two_sites", "two_callers"):
                key = (frame["symbol"], frame["line"])
                got[key] = got.get(key, 0) + row["count"]
    sites = {(wait["site"], wait["line"]) for wait in work.waits}
    expected = {site: 6 for site in sites if site[0] == "two_sites"}
    t.check("symbol, line and count of two call sites of one function",
            {key: value for key, value in got.items() if key[0] == "two_sites"} == expected,
            expected, got)
    # The call site of these is the function they call; one of its callers is shown.
    callers = {key: value for key, value in got.items() if key[0] == "two_callers"}
    t.check("a call site with two callers: all its waits, one of the callers",
            set(callers) <= sites and sum(callers.values()) == 12, 12, callers)
    t.check("the inlined frame is marked", inlined, "raw_futex, inlined", "none")
    files = {frame["file"] for row in document["rows"] for frame in row["ustack"]
             if frame["symbol"] == "two_sites"}
    t.check("file of the frames", len(files) == 1 and all(
        name and name.endswith("raw_waits.c") for name in files), "raw_waits.c", files)
    names = [row["callsite"] for row in document["rows"] if row["class"] == "futex"]
    t.check("call sites are named after our functions", all(
        "raw_waits" in name and ("two_sites" in name or "sleep_in" in name) for name in names),
            "two_sites, sleep_in", names)
    kernel = [frame["symbol"] for row in document["rows"] for frame in row["kstack"]]
    t.check("kernel frames have names", kernel and all(kernel) and "do_futex" in kernel,
            "names, do_futex among them", kernel[:12])


def test_futex_ended_by_timeout(t):
    with Workload("raw_waits", "timeout", 8) as work:
        seen = observe(t, work)
        rows, ends = compare(t, "futex, timeout", work, seen)
        t.equal("ended", ends, dict(wake=0, timeout=16, signal=0, kill=0))
        compare_each(t, work, seen)


def test_futex_ended_by_signal(t):
    with Workload("raw_waits", "signal", 8) as work:
        seen = observe(t, work)
        rows, ends = compare(t, "futex, signal", work, seen)
        t.equal("ended", ends, dict(wake=0, timeout=0, signal=16, kill=0))
        compare_each(t, work, seen)


def test_futex_restarted_after_signal(t):
    with Workload("raw_waits", "restart", 6) as work:
        seen = observe(t, work)
        rows, ends = compare(t, "futex, restarted", work, seen)
        t.equal("ended", ends, dict(wake=12, timeout=0, signal=12, kill=0))


def test_futex_ended_by_kill(t):
    with Workload("raw_waits", "kill", 6) as work:
        seen = observe(t, work, pid=work.child)
        rows, ends = compare(t, "futex, SIGKILL", work, seen, exact_threads=False)
        t.equal("ended", ends, dict(wake=0, timeout=0, signal=0, kill=6))
        compare_each(t, work, seen)


def test_libc_mutex(t):
    with Workload("libc_waits", "mutex", 8, 4) as work:
        command = ["top", "-b", "-n", "1", "-d", "60", "--by", "thread"]
        seen = observe(t, work, command=command)
        rows, ends = compare(t, "pthread mutex", work, seen, exact_threads=False)
        t.equal("ended", ends, dict(wake=sum(row["count"] for row in rows), timeout=0,
                                    signal=0, kill=0))
        compare_threads(t, seen)


def compare_threads(t, seen):
    """The command line's rows by thread are those of the session beside it."""
    mine, its = {}, {}
    for row in seen.rows:
        key = (row["tid"], row["class"])
        count, total = mine.get(key, (0, 0))
        mine[key] = (count + row["count"], total + row["total_ns"])
    for row in seen.document["rows"]:
        if row["count"]:
            its[(row["tid"], row["class"])] = (row["count"], row["total_ns"])
    t.check("rows by thread of the command line are those of another session", its == mine,
            mine, its, "%d rows" % len(its))
    wrong = [row for row in seen.document["rows"] if row["count"] and (
        row["avg_ns"] != row["total_ns"] // row["count"] or
        row["total_ns"] != row["blocked_ns"] + row["runqueue_ns"] + row["spin_ns"])]
    t.check("its average and parts fit its sums", not wrong, "equality", wrong[:1])
    for name, row in seen.document["counters"].items():
        t.check("its counters balance and have nothing missed or unpaired", row["begun"] ==
                row["ended"] + row["open"] and row["ended"] == row["reported"] + row["filtered"] +
                row["lost"] and not row["missed"] and not row["unpaired"], "equality", (name, row))


def libc_case(t, case, name, ends, exact=True):
    with Workload("libc_waits", name, 8) as work:
        seen = observe(t, work)
        _, got = compare(t, case, work, seen, exact)
        t.equal("ended", got, dict(dict(wake=0, timeout=0, signal=0, kill=0), **ends))


def test_libc_condition(t):
    libc_case(t, "condition variable", "cond", dict(wake=8))


def test_libc_condition_timeout(t):
    libc_case(t, "condition variable, timeout", "timedcond", dict(timeout=8))


def test_libc_semaphore(t):
    libc_case(t, "semaphore", "sem", dict(wake=8))


def test_libc_semaphore_timeout(t):
    libc_case(t, "semaphore, timeout", "timedsem", dict(timeout=8))


def test_libc_join(t):
    # Making a thread may wait for the memory map's lock, which is no futex.
    libc_case(t, "join", "join", dict(wake=8), exact=False)


def test_hist_of_known_waits(t):
    """Percentiles lie within 7 % of those of the logged durations."""
    with Workload("raw_waits", "timeout", 20, 10000000, 2000000) as work, \
            netlink.Client() as client:
        cli = Cli("hist", "--duration", "60", "--by", "class", "--json", "--class", "futex",
                  "--pid", work.pid, client=client)
        work.phase()
        document = cli.stop()
        rows = [row for row in document["rows"] if row["class"] == "futex"]
        t.need("one row", len(rows) == 1, 1, document["rows"])
        row = rows[0]
        t.equal("count", row["count"], 40)
        t.equal("buckets hold all", sum(one["count"] for one in row["buckets"]), 40)
        # The quantile of what the waits lasted lies between those of their bounds.
        each = [bounds([wait]) for wait in work.waits]
        shortest, longest = sorted(low for low, _ in each), sorted(high for _, high in each)
        for key, percent in (("p50_ns", 50), ("p90_ns", 90), ("p99_ns", 99)):
            rank = -(-len(each) * percent // 100) - 1
            t.between(key, int(shortest[rank] * 0.93), row[key], int(longest[rank] * 1.07))
            t.figure("hist, 40 timeouts", key, "%d to %d" % (shortest[rank], longest[rank]),
                     row[key])
        t.between("max", shortest[-1], row["max_ns"], longest[-1])


def test_command_ends_with_its_process(t):
    """Every followed process is gone: the command ends and keeps the data."""
    with Workload("raw_waits", "kill", 4) as work, netlink.Client() as client:
        cli = Cli("top", "-b", "-n", "1", "-d", "60", "--json", "--by", "process", "--pid",
                  work.child, client=client)
        work.phase()
        document = cli.result()
        rows = [row for row in document["rows"] if row["class"] == "futex"]
        t.equal("waits of the dead process", [(row["pid"], row["count"], row["ended"]["kill"])
                                              for row in rows], [(work.child, 4, 4)])


def test_top_by_object(t):
    """Each futex has a row of its own; its address is printed as the log has it."""
    with Workload("raw_waits", "raw", 4) as work:
        seen = observe(t, work, command=["top", "-b", "-n", "1", "-d", "60", "--by", "object"])
        expected = {hex(wait["object"]): wait["sleeps"] for wait in work.waits}
        rows = {row["object"]: row["count"] for row in seen.document["rows"]}
        t.equal("objects and their counts", rows, expected)
        ops = {hex(wait["object"]): OP_NAMES[wait["wait"]] for wait in work.waits}
        t.equal("operations", {row["object"]: row["op"] for row in seen.document["rows"]}, ops)


def test_blocked_shows_glibc_waiters(t):
    """A thread in pthread_mutex_lock: futex address; the owner, or none, never a wrong one."""
    # Many rounds: a machine that stands still may let one pass without a look.
    with Workload("libc_waits", "mutex", 30, 3) as work, netlink.Client() as client:
        # Armed before the wait, so that it is seen and not inferred.
        session = client.session(["futex"], tgids=[work.pid])
        work.line()
        rows = []
        for _ in range(3000):
            rows = [row for row in session.open_waits() if row["class"] == "futex"]
            if len(rows) == 3:
                break
        t.equal("three waiters are open", len(rows), 3)
        work.until("done")
        lock = work.waits[0]["object"]
        t.equal("all on the mutex", {row["object"] for row in rows}, {lock})
        wrong = [row for row in rows
                 if not any(wait["tid"] == row["tid"] and
                            wait["begin_ns"] <= row["begin_ns"] <= wait["end_ns"]
                            for wait in work.waits)]
        t.check("they begin inside the logged intervals", not wrong, "none off", wrong)
        session.delete()
