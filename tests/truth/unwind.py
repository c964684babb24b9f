# SPDX-License-Identifier: GPL-2.0-only
"""Unwind rules for the module, made from what readelf says of .eh_frame.

A second opinion beside the command line's own: no code in common. Of the forms of
frame that are given as expressions it knows two: .plt, and gcc's realigned stacks.
"""
import collections
import functools
import os
import re
import subprocess

from uapi import number

Table = collections.namedtuple("Table", "rules steps")

STOP, CALL, SIGNAL, END = (number("STEP_" + name) for name in ("STOP", "CALL", "SIGNAL", "END"))
BASES = {"rsp": number("BASE_RSP"), "rbp": number("BASE_RBP"), "rbx": number("BASE_RBX")}


def call(base, cfa_offset, rbp=0, rbx=0, cfa_add=0):
    """A step of kind CALL, in the order of struct waitprof_step."""
    return cfa_offset, cfa_add, rbp, rbx, base, CALL, 0


def other(kind):
    return 0, 0, 0, 0, 0, kind, 0


def readelf(*arguments):
    # Its status is 1 also for a file whose debug information lies elsewhere.
    output = subprocess.run(["readelf"] + list(arguments), stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, check=False).stdout
    if not output:
        raise ValueError("readelf says nothing of %s" % arguments[-1])
    return output


def code_offset(path):
    """What to add to an address of the file's code to get its offset in the file."""
    for line in readelf("-lW", path).splitlines():
        words = line.split()
        if words[:1] == ["LOAD"] and "E" in "".join(words[6:-1]):
            return int(words[1], 16) - int(words[2], 16)
    raise ValueError("%s has no code" % path)


def saved(cell):
    return int(cell[1:]) if cell.startswith("c") else 0


def step_of(columns, cells, signal):
    row = dict(zip(columns, cells))
    if signal:
        return other(SIGNAL)
    if row["ra"] == "u":
        return other(END)
    rbp, rbx = saved(row.get("rbp", "u")), saved(row.get("rbx", "u"))
    if row["CFA"] == "exp":
        if "rbp" in row:
            return call(number("BASE_AT_RBP"), -8, 0)
        return call(number("BASE_PLT"), 8)
    base, offset = re.match(r"(\w+)([+-]\d+)$", row["CFA"]).groups()
    if base not in BASES:
        return other(STOP)
    return call(BASES[base], int(offset), rbp, rbx)


@functools.lru_cache(maxsize=None)
def table(path):
    """All of a file: rules by offset in it, and the steps they name."""
    add = code_offset(path)
    by_address, ends, signals, initial = {}, set(), set(), {}
    columns, entry = [], None
    for line in readelf("-wF", path).splitlines():
        words = line.split()
        if len(words) > 4 and words[3] == "CIE":
            entry, in_entry = words[0], True
            if "S" in words[4]:
                signals.add(entry)
        elif len(words) > 5 and words[3] == "FDE":
            entry, in_entry = words[4][len("cie="):], False
            low, high = (int(part, 16) for part in words[5][len("pc="):].split(".."))
            ends.add(high)
            by_address[low] = initial.get(entry, call(BASES["rsp"], 8))
        elif words[:1] == ["LOC"]:
            columns = words[1:]
        elif columns and re.match(r"[0-9a-f]{16} ", line):
            step = step_of(columns, words[1:], entry in signals)
            if in_entry:
                initial[entry] = step
            else:
                by_address[int(words[0], 16)] = step
        elif not words:
            columns = []
    for end in ends:
        by_address.setdefault(end, other(STOP))
    steps = sorted(set(by_address.values()))
    numbers = {step: index for index, step in enumerate(steps)}
    return Table([(address + add, numbers[step]) for address, step in sorted(
        by_address.items())], steps)


def executable(pid):
    """The executable mappings of files: start, end, offset, path."""
    found = []
    with open("/proc/%d/maps" % pid) as maps:
        for line in maps:
            words = line.split()
            if "x" in words[1] and len(words) > 5:
                start, end = (int(part, 16) for part in words[0].split("-"))
                found.append((start, end, int(words[2], 16), words[5]))
    return found


class Rules:
    """What a session has been told: a table a file, mappings by process."""

    def __init__(self, session):
        self.session, self.numbers = session, {}

    def number(self, path):
        if path not in self.numbers:
            self.numbers[path] = len(self.numbers) + 1
            self.session.add_table(self.numbers[path], *table(path))
        return self.numbers[path]

    def teach(self, pid, leave_out=()):
        """Tables of all files mapped, then the mappings; their space and epoch."""
        space, epoch = self.session.ask(pid)
        rows = [(start, end, offset, self.number(path) if os.path.exists(path) else 0, 0)
                for start, end, offset, path in executable(pid)
                if os.path.basename(path) not in leave_out]
        self.session.add_space(space, epoch, rows)
        return space, epoch
