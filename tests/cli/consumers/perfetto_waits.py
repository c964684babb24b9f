# SPDX-License-Identifier: GPL-2.0-only
"""The waits of `trace --json`, and what slices of a trace must be of them."""
import json
import os

from profile import check


def load(path):
    """{(end, tid): wait}"""
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    return {(w["end_ns"], w["tid"]): w for w in lines if "end_ns" in w and w["class"] != "block"}


def label(frame, shown):
    """Without a symbol: the file's name, and a place in it that JSON does not tell."""
    if frame["symbol"]:
        return frame["symbol"]
    start = "[%s+0x" % os.path.basename(frame["module"] or "")
    return shown[0] if shown and shown[0].startswith(start) else start


def check_slice(begin, end, event, wait, name):
    arguments = event["arguments"]
    check("length", end - begin - (1 if wait["clipped"] and wait["inner_ns"] else 0),
          wait["duration_ns"])
    check("thread", event["thread"],
          (wait["pid"], wait["tid"], name))
    check("category", event["class"], [wait["class"]])
    check("name", event["name"], f"{wait['class']} {wait['callsite']}")
    for key in ("blocked_ns", "runqueue_ns", "spin_ns", "inner_ns", "ended", "op", "kind", "object"):
        check(key, arguments.get(key), wait[key])
    check("object name", arguments.get("object name"), wait["object_name"])
    check("call site", arguments.get("call site"), wait["callsite"])
    for name, key in (("kernel stack", "kstack"), ("user stack", "ustack")):
        frames = [line for line in arguments.get(name, "").split("\n") if line != "[truncated]"]
        frames = [line for line in frames if line]
        check(name, frames, [label(frame, frames[at:at + 1])
                             for at, frame in enumerate(wait[key])])
    owner, waker = wait["owner"], wait["waker"]
    check("owner", (arguments.get("owner_tid"), arguments.get("owner")),
          (owner["tid"], owner["comm"]) if owner else (None, None))
    check("woken at", arguments.get("woken at"), waker["callsite"] if waker else None)


def check_slices(slices, waits):
    """slices: (begin, end, {"thread": (pid, tid, name), "name", "class", "arguments"})."""
    names = {}
    for _, wait in sorted(waits.items()):
        names.setdefault(wait["tid"], wait["comm"])
    check("waits", len(slices), len(waits))
    for begin, end, event in slices:
        wait = waits.get((end, event["thread"][1]))
        check("slice is a wait", wait is None, False)
        if wait:
            check_slice(begin, end, event, wait, names[wait["tid"]])
