# SPDX-License-Identifier: GPL-2.0-only
"""User stacks of waitprof trace beside what programs know of theirs (truth.h)."""
import collections
import json
import time

from harness import Cli
from uapi import number

ABOVE_MAX = 6  # libc's frames between a wait and the program that called it


class Trace(Cli):
    """waitprof trace of futex waits; by process and object, what it printed."""

    def __init__(self, client, *arguments, classes="futex", errors=None):
        super().__init__("trace", "--json", "-c", classes, *arguments, client=client,
                         errors=errors)
        self.start_ns = [one["start_ns"] for one in client.sessions()
                         if one["owner"] == self.process.pid][0]
        self.other, self.errors, self.stop_ns = [], None, 0

    def waits(self):
        self.stop_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        self.process.send_signal(2)
        output, self.errors = self.process.communicate(timeout=120)
        found = {}
        for line in map(json.loads, output.splitlines()):
            if "ended" in line and line["object"]:
                found.setdefault((line["pid"], address(line["object"])), line)
            else:
                self.other.append(line)
        return found


def of_session(session, pid):
    """The same of a session by object, each wait with one of its own."""
    rows, _ = session.rows()
    found, flags = session.stacks(), session.stack_flags()
    return {(pid, row["object"]): {
        "truncated": bool(flags.get(row["ustack"], 1) & number("STACK_F_TRUNCATED")),
        "ustack": [{"addr": address, "symbol": None, "inlined": False}
                   for address in found.get(row["ustack"], [])]} for row in rows}


def address(value):
    return int(value, 16) if isinstance(value, str) else value


def frames(wait):
    return [address(frame["addr"]) for frame in wait["ustack"] if not frame["inlined"]]


def is_prefix(part, of):
    return part == of[:len(part)]


def own_is_in(logged):
    """What the program pushed is in what the unwinder said: two witnesses agree."""
    rest = iter(logged["stack"])
    return all(address in rest for address in logged["own"])


def verdict(wait, logged):
    """missing, right, cut (said so, and what there is of it is right), by frame pointers
    (said so, and frames are missing) or wrong."""
    if not wait:
        return "missing"
    seen, known = frames(wait), logged["stack"]
    if logged["cut"] and not logged["outer"]:
        # Nobody knows what is above: to call it whole is wrong.
        known = known + logged["own"]
        return "cut" if wait["truncated"] and is_prefix(seen, known) else "wrong"
    if wait["truncated"]:
        if is_prefix(seen, known) or logged["outer"]:
            return "cut"
        return "by frame pointers" if seen[:1] == known[:1] else "wrong"
    if logged["outer"]:
        above = len(seen) - len(known)
        return "right" if 1 < above <= ABOVE_MAX and seen[above:] == known else "wrong"
    return "right" if seen == known else "wrong"


def compare(waits, stacks, by_fp=False):
    """How many of each verdict, and the first one that must not be."""
    count, wrong = collections.Counter(), None
    bad = ("wrong", "missing") if by_fp else ("wrong", "missing", "by frame pointers")
    for logged in stacks:
        wait = waits.get((logged["pid"], logged["object"]))
        kind = verdict(wait, logged)
        count[kind] += 1
        if kind in bad and not wrong:
            wrong = (kind, [hex(one) for one in logged["stack"]], [hex(one) for one in logged["own"]],
                     wait and [(hex(address(frame["addr"])), frame.get("symbol"))
                               for frame in wait["ustack"]], wait and wait["truncated"])
    return count, wrong


def check(t, name, waits, stacks, least=1.0, depths=None):
    """At least that part whole and right, the rest said to be cut, none wrong."""
    witness = [one for one in stacks if not one["cut"] and not own_is_in(one)]
    # A signal may come in a stub for which nobody has unwind data: the unwinder stops there.
    t.check("%s: the program's two witnesses agree" % name, len(witness) <= len(stacks) // 100,
            "but for one in a hundred", witness[:2], "%d do not" % len(witness))
    count, wrong = compare(waits, stacks)
    t.check("%s: none wrong, none missing" % name, stacks and not wrong,
            "all %d waits" % len(stacks), (count, wrong), dict(count).__repr__())
    t.check("%s: whole and right" % name, count["right"] >= least * len(stacks) - len(witness),
            "%.1f %% of %d" % (100 * least, len(stacks)), count,
            "%d of %d, at most %d frames" % (count["right"], len(stacks), max(
                (len(one["stack"]) for one in stacks), default=0)))
    if depths:
        t.check("%s: as deep as meant" % name,
                min(len(one["stack"]) for one in stacks) <= depths[0] and
                max(len(one["stack"]) for one in stacks) >= depths[1],
                "%d to %d frames" % depths, [len(one["stack"]) for one in stacks][:20])
    return count


def check_cut(t, name, waits, stacks):
    """All said to be cut, what there is of them right."""
    count, wrong = compare(waits, stacks)
    t.check("%s: marked as cut, none wrong" % name, stacks and count["cut"] == len(stacks),
            "all %d" % len(stacks), (count, wrong), "%d waits" % len(stacks))
