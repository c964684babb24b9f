# SPDX-License-Identifier: GPL-2.0-only
"""Records: every wait by itself, once, whole and in order, or counted as lost."""
import errno
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

from harness import (CLI, Cli, LOADED, Workload, cli_run, duration, latency, on_cpu,
                     wait_for)
from netlink import NLM_F_DUMP, Client, Refused, attribute
from test_futex import OPS
from test_sessions import settle
from uapi import ENDS, NUMBERS, number, structure

CLIPPED = number("WAIT_F_CLIPPED")


def sums_of_records(records):
    """What totals by thread and object should say, out of the records."""
    found = {}
    for one in records:
        key = tuple(one[field] for field in ("class", "op", "tgid", "tid", "kstack", "ustack",
                                             "object", "object_type"))
        row = found.setdefault(key, {"count": 0, "total_ns": 0, "max_ns": 0, "inner_ns": 0,
                                     "clipped": 0, "ended": dict.fromkeys(ENDS, 0)})
        row["count"] += 1
        row["total_ns"] += one["blocked_ns"] + one["runqueue_ns"] + one["spin_ns"]
        row["inner_ns"] += one["inner_ns"]
        row["max_ns"] = max(row["max_ns"], one["duration_ns"])
        row["clipped"] += bool(one["flags"] & CLIPPED)
        row["ended"][one["end"]] += 1
    return found


def sums_of_rows(rows):
    found = {}
    for row in rows:
        key = tuple(row[field] for field in ("class", "op", "tgid", "tid", "kstack", "ustack",
                                             "object", "object_type"))
        found[key] = {field: row[field] for field in ("count", "total_ns", "max_ns", "inner_ns",
                                                      "clipped", "ended")}
    return found


def check_records(t, records):
    """What must hold of all records of a session, in the order they were read."""
    odd = [one for one in records if one["duration_ns"] != one["blocked_ns"] +
           one["runqueue_ns"] + one["spin_ns"] + one["inner_ns"]]
    t.check("parts and inner time add up in every record", not odd, "duration", odd[:2],
            "%d records" % len(records))
    latest, disorder = {}, []
    for one in records:
        if one["end_ns"] < latest.get(one["cpu"], 0):
            disorder.append(one)
        latest[one["cpu"]] = one["end_ns"]
    t.check("each CPU's records come in order", not disorder, "none earlier", disorder[:2],
            "%d CPUs" % len(latest))
    ends = {(one["tid"], one["end_ns"]) for one in records}
    t.equal("nothing comes twice", len(ends), len(records))


def check_end(t, session, records, lost=None):
    """After a pause: all that ended was read or lost, and nothing is left."""
    counters, losses = session.stats()
    for name, row in counters.items():
        got = len([one for one in records if one["class"] == name])
        t.check("%s: read = reported, read + filtered + lost = ended" % name,
                got == row["reported"] and got + row["filtered"] + row["lost"] == row["ended"] and
                row["begun"] == row["ended"] + row["open"], row, got,
                "%d + %d + %d = %d" % (got, row["filtered"], row["lost"], row["ended"]))
        if lost is not None:
            t.equal("%s: lost" % name, row["lost"], lost)
    t.equal("nothing is left to be read", (losses["records_pending"], session.records()), (0, []))


def compare_each(t, work, records, per_wait=1):
    """Each wait of the log is one record: interval, operation, end, thread, object."""
    wrong = []
    for wait in work.waits:
        mine = sorted((one for one in records if one["tid"] == wait["tid"] and
                       one["object"] == wait["object"]), key=lambda one: one["end_ns"])
        slack = latency(wait) + on_cpu([wait]) + duration(wait) // 10
        if not (len(mine) == per_wait and all(
                one["class"] == "futex" and one["op"] == number(OPS[wait["wait"]]) and
                one["tgid"] == work.pid and one["object_type"] == number("OBJECT_UADDR") and
                one["end_ns"] <= wait["end_ns"] and not one["flags"] and
                one["end_ns"] - one["duration_ns"] >= wait["begin_ns"] for one in mine) and
                mine[-1]["end"] == wait["ended"] and
                sum(one["duration_ns"] for one in mine) >= duration(wait) - slack):
            wrong.append((wait, mine))
    t.check("each wait by itself, %d in the log's interval: operation, end, thread" % per_wait,
            not wrong, "none off", wrong[:2], "%d waits" % len(work.waits))


