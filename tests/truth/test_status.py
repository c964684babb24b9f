# SPDX-License-Identifier: GPL-2.0-only
"""The module loaded and nobody looking; what the command says about that."""
from harness import cli_json
from uapi import CLASSES, number
import netlink


def armed(client):
    return [point["name"] for point in client.points()
            if point["state"] == number("POINT_ARMED")]


def test_idle_module_arms_nothing(t):
    with netlink.Client() as client:
        t.equal("ABI", client.info()["abi"], number("ABI"))
        t.equal("points armed", armed(client), [])
        session = client.session(["futex"])
        t.equal("points armed by a session for futexes", len(armed(client)), 1)
        session.delete()
        t.equal("points armed after it", armed(client), [])
        blind = [point["name"] for point in client.points()
                 if point["state"] == number("POINT_BLIND")]
        t.equal("blind points", blind, [])
        t.figure("module", "fixed memory (bytes)", "", client.info()["fixed_bytes"])


def test_status_of_the_command(t):
    with netlink.Client() as client:
        session = client.session(["futex", "mutex", "io"])
        status = cli_json("status", "--json")
        t.figure("session", "memory (bytes)", "", session.used_bytes)
        session.delete()
    points = status.get("points", [])
    wanted = {"futex", "mutex", "io"}
    names = {value: key for key, value in CLASSES.items()}
    found = {names.get(point.get("class"), point.get("class")) for point in points}
    t.check("points of each class", wanted <= found, sorted(wanted), points)
    t.equal("all of them armed", [point.get("state") for point in points], ["armed"] * len(points))
