#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""pprof itself reads the profile, and finds what the report says.

usage: check_pprof.py PROFILE JSON [BASE-PROFILE BASE-JSON]
"""
import collections
import re
import subprocess
import sys

from profile import Profile, check, finish, names, number


def pprof(*arguments):
    run = subprocess.run(["go", "tool", "pprof", *arguments], capture_output=True, text=True)
    if run.returncode:
        print(run.stderr)
        sys.exit(1)
    return run.stdout


def top(sample, *arguments):
    """Function -> (flat, cum) of `pprof -top`."""
    out = pprof("-top", "-nodecount=100000", "-nodefraction=0", "-edgefraction=0",
                f"-sample_index={sample}", *(["-unit=ns"] if sample == "delay" else []), *arguments)
    functions = {}
    for line in out.splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1].endswith("%") and fields[4].endswith("%"):
            name = re.sub(r" \(inline\)$", "", fields[5])
            functions[name] = (number(fields[0]), number(fields[3]))
    return functions


def expected(profile, key, **where):
    functions = collections.defaultdict(lambda: [0, 0])
    for row in profile.rows:
        if any(row[name] != value for name, value in where.items()):
            continue
        stack = names(row)
        functions[stack[0]][0] += row[key]
        for name in set(stack):
            functions[name][1] += row[key]
    return {name: tuple(sums) for name, sums in functions.items() if any(sums)}


def differences(new, old):
    result = {}
    for name in set(new) | set(old):
        a, b = new.get(name, (0, 0)), old.get(name, (0, 0))
        if a != b:
            result[name] = (a[0] - b[0], a[1] - b[1])
    return result


def check_tags(path, profile):
    out = pprof("-tags", "-sample_index=delay", "-unit=ns", path)
    found, key = collections.defaultdict(dict), None
    for line in out.splitlines():
        title = re.match(r"\s*(\w+): Total ", line)
        value = re.match(r"\s*(\d+)(?:\.0)?ns \([^)]*\): (.*)$", line)
        if title:
            key = title[1]
        elif value:
            found[key][value[2].strip()] = int(value[1])
    for name in profile.classes():
        check(f"tag class:{name}", found["class"].get(name, 0),
              profile.total(**{"class": name}))
    for comm in {row["comm"] for row in profile.rows}:
        check(f"tag thread:{comm}", found["thread"].get(comm, 0), profile.total(comm=comm))
    for label in ("pid", "tid", "object", "callsite", "kind", "op"):
        for value in {row[label] for row in profile.rows if row[label]}:
            check(f"tag {label}:{value}", found[label].get(str(value), 0),
                  profile.total(**{label: value}))


def main():
    path, profile = sys.argv[1], Profile(sys.argv[2])
    for sample, key in (("delay", "total_ns"), ("contentions", "count")):
        check(f"-top of {sample}", top(sample, path), expected(profile, key))
        for name in profile.classes():
            check(f"-top of {sample}, class {name}",
                  top(sample, f"-tagfocus=class=^{name}$", path),
                  expected(profile, key, **{"class": name}))
    check_tags(path, profile)
    if len(sys.argv) > 3:
        base = Profile(sys.argv[4])
        for sample, key in (("delay", "total_ns"), ("contentions", "count")):
            check(f"-diff_base of {sample}", top(sample, f"-diff_base={sys.argv[3]}", path),
                  differences(expected(profile, key), expected(base, key)))
    finish()


main()