def single(t, case, ended, per_wait=1):
    with Workload("raw_waits", case, 8) as work, Client() as client:
        session = client.session(["futex"], tgids=[work.pid], objects=True, records=True)
        work.phase()
        session.pause()
        records = session.records()
        check_records(t, records)
        check_end(t, session, records, lost=0)
        compare_each(t, work, records, per_wait)
        rows, _ = session.rows()
        t.check("sums of records are the rows of totals", sums_of_records(records) ==
                sums_of_rows(rows), sums_of_rows(rows), sums_of_records(records),
                "%d rows" % len(rows))
        waiters = {wait["tid"] for wait in work.waits}
        ends = {end: len([one for one in records if one["end"] == end and one["tid"] in waiters])
                for end in ENDS}
        t.equal("ended", {end: nr for end, nr in ends.items() if nr}, ended)
        points = {point["id"]: point["name"] for point in client.points()}
        t.equal("wait points", {points.get(one["point"]) for one in records}, {"futex_wait"})
        t.figure("records, futex " + case, "waits", sum(wait["sleeps"] for wait in work.waits),
                 len(records))
        stacks = session.stacks()
        t.check("their stacks are there", all(one["kstack"] in stacks and one["ustack"] in stacks
                                              for one in records), "every id", sorted(stacks))


def test_woken(t):
    single(t, "raw", dict(wake=16))


def test_timed_out(t):
    single(t, "timeout", dict(timeout=16))


def test_ended_by_signal(t):
    single(t, "signal", dict(signal=16))


def test_restarted_after_signal(t):
    single(t, "restart", dict(signal=16, wake=16), per_wait=2)


def test_begun_before_the_session(t):
    """Clipped: one record each, from the session's start on."""
    with Workload("sleepers", 20) as work, Client() as client:
        # Another session, so that somebody saw them begin.
        standing = client.session(["futex"], tgids=[work.pid])
        work.phase("sleep", "asleep")
        session = client.session(["futex"], tgids=[work.pid], records=True)
        work.phase("wake 20")
        session.pause()
        records = session.records()
        check_records(t, records)
        check_end(t, session, records, lost=0)
        t.equal("all are marked", [one["flags"] for one in records], [CLIPPED] * 20)
        t.equal("they begin where the session did", {one["end_ns"] - one["duration_ns"]
                                                     for one in records}, {session.start_ns})
        standing.delete()


def test_exact_room(t):
    """One CPU, 100 waits: a ring of 16 keeps the first 16, the rest is lost."""
    cpu = min(os.sched_getaffinity(0))
    for room in (16, 1, 100, 101):
        with Workload("sleepers", 100) as work, Client() as client:
            os.sched_setaffinity(work.pid, {cpu})
            session = client.session(["futex"], tgids=[work.pid], records=room)
            losses = session.stats()[1]
            t.equal("room for %d on each CPU" % room,
                    losses["records_limit"] % room + losses["records_limit"] // room,
                    os.cpu_count())
            work.phase("sleep", "asleep")
            work.phase("wake 100")
            session.pause()
            t.equal("waiting to be read", session.stats()[1]["records_pending"], min(room, 100))
            records = session.records()
            t.equal("read", len(records), min(room, 100))
            check_end(t, session, records, lost=100 - min(room, 100))
            woken = sorted(work.waits, key=lambda wait: wait["end_ns"])
            t.equal("the records kept are the first",
                    max([one["end_ns"] for one in records]) <= woken[len(records) - 1]["end_ns"],
                    True)
            rows, special = session.rows()
            t.equal("totals hold all", sum(row["count"] for row in rows + special), 100)


def read_for(session, seconds, pause=0.0):
    records, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        records += session.records()
        time.sleep(pause)
    return records


