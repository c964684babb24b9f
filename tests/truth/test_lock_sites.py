# SPDX-License-Identifier: GPL-2.0-only
"""The code around a lock: where it is waited for, where its owner is, who lets it go."""
import os
import subprocess
import tempfile

from disk import SlowDisk
from harness import (CLI, Cli, WORKLOADS, Workload, cli_json, cli_run, is_asleep, observe,
                     wait_for)
from locks import LOCKS_MODULE, Locks, built
from netlink import Client
from seen import is_seen

BURN_MS = 10000


def sites_of(rows, address):
    """What is said of one object, the same in all rows that have it."""
    found = [row["object_sites"] for row in rows if row["object"] == hex(address)]
    return found[0] if found and all(one == found[0] for one in found) else None


def test_kernel_lock_by_object(t):
    """The test module's lock: taken in one function, let go in another."""
    if not built():
        t.skip("test module", "%s is not there" % LOCKS_MODULE)
        return
    address = Locks().addresses()["mutex", 0]
    with Workload("kernel_locks", 4, "hold mutex lock 1 30 0", "take mutex lock 20000") as work:
        seen = observe(t, work, ["mutex"], command=["hist", "--by", "object", "--wakers"])
    sites = sites_of(seen.document["rows"], address)
    t.check("waited for in the function that takes it", sites and sites["nr_waits"] == 1 and
            sites["waits"] == ["take_mutex"], ["take_mutex"], sites, str(sites))
    # (mutex_unlock() may be the last thing that drop_mutex() does: a jump)
    t.check("let go by its holder", sites and set(sites["wakers"]) <= {"drop_mutex", "stage_hold"}
            and sites["nr_wakers"] >= 1, "drop_mutex or stage_hold", sites)


def test_kernel_lock_held_now(t):
    """Its holder sleeps, in no lock: /proc says where."""
    if not built() or not is_seen(t, "mutex"):
        t.skip("test module", "%s is not there" % LOCKS_MODULE)
        return
    address = Locks().addresses()["mutex", 0]
    with Workload("kernel_locks", 1, "hold mutex lock 2 8000 0", "take mutex lock 20000",
                  "take mutex killable 20000") as work, Client() as client:
        client.session(["mutex"], tgids=[work.pid])
        work.line()
        wait_for(lambda: len([wait for wait in Locks.log() if wait["begin_ns"] and
                              is_asleep(wait["tid"])]) == 2, "two waiters")
        document = cli_json("blocked", "--json", "--pid", work.pid, "--class", "mutex")
        held = [wait["tid"] for wait in Locks.log() if is_asleep(wait["tid"])]
        work.process.kill()
        work.process.wait()
    if len(held) != 2:
        t.skip("a lock that is held", "a busy host: the holder was done before the command")
        return
    sites = sites_of(document["rows"], address)
    t.equal("two rows", len(document["rows"]), 2)
    if os.uname().release.startswith("5.10."):
        t.skip("who waits", "5.10 cannot look through a return probe from outside")
    else:
        # (the last thing that take_mutex_killable() does is a jump)
        t.check("who waits, in both rows", sites and sorted(sites["waits"]) in (
            ["take_mutex", "take_mutex_killable"], ["take_mutex", "take_once"]),
                "both functions", sites, str(sites))
    t.check("where its owner is", sites and sites["owner"] in ("stage_hold", "await"),
            "stage_hold", sites, str(sites))


def test_user_lock_by_object(t):
    """Two mutexes of a program, each waited for in a function of its own."""
    with Workload("two_locks", 20000) as work:
        work.line()
        document = cli_json("hist", "--json", "--by", "object", "--wakers", "--duration", 3,
                            "--pid", work.pid, "--class", "futex")
        work.phase()
    found = {tuple(row["object_sites"]["waits"][:1]): row["object_sites"]
             for row in document["rows"] if row["object_sites"]}
    for function in "hot_wait", "other_wait":
        sites = found.get((function,))
        t.check("%s: woken where it is held" % function, sites and sites["wakers"] and
                set(sites["wakers"]) <= {"hold", function}, "hold", found, str(sites))


