# SPDX-License-Identifier: GPL-2.0-only
"""What else happens on the machine while waits are counted: CPUs go and come back,
others hook the same functions, interrupts are hooked, kernel threads wait."""
import contextlib
import os
import shutil
import subprocess
import threading
import time

from disk import SlowDisk
from harness import Workload, bounds, check_books, module_parameter, observe
from locks import LOCKS_MODULE, Locks, built
from netlink import Client
from seen import seen_points
from test_filters import Groups
from test_foreign import Around, ComingAndGoing, symbol_of
from test_hostile_tasks import Phase, compare, few
from test_locks import KINDS, class_of
from test_races import balanced
import tracing

CPU = "/sys/devices/system/cpu/cpu1/online"


class Meanwhile(threading.Thread):
    """Something done over and over until it is enough."""

    def __init__(self, do):
        super().__init__()
        self.do, self.over, self.rounds, self.failed = do, threading.Event(), 0, None

    def run(self):
        try:
            while not self.over.is_set():
                self.do(self.rounds)
                self.rounds += 1
        except OSError as error:
            self.failed = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


# --- CPUs ---

def online(value):
    with open(CPU, "w") as file:
        file.write(str(value))


@contextlib.contextmanager
def second_cpu(t):
    """Whether there is one that can go; back again at the end."""
    if not os.path.exists(CPU):
        t.skip("a CPU goes", "there is no second one that could")
        yield False
        return
    try:
        yield True
    finally:
        online(1)


def test_cpu_gone(t):
    """What it had counted is there when it is not, and when it is back."""
    with second_cpu(t) as there, Workload("raw_waits", "timeout", 50, 1000000) as work, \
            Client() as client:
        if not there:
            return
        for tid in os.listdir("/proc/%d/task" % work.pid):
            os.sched_setaffinity(int(tid), {1})
        totals = client.session(["futex"], tgids=[work.pid])
        records = client.session(["futex"], tgids=[work.pid], records=1024)
        work.phase()
        online(0)
        for session in (totals, records):
            session.pause()
            counters, _ = session.stats()
            row = counters["futex"]
            t.equal("waits of a CPU that is gone", (row["begun"], row["reported"], balanced(row)),
                    (100, 100, True))
        t.equal("rows", sum(row["count"] for row in totals.rows()[0]), 100)
        found = records.records()
        t.equal("records", (len(found), {record["cpu"] for record in found}), (100, {1}))
        online(1)
        t.equal("rows, when it is back", sum(row["count"] for row in totals.rows()[0]), 100)
        t.equal("no record comes twice", records.records(), [])


def test_cpus_go_and_come(t):
    """Under load, again and again: each wait is there, in totals and in records."""
    with second_cpu(t) as there:
        if not there:
            return

        def go_and_come(rounds):
            online(rounds % 2)
            time.sleep(0.05)
        for case, program, number in (("threads", "hostile_tasks", 600),
                                      ("signals", "hostile_waits", 1200)):
            with Meanwhile(go_and_come) as player, Client() as client:
                beside = client.session(["futex", "io", "mutex"], records=4096, size=32 << 20)
                seen = Phase(t, program, case, number)
                beside.pause()
            t.check("%s: it went and came" % case, player.rounds > 3 and not player.failed, "> 3",
                    (player.rounds, player.failed), "%d times" % player.rounds)
            compare(t, seen, storm=case == "signals")


# --- hooks of others ---

# Run in interrupts and by every wake-up; and called by our own hooks, so that a probe is
# hit inside of one.
INTERRUPTED = ("hrtimer_interrupt", "scheduler_tick", "sched_tick", "update_process_times",
               "try_to_wake_up", "hrtimer_wakeup", "__hrtimer_run_queues")
NESTED = ("copy_from_user_nofault", "copy_from_kernel_nofault", "unwind_next_frame",
          "__unwind_start", "unwind_get_return_address", "cgroup_id", "glob_match",
          "__task_pid_nr_ns", "ktime_get_mono_fast_ns")


class EntriesToo(Around):
    """Kprobes and kretprobes on all of them."""

    def __init__(self, *symbols):
        super().__init__(*symbols)
        self.entries = tracing.ForeignEntry(*symbols)
        self.entries.names = ["e_" + name for name in self.entries.names]

    def phase(self, line):
        self.entries.add()
        try:
            super().phase(line)
        finally:
            self.entries.remove()