def test_small_rings_under_load(t):
    """Handovers as fast as they go into rings of 16: read or lost, nothing between."""
    with Workload("raw_waits", "handover") as work, Client() as client, Client() as other:
        small = client.session(["futex"], tgids=[work.pid], objects=True, records=16)
        large = other.session(["futex"], tgids=[work.pid], objects=True, records=True)
        sessions = [(small, []), (large, [])]
        work.phase("", "running")
        for _ in range(3):
            sessions[0][1].extend(read_for(small, 0.1, 0.002))
            for session, records in sessions:
                session.pause()
            for session, records in sessions:
                settle(session)
                records += session.records()
                check_end(t, session, records)
            for session, _ in sessions:
                session.pause(False)
        work.phase()
        for session, records in sessions:
            session.pause()
            records += session.records()
            check_records(t, records)
            check_end(t, session, records)
        (_, some), (_, all_of_them) = sessions
        lost = small.stats()[0]["futex"]["lost"]
        t.check("the small rings were full at times", lost > 0, "> 0", lost, "%d lost" % lost)
        nr_lost = large.stats()[0]["futex"]["lost"]
        if not nr_lost:
            rows, _ = large.rows()
            t.check("sums of records are the rows of totals", sums_of_records(all_of_them) ==
                    sums_of_rows(rows), "equality", "difference",
                    "%d records, %d rows" % (len(all_of_them), len(rows)))
        rows, special = small.rows()
        t.equal("totals hold what was lost, too", sum(row["count"] for row in rows + special),
                len(some) + lost)
        t.figure("rings of 16 under load", "ended", small.stats()[0]["futex"]["ended"],
                 "%d read + %d lost" % (len(some), lost))


def test_minimum_duration(t):
    limit_ns = 20000000
    with Workload("raw_waits", "timeout", 40, limit_ns - 2000000, 100000) as work, \
            Client() as client:
        whole = client.session(["futex"], tgids=[work.pid], objects=True, records=True)
        limited = client.session(["futex"], tgids=[work.pid], records=True, min_ns=limit_ns)
        work.phase()
        both = []
        for session in (whole, limited):
            session.pause()
            both.append(session.records())
            check_end(t, session, both[-1], lost=0)
        kept, expected = [{(one["tid"], one["end_ns"], one["duration_ns"]) for one in records
                           if one["duration_ns"] >= limit_ns or session is limited}
                          for session, records in ((limited, both[1]), (whole, both[0]))]
        t.check("kept: those that lasted as long as the limit or longer", kept == expected,
                expected, kept, "%d of %d" % (len(kept), len(both[0])))


def rest_of(client):
    """What is still to come from a socket whose buffer was full."""
    data = b""
    client.socket.settimeout(0.5)
    while True:
        try:
            data += client.socket.recv(1 << 17)
        except socket.timeout:
            return data
        except OSError as error:
            # The answer to the other request found no room.
            if error.errno != errno.ENOBUFS:
                raise


def test_reader_gone_in_the_middle(t):
    """A dump that nobody reads to its end; its session and memory go all the same."""
    with Workload("raw_waits", "handover") as work, Client() as other:
        work.phase("", "running")
        for how in ("closed", "killed", "session deleted"):
            client = Client()
            session = client.session(["futex"], tgids=[work.pid], records=True)
            wait_for(lambda: session.stats()[1]["records_pending"] > 3000, "3,000 records")
            pending = session.stats()[1]["records_pending"]
            client.socket.setsockopt(1, 8, 4096)  # SO_RCVBUF: stop after a message or two
            client.send(client.family, number("CMD_GET_RECORDS"),
                        attribute(number("A_SESSION_ID"), ("I", session.id)), NLM_F_DUMP)
            first = client.socket.recv(1 << 17)
            t.check("%s: the dump has begun and not ended" % how, 0 < len(first) < pending *
                    structure("record").size // 2, "a part of %d" % pending, len(first),
                    "%d bytes of %d records" % (len(first), pending))
            if how == "killed":
                child = os.fork()
                if not child:
                    signal.pause()
                client.close()
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            elif how == "session deleted":
                # The dump in flight holds it; deleting takes another request.
                client.send(client.family, number("CMD_SESSION_DEL"),
                            attribute(number("A_SESSION_ID"), ("I", session.id)))
                wait_for(lambda: not other.sessions(), "the end of the session")
                rest = len(rest_of(client))
                t.check("the rest of the dump still came", rest > 0, "> 0", rest,
                        "%d bytes" % rest)
            client.close()
            wait_for(lambda: not other.sessions(), "the end of the session")
        session = other.session(["futex"], tgids=[work.pid], records=True)
        records = read_for(session, 0.3)
        session.pause()
        settle(session)
        records += session.records()
        check_records(t, records)
        check_end(t, session, records)
        session.delete()
        work.phase()


