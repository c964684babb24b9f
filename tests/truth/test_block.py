# SPDX-License-Identifier: GPL-2.0-only
"""Device time: block requests on devices with a known completion time."""
import os
import signal
import subprocess
import time

from disk import SlowDisk
from harness import (Cli, Observation, PATIENCE_S, Workload, check_books, duration, module_load,
                     module_parameter, module_unload, observe, wait_for)
from netlink import Client
from test_records import check_end, check_records, sums_of_records, sums_of_rows
from uapi import number

COMPLETION_NS = 10000000
CLIPPED = number("WAIT_F_CLIPPED")
DEV = number("OBJECT_DEV")
# What each round of the workload asks for: (call, operation, bytes).
TRANSFERS = [("pread", "OP_READ", 4096), ("pwrite", "OP_WRITE", 4096),
             ("pread", "OP_READ", 65536), ("pwrite", "OP_WRITE", 12288)]


def log2(size):
    """As the interface has it: at most 1 << n, more than half of that."""
    return (size - 1).bit_length()


def block_point(client):
    return [point for point in client.points() if point["name"] == "block_rq"][0]


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def collect(session, disk=None):
    """A paused session; with a disk, only what concerns it."""
    session.pause()
    counters, losses = session.stats()
    rows, special = session.rows()
    if disk:
        rows = [row for row in rows if row["object"] == disk.device]
    return Observation(rows, special, {}, counters, losses, now_ns() - session.start_ns, {}, None)


def count_of(rows):
    return sum(row["count"] for row in rows)


def check_rows(t, work, rows, disk, rounds):
    """Operation, size, count and time of each, against the program's log."""
    found = {(row["op"], row["size_log2"]): row["count"] for row in rows}
    t.equal("count by operation and size", found, {
        (number(op), log2(size)): rounds for _, op, size in TRANSFERS})
    thread = work.threads[0]["tid"]
    t.equal("submitted by", {(row["tgid"], row["tid"], row["comm"]) for row in rows},
            {(work.pid, thread, "block_io")})
    t.equal("device", {(row["object"], row["object_type"]) for row in rows}, {(disk.device, DEV)})
    t.equal("no stacks", {(row["kstack"], row["ustack"]) for row in rows}, {(0, 0)})
    odd = [row for row in rows if row["blocked_ns"] != row["total_ns"] or row["inner_ns"] or
           row["clipped"] or row["ended"]["wake"] != row["count"]]
    t.check("all blocked, nothing inside, ended by the device", not odd, "none", odd)
    for at, (call, op, size) in enumerate(TRANSFERS):
        waits = work.waits[at::len(TRANSFERS)]
        mine = [row for row in rows
                if (row["op"], row["size_log2"]) == (number(op), log2(size))]
        name = "%s of %d bytes" % (call, size)
        t.equal("the log's calls, " + name, {wait["wait"] for wait in waits}, {call})
        total = sum(row["total_ns"] for row in mine)
        # The device's timer and ours are the same clock, read some ns apart.
        t.between("sum, " + name, int(disk.completion_ns * len(waits) * 0.999), total,
                  sum(map(duration, waits)))
        t.between("maximum, " + name, int(disk.completion_ns * 0.999),
                  max((row["max_ns"] for row in mine), default=0), max(map(duration, waits)))
        t.agreement("block, " + name, "block", waits, len(waits), count_of(mine), total)


def test_operations_and_sizes(t):
    rounds = 5
    with SlowDisk("slow", COMPLETION_NS) as disk:
        with Workload("block_io", "sizes", disk.path, rounds) as work:
            seen = observe(t, work, ("block",))
            check_rows(t, work, seen.rows, disk, rounds)
        with Client() as client:
            session = client.session(["block"])
            subprocess.run(["blkdiscard", "-l", "1MiB", disk.path], check=False,
                           stderr=subprocess.DEVNULL)
            with open(disk.path, "r+b") as file:
                os.fsync(file.fileno())
            seen = collect(session, disk)
            odd = [row for row in seen.rows if row["op"] == number("OP_FLUSH") and
                   row["size_log2"]]
            t.check("a flush has no size", not odd, "0", odd, "%d rows" % len(seen.rows))
            session.delete()


def test_beside_the_thread_s_own_waits(t):
    """Device time is in no thread's sum and inside no wait."""
    rounds = 5
    with SlowDisk("slow", COMPLETION_NS) as disk:
        with Workload("block_io", "sizes", disk.path, rounds) as work:
            seen = observe(t, work, ("io", "block"))
            check_rows(t, work, seen.of(**{"class": "block"}), disk, rounds)
            waited = seen.of(**{"class": "io"})
            t.equal("waits for I/O", count_of(waited), rounds * len(TRANSFERS))
            t.equal("nothing was taken off them", [row["inner_ns"] for row in waited if
                                                   row["inner_ns"]], [])
            t.check("they have stacks", waited and all(row["kstack"] for row in waited), "all",
                    waited)


