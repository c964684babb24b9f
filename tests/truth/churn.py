# SPDX-License-Identifier: GPL-2.0-only
"""One life of the module under load, and what the kernel looks like afterwards.

WAITPROF_UNLOAD_CYCLES and WAITPROF_UNLOAD_THREADS say how often and under how many
threads: a few in the tests of every kernel, a thousand and five thousand in
tests/torture/20-unload.
"""
import glob
import os
import re
import subprocess
import tempfile
import time

from harness import LOADED, PATIENCE_S, Cli, Workload, module_load, module_unload, wait_for
from netlink import Client, Refused
from uapi import CLASSES

CYCLES = int(os.environ.get("WAITPROF_UNLOAD_CYCLES", "12"))
THREADS = int(os.environ.get("WAITPROF_UNLOAD_THREADS", "400"))
PROCESSES = 10
SLOW_S = 20  # a cycle takes 4 s
CPUS = os.cpu_count()

# How the module is loaded, in turn.
LOADS = [{}, {"kprobes_only": 1}, {"stack_cache": 0}, {"open_limit": 200}]
# A reader of each kind, in turn; {} is a number, for a file of its own.
READERS = [
    ["top", "-b", "-d", "60", "--wakers"],
    ["record", "--records", "--wakers", "--follow", "-o", "{folder}/{number}.wp"],
    ["trace", "--follow"],
    ["hist", "--duration", "60"],
    ["top", "-b", "-d", "60", "--by", "object", "--follow"],
]


class Behind(Workload):
    """A workload that lets others run first: the reader among thousands has its share."""

    def start(self, command):
        return super().start(["nice", "-n", "10"] + command)