def test_memory(t):
    """Counted in the session's memory, by default an eighth of it."""
    size, cpus = 16 << 20, os.cpu_count()
    record = structure("record").size
    with Client() as client:
        used = {}
        for name, records in (("none", None), ("default", True), ("1000", 1000)):
            session = client.session(["futex"], size=size, records=records)
            used[name] = session.used_bytes
            limit = session.stats()[1]["records_limit"]
            expected = {"none": 0, "1000": 1000 * cpus}.get(
                name, min(16384, size // 8 // cpus // record) * cpus)
            t.equal("%s: room" % name, limit, expected)
            t.equal("%s: bytes" % name, used[name] - used["none"], limit * record)
            session.delete()


def test_bad_requests(t):
    with Client() as client:
        flags = attribute(number("A_SESSION_FLAGS"), ("I", number("SESSION_F_RECORDS")))
        classes = attribute(number("A_SESSION_CLASSES"), ("I", 1 << 1))
        room = number("A_SESSION_RECORDS")
        plain = client.session(["futex"])

        def new(*attrs):
            return lambda: client.do("SESSION_NEW", classes, *attrs)

        small = attribute(number("A_SESSION_BYTES"), ("Q", 8 << 20))
        for name, code, word, call in (
                ("room without records", errno.EINVAL, "keeps none",
                 new(attribute(room, ("I", 16)))),
                ("no room", errno.EINVAL, "room", new(flags, attribute(room, ("I", 0)))),
                ("too much room", errno.EINVAL, "too many",
                 new(flags, attribute(room, ("I", number("MAX_RECORDS") + 1)))),
                ("as much as a number holds", errno.EINVAL, "too many",
                 new(flags, attribute(room, ("I", 0xffffffff)))),
                ("more than the memory limit", errno.EINVAL, "memory limit",
                 new(flags, small, attribute(room, ("I", number("MAX_RECORDS"))))),
                ("too short a number", errno.EINVAL, None, new(flags, attribute(room, ("H", 2)))),
                ("records of a session that keeps none", errno.EOPNOTSUPP, "no records",
                 plain.records),
                ("records of no session", errno.ENOENT, "session", lambda: client.dump(
                    "GET_RECORDS", attribute(number("A_SESSION_ID"), ("I", 123456)))),
                ("records without a session", errno.EINVAL, "session",
                 lambda: client.dump("GET_RECORDS")),
                ("an attribute too many", errno.EINVAL, None, lambda: client.dump(
                    "GET_RECORDS", attribute(number("A_SESSION_ID"), ("I", plain.id)),
                    attribute(number("A_STACK_FROM"), ("I", 1))))):
            try:
                call()
                t.check(name, False, errno.errorcode[code], "accepted")
            except Refused as refusal:
                t.check(name, refusal.errno == code and (
                    word is None or word in (refusal.sentence or "")),
                        "%s, %s" % (errno.errorcode[code], word), refusal, str(refusal))
        t.equal("no session was made", [one["id"] for one in client.sessions()], [plain.id])


# --- the command line ---

def trace(client, *arguments, **options):
    return Cli("trace", *arguments, client=client, **options)


def lines_of(cli, stop=True):
    """All lines of a trace --json: the waits, and what stands at the end."""
    if stop:
        cli.process.send_signal(signal.SIGINT)
    output, _ = cli.process.communicate(timeout=60)
    documents = [json.loads(line) for line in output.splitlines()]
    if cli.process.returncode or not documents:
        raise OSError("trace ended with status %d" % cli.process.returncode)
    return documents[:-1], documents[-1]


def addresses(frames):
    """Inlined frames have the address of the one they are inlined in."""
    return [int(frame["addr"], 16) for frame in frames if not frame["inlined"]]


def as_record(line):
    owner = line["owner"] or {"tid": 0, "pid": 0}
    return {"class": line["class"], "op": line["op"], "tgid": line["pid"], "tid": line["tid"],
            "end": line["ended"], "object": int(line["object"] or "0", 16), "cpu": line["cpu"],
            "owner_tid": owner["tid"], "owner_tgid": owner["pid"], "comm": line["comm"],
            "clipped": line["clipped"], "kstack": addresses(line["kstack"]),
            "ustack": addresses(line["ustack"]),
            **{key: line[key] for key in ("end_ns", "duration_ns", "blocked_ns", "runqueue_ns",
                                          "spin_ns", "inner_ns")}}


def as_line(record, stacks):
    ops = {value: name[len("WAITPROF_OP_"):].lower() for name, value in NUMBERS.items()
           if name.startswith("WAITPROF_OP_")}
    keys = ("class", "tgid", "tid", "end", "object", "cpu", "owner_tid", "owner_tgid", "comm",
            "end_ns", "duration_ns", "blocked_ns", "runqueue_ns", "spin_ns", "inner_ns")
    return {"op": ops[record["op"]] if record["op"] else None,
            "clipped": bool(record["flags"] & CLIPPED),
            "kstack": stacks.get(record["kstack"], []), "ustack": stacks.get(record["ustack"], []),
            **{key: record[key] for key in keys}}


def compare_trace(t, program, *arguments):
    """The lines of trace --json are the records of a session beside it."""
    with Workload(program, *arguments) as work, Client() as client:
        session = client.session(["futex"], tgids=[work.pid], records=True)
        # As the session does.
        cli = trace(client, "--json", "--pid", work.pid, "--class", "futex", "--user-stacks", "fp")
        work.phase()
        session.pause()
        lines, end = lines_of(cli)
        stacks = session.stacks()
        records = sorted(session.records(), key=lambda one: (one["end_ns"], one["cpu"],
                                                             one["tid"]))
        expected = [as_line(one, stacks) for one in records]
        got = [as_record(line) for line in lines]
        wrong = [(mine, its) for mine, its in zip(expected, got) if mine != its]
        t.check("every line is a record, in the order of the ends", not wrong and
                len(got) == len(expected), "%d equal ones" % len(expected),
                (len(got), wrong[:1]), "%d lines" % len(lines))
        counters = end["counters"]["futex"]
        t.equal("the counters at the end", (counters["reported"], counters["lost"]),
                (len(lines), 0))
        now, wall = time.clock_gettime_ns(time.CLOCK_MONOTONIC), time.time_ns()
        off = [line for line in lines
               if abs(wall - line["end_unix_ns"] - now + line["end_ns"]) > 1000000000]
        t.check("times on the wall", not off, "within 1 s", off[:1])
        t.figure("trace --json, " + arguments[0], "waits", len(records), len(lines))
        return work, lines


def test_trace_is_the_records(t):
    work, lines = compare_trace(t, "raw_waits", "raw", 12)
    sites = {(wait["tid"], hex(wait["object"])): wait["site"] for wait in work.waits}
    wrong = [line for line in lines if sites[line["tid"], line["object"]] not in
             [frame["symbol"] for frame in line["ustack"]]]
    t.check("stacks have names", not wrong, "the logged function", wrong[:1])
    names = {line["callsite"].split()[0] for line in lines}
    t.check("and a call site", names and names <= {"two_sites", "sleep_in"},
            "two_sites, sleep_in", names)
    compare_trace(t, "raw_waits", "timeout", 8)
    compare_trace(t, "libc_waits", "mutex", 6, 3)


def test_trace_as_text(t):
    """One header, a line per wait as it ends, the rest on stderr."""
    with Workload("sleepers", 5) as work, Client() as client:
        cli = trace(client, "--pid", work.pid, "--class", "futex", errors=subprocess.PIPE)
        header = cli.process.stdout.readline()
        t.check("the header", header.split()[:3] == ["TIME", "DURATION", "BLOCKED"],
                "TIME DURATION BLOCKED", header)
        work.phase("sleep", "asleep")
        work.phase("wake 1")
        # It comes now, although the command goes on and writes to a pipe.
        ready, _, _ = select.select([cli.process.stdout], [], [], 30)
        t.check("the first line comes at once", ready and cli.process.poll() is None, "a line",
                ready)
        line = cli.process.stdout.readline()
        wait = work.waits[0]
        t.check("it says who and what", all(word in line.split() for word in (
            "futex", "wake", str(work.pid), str(wait["tid"]), hex(wait["object"]), "sleep_once")),
                wait, line, line.strip())
        t.check("lines line up", header.index("CALL SITE") == line.index("sleep_once"),
                header, line)
        work.phase("wake 4")
        cli.process.send_signal(signal.SIGINT)
        output, words = cli.process.communicate(timeout=60)
        t.equal("a line per wait", len(output.splitlines()), 4)
        t.check("the end is told on stderr", cli.process.returncode == 0 and
                words.startswith("5 waits in "), "5 waits in", words, words.splitlines()[0])


def test_trace_ends_with_its_process(t):
    with Workload("raw_waits", "kill", 4) as work, Client() as client:
        cli = trace(client, "--json", "--pid", work.child, "--class", "futex")
        work.phase()
        lines, end = lines_of(cli, stop=False)
        t.equal("waits of the dead process", [(line["pid"], line["ended"]) for line in lines],
                [(work.child, "kill")] * 4)
        t.equal("its books", end["counters"]["futex"]["ended"], 4)


def test_trace_tells_what_it_lost(t):
    cpu = min(os.sched_getaffinity(0))
    with Workload("sleepers", 200) as work, Client() as client:
        os.sched_setaffinity(work.pid, {cpu})
        cli = trace(client, "--pid", work.pid, "--records", 1, errors=subprocess.PIPE)
        work.phase("sleep", "asleep")
        work.phase("wake 200")
        cli.process.send_signal(signal.SIGINT)
        output, words = cli.process.communicate(timeout=60)
        lines = [line for line in output.splitlines() if " sleep_once " in line]
        found = re.search(r"futex: (\d+) waits lost", words)
        t.check("lines and lost are all", found and len(lines) + int(found.group(1)) == 200,
                200, (len(lines), words), "%d + %s" % (len(lines), found and found.group(1)))
    for arguments, word in ((["--records", "0"], "0"), (["--records", "x"], "x"),
                            (["--records", "1000000000"], "too many")):
        result = cli_run("trace", *arguments)
        t.check("trace " + " ".join(arguments), result.returncode == 2 and word in result.stderr and
                not result.stdout, "status 2", result, result.stderr.strip())


def test_trace_killed(t):
    """A reader that is killed, or stopped for a while, harms nobody."""
    with Workload("raw_waits", "handover") as work, Client() as client:
        work.phase("", "running")
        cli = trace(client, "--pid", work.pid, "--class", "futex", "--json", "--records", 30,
                    "--duration", "2")
        time.sleep(0.5)
        cli.process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        cli.process.send_signal(signal.SIGCONT)
        lines, end = lines_of(cli, stop=False)
        row = end["counters"]["futex"]
        t.check("stopped for a second: nothing unaccounted", row["ended"] == len(lines) +
                row["lost"] and row["reported"] == len(lines), row, len(lines),
                "%d lines, %d lost" % (len(lines), row["lost"]))
        t.check("in order", all(a["end_ns"] <= b["end_ns"] for a, b in zip(lines, lines[1:])),
                "order", "disorder")
        with open(os.devnull, "w") as nowhere:
            for _ in range(2):
                reader = subprocess.Popen([CLI, "trace", "--pid", str(work.pid)], stdout=nowhere)
                wait_for(client.sessions, "a session")
                time.sleep(0.3)
                reader.kill()
                reader.wait()
                wait_for(lambda: not client.sessions(), "the end of the session")
        work.phase()
    t.check("the module is still there", os.path.isdir(LOADED))