def test_command_line(t):
    """A table of its own, in no sum of threads; JSON, hist and trace."""
    rounds = 3
    with SlowDisk("slow", COMPLETION_NS) as disk, Client() as client:
        number_of = "%d:%d" % (disk.device >> 20, disk.device & 0xfffff)
        name = os.path.basename(os.readlink("/sys/dev/block/" + number_of))
        with Workload("block_io", "sizes", disk.path, rounds) as work:
            seen = observe(t, work, ("io", "block"), command=["top", "-b", "-n", "1", "-d", "60"])
        rows = [row for row in seen.document["rows"] if row["class"] == "block"]
        t.equal("rows", {(row["op"], row["size_bytes"], row["object"], row["pid"], row["count"])
                         for row in rows},
                {(op[3:].lower(), 1 << log2(size), number_of, work.pid, rounds)
                 for _, op, size in TRANSFERS})
        t.equal("no stacks", [row for row in rows if row["kstack"] or row["ustack"] or
                              row["callsite"]], [])
        for case, classes, others in (("alone", ["block"], False),
                                      ("beside io", ["io", "block"], True)):
            with Workload("block_io", "sizes", disk.path, rounds) as work:
                text = watched(client, work, "top", "-b", "-n", "1", "-d", "60", "-c",
                               ",".join(classes))
            lines = [line.split() for line in text.splitlines() if " " + name + " " in line]
            t.equal("top, %s: lines of the device" % case, len(lines), len(TRANSFERS))
            t.check("top, %s: sizes" % case, "<= 16 KiB" in text and "<= 64 KiB" in text,
                    "<= 16 KiB", text)
            t.equal("top, %s: a table of waits" % case, "Waits by" in text, others)
        for command in (["hist", "--by", "object", "-c", "block"], ["trace", "-c", "block"]):
            with Workload("block_io", "sizes", disk.path, rounds) as work:
                text = watched(client, work, *command)
            t.check(command[0] + " tells device, operation and size",
                    name in text and "<= 16 KiB" in text and "write" in text, name, text)


def watched(client, work, *command):
    """What a command prints about a phase of a workload."""
    cli = Cli(*command, "--pid", work.pid, client=client)
    work.phase()
    cli.process.send_signal(signal.SIGINT)
    return cli.process.communicate(timeout=PATIENCE_S)[0]


def test_off_by_default(t):
    """A session that names no classes has none of it, and nothing is hooked."""
    with SlowDisk("slow", COMPLETION_NS) as disk, Client() as client:
        with Workload("block_io", "sizes", disk.path, 2) as work:
            before = block_point(client)["hits"]
            session = client.session(None, tgids=[work.pid])
            work.phase()
            point = block_point(client)
            t.check("not armed", point["state"] != number("POINT_ARMED"), "not armed", point)
            t.equal("hits", point["hits"], before)
            rows, _ = session.rows()
            t.check("waits for I/O, no device time", {"io"} <= {row["class"] for row in rows} and
                    "block" not in {row["class"] for row in rows}, "io", rows[:3])
            t.check("no such counters", "block" not in session.stats()[0], "none",
                    session.stats()[0])
            session.delete()


def test_two_devices(t):
    rounds = 4
    with SlowDisk("slow", COMPLETION_NS) as one, SlowDisk("slower", COMPLETION_NS * 3) as two:
        with Workload("block_io", "sizes", one.path, rounds) as first, \
                Workload("block_io", "sizes", two.path, rounds) as second, Client() as client:
            session = client.session(["block"], tgids=[first.pid, second.pid])
            for work in (first, second):
                work.line()
            for work in (first, second):
                work.until("done")
            seen = collect(session)
            for work, disk in ((first, one), (second, two)):
                check_rows(t, work, seen.of(object=disk.device), disk, rounds)
            t.equal("no other device", {row["object"] for row in seen.rows},
                    {one.device, two.device})
            session.delete()


