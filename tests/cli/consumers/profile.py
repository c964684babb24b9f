# SPDX-License-Identifier: GPL-2.0-only
"""What the checks have in common: an export as JSON, which all others are held against."""
import json
import re
import sys


class Profile:
    """The waits of an export: rows of class block are none."""

    def __init__(self, path):
        with open(path) as file:
            self.report = json.load(file)
        self.rows = [row for row in self.report["rows"] if row["class"] != "block"]

    def total(self, key="total_ns", **where):
        return sum(row[key] for row in self.rows
                   if all(row[name] == value for name, value in where.items()))

    def classes(self):
        return sorted({row["class"] for row in self.rows})


def names(row):
    """Functions of a row, the leaf first; one instead when it has no stack."""
    frames = row["kstack"] + row["ustack"]
    return [frame["symbol"] for frame in frames] or [f"[{row['class']}]"]


checks_failed = 0


def check(what, got, want):
    """Complains once for each thing that differs."""
    global checks_failed
    if got != want:
        print(f"{what}: {got!r}, not {want!r}")
        checks_failed += 1


def finish():
    sys.exit(checks_failed > 0)


def number(text):
    """ "12ns" and "-3" as numbers. """
    return int(re.sub(r"[a-z]+$", "", text))
