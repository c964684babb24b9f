# SPDX-License-Identifier: GPL-2.0-only
"""The guard, which stops a session that costs too much."""
import errno
import json
import os
import subprocess
import time

from disk import SlowDisk
from harness import PATIENCE_S, Workload, cli_json, cli_run, module_parameter, wait_for
from netlink import Client, Refused
from test_cost import Runaway, losses, slept
from uapi import number

PERCENT = 10000  # of a CPU, in millionths
# Far below what a load of nothing but handovers costs: a quarter of a CPU, some percent
# where virtual CPUs stand still most of the time.
LIMIT = PERCENT // 5
LOOKS = 3
SECONDS = "45"  # of a command that the guard shall end
SHORTEST_NS = (LOOKS - 1) * 500000000


def is_stopped(session):
    return losses(session)["stopped_ns"] != 0


def balanced(row):
    return (row["begun"] == row["ended"] + row["open"] and
            row["ended"] == row["reported"] + row["filtered"] + row["lost"])


def waits_of(session, tids):
    return sum(row["count"] for row in session.rows()[0] if row["tid"] in tids)


def armed(client):
    return [point["name"] for point in client.points() if point["state"] == number("POINT_ARMED")]


def test_a_runaway_is_stopped(t):
    """It keeps what it has, and nobody else notices."""
    module_parameter()
    with Runaway() as load, Workload("raw_waits", "raw", 6) as before, \
            Workload("raw_waits", "raw", 6) as across, Client() as client, Client() as other:
        pids = [load.pid, before.pid]
        guarded = client.session(["futex"], tgids=pids, guard=LIMIT)
        open_end = other.session(["futex"], tgids=pids, guard=0)
        bystander = other.session(["futex"], tgids=[across.pid], guard=LIMIT)
        before.phase()
        tids, logged = slept(before)
        t.check("a few waits stop nobody", not is_stopped(guarded), "not", losses(guarded))
        load.go()
        load_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        wait_for(lambda: is_stopped(guarded), "the guard")
        now = losses(guarded)
        after_ns = now["stopped_ns"] - (load_ns - guarded.start_ns)
        t.check("not before it has looked three times", after_ns >= SHORTEST_NS,
                "at least %d ns" % SHORTEST_NS, after_ns)
        t.figure("guard", "stopped after (ms), share of a CPU (%)", "limit %g %%" %
                 (LIMIT / PERCENT), "%d, %.1f" % (after_ns // 1000000,
                                                  now["stopped_share"] / PERCENT))
        t.check("at a share above its limit", LIMIT < now["stopped_share"] <= 100 * PERCENT,
                "more than %d" % LIMIT, now["stopped_share"])
        t.equal("its limit", now["guard_limit"], LIMIT)
        row = guarded.stats()[0]["futex"]
        time.sleep(0.3)
        again = guarded.stats()[0]["futex"]
        t.equal("it takes nothing any more", again["begun"], row["begun"])
        grown = open_end.stats()[0]["futex"]["begun"]
        across.phase()
        time.sleep(3.5)
        t.check("the same load without a guard goes on",
                open_end.stats()[0]["futex"]["begun"] > grown and not is_stopped(open_end),
                "more than %d, not stopped" % grown, open_end.stats()[0]["futex"])
        t.check("one that costs little goes on", not is_stopped(bystander), "not stopped",
                losses(bystander))
        bystander.pause()
        t.equal("and has all its waits", waits_of(bystander, slept(across)[0]), slept(across)[1])
        load.stop()
        wait_for(lambda: not guarded.stats()[0]["futex"]["open"], "waits to end")
        row = guarded.stats()[0]["futex"]
        t.check("its books balance", balanced(row), "equality", row)
        rows, special = guarded.rows()
        t.equal("its rows hold what was reported", sum(one["count"] for one in rows + special),
                row["reported"])
        t.equal("it has kept what came before, to the last wait", waits_of(guarded, tids), logged)
        t.check("its stacks can be read", guarded.stacks(), "some", "none")
        refused(t, guarded)


def refused(t, session):
    session.pause()
    try:
        session.pause(False)
        t.check("it cannot be resumed", False, "ECANCELED", "it could")
    except Refused as refusal:
        t.check("it cannot be resumed", refusal.errno == errno.ECANCELED and refusal.sentence,
                "ECANCELED and a sentence", refusal, str(refusal))


