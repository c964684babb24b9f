# SPDX-License-Identifier: GPL-2.0-only
"""What the module under test can see on this kernel, by its own account."""
from netlink import Client, Refused
from uapi import CLASSES, number


def seen_points():
    """Classes that have a wait point here, and why those that are blind are.

    ww_mutex, a part of class mutex, is told apart.
    """
    seen, blind = set(), {}
    with Client() as client:
        try:
            client.session([name for name in CLASSES if name not in ("block",)]).delete()
        except Refused:
            pass
        for point in client.points():
            name = [key for key, value in CLASSES.items() if value == point["class"]][0]
            if "ww_mutex" in point["name"]:
                name = "ww_mutex"
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
