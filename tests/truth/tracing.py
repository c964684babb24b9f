# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own tracing: a second witness, and kretprobes that are not ours."""
import os
import re
import subprocess

TRACEFS = "/sys/kernel/tracing"
GROUP = "waitprof_foreign"


def _write(path, text, how=os.O_TRUNC):
    fd = os.open(os.path.join(TRACEFS, path), os.O_WRONLY | how)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _read(path):
    with open(os.path.join(TRACEFS, path)) as file:
        return file.read()


def mount():
    if not os.path.exists(TRACEFS + "/trace"):
        subprocess.run(["mount", "-t", "tracefs", "none", TRACEFS], check=True)


class Foreign:
    """Kretprobes of somebody else's, on these functions."""

    KIND = "r64"  # it has room for so many calls at once

    def __init__(self, *symbols):
        mount()
        self.symbols = symbols
        self.names = ["p%d_%s" % (at, re.sub(r"\W", "_", symbol))
                      for at, symbol in enumerate(symbols)]
        self.there = False

    def __enter__(self):
        self.add()
        return self

    def __exit__(self, *_):
        if self.there:
            self.remove()

    def add(self):
        for name, symbol in zip(self.names, self.symbols):
            _write("kprobe_events", "%s:%s/%s %s\n" % (self.KIND, GROUP, name, symbol), os.O_APPEND)
        self.there = True
        _write("events/%s/enable" % GROUP, "1")

    def remove(self):
        _write("events/%s/enable" % GROUP, "0")
        for name in self.names:
            _write("kprobe_events", "-:%s/%s\n" % (GROUP, name), os.O_APPEND)
        self.there = False

    def hits(self):
        """How often each was hit and not missed."""
        rows = [line.split() for line in _read("kprobe_profile").splitlines()]
        found = {row[0]: int(row[1]) for row in rows if len(row) == 3}
        return [found.get(name, 0) for name in self.names]


class ForeignEntry(Foreign):
    """Kprobes at their beginning."""

    KIND = "p"


def can_be_probed(symbols):
    """Those of them that this kernel has, and lets probe."""
    found = []
    mount()
    for symbol in symbols:
        probe = ForeignEntry(symbol)
        try:
            probe.add()
            probe.remove()
            found.append(symbol)
        except OSError:
            pass
    return found


def clear(pid):
    """An empty trace, which from here on tells of one task only."""
    _write("set_event_pid", str(pid))
    _write("trace", "")


def returns_in(pid):
    """How many lines of kretprobes there are of that task; others are told of again."""
    lines = [line for line in _read("trace").splitlines()
             if re.search(r"-%d +\[" % pid, line) and " <- " in line]
    _write("set_event_pid", "")
    return len(lines)


SWITCHED = re.compile(r" (\d+)\.(\d{6}): sched_switch: .*prev_pid=(\d+) .*prev_state=(\S+) "
                      r"==> .*next_pid=(\d+) ")
WOKEN = re.compile(r" (\d+)\.(\d{6}): (sched_waking|sched_wakeup): .*\bpid=(\d+) ")


class Scheduler:
    """When one thread was runnable and did not run, by the scheduler's tracepoints."""

    EVENTS = {"sched_switch": "prev_pid == %d || next_pid == %d",
              "sched_wakeup": "pid == %d || pid == %d", "sched_waking": "pid == %d || pid == %d"}

    def __init__(self, tid):
        mount()
        self.tid = tid

    def __enter__(self):
        _write("trace_clock", "mono")
        _write("trace", "")
        for event, condition in self.EVENTS.items():
            _write("events/sched/%s/filter" % event, condition % (self.tid, self.tid))
            _write("events/sched/%s/enable" % event, "1")
        return self

    def __exit__(self, *_):
        for event in self.EVENTS:
            _write("events/sched/%s/enable" % event, "0")
            _write("events/sched/%s/filter" % event, "0")

    def queued(self, since="sched_wakeup", preempted=True):
        """Intervals on a run queue: from a wake-up, or a switch that left it runnable."""
        found, begin = [], None
        for line in _read("trace").splitlines():
            woken, switched = WOKEN.search(line), SWITCHED.search(line)
            if woken and woken.group(3) == since:
                begin = begin or _ns(woken)
            elif switched and int(switched.group(5)) == self.tid:
                if begin:
                    found.append((begin, _ns(switched)))
                begin = None
            elif switched and int(switched.group(3)) == self.tid:
                runnable = preempted and switched.group(4).startswith("R")
                begin = _ns(switched) if runnable else None
        return found


def _ns(match):
    return int(match.group(1)) * 1000000000 + int(match.group(2)) * 1000


def inside(intervals, waits):
    """The time of these intervals that lies in these waits."""
    return sum(max(0, min(end, wait["end_ns"]) - max(begin, wait["begin_ns"]))
               for begin, end in intervals for wait in waits)