class Churn:
    """The program that waits all the time (tests/workload/churn.c)."""

    def __init__(self):
        self.work = Behind("churn", PROCESSES, THREADS // PROCESSES)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.work.__exit__()

    @property
    def pid(self):
        return self.work.pid

    def end(self, t):
        done = self.work.phase()
        parts = {name: done[name] for name in ("pass", "timeout", "lock", "killed", "exec")}
        t.equal("wrong results in the programs that waited", done["wrong"], 0)
        t.check("they did all they should", all(parts.values()), "more than 0", parts, str(parts))


def open_sessions(clients, pid):
    """Sessions of every kind; those that this kernel has no room or point for, not."""
    everything = list(CLASSES)
    kinds = [dict(classes=everything, records=True, wakers=True, objects=True),
             dict(classes=["futex", "mutex", "io"], size=16 << 20),
             dict(classes=["futex"], size=8 << 20, held=True)]
    if pid:
        kinds[1] = dict(classes=None, size=32 << 20, tgids=[pid], follow=True, rules=True)
    return [client.session(**kind) for client, kind in zip(clients, kinds)]


def use(sessions):
    """What readers do, once waits have been seen; to look at all they read would take longer
    than to read it, and meanwhile there is more."""
    for session in sessions:
        session.stats()
        for what in ("GET_TOTALS", "GET_STACKS", "GET_OPEN"):
            session.skim(what)
    for what in ("GET_RECORDS", "GET_TASKS"):
        sessions[0].skim(what)


def has_seen(session, nr):
    return session.stats()[0]["futex"]["begun"] >= nr


class Steps:
    """How long the steps of a cycle took; said of one that is slow."""

    def __init__(self, number):
        self.number, self.took, self.since = number, [], time.monotonic()

    def done(self, name):
        now = time.monotonic()
        self.took.append((name, now - self.since))
        self.since = now

    def say(self):
        if sum(seconds for _, seconds in self.took) > SLOW_S:
            print("# cycle %d was slow: %s" % (self.number, ", ".join(
                "%s %.1f s" % one for one in self.took)), flush=True)


def cycle(t, number, churn):
    """Load, sessions of all kinds and a reader, waits, unload; False if that is not all right."""
    pid, steps = churn.pid if churn else None, Steps(number)
    module_load(**LOADS[number % len(LOADS)])
    steps.done("load")
    clients = [Client() for _ in range(3)]
    reader, folder = None, tempfile.mkdtemp()
    try:
        sessions = open_sessions(clients, pid)
        steps.done("sessions")
        if churn:
            arguments = [one.format(folder=folder, number=number)
                         for one in READERS[number % len(READERS)]]
            reader = Cli(*arguments, "-p", pid, client=clients[0], errors=subprocess.PIPE)
            steps.done("reader")
            wait_for(lambda: has_seen(sessions[0], 20), "waits of cycle %d" % number)
        steps.done("waits")
        use(sessions)
        steps.done("reading")
        if number % 3 == 1:
            sessions[1].delete()
        module_unload()
        steps.done("unload")
        refused = 0
        for session in sessions:
            try:
                session.stats()
            except (Refused, OSError):
                refused += 1
        if refused != len(sessions):
            t.check("cycle %d: the sessions' owners are told" % number, False, len(sessions),
                    refused)
    finally:
        for client in clients:
            client.close()
        if reader:
            _, words = reader.process.communicate(timeout=PATIENCE_S)
            if reader.process.returncode != 1 or "module was removed" not in words:
                t.check("cycle %d: %s notices" % (number, reader.process.args), False,
                        "status 1, a line", (reader.process.returncode, words))
        subprocess.run(["rm", "-r", folder], check=True)
        steps.done("end of the reader")
        steps.say()
    if os.path.exists(LOADED):
        t.check("cycle %d: the module is gone" % number, False, "gone", "there")


# --- what is left behind ---

def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


# A stack of a task, kept for the next one; a task's page tables; what is about to be freed.
BREATHES = re.compile(r"alloc_thread_stack|dup_task_struct|copy_process|kernel_clone|unpurged|"
                      r"vm_map_ram|bpf_")


def vmalloc_areas():
    """Areas by who asked for them (code that is gone has no name), and KiB of them all.

    VmallocUsed counts the stacks of tasks, too, 32 KiB each with KASAN: it says little.
    """
    found, nr_bytes = {}, 0
    for line in read("/proc/vmallocinfo").splitlines():
        words = line.split()
        if len(words) < 2 or BREATHES.search(line):
            continue
        name = re.sub(r"\+0x.*", "", words[2]) if len(words) > 2 else "nobody"
        if name.startswith("0x") and not name.startswith("0x0"):
            name = "code that is gone"
        found[name] = found.get(name, 0) + 1
        nr_bytes += int(words[1])
    return found, nr_bytes >> 10


def shrink_slabs():
    """Nothing is kept for later; KASAN keeps what was freed, to know it, and counts it as used."""
    for path in glob.glob("/sys/kernel/slab/*/shrink"):
        try:
            with open(path, "w") as file:
                file.write("1")
        except OSError:
            pass  # an alias, or a kernel without it


def slab_objects():
    """Objects in use by cache."""
    shrink_slabs()
    found = {}
    for line in read("/proc/slabinfo").splitlines()[2:]:
        name, active, _, _, in_a_slab = line.split()[:5]
        found[name] = (int(active), int(in_a_slab))
    return found


def settle():
    subprocess.run(["sync"], check=True)
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3")
    # What was freed by a grace period, by a work item, by the timer of one.
    time.sleep(1.5)


def kernel_state():
    """Once all programs that the test started are gone."""
    settle()
    memory = {line.split(":")[0]: int(line.split()[1]) for line in
              read("/proc/meminfo").splitlines() if ":" in line}
    modules = {line.split()[0]: line.split()[2] for line in read("/proc/modules").splitlines()}
    areas, vmalloc = vmalloc_areas()
    return {"modules": modules, "vmalloc areas": areas, "vmalloc": vmalloc, "slab": slab_objects(),
            "Percpu": memory.get("Percpu", 0), "Slab": memory.get("Slab", 0)}


def state_changes(before, after, cycles):
    """What a cycle has left behind, by name: {} if nothing has grown with them.

    Memory of the rest of the system breathes. What each cycle left one of would have
    grown by as many as there were cycles: half of that is taken for a leak, beyond what
    the kernel does not tell apart: all of the slab that a CPU takes from counts as used.
    """
    changes = {}
    for name in ("modules", "vmalloc areas"):
        if before[name] != after[name]:
            changes[name] = (sorted(set(before[name].items()) - set(after[name].items())),
                             sorted(set(after[name].items()) - set(before[name].items())))
    grown = {}
    for name, (nr, in_a_slab) in after["slab"].items():
        growth = nr - before["slab"].get(name, (0, 0))[0]
        if name.startswith("kmalloc") and growth >= max(cycles // 2, 50) + in_a_slab * CPUS:
            grown[name] = (nr - growth, nr)
    if grown:
        changes["slab"] = grown
    for name, slack in (("vmalloc", 256), ("Percpu", 256), ("Slab", 4096)):
        if after[name] - before[name] > slack:
            changes[name] = (before[name], after[name])
    return changes


def lasting_changes(before, cycles):
    """state_changes() that do not go away: what was freed may be given back seconds later, by
    kfree_rcu()'s timer or on a busy machine; a leak is there for good."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        changes = state_changes(before, kernel_state(), cycles)
        if not changes or time.monotonic() > deadline:
            return changes


def is_at_rest(t):
    """Nothing of the kernel is hooked any more."""
    hooked = read("/sys/kernel/tracing/enabled_functions") + read("/sys/kernel/debug/kprobes/list")
    t.equal("functions that are hooked", hooked.splitlines(), [])