def exact_under(t, case, around):
    with Workload("raw_waits", "timeout", 60, 2000000, 20000) as work:
        around(work)
        seen = observe(t, around)
        rows = seen.of(**{"class": "futex"})
        t.equal("%s: waits" % case, sum(row["ended"]["timeout"] for row in rows), 120)
        low, high = bounds(work.waits)
        t.between("%s: sum" % case, low, sum(row["total_ns"] for row in rows), high)


def test_probes_in_interrupts(t):
    """Probes of others in timer interrupts, in what our own hooks call, nested in both."""
    symbols = tracing.can_be_probed(INTERRUPTED)
    t.check("there are some", len(symbols) > 3, "> 3", symbols, " ".join(symbols))
    nested = tracing.can_be_probed(NESTED)
    t.check("some of what hooks call, too", nested, "> 0", nested, " ".join(nested))
    symbols += nested
    for options in ({}, {"kprobes_only": 1}):
        module_parameter(**options)
        case = "kretprobes" if options else "as usual"
        around = EntriesToo(*symbols)
        exact_under(t, case, around)
        t.check("%s: they were hit" % case, sum(map(bool, around.hits)) > 2, "> 2",
                dict(zip(symbols, around.hits)), str(sum(around.hits)))
        exact_under(t, case + ", coming and going", ComingAndGoing(*symbols))
    module_parameter()


def said_by(*command):
    """What a tool of somebody else's says until it ends."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False).stdout


class Tool:
    """A workload's phase while a tool is attached and detached, twice."""

    def __init__(self, run):
        self.work, self.pid, self.run, self.said = None, None, run, []

    def __call__(self, work):
        self.work, self.pid = work, work.pid
        return self

    def phase(self, line):
        player = threading.Thread(target=lambda: self.said.extend(self.run() for _ in range(2)))
        player.start()
        try:
            self.work.phase(line)
        finally:
            player.join()


def with_tool(t, name, symbol, run, works):
    tool = Tool(run)
    for options in ({}, {"kprobes_only": 1}):
        module_parameter(**options)
        tool.said = []
        exact_under(t, "%s on %s%s" % (name, symbol, ", kretprobes" if options else ""), tool)
        t.check("%s was there" % name, any(works(said) for said in tool.said), "its figures",
                tool.said[-1:])
    module_parameter()


def test_bpftrace(t):
    """bpftrace on the very functions, coming and going."""
    if not shutil.which("bpftrace"):
        t.skip("bpftrace", "not installed")
        return
    symbol = symbol_of("futex_wait")
    program = "kprobe:%s { @in = count(); } kretprobe:%s { @out = count(); } " \
        "interval:s:1 { exit(); }" % (symbol, symbol)
    said = said_by("bpftrace", "-e", program)
    if "Attaching" not in said:
        t.skip("bpftrace", said.strip().splitlines()[-1] if said.strip() else "says nothing")
        return
    with_tool(t, "bpftrace", symbol, lambda: said_by("bpftrace", "-e", program),
              lambda words: "@in" in words)