def test_its_hooks_are_given_up(t):
    """Those of wakers and of tasks, too; then the next session has them again."""
    module_parameter()
    with Runaway() as load, Client() as client:
        session = client.session(["futex", "mutex"], tgids=[load.pid], guard=LIMIT, wakers=True,
                                 follow=True)
        load.go()
        wait_for(lambda: is_stopped(session), "the guard")
        t.equal("points armed", armed(client), [])
        # They are known by addresses, which others may get when nobody tells of their end.
        t.equal("tasks that it still follows", (session.tasks(), session.open_waits(True)),
                ([], []))
        before = client.costs()
        time.sleep(0.3)
        for _ in range(20):
            subprocess.run(["true"], check=True)
        costs = client.costs()
        t.equal("handlers of wakers and tasks called since", {
            name: costs[name]["calls"] - before[name]["calls"] for name in ("waking", "task")},
            {"waking": 0, "task": 0})
        again = client.session(["futex"], tgids=[load.pid], guard=0, wakers=True)
        wait_for(lambda: again.stats()[0]["futex"]["ended"] > 1000, "waits")
        t.check("a new session has its wakers",
                any(row["waker_flags"] for row in again.rows()[0]), "some", "none")
        session.delete()
        again.delete()
        t.equal("points armed at the end", armed(client), [])


def test_without_a_guard(t):
    """By the module's parameter and by the session's own; nobody has to ask for one."""
    module_parameter(guard_percent=None)
    with Client() as client:
        t.equal("by itself: the module's limit, a session's",
                (client.info()["own_cost"]["guard_limit"],
                 losses(client.session(["futex"]))["guard_limit"]), (5 * PERCENT, 5 * PERCENT))
    module_parameter(guard_percent=1)
    with Runaway() as load, Client() as client:
        t.equal("the module's limit", client.info()["own_cost"]["guard_limit"], PERCENT)
        free = client.session(["futex"], tgids=[load.pid], guard=0)
        default = client.session(["futex"], tgids=[load.pid])
        t.equal("limits", (losses(free)["guard_limit"], losses(default)["guard_limit"]),
                (0, PERCENT))
        load.go()
        wait_for(lambda: is_stopped(default), "the guard")
        time.sleep(4)
        now = losses(free)
        t.check("off is never", not now["stopped_ns"] and now["cost_share"] > PERCENT,
                "a share above 1 %, not stopped", now, "%.1f %%" % (now["cost_share"] / PERCENT))
        own = client.info()["own_cost"]
        t.check("the module's own share is seen", own["look_ns"] and
                own["share"] >= own["busiest"] > PERCENT, "above 1 %", own)
    try:
        with Client() as client:
            client.session(["futex"], guard=100 * PERCENT + 1)
        t.check("more than a CPU is refused", False, "EINVAL", "a session")
    except Refused as refusal:
        t.check("more than a CPU is refused", refusal.errno == errno.EINVAL and refusal.sentence,
                "EINVAL and a sentence", refusal, str(refusal))


def test_requests_in_flight_are_counted(t):
    """With the last session for devices its requests are forgotten: one that was stopped
    has them among its losses."""
    module_parameter()
    with SlowDisk("never", 12000000000) as never, SlowDisk("quick", 100000) as quick, \
            Client() as client:
        session = client.session(["block"], guard=1)
        reader = subprocess.Popen(["dd", "if=" + never.path, "of=/dev/null", "bs=4096", "count=1",
                                   "iflag=direct", "status=none"])
        wait_for(lambda: session.stats()[0]["block"]["open"], "a request that takes long")
        until = time.monotonic() + PATIENCE_S
        while not is_stopped(session) and time.monotonic() < until:
            subprocess.run(["dd", "if=" + quick.path, "of=/dev/null", "bs=4096", "iflag=direct",
                            "status=none"], check=True)
        row = session.stats()[0]["block"]
        t.check("stopped", is_stopped(session), "it was", losses(session))
        t.check("its books balance", balanced(row), "equality", row,
                "begun %(begun)d, ended %(ended)d, lost %(lost)d, open %(open)d" % row)
        t.check("the request in flight is lost", row["lost"] >= 1 and not row["open"],
                "1 or 2 lost, none open", row)
        reader.wait()
        t.equal("its completion changes nothing", session.stats()[0]["block"], row)


# --- the command line ---