def test_filters_and_grain(t):
    """Who submitted it decides; a short request is filtered; rows by process."""
    rounds = 3
    total = rounds * len(TRANSFERS)
    with SlowDisk("slow", COMPLETION_NS) as disk, Client() as client:
        with Workload("block_io", "sizes", disk.path, rounds) as work:
            sessions = {
                "its process, rows by process": (total, 0, client.session(
                    ["block"], tgids=[work.pid], threads=False)),
                "its name": (total, 0, client.session(["block"], comm="block_?o")),
                "another name": (0, 0, client.session(["block"], comm="dd")),
                "another process": (0, 0, client.session(["block"], tgids=[1])),
                "longer than ever": (0, total, client.session(
                    ["block"], tgids=[work.pid], min_ns=3600 * 10 ** 9)),
            }
            work.phase()
            for name, (reported, filtered, session) in sessions.items():
                seen = collect(session)
                counters = seen.counters["block"]
                t.equal("reported, filtered: " + name,
                        (count_of(seen.rows), counters["reported"], counters["filtered"]),
                        (reported, reported, filtered))
                if "by process" in name:
                    t.equal("thread: " + name, {row["tid"] for row in seen.rows}, {0})
                session.delete()


def test_records(t):
    """Each request by itself: inside the call that made it."""
    rounds = 5
    with SlowDisk("slow", COMPLETION_NS) as disk, Client() as client:
        with Workload("block_io", "sizes", disk.path, rounds) as work:
            session = client.session(["block"], tgids=[work.pid], objects=True, records=True)
            work.phase()
            session.pause()
            records = session.records()
            check_records(t, records)
            check_end(t, session, records, lost=0)
            t.check("sums of records are the rows of totals", sums_of_records(records) ==
                    sums_of_rows_by_call(session.rows()[0]), session.rows()[0], records,
                    "%d records" % len(records))
            got = sorted(records, key=lambda one: one["end_ns"])
            odd = [(wait, one) for wait, one in zip(work.waits, got) if not (
                wait["begin_ns"] <= one["end_ns"] - one["duration_ns"] and
                one["end_ns"] <= wait["end_ns"] and one["tid"] == wait["tid"])]
            t.check("one in each call", not odd and len(got) == len(work.waits), "none off", odd)
            t.equal("operations and sizes in order", [(one["op"], one["size_log2"])
                                                      for one in got],
                    [(number(op), log2(size)) for _, op, size in TRANSFERS] * rounds)
            session.delete()


def sums_of_rows_by_call(rows):
    """Without the size, as sums_of_records() has it."""
    found = {}
    for row in rows:
        for key, value in sums_of_rows([row]).items():
            into = found.setdefault(key, None)
            if into is None:
                found[key] = dict(value, ended=dict(value["ended"]))
                continue
            for field in ("count", "total_ns", "inner_ns", "clipped"):
                into[field] += value[field]
            into["max_ns"] = max(into["max_ns"], value["max_ns"])
            for end in into["ended"]:
                into["ended"][end] += value["ended"][end]
    return found


# --- many at once ---

def queue(disk, name, value=None):
    """An attribute of the device's queue, set or read."""
    path = "/sys/dev/block/%d:%d/queue/%s" % (disk.device >> 20, disk.device & 0xfffff, name)
    with open(path, "r" if value is None else "w") as file:
        return file.read().strip() if value is None else file.write(str(value))


def fio(disk, nr, depth, *more):
    """nr reads of 4 KiB, depth of them at once, none merged."""
    queue(disk, "nomerges", 2)
    return subprocess.Popen(["fio", "--name=load", "--filename=" + disk.path, "--direct=1",
                             "--rw=randread", "--bs=4k", "--ioengine=libaio",
                             "--iodepth=%d" % depth, "--iodepth_batch_submit=%d" % depth,
                             "--number_ios=%d" % nr, "--thread", "--output=/dev/null", *more])


def in_flight(session):
    return [row for row in session.open_waits() if row["class"] == "block"]


def test_open_limit(t):
    """With room for 16, exactly the rest of 64 is missed; later ones find room again."""
    nr, limit = 64, 16
    module_parameter(open_limit=limit)
    try:
        with SlowDisk("slower", 3 * 10 ** 9, hw_queue_depth=128) as disk, Client() as client:
            queue(disk, "scheduler", "none")
            session = client.session(["block"], comm="fio")
            load = fio(disk, nr, nr)
            wait_for(lambda: block_point(client)["hits"] >= nr or load.poll() is not None,
                     "all requests to be issued")
            counters, _ = session.stats()
            t.equal("in flight, as counted and as shown",
                    (counters["block"]["open"], len(in_flight(session))), (limit, limit))
            t.equal("fio", load.wait(timeout=PATIENCE_S), 0)
            wait_for(lambda: session.stats()[0]["block"]["open"] == 0, "the last completion")
            point = block_point(client)
            t.equal("limit, hits, missed, unpaired",
                    tuple(point[key] for key in ("limit", "hits", "missed", "unpaired")),
                    (limit, nr, nr - limit, 0))
            counters = collect(session).counters["block"]
            t.equal("begun, ended, reported", tuple(counters[key] for key in
                                                    ("begun", "ended", "reported")),
                    (limit, limit, limit))
            t.figure("open_limit=16, 64 requests at once", "recorded, missed", "16, 48",
                     "%d, %d" % (counters["reported"], point["missed"]))
            load = fio(disk, limit, limit)
            t.equal("fio", load.wait(timeout=PATIENCE_S), 0)
            t.equal("missed, after as many as there is room for",
                    block_point(client)["missed"], nr - limit)
            session.delete()
    finally:
        module_parameter()