def test_perf_probe(t):
    """perf probe on the same, at its beginning and its end."""
    if not shutil.which("perf"):
        t.skip("perf probe", "not installed")
        return
    symbol = symbol_of("futex_wait")
    names = ["probe:wp_in", "probe:wp_out"]

    def run():
        said = said_by("perf", "probe", "-q", "-a", "wp_in=" + symbol, "-a",
                       "wp_out=%s%%return" % symbol)
        made = [name for name in names + ["probe:wp_out__return"]
                if os.path.isdir("/sys/kernel/tracing/events/" + name.replace(":", "/"))]
        said += said_by("perf", "stat", "-a", "-e", ",".join(made), "sleep", "1")
        subprocess.run(["perf", "probe", "-q", "-d", "probe:wp_*"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        return said
    tracing.mount()
    said = run()
    if "probe:wp_in" not in said:
        t.skip("perf probe", said.strip().splitlines()[-1] if said.strip() else "says nothing")
        return
    with_tool(t, "perf probe", symbol, run, lambda words: "probe:wp_in" in words)


# --- kernel threads ---

def test_kernel_threads(t):
    """Kernel threads that wait for each kind of lock: as their own log has it."""
    if not built():
        t.skip("kernel threads", "%s is not there" % LOCKS_MODULE)
        return
    seen, _ = seen_points()
    kinds = [kind for kind in KINDS if (kind if kind == "ww_mutex" else class_of(kind)) in seen]
    locks, rounds = Locks(), 3
    lines = []
    for kind in kinds:
        take = KINDS[kind][2][0]
        lines += ["kthread hold %s %s 1 20 0" % (kind, KINDS[kind][1]),
                  "kthread take %s %s 20000" % (kind, take)]
    classes = sorted({class_of(kind) for kind in kinds})
    with Client() as client, Workload("kernel_locks", rounds, *lines) as work:
        session = client.session(classes, comm="waitprof_errand", objects=True)
        work.phase()
        session.pause()
        rows, _ = session.rows()
        counters, _ = session.stats()
    log = locks.log()
    t.equal("waits logged", len(log), rounds * len(kinds))
    t.check("books", all(balanced(row) for row in counters.values()), "balanced", counters)
    for kind in kinds:
        address = locks.addresses()[kind, 0]
        its = [wait for wait in log if wait["wait"] == kind]
        tids = {wait["tid"] for wait in its}
        # A holder may wait as well, for readers that might be there.
        got = [row for row in rows if row["object"] == address and row["tid"] in tids]
        t.equal("%s: waits by thread" % kind, sorted((row["tgid"], row["tid"], row["count"])
                                                     for row in got),
                sorted((wait["tid"], wait["tid"], 1) for wait in its))
        low, high = bounds(its)
        t.between("%s: sum" % kind, low, sum(row["total_ns"] + row["inner_ns"] for row in got),
                  high)


def test_journal_thread(t):
    """jbd2's own thread waits for the disk: every return of io_schedule() in it."""
    with SlowDisk("thread", 2000000) as disk:
        folder = disk.mount("/tmp/thread")
        number = disk.device
        name = "jbd2/" + os.path.basename(disk.path)
        found = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and
                 comm_of(pid).startswith(name[:12])]
        t.need("the journal's thread", len(found) == 1, name, found)
        symbols = tracing.can_be_probed(("io_schedule", "io_schedule_timeout"))
        witness = tracing.Foreign(*symbols)
        with Workload("block_io", "fsync", folder + "/0", 12) as work, Client() as client:
            witness.add()
            try:
                tracing.clear(found[0])
                session = client.session(["io"], tgids=found)
                work.phase()
                subprocess.run(["sync"], check=True)
                time.sleep(0.3)
                session.pause()
                rows, _ = session.rows()
                lines = tracing.returns_in(found[0])
            finally:
                witness.remove()
        t.equal("rows are the thread's", {(row["tgid"], row["tid"]) for row in rows},
                {(found[0], found[0])})
        count = sum(row["count"] for row in rows)
        t.check("as many waits as returns seen by another", count == lines and count >= 12,
                lines, count, "%d, device %#x" % (count, number))


def comm_of(pid):
    try:
        with open("/proc/%s/comm" % pid) as file:
            return file.read().strip()
    except OSError:
        return ""


# --- cgroups ---

def test_moved_all_the_time(t):
    """Between two cgroups while it waits: each wait is in exactly one, and all are there."""
    with Groups() as groups, Client() as client, \
            Workload("hostile_waits", "signals", 1500) as work:
        names = ("wp-outer/inner", "wp-beside")
        groups.move(work, names[0])
        sessions = [client.session(["futex"], cgroup=groups.number(name)) for name in names]

        def move(rounds):
            groups.move(work, names[rounds % 2])
        with Meanwhile(move) as player:
            work.phase()
        counters = []
        for session in sessions:
            session.pause()
            counters.append(session.stats()[0]["futex"])
        waits = [wait for wait in work.waits if wait["sleeps"]]
    t.check("it was moved", player.rounds > 10 and not player.failed, "> 10",
            (player.rounds, player.failed), "%d times" % player.rounds)
    t.check("books", all(balanced(row) for row in counters), "balanced", counters)
    t.check("both saw some", all(row["begun"] for row in counters), "> 0", counters)
    # Those that a late signal woke are not in the log.
    t.between("all waits, once", len(waits), sum(row["ended"] for row in counters),
              len(waits) + few(len(waits)), "waits")
