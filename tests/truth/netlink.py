# SPDX-License-Identifier: GPL-2.0-only
"""A client of the generic netlink family "waitprof", on a plain socket.

What the command line does not offer: to pause a session, to hold several at
once, to send what should be refused, and to see rows as the module makes them.
"""
import errno
import os
import socket
import struct
import time

from uapi import CLASSES, ENDS, number, structure

NETLINK_GENERIC = 16
SOL_NETLINK = 270
NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 10, 11, 12
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 0x10, 3, 1, 2
NLMSGERR_ATTR_MSG = 1
NLA_TYPE_MASK = 0x3fff
# In the order of enum waitprof_handler.
HANDLERS = ("begin", "end", "waking", "block", "task")


class Refused(OSError):
    """The kernel said no; strerror holds its sentence, if it gave one."""

    def __init__(self, code, sentence):
        super().__init__(code, sentence or os.strerror(code))
        self.sentence = sentence


def attribute(kind, data):
    """One attribute; numbers are given as (format, value)."""
    if isinstance(data, tuple):
        data = struct.pack("=" + data[0], data[1])
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + b"\0" * (-length % 4)


def attributes(data):
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found.append((kind & NLA_TYPE_MASK, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


class Client:
    """One socket: what it opens ends with it."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.socket.bind((0, 0))
        self.socket.settimeout(60)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK):
            self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.sequence = 0
        reply = self.exchange(GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
                              attribute(CTRL_ATTR_FAMILY_NAME, b"waitprof\0"))
        self.family = struct.unpack("=H", dict(reply[0])[CTRL_ATTR_FAMILY_ID])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, kind, command, payload=b"", flags=NLM_F_ACK):
        self.sequence += 1
        body = struct.pack("=BBH", command, number("GENL_VERSION") if kind != GENL_ID_CTRL else 1,
                           0) + payload
        self.socket.send(struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags,
                                     self.sequence, 0) + body)

    def receive(self):
        """All answers to the latest request, each a list of attributes."""
        answers = []
        while True:
            data = self.socket.recv(1 << 17)
            while data:
                length, kind, flags, sequence, _ = struct.unpack_from("=IHHII", data)
                body, data = data[16:length], data[(length + 3) & ~3:]
                if sequence != self.sequence:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    code = -struct.unpack_from("=i", body)[0] if len(body) >= 4 else 0
                    if code:
                        raise Refused(code, self._sentence(kind, flags, body))
                    return answers
                answers.append(attributes(body[4:]))

    @staticmethod
    def _sentence(kind, flags, body):
        if not flags & NLM_F_ACK_TLVS:
            return None
        skip = 4
        if kind == NLMSG_ERROR:
            request = struct.unpack_from("=I", body, 4)[0]
            skip = 20 if flags & NLM_F_CAPPED else 4 + ((request + 3) & ~3)
        for attr, value in attributes(body[skip:]):
            if attr == NLMSGERR_ATTR_MSG:
                return value.split(b"\0")[0].decode()
        return None

    def exchange(self, kind, command, payload=b"", flags=NLM_F_ACK):
        self.send(kind, command, payload, flags)
        return self.receive()

    def do(self, command, *attrs):
        replies = self.exchange(self.family, number("CMD_" + command), b"".join(attrs))
        return dict(replies[0]) if replies else {}

    def dump(self, command, *attrs):
        return self.exchange(self.family, number("CMD_" + command), b"".join(attrs), NLM_F_DUMP)

    def skim(self, command, *attrs):
        """A dump whose contents nobody looks at: how many messages it had."""
        self.send(self.family, number("CMD_" + command), b"".join(attrs), NLM_F_DUMP)
        nr = 0
        while True:
            data = self.socket.recv(1 << 17)
            at = 0
            while at < len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    code = -struct.unpack_from("=i", data, at + 16)[0]
                    if code:
                        raise Refused(code, None)
                    return nr
                nr += 1
                at += (length + 3) & ~3

    # The family's commands, as the tests use them.

    def info(self):
        reply = self.do("GET_INFO")
        return {"abi": _u32(reply, "A_INFO_ABI"), "now_ns": _u64(reply, "A_INFO_NOW_NS"),
                "version": _text(reply, "A_INFO_VERSION"),
                "kernel": _text(reply, "A_INFO_KERNEL"),
                "sessions": _u32(reply, "A_INFO_SESSIONS"), "cpus": _u32(reply, "A_INFO_CPUS"),
                "session_bytes": _u64(reply, "A_INFO_SESSION_BYTES"),
                "flags": _u32(reply, "A_INFO_FLAGS"),
                "fixed_bytes": _u64(reply, "A_INFO_FIXED_BYTES"),
                "stack_cache": structure("stack_cache").unpack(
                    reply[number("A_INFO_STACK_CACHE")]),
                "own_cost": structure("own_cost").unpack(reply[number("A_INFO_OWN_COST")])}

    def costs(self):
        """What handlers cost, by kind; buckets are {index: timed calls}."""
        found = {}
        for reply in map(dict, self.dump("GET_COST")):
            row = structure("cost").unpack(reply[number("A_COST")])
            row["buckets"] = {bucket["idx"]: bucket["count"] for bucket in structure(
                "bucket").unpack_all(reply[number("A_COST_BUCKETS")])}
            found[HANDLERS[row["handler"]]] = row
        return found

    def points(self):
        rows = []
        for reply in map(dict, self.dump("GET_POINTS")):
            row = {key.lower(): _u32(reply, "A_POINT_" + key)
                   for key in ("ID", "CLASS", "STATE", "BACKEND", "LIMIT", "OPEN", "ERROR")}
            row.update({key.lower(): _u64(reply, "A_POINT_" + key)
                        for key in ("HITS", "MISSED", "NMISSED", "UNPAIRED")})
            row["name"] = _text(reply, "A_POINT_NAME")
            row["symbol"] = _text(reply, "A_POINT_SYMBOL")
            row["reason"] = _text(reply, "A_POINT_REASON")
            rows.append(row)
        return rows

    def sessions(self):
        return [{"id": _u32(reply, "A_SESSION_ID"), "owner": _u32(reply, "A_SESSION_OWNER"),
                 "used_bytes": _u64(reply, "A_SESSION_USED_BYTES"),
                 "start_ns": _u64(reply, "A_SESSION_START_NS"),
                 "classes": _u32(reply, "A_SESSION_CLASSES"),
                 "comm": _text(reply, "A_SESSION_COMM_GLOB"),
                 "cgroup": _u64(reply, "A_SESSION_CGROUP")}
                for reply in map(dict, self.dump("SESSION_GET"))]

    def session(self, classes=("futex", "mutex", "io"), **options):
        return Session(self, classes, **options)


class Session:
    """A session; give its process ids, or it takes the whole system's waits."""

    def __init__(self, client, classes, tgids=(), tids=(), min_ns=0, threads=True,
                 objects=False, stacks=True, size=0, comm=None, cgroup=None, records=None,
                 wakers=False, follow=False, rules=False, held=False, guard=None):
        """classes: None = those that are on by default.

        records: True = room by default, a number = room for so many a CPU.
        stacks: True = both, False = none, else a list of KSTACK and USTACK.
        held: it begins when pause(False) is called.
        guard: share of a CPU it may cost, in millionths; 0 = any, None = the default.
        """
        self.client = client
        flags = 0
        for name in ("KSTACK", "USTACK") if stacks is True else stacks or ():
            flags |= number("SESSION_F_" + name)
        if threads:
            flags |= number("SESSION_F_THREADS")
        if follow:
            flags |= number("SESSION_F_FOLLOW")
        if objects:
            flags |= number("SESSION_F_OBJECTS")
        if records is not None:
            flags |= number("SESSION_F_RECORDS")
        if wakers:
            flags |= number("SESSION_F_WAKERS")
        if rules:
            flags |= number("SESSION_F_RULES")
        attrs = [attribute(number("A_SESSION_NOT_TGID"), ("I", os.getpid())),
                 attribute(number("A_SESSION_FLAGS"), ("I", flags))]
        if classes is not None:
            attrs.append(attribute(number("A_SESSION_CLASSES"),
                                   ("I", sum(1 << CLASSES[name] for name in classes))))
        for name, ids in (("TGIDS", tgids), ("TIDS", tids)):
            if ids:
                attrs.append(attribute(number("A_SESSION_" + name),
                                       struct.pack("=%dI" % len(ids), *ids)))
        if min_ns:
            attrs.append(attribute(number("A_SESSION_MIN_NS"), ("Q", min_ns)))
        if size:
            attrs.append(attribute(number("A_SESSION_BYTES"), ("Q", size)))
        if records is not None and records is not True:
            attrs.append(attribute(number("A_SESSION_RECORDS"), ("I", records)))
        if guard is not None:
            attrs.append(attribute(number("A_SESSION_GUARD"), ("I", guard)))
        if held:
            attrs.append(attribute(number("A_SESSION_PAUSED"), ("B", 1)))
        if comm is not None:
            attrs.append(attribute(number("A_SESSION_COMM_GLOB"), comm.encode() + b"\0"))
        if cgroup is not None:
            attrs.append(attribute(number("A_SESSION_CGROUP"), ("Q", cgroup)))
        reply = client.do("SESSION_NEW", *attrs)
        self.id = _u32(reply, "A_SESSION_ID")
        self.start_ns = _u64(reply, "A_SESSION_START_NS")
        self.used_bytes = _u64(reply, "A_SESSION_USED_BYTES")

    def _do(self, command, *attrs):
        return self.client.do(command, attribute(number("A_SESSION_ID"), ("I", self.id)), *attrs)

    def _dump(self, command, *attrs):
        return self.client.dump(command, attribute(number("A_SESSION_ID"), ("I", self.id)), *attrs)

    def skim(self, command, *attrs):
        return self.client.skim(command, attribute(number("A_SESSION_ID"), ("I", self.id)), *attrs)

    def pause(self, paused=True):
        reply = self._do("SESSION_PAUSE", attribute(number("A_SESSION_PAUSED"),
                                                    ("B", int(paused))))
        self.start_ns = _u64(reply, "A_SESSION_START_NS")

    def delete(self):
        self._do("SESSION_DEL")

    def stats(self):
        """Counters by class name, and the losses."""
        reply = self._do("GET_STATS")
        names = {value: key for key, value in CLASSES.items()}
        counters = {names[row["class_id"]]: row for row in structure("counters").unpack_all(
            reply[number("A_STATS_COUNTERS")])}
        losses = structure("losses").unpack(reply[number("A_STATS_LOSSES")])
        return counters, losses

    def rows(self):
        """Rows of totals, added up over the CPUs, overflow and fallback rows apart."""
        merged, special = {}, []
        names = {value: key for key, value in CLASSES.items()}
        flags = attribute(number("A_TOTALS_FLAGS"), ("I", number("TOTALS_F_BUCKETS")))
        for reply in map(dict, self._dump("GET_TOTALS", flags)):
            row = structure("row").unpack(reply[number("A_TOTALS_ROW")])
            row["class"] = names[row["class_id"]]
            row["ended"] = dict(zip(ENDS, row["ended"]))
            row["buckets"] = structure("bucket").unpack_all(
                reply.get(number("A_TOTALS_BUCKETS"), b""))
            if row["flags"] & (number("ROW_F_OVERFLOW") | number("ROW_F_FALLBACK_HIST")):
                special.append(row)
                continue
            key = tuple(row[field] for field in
                        ("class", "op", "tgid", "tid", "kstack", "ustack", "object", "waker_kstack",
                         "waker_ustack", "waker_tgid", "waker_flags", "size_log2"))
            if key not in merged:
                merged[key] = row
                continue
            into = merged[key]
            for field in ("count", "total_ns", "blocked_ns", "runqueue_ns", "spin_ns",
                          "inner_ns", "clipped"):
                into[field] += row[field]
            into["max_ns"] = max(into["max_ns"], row["max_ns"])
            into["owner_tid"] = into["owner_tid"] or row["owner_tid"]
            into["buckets"] += row["buckets"]
            for end in ENDS:
                into["ended"][end] += row["ended"][end]
        return list(merged.values()), special

    def records(self):
        """The waits that ended since the last call, one by one, as they came."""
        names = {value: key for key, value in CLASSES.items()}
        found = []
        for reply in map(dict, self._dump("GET_RECORDS")):
            found += structure("record").unpack_all(reply[number("A_RECORDS")])
        for record in found:
            record["class"] = names[record["class_id"]]
            record["end"] = ENDS[record["ended"]]
        return found

    def stacks(self):
        """Frames by stack id, leaf first."""
        found = {}
        for reply in map(dict, self._dump("GET_STACKS")):
            frames = reply[number("A_STACK_FRAMES")]
            found[_u32(reply, "A_STACK_ID")] = list(
                struct.unpack("=%dQ" % (len(frames) // 8), frames))
        return found

    def truncated_stacks(self):
        """Ids of the stacks that are not whole."""
        return {_u32(reply, "A_STACK_ID") for reply in map(dict, self._dump("GET_STACKS"))
                if _u32(reply, "A_STACK_FLAGS") & number("STACK_F_TRUNCATED")}

    def open_waits(self, unseen=False):
        flags = number("OPEN_F_UNSEEN") if unseen else 0
        names = {value: key for key, value in CLASSES.items()}
        rows = [structure("open").unpack(reply[number("A_OPEN_WAIT")]) for reply in map(
            dict, self._dump("GET_OPEN", attribute(number("A_OPEN_FLAGS"), ("I", flags))))]
        for row in rows:
            row["class"] = names.get(row["class_id"])
        return rows

    def tasks(self):
        """The threads that the filter takes: (tgid, tid)."""
        return [(row["tgid"], row["tid"]) for reply in map(dict, self._dump("GET_TASKS"))
                for row in structure("task").unpack_all(reply[number("A_TASKS")])]

    # Unwind rules: steps and rules as tuples in the order of their structures.

    def add_piece(self, table, total, first, rules=(), steps=()):
        attrs = [attribute(number("A_RULES_" + name), ("I", value)) for name, value in (
            ("TABLE", table), ("TOTAL", total), ("FIRST", first))]
        if rules:
            attrs.append(attribute(number("A_RULES"), structure("rule").pack_all(rules)))
        if steps:
            attrs.append(attribute(number("A_RULES_STEPS"), structure("step").pack_all(steps)))
        reply = self._do("ADD_RULES", *attrs)
        return _u64(reply, "A_SESSION_USED_BYTES")

    def add_table(self, table, rules, steps, piece=5000):
        for first in range(0, len(rules), piece):
            used = self.add_piece(table, len(rules), first, rules[first:first + piece],
                                  () if first else steps)
        return used

    def drop_table(self, table):
        return self.add_piece(table, 0, 0)

    def ask(self, tgid):
        """Id and epoch of a process's address space."""
        reply = self._do("ADD_RULES", attribute(number("A_SPACE_TGID"), ("I", tgid)))
        return _u64(reply, "A_SPACE_ID"), _u32(reply, "A_SPACE_EPOCH")

    def add_space(self, space, epoch, mappings):
        reply = self._do("ADD_RULES", attribute(number("A_SPACE_ID"), ("Q", space)),
                         attribute(number("A_SPACE_EPOCH"), ("I", epoch)),
                         attribute(number("A_SPACE_MAPPINGS"),
                                   structure("mapping").pack_all(mappings)))
        return _u64(reply, "A_SESSION_USED_BYTES")

    def unknown(self):
        return [structure("unknown").unpack(reply[number("A_UNKNOWN")])
                for reply in map(dict, self._dump("GET_UNKNOWN"))]

    def stack_flags(self):
        return {_u32(reply, "A_STACK_ID"): _u32(reply, "A_STACK_FLAGS")
                for reply in map(dict, self._dump("GET_STACKS"))}

    def open_dump_ns(self):
        """How long it takes to be given the open waits, and how many there were room for."""
        size, begin = 0, time.monotonic_ns()
        self.client.send(self.client.family, number("CMD_GET_OPEN"),
                         attribute(number("A_SESSION_ID"), ("I", self.id)), NLM_F_DUMP)
        kind = None
        while kind != NLMSG_DONE:
            data = self.client.socket.recv(1 << 17)
            # The last message has 4 bytes and comes by itself or at the end of others.
            kind = struct.unpack_from("=H", data, len(data) - 16)[0]
            size += len(data)
        return time.monotonic_ns() - begin, size // structure("open").size


def connected():
    """Is the family there?"""
    try:
        Client().close()
        return True
    except Refused as refusal:
        if refusal.errno == errno.ENOENT:
            return False
        raise


def _u32(reply, name):
    value = reply.get(number(name))
    return struct.unpack("=I", value)[0] if value is not None else None


def _u64(reply, name):
    value = reply.get(number(name))
    return struct.unpack("=Q", value)[0] if value is not None else None


def _text(reply, name):
    value = reply.get(number(name))
    return value.split(b"\0")[0].decode() if value is not None else None