def test_in_flight(t):
    """Requests that nobody saw begin, that a session came too late for, and unloading."""
    nr = 64
    with SlowDisk("slower", 4 * 10 ** 9, hw_queue_depth=128) as disk, Client() as client:
        queue(disk, "scheduler", "none")
        session = client.session(["block"], comm="fio")
        load = fio(disk, nr, nr)
        wait_for(lambda: len(in_flight(session)) == nr or load.poll() is not None,
                 "all requests to be in flight")
        rows = in_flight(session)
        t.equal("in flight: device, operation, process", {
            (row["object"], row["op"], row["comm"], row["flags"]) for row in rows},
            {(disk.device, number("OP_READ"), "fio", 0)})
        late = client.session(["block"], comm="fio")
        t.equal("too late for them", {row["flags"] for row in in_flight(late)}, {CLIPPED})
        load.wait(timeout=PATIENCE_S)
        for name, one, clipped in (("from the start", session, 0), ("late", late, nr)):
            seen = collect(one, disk)
            check_books(t, seen)
            t.equal("reported, clipped: " + name,
                    (count_of(seen.rows), sum(row["clipped"] for row in seen.rows)),
                    (nr, clipped))
            one.delete()
        t.check("a late one's times are cut to it", sum(row["max_ns"] for row in seen.rows) <
                4 * 10 ** 9, "below 4 s", seen.rows)
        session = client.session(["block"], comm="fio")
        load = fio(disk, nr, nr)
        wait_for(lambda: len(in_flight(session)) == nr or load.poll() is not None,
                 "all requests to be in flight")
        # The last session goes and another one comes while they are in flight.
        session.delete()
        session = client.session(["block"], comm="fio")
        t.equal("forgotten with the last session", len(in_flight(session)), 0)
        load.wait(timeout=PATIENCE_S)
        t.equal("and their ends are nothing to the next", session.stats()[0]["block"]["begun"], 0)
        load = fio(disk, nr, nr)
        wait_for(lambda: len(in_flight(session)) == nr or load.poll() is not None,
                 "all requests to be in flight")
        client.close()
        module_unload()
        t.check("unloaded with requests in flight", load.poll() is None, "fio still waits",
                load.returncode)
        t.equal("fio", load.wait(timeout=PATIENCE_S), 0)
        module_load()
    test_operations_and_sizes(t)


