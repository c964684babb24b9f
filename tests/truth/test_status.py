# SPDX-License-Identifier: GPL-2.0-only
"""The module loaded and nobody looking; what the command says about that."""
import errno
import os

from harness import Workload, cli_json, cli_run, module_load, module_parameter, module_unload
from uapi import CLASSES, number
import netlink


def armed(client):
    return [point["name"] for point in client.points()
            if point["state"] == number("POINT_ARMED")]


def not_blind(client, name):
    """A class's wait points, but for those this kernel lacks."""
    return [point["name"] for point in client.points()
            if point["class"] == CLASSES[name] and point["state"] != number("POINT_BLIND")]


def test_idle_module_arms_nothing(t):
    with netlink.Client() as client:
        t.equal("ABI", client.info()["abi"], number("ABI"))
        t.equal("points armed", armed(client), [])
        session = client.session(["futex"])
        t.equal("points armed by a session for futexes", armed(client),
                not_blind(client, "futex"))
        session.delete()
        t.equal("points armed after it", armed(client), [])
        client.session(["futex", "mutex", "io"]).delete()
        for name in ("futex", "mutex", "io"):
            t.check("%s has a point that is not blind" % name, not_blind(client, name), "one",
                    client.points())
        t.figure("module", "fixed memory (bytes)", "", client.info()["fixed_bytes"])


def test_status_of_the_command(t):
    with netlink.Client() as client:
        session = client.session(["futex", "mutex", "io"])
        status = cli_json("status", "--json")
        wanted = sorted(armed(client))
        t.figure("session", "memory (bytes)", "", session.used_bytes)
        session.delete()
    points = status.get("points", [])
    found = {point["class"] for point in points}
    t.check("points of each class", {"futex", "mutex", "io"} <= found, "futex, mutex, io", points)
    t.equal("those of the open session are armed",
            sorted(point["name"] for point in points if point["state"] == "armed"), wanted)


def test_version_of_the_command(t):
    with netlink.Client() as client:
        info = client.info()
    lines = cli_run("--version").stdout.splitlines()
    t.equal("the module's line", lines[1], "module %s, interface %d, on %s" % (
        info["version"], info["abi"], info["kernel"]))
    module_unload()
    t.equal("without the module", cli_run("--version").stdout.splitlines()[1],
            "module not loaded")
    module_load()


def test_blind_point(t):
    """A kernel without the function: the module loads and says which point is blind."""
    path = os.environ.get("WAITPROF_BLIND_MODULE")
    if not path:
        print("ok - blind point # SKIP WAITPROF_BLIND_MODULE is not set")
        return
    module_unload()
    # Tracepoints need no names of functions.
    module_load(path, kprobes_only=1)
    try:
        with netlink.Client() as client, Workload("raw_waits", "timeout", 2) as work:
            session = client.session(["futex", "mutex"], tgids=[work.pid])
            blind = [point for point in client.points()
                     if point["state"] == number("POINT_BLIND")]
            blind = [point for point in blind if point["class"] == CLASSES["mutex"]]
            t.need("a blind point", blind, "the one for mutexes", client.points())
            t.check("and why", blind[0]["error"] == errno.ENOENT and blind[0]["reason"],
                    "ENOENT and a sentence", blind, blind[0]["reason"])
            work.phase()
            counters, _ = session.stats()
            t.equal("the other class still works", counters["futex"]["begun"], 4)
            lines = cli_run("status").stdout.splitlines()
            for point in blind:
                t.check("status names %s" % point["name"], any(
                    point["name"] in line and "blind" in line for line in lines),
                        "a line with it and 'blind'", lines)
            named = {point["name"]: point.get("reason") for point in
                     cli_json("status", "--json")["points"] if point["state"] == "blind"}
            t.check("so does its JSON, with the reason", all(
                named.get(point["name"]) == point["reason"] for point in blind),
                    {point["name"]: point["reason"] for point in blind}, named)
            top = cli_run("top", "-b", "-n", "1", "-d", "0.3", "--pid", work.pid)
            t.check("top says so", top.returncode == 0 and "blind" in top.stdout + top.stderr,
                    "blind", top, "")
    finally:
        module_parameter()
