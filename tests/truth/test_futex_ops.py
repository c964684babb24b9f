# SPDX-License-Identifier: GPL-2.0-only
"""The futex operations beside the plain wait: waitv, lock_pi, requeue_pi."""
from harness import Workload, duration, observe
from netlink import Client
from test_futex import compare
from uapi import number

NAMES = {"waitv": "futex_waitv", "lock_pi": "futex_lock_pi", "requeue_pi": "futex_lock_pi"}
OPS = {"waitv": "OP_WAITV", "lock_pi": "OP_LOCK_PI", "requeue_pi": "OP_REQUEUE_PI"}


def is_there(t, operation):
    """Has this module, on this kernel, a wait point for it?"""
    with Client() as client:
        client.session(["futex"]).delete()
        points = [point for point in client.points() if point["name"] == NAMES[operation]]
    if not points:
        t.skip(operation, "not built yet")
        return False
    if points[0]["state"] == number("POINT_BLIND"):
        t.skip(operation, points[0]["reason"])
        return False
    return True


def case(t, operation, ends, how="", rounds=6, command=None):
    """One phase; the rows of its waiter, compared with the log."""
    if not is_there(t, operation):
        return None, None
    with Workload("futex_ops", operation + how, rounds) as work:
        seen = observe(t, work, command=command)
        waits = [dict(wait) for wait in work.waits]
        if operation == "requeue_pi":
            # From its word to the one it is moved to; each is looked at below.
            for wait in work.waits:
                low, high = sorted([wait["object"], work.targets])
                wait["object"], wait["object_bytes"] = low, high + 4096 - low
        rows, got = compare(t, "futex, " + operation + how.replace("_", ", "), work, seen,
                            exact_threads=False)
    t.equal("ended", got, dict(dict(wake=0, timeout=0, signal=0, kill=0), **ends))
    t.equal("operation", {row["op"] for row in rows}, {number(OPS[operation])})
    each = {(row["object"]): row["count"] for row in rows}
    expected = {wait["object"]: wait["sleeps"] for wait in waits}
    if operation == "requeue_pi" and not how:
        expected = {wait["object"]: 1 for wait in waits}
        expected.update({work.targets + 4 * at: 1 for at in range(rounds)})
    t.check("waits of each word", each == expected, expected, each, "%d words" % len(each))
    return waits, rows


def owner_is_holder(t, waits, rows):
    t.equal("owner: the thread whose id the word holds", {row["owner_tid"] for row in rows},
            {wait["owner_tid"] for wait in waits})


def test_waitv(t):
    case(t, "waitv", dict(wake=6))


def test_waitv_timeout(t):
    case(t, "waitv", dict(timeout=6), "_timeout")


def test_waitv_signal(t):
    case(t, "waitv", dict(signal=6), "_signal")


def test_lock_pi(t):
    command = ["top", "-b", "-n", "1", "-d", "60", "--by", "object"]
    waits, rows = case(t, "lock_pi", dict(wake=6), command=command)
    if rows:
        owner_is_holder(t, waits, rows)


def test_lock_pi_timeout(t):
    waits, rows = case(t, "lock_pi", dict(timeout=6), "_timeout")
    if rows:
        owner_is_holder(t, waits, rows)


def test_lock_pi_signal(t):
    """The call is restarted: each wait was two."""
    waits, rows = case(t, "lock_pi", dict(signal=6, wake=6), "_signal")
    if rows:
        owner_is_holder(t, waits, rows)


def test_requeue_pi(t):
    """It sleeps on its word; that it was moved shows when it takes the lock it is handed."""
    waits, rows = case(t, "requeue_pi", dict(wake=12))
    if not rows:
        return
    second = [row for row in rows if row["object"] not in {wait["object"] for wait in waits}]
    t.check("the lock's owner, if it is still known", {row["owner_tid"] for row in second} <=
            {0} | {wait["owner_tid"] for wait in waits}, "holder or none", second)
    first = sum(row["total_ns"] for row in rows if row not in second)
    t.check("nearly all of it on the word", first >= 0.9 * sum(row["total_ns"] for row in rows),
            "90 %", first)
    longest = max(map(duration, waits))
    t.check("neither is longer than the call", all(row["max_ns"] <= longest for row in rows),
            longest, [row["max_ns"] for row in rows])


def test_requeue_pi_timeout(t):
    case(t, "requeue_pi", dict(timeout=6), "_timeout")