def test_the_commands_say_so(t):
    module_parameter()
    limit = ["--guard", "%g" % (LIMIT / PERCENT)]
    with Runaway() as load:
        load.go()
        what = ["-p", load.pid, "-c", "futex"]
        hist = cli_json("hist", "--json", "--duration", SECONDS, *limit, *what)
        said(t, "hist", hist["stopped"])
        t.check("hist: its rows are there", sum(row["count"] for row in hist["rows"]) > 100,
                "more than 100 waits", hist["rows"][:1])
        books = hist["counters"]["futex"]
        t.check("hist: its books balance", balanced(books), "equality", books)
        top = cli_json("top", "-b", "--json", "-d", SECONDS, *limit, *what)
        said(t, "top", top["stopped"])
        text = cli_run("top", "-b", "-d", SECONDS, *limit, *what)
        t.check("top: in words, with what to do", text.returncode == 0 and
                "stopped by its guard after" in text.stdout and "--guard" in text.stdout,
                "a line and status 0", (text.returncode, text.stdout[-800:], text.stderr))
        # To print what came in three seconds would take it minutes here.
        trace = cli_run("trace", "--json", "--duration", SECONDS, "--min-wait", "1min", *limit,
                        *what)
        t.equal("trace: status", trace.returncode, 0)
        said(t, "trace", json.loads(trace.stdout.splitlines()[-1])["stopped"])
        budget = cli_json("budget", "--json", "--duration", SECONDS, *limit, "-p", load.pid)
        said(t, "budget", budget["stopped"])
        free = cli_json("hist", "--json", "--duration", "5", "--guard", "off", *what)
        t.equal("with the guard off", free["stopped"], None)


def said(t, name, stopped):
    t.check("%s: ends, and says that its guard has stopped it" % name, stopped and
            stopped["after_ns"] > 0 and stopped["share"] > stopped["limit"] == LIMIT / 1e6,
            "when, share and limit", stopped, str(stopped))


def test_status_says_so(t):
    module_parameter()
    with Runaway() as load, Client() as client:
        session = client.session(["futex"], tgids=[load.pid], guard=LIMIT)
        load.go()
        wait_for(lambda: losses(session)["cost_share"], "a look")
        status = cli_json("status", "--json")
        begin = [one for one in status["cost"]["handlers"] if one["handler"] == "begin"][0]
        t.check("what handlers cost", begin["calls"] > 0 and begin["timed"] and
                begin["p50_ns"] <= begin["p99_ns"] <= begin["max_ns"], "figures", begin)
        t.check("the module's share", 0 < status["cost"]["busiest_share"] <=
                status["cost"]["share"], "more than 0", status["cost"])
        mine = status["sessions"][0]
        t.equal("the session's limit", mine["cost"]["guard_limit"], LIMIT / 1e6)
        wait_for(lambda: is_stopped(session), "the guard")
        said(t, "status", cli_json("status", "--json")["sessions"][0]["stopped"])
        text = cli_run("status").stdout
        t.check("in words", "stopped by its guard after" in text and "own cost: " in text,
                "two lines", text)


def test_a_capture_keeps_it(t):
    module_parameter()
    limit = ["--guard", "%g" % (LIMIT / PERCENT)]
    with Runaway() as load:
        load.go()
        done = cli_run("record", "-o", "/tmp/stopped.wp", "--duration", SECONDS, "-p", load.pid,
                       *limit)
    t.check("record: ends and says so", done.returncode == 0 and "stopped by its guard" in
            done.stderr, "a word and status 0", (done.returncode, done.stderr))
    said(t, "report", cli_json("report", "--json", "/tmp/stopped.wp")["stopped"])
    text = cli_run("hist", "-i", "/tmp/stopped.wp").stdout
    t.check("hist -i: in words", "stopped by its guard after" in text, "a line", text[-500:])
    # A command goes on when its recording is over, and its status counts.
    done = cli_run("record", "-o", "/tmp/command.wp", *limit, "--", "sh", "-c", COMMAND)
    t.check("record: the command goes on to its end", done.returncode == 3 and
            "went on" in done.stdout and "stopped by its guard" in done.stderr,
            "status 3, its last words, and ours", (done.returncode, done.stdout, done.stderr))
    os.unlink("/tmp/stopped.wp")
    os.unlink("/tmp/command.wp")


# Lines are what the load waits for: it begins, and ends when there are no more.
COMMAND = ("(echo; sleep 12; echo) | build/workload/raw_waits handover > /dev/null; "
           "echo went on; exit 3")