def test_user_locks_of_a_deadlock(t):
    """Each owner is itself in the function that waits for the other one's lock."""
    with Workload("deadlock", "plain", BURN_MS) as work, Client() as client:
        cli = Cli("top", "-b", "-n", "1", "-d", "60", "--json", "--pid", work.pid, "--class",
                  "futex", client=client)
        started_ns = max(session["start_ns"] for session in client.sessions()
                         if session["owner"] == cli.process.pid)
        work.until("asleep")
        document = cli_json("blocked", "--json", "--pid", work.pid)
        objects = cli_json("top", "-b", "-n", "1", "-d", "1", "--by", "object", "--json", "--pid",
                           work.pid, "--class", "futex")["rows"]
        cli.stop()
    if min(wait["begin_ns"] for wait in work.waits) < started_ns:
        t.skip("the code", "the session came after the deadlock: no whole stacks")
        return
    waits = {wait["tid"]: wait for wait in work.waits}
    rows = [row for row in document["rows"] if row["tid"] in waits]
    t.equal("both are listed", len(rows), 2)
    for row in rows:
        sites, own = row["object_sites"], {"wait_for", "side_thread"}
        t.check("waited for in, and owner in", sites and sites["nr_waits"] == 1 and
                set(sites["waits"]) <= own and sites["owner"] in own, own, sites, str(sites))
        owner = waits[row["tid"]]["owner_tid"]
        held = [one for one in objects if one["object"] == row["object"]]
        t.check("top by object: who holds it now, and where", len(held) == 1 and
                held[0]["owner"] and (held[0]["owner"]["tid"], held[0]["owner"]["by"]) ==
                (owner, "glibc") and held[0]["object_sites"]["owner"] in own, (owner, own),
                [(one["owner"], one["object_sites"]) for one in held])


def names_of(document):
    return {row["object"]: row["object_name"] for row in document["rows"]}


def test_names_in_a_capture(t):
    """Locks, devices and kinds have the names that they had when they were recorded."""
    with tempfile.TemporaryDirectory() as folder:
        disk_file, kind_file, lock_file = (folder + name for name in ("/disk", "/kind", "/lock"))
        with SlowDisk("named", 20000000) as disk:
            seen = cli_run("record", "-o", disk_file, "--objects", "-c", "io", "--",
                           os.path.join(WORKLOADS, "block_io"), "cached", disk.path, input="\n")
            t.equal("disk: recorded", seen.returncode, 0)
            number = "%d:%d" % (disk.device >> 20, disk.device & 0xfffff)
            name = os.path.basename(os.path.realpath("/sys/dev/block/" + number))
        # The disk is gone, and its number is nobody's.
        names = names_of(cli_json("report", disk_file, "--by", "object", "--json"))
        t.equal("the disk's name", names.get(number), name)
        with Workload("libc_waits", "sem", 100) as work:
            # Without its debug symbols libc does not say what it waits for.
            hidden = ["unshare", "-m", "sh", "-c",
                      "! [ -d /usr/lib/debug ] || mount -t tmpfs none /usr/lib/debug; exec \"$@\"",
                      "sh", CLI, "record", "-o", kind_file, "-c", "futex", "-p", str(work.pid),
                      "--duration", "1.5s"]
            recorder = subprocess.Popen(hidden, stderr=subprocess.DEVNULL)
            with Client() as client:
                wait_for(lambda: any(one["start_ns"] for one in client.sessions()), "a session")
            work.line()
            t.equal("kinds: recorded", recorder.wait(), 0)
            work.until("done")
        rows = [row for row in cli_json("report", kind_file, "--json")["rows"]
                if not row["truncated"] and row["count"]]
        # (the waiter's own: all others come before it begins and after it has ended)
        rows = [row for row in rows if (row["callsite"] or "").startswith("sem_wait_once")]
        if rows:
            t.equal("kinds by what was called", {row["kind"] for row in rows}, {"semaphore"})
        else:
            t.skip("kinds by what was called", "a busy host: no stack is whole")
        if not built():
            t.skip("test module", "it is not there")
            return
        made = Locks()
        with Workload("kernel_locks", 4, "hold mutex lock 1 30 0", "take mutex lock 20000") as work:
            live = observe(t, work, ["mutex"], command=["hist", "--by", "object"]).document
        with Workload("kernel_locks", 4, "hold mutex lock 1 30 0", "take mutex lock 20000") as work:
            with Client() as client:
                recorder = Cli("record", "-o", lock_file, "--objects", "--wakers", "-c", "mutex",
                               "-p", work.pid, client=client, errors=subprocess.DEVNULL)
            work.phase()
            recorder.process.wait()
        address = hex(made.addresses()["mutex", 0])
        subprocess.run(["rmmod", "waitprof_locks"], check=True)
        for command in ["report", lock_file], ["hist", "-i", lock_file]:
            then = cli_json(*command, "--by", "object", "--json")
            t.equal("%s: the lock's name" % command[0], names_of(then).get(address),
                    names_of(live).get(address))
            sites = sites_of(then["rows"], int(address, 16))
            t.check("%s: the code around it" % command[0], sites and
                    sites["waits"] == ["take_mutex"] and
                    set(sites["wakers"]) <= {"drop_mutex", "stage_hold"}, "as live", sites)