def test_scheduler(t):
    """Held back by an I/O scheduler and issued by others: still the submitter's."""
    nr = 60
    with SlowDisk("slow", COMPLETION_NS // 2, hw_queue_depth=2) as disk, Client() as client:
        subprocess.run(["modprobe", "-q", "mq-deadline"], check=False)
        if "mq-deadline" not in queue(disk, "scheduler"):
            t.skip("mq-deadline", "this kernel has none")
            return
        queue(disk, "scheduler", "mq-deadline")
        everyone = client.session(["block"])
        session = client.session(["block"], comm="fio")
        load = fio(disk, nr, 30)
        t.equal("fio", load.wait(timeout=PATIENCE_S), 0)
        wait_for(lambda: session.stats()[0]["block"]["open"] == 0, "the last completion")
        for name, one in (("all", everyone), ("of that name", session)):
            seen = collect(one, disk)
            t.equal("by whom: " + name, {row["comm"] for row in seen.rows}, {"fio"})
            t.equal("requests: " + name, count_of(seen.rows), nr)
            total = sum(row["total_ns"] for row in seen.rows)
            t.check("no shorter than the device takes: " + name, total >=
                    int(disk.completion_ns * nr * 0.999), disk.completion_ns * nr, total)
            one.delete()


def test_requeue(t):
    """A driver that gives requests back: one row each, and the time of the last issue."""
    if subprocess.run(["modprobe", "scsi_debug", "dev_size_mb=64", "ndelay=5000000"],
                      check=False).returncode:
        t.skip("requeue", "no scsi_debug here")
        return
    subprocess.run(["modprobe", "-q", "sd_mod"], check=False)
    with Client() as client:
        wait_for(lambda: scsi_disk() is not None, "a disk of scsi_debug")
        path = scsi_disk()
        time.sleep(1)
        settings = "/sys/bus/pseudo/drivers/scsi_debug/"
        write(settings + "every_nth", "4")
        write(settings + "opts", "0x8000")
        with Workload("block_io", "sizes", path, 8) as work:
            session = client.session(["block"], tgids=[work.pid])
            requeues = Requeues()
            work.phase()
            seen = collect(session)
            check_books(t, seen)
            t.equal("requests", count_of(seen.rows), len(work.waits))
            t.check("inside the calls", sum(row["total_ns"] for row in seen.rows) <=
                    sum(map(duration, work.waits)), sum(map(duration, work.waits)), seen.rows)
            t.equal("unpaired", block_point(client)["unpaired"], 0)
            t.check("some were given back", requeues.count() > 0, "> 0", requeues.count(),
                    str(requeues.count()))
            session.delete()
        write(settings + "opts", "0")
    wait_for(lambda: not subprocess.run(["modprobe", "-qr", "scsi_debug"]).returncode,
             "scsi_debug to go")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def scsi_disk():
    for name in sorted(os.listdir("/sys/block")):
        try:
            with open("/sys/block/%s/device/model" % name) as file:
                if file.read().strip() == "scsi_debug" and os.path.exists("/dev/" + name):
                    return "/dev/" + name
        except OSError:
            pass
    return None


class Requeues:
    """The kernel's own count of requests given back."""

    FOLDER = "/sys/kernel/tracing/instances/waitprof_requeues"

    def __init__(self):
        if not os.path.exists("/sys/kernel/tracing/instances"):
            subprocess.run(["mount", "-t", "tracefs", "none", "/sys/kernel/tracing"], check=True)
        os.makedirs(self.FOLDER, exist_ok=True)
        write(self.FOLDER + "/events/block/block_rq_requeue/enable", "1")

    def count(self):
        with open(self.FOLDER + "/trace") as file:
            return sum("block_rq_requeue:" in line for line in file)


def test_sessions_under_load(t):
    """fio on two devices while sessions come, pause and go: each one's books balance."""
    seconds = 12
    with SlowDisk("slow", 20000000) as one, SlowDisk("quick", 10000000) as two:
        queue(one, "scheduler", "none")
        loads = [subprocess.Popen([
            "fio", "--name=load", "--filename=" + disk.path, "--direct=1", "--rw=randrw",
            "--bsrange=4k-64k", "--ioengine=libaio", "--iodepth=6", "--fsync=50", "--time_based",
            "--numjobs=2", "--runtime=%d" % seconds, "--thread", "--output=/dev/null"])
            for disk in (one, two)]
        sums, rounds, worst, ends = {}, 0, [], now_ns() + seconds * 10 ** 9
        with Client() as stays, Client() as client:
            whole = stays.session(["block", "io"], objects=True)
            while now_ns() < ends:
                sessions = [client.session(["block"], comm="fio"),
                            client.session(["block", "futex"], records=True, min_ns=300000),
                            client.session(["block"], threads=False, size=4 << 20)]
                time.sleep(0.2)
                for session in sessions:
                    session.open_waits()
                    session.pause()
                # What was in flight is followed to its end.
                wait_for(lambda: not any(session.stats()[0]["block"]["open"]
                                         for session in sessions), "requests to complete")
                for session in sessions:
                    row = session.stats()[0]["block"]
                    rows, special = session.rows()
                    stored = sum(one["count"] for one in rows + special if one["class"] == "block")
                    if row["begun"] != row["ended"] or stored != row["reported"] or \
                            row["ended"] != row["reported"] + row["filtered"] + row["lost"]:
                        if not row["lost"]:
                            worst.append((row, stored))
                    sums["ended"] = sums.get("ended", 0) + row["ended"]
                    session.delete()
                rounds += 1
            t.check("books of every session", not worst, "equality", worst[:2],
                    "%d rounds, %d requests" % (rounds, sums["ended"]))
            t.check("there was load", sums["ended"] > 100, "> 100", sums)
            for load in loads:
                load.wait(timeout=PATIENCE_S)
            seen = collect(whole)
            check_books(t, seen)
            point = block_point(stays)
            t.equal("unpaired", point["unpaired"], 0)
            whole.delete()
