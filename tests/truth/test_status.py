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


def test_blind_point(t):
    """A kernel without the function: the module loads and says which point is blind."""
    path = os.environ.get("WAITPROF_BLIND_MODULE")
    if not path:
        print("ok - blind point # SKIP WAITPROF_BLIND_MODULE is not set")
        return
    module_unload()
    module_load(path)
    try:
        with netlink.Client() as client, Workload("raw_waits", "timeout", 2) as work:
            session = client.session(["futex", "mutex"], tgids=[work.pid])
            blind = [point for point in client.points()
                     if point["state"] == number("POINT_BLIND")]
            t.equal("blind points", [point["class"] for point in blind], [CLASSES["mutex"]])
            t.check("and why", blind and blind[0]["error"] == errno.ENOENT and
                    blind[0]["reason"], "ENOENT and a sentence", blind,
                    blind and blind[0]["reason"])
            work.phase()
            counters, _ = session.stats()
            t.equal("the other class still works", counters["futex"]["begun"], 4)
            try:
                client.session(["mutex"])
                t.check("a session for nothing else is refused", False, "ENODEV", "a session")
            except netlink.Refused as refusal:
                t.check("a session for nothing else is refused", refusal.errno == errno.ENODEV and
                        refusal.sentence, "ENODEV and a sentence", refusal, refusal.sentence)
            status = cli_run("status")
            t.check("status names it", "blind" in status.stdout and "mutex" in status.stdout,
                    "blind, mutex", status.stdout)
            top = cli_run("top", "-b", "-n", "1", "-d", "0.3", "--pid", work.pid)
            t.check("top says so", top.returncode == 0 and "blind" in top.stdout + top.stderr,
                    "blind", top, "")
    finally:
        module_parameter()
