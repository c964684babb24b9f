# SPDX-License-Identifier: GPL-2.0-only
"""What the module under test can see on this kernel, by its own account."""
from netlink import Client, Refused
from uapi import CLASSES, number


def resolved_points():
    """The wait points, when sessions have wanted each class once."""
    with Client() as client:
        # One by one: a class without a point that works is refused.
        for name in CLASSES:
            try:
                client.session([name]).delete()
            except Refused:
                pass
        return client.points()


def class_name(point):
    return [key for key, value in CLASSES.items() if value == point["class"]][0]


def described_points():
    """The same in words: class, name, symbol, backend or why there is none."""
    backends = {number("BACKEND_" + name): name.lower()
                for name in ("NONE", "KRETPROBE", "TRACEPOINT", "FTRACE")}
    states = {number("POINT_" + name): name.lower()
              for name in ("UNUSED", "IDLE", "ARMED", "BLIND", "COVERED")}
    return [{"class": class_name(point), "name": point["name"], "symbol": point["symbol"],
             "backend": backends.get(point["backend"]), "state": states.get(point["state"]),
             "reason": point["reason"]} for point in resolved_points()]


def seen_points():
    """Classes that have a wait point here, and why those that are blind are.

    ww_mutex, a part of class mutex, is told apart.
    """
    seen, blind = set(), {}
    for point in resolved_points():
        name = "ww_mutex" if "ww_mutex" in point["name"] else class_name(point)
        if point["state"] == number("POINT_BLIND"):
            blind[name] = point["reason"]
        else:
            seen.add(name)
    return seen, blind


def is_seen(t, name):
    """Goes on, or says why not."""
    seen, blind = seen_points()
    if name not in seen:
        t.skip(name, blind.get(name, "no wait point for it here"))
    return name in seen
