# SPDX-License-Identifier: GPL-2.0-only
"""User stacks by unwind rules: whole, right, or said to be neither.

The workload is built without frame pointers and writes its stacks down; the rules
come from readelf. What is above main() or a thread's function is libc's.
"""
import errno
import os

from harness import WORKLOADS, Workload
from netlink import Client, Refused, attribute
import unwind
from uapi import number, structure

TRUNCATED, FP = number("STACK_F_TRUNCATED"), number("STACK_F_FP")
REASONS = {number("UNKNOWN_" + name): name.lower()
           for name in ("SPACE", "STALE", "ADDRESS", "TABLE")}
LIBRARIES = [os.path.join(WORKLOADS, name) for name in ("swap_a.so", "swap_b.so")]


def workload():
    return Workload("user_stacks", *LIBRARIES)


class Seen:
    """The user stacks of the futex waits with an object of their own."""

    def __init__(self, session):
        rows, _ = session.rows()
        self.frames, self.flags = session.stacks(), session.stack_flags()
        self.of = {row["object"]: row["ustack"] for row in rows if row["class"] == "futex"}

    def stack(self, wait):
        """Frames and flags of a wait that the workload logged."""
        found = self.of.get(wait["object"], 0)
        return self.frames.get(found, []), self.flags.get(found, 0) & (TRUNCATED | FP)


def whole(frames, flags, wait, above):
    """Every frame that the program knows, in order, and so many of libc's."""
    known = wait["stack"]
    return not flags and frames[:len(known)] == known and len(frames) == len(known) + above


def leaf_part(frames, flags, wait):
    return flags == TRUNCATED and frames and frames == wait["stack"][:len(frames)]


def hexed(frames):
    return " ".join(map(hex, frames))


def check_whole(t, name, session, waits, above=2):
    seen = Seen(session)
    wrong = [wait for wait in waits if not whole(*seen.stack(wait), wait, above)]
    t.check(name, waits and not wrong, "whole stacks of %d waits" % len(waits),
            "%d other, such as %s with flags %d instead of %s" % ((len(wrong), hexed(
                seen.stack(wrong[0])[0]), seen.stack(wrong[0])[1], hexed(wrong[0]["stack"]))
                                                   if wrong else (0, "", 0, "none")),
            "%d waits, %d frames" % (len(waits), sum(len(wait["stack"]) for wait in waits)))


def begin(client, work, **options):
    session = client.session(["futex"], tgids=[work.pid], objects=True, rules=True, **options)
    return session, unwind.Rules(session)


def test_whole_stacks(t):
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        rules.teach(work.pid)
        for line, above in (("chain 300", 2), ("signal", 2), ("thread", 1)):
            work.phase(line)
            check_whole(t, line, session, work.stacks, above)
        losses = session.stats()[1]
        t.equal("walks", losses["ustack_walks"] >= 303, True)
        t.equal("not whole", {name: value for name, value in losses.items() if value and name in (
            "ustack_truncated", "ustack_space", "ustack_stale", "ustack_address", "ustack_table",
            "ustack_bad", "ustack_deep", "ustack_fault", "unknown_full")}, {})
        t.equal("unknown places", session.unknown(), [])


def test_too_deep(t):
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        rules.teach(work.pid)
        work.phase("deep 50")
        check_whole(t, "50 frames", session, work.stacks)
        work.phase("deep 200")
        frames, flags = Seen(session).stack(work.stacks[0])
        t.check("200 frames: the leaf part", leaf_part(frames, flags, work.stacks[0]) and
                len(frames) == 64, "64 frames, truncated", (len(frames), flags))
        t.equal("too deep", session.stats()[1]["ustack_deep"], 1)


def test_without_rules(t):
    """A space of which nothing is known is walked by frame pointers, and told."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        work.phase("chain 5")
        flags = [Seen(session).stack(wait)[1] for wait in work.stacks]
        t.equal("before: flags", flags, [FP | TRUNCATED] * 5)
        places = session.unknown()
        t.equal("one place", [(REASONS[place["reason"]], place["tgid"], place["count"])
                              for place in places], [("space", work.pid, 5)])
        t.equal("told once", session.unknown(), [])
        space, epoch = session.ask(work.pid)
        t.equal("its space and epoch", (places[0]["space"], places[0]["epoch"]), (space, epoch))
        work.phase("chain 1")
        t.equal("told again", [place["count"] for place in session.unknown()], [1])
        rules.teach(work.pid)
        work.phase("chain 5")
        check_whole(t, "after", session, work.stacks)
        session.add_space(space, epoch, [])
        session.unknown()
        work.phase("chain 1")
        t.equal("forgotten", [REASONS[place["reason"]] for place in session.unknown()], ["space"])
        t.equal("spaces kept", session.stats()[1]["spaces"], 0)


def test_unknown_places(t):
    """Mappings and tables left out: the correct leaf part, and which one it was."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        space, epoch = rules.teach(work.pid, leave_out=("libc.so.6",))
        work.phase("chain 3")
        seen = Seen(session)
        wrong = [wait for wait in work.stacks if not leaf_part(*seen.stack(wait), wait) or
                 len(seen.stack(wait)[0]) != len(wait["stack"])]
        t.equal("libc not mapped: the program's own frames", wrong, [])
        place = session.unknown()
        t.equal("place", [(REASONS[one["reason"]], one["count"]) for one in place],
                [("address", 3)])
        t.equal("address", hex(place[0]["ip"]), hex(work.stacks[0]["stack"][-1]))

        own = rules.numbers[os.path.join(WORKLOADS, "user_stacks")]
        session.drop_table(own)
        work.phase("chain 3")
        seen = Seen(session)
        t.equal("its table dropped: the leaf alone",
                [seen.stack(wait) for wait in work.stacks],
                [(wait["stack"][:1], TRUNCATED) for wait in work.stacks])
        t.equal("place", [(REASONS[one["reason"]], one["table"], one["count"])
                          for one in session.unknown()], [("table", own, 3)])
        tables = unwind.table(os.path.join(WORKLOADS, "user_stacks"))
        session.add_piece(own, len(tables.rules), 0, tables.rules[:10], tables.steps)
        work.phase("chain 1")
        t.equal("half a table does not count", [(REASONS[one["reason"]], one["table"])
                                               for one in session.unknown()], [("table", own)])
        session.add_piece(own, len(tables.rules), 10, tables.rules[10:])
        rules.teach(work.pid)
        work.phase("chain 3")
        check_whole(t, "all there again", session, work.stacks)


def test_fork_exec(t):
    """New address spaces: a fork's is its parent's as long as it is; exec's is new."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work, follow=True)
        space, _ = rules.teach(work.pid)
        work.phase("fork")
        child = [wait for wait in work.stacks if wait["pid"] != work.pid]
        t.equal("the child's waits", len(child), 1)
        check_whole(t, "by its parent's mappings", session, child)
        places = [place for place in session.unknown() if place["tgid"] == child[0]["pid"]]
        t.equal("unknown space of the child", [REASONS[one["reason"]] for one in places],
                ["space"])
        t.check("another space", places and places[0]["space"] != space, "not %d" % space, places)
        try:
            session.ask(child[0]["pid"])
            t.check("a process that is gone", False, "ESRCH")
        except Refused as refusal:
            t.equal("a process that is gone", (refusal.errno, bool(refusal.sentence)),
                    (errno.ESRCH, True))
        session.unknown()
        work.phase("exec", "ready")
        work.phase("chain 2")
        t.equal("after exec", [Seen(session).stack(wait)[1] for wait in work.stacks],
                [FP | TRUNCATED] * 2)
        told = [REASONS[place["reason"]] for place in session.unknown()]
        t.equal("unknown space after exec", told, ["space"])
        t.check("a new space", rules.teach(work.pid)[0] != space, "not %d" % space, space)
        work.phase("chain 20")
        check_whole(t, "taught anew", session, work.stacks)


def test_code_swapped(t):
    """A library in another's place: its frames are never walked by the other's rules."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        work.phase("load A")
        space, epoch = rules.teach(work.pid)
        first = work.library
        session.unknown()
        work.phase("wait")
        check_whole(t, "first library", session, work.stacks)
        work.phase("unload")
        t.check("unloading moves the epoch", session.ask(work.pid)[1] != epoch,
                "not %d" % epoch, epoch)
        work.phase("load B")
        t.equal("at the same address", work.library["base"], first["base"])
        frames, flags = Seen(session).stack(work.stacks[0])
        t.check("second library: no rules of the first", flags == FP | TRUNCATED,
                FP | TRUNCATED, (flags, hexed(frames)))
        places = session.unknown()
        t.equal("told", [(REASONS[place["reason"]], place["space"]) for place in places],
                [("stale", space)])
        try:
            session.add_space(space, epoch, [(4096, 8192, 0, 0, 0)])
            t.check("mappings of the old epoch", False, "ESTALE")
        except Refused as refusal:
            t.equal("mappings of the old epoch", (refusal.errno, bool(refusal.sentence)),
                    (errno.ESTALE, True))
        t.equal("epoch told = epoch asked", rules.teach(work.pid)[1], places[0]["epoch"])
        work.phase("wait")
        check_whole(t, "second library, taught", session, work.stacks)
        # And the plain wait outside it, whose code never moved.
        work.phase("chain 5")
        check_whole(t, "the rest", session, work.stacks)


def test_two_sessions(t):
    """Each walks by its own rules; one by frame pointers beside them."""
    with workload() as work, Client() as client, Client() as second, Client() as third:
        session, rules = begin(client, work)
        other = begin(second, work)[0]
        plain = third.session(["futex"], tgids=[work.pid], objects=True)
        rules.teach(work.pid)
        work.phase("chain 10")
        check_whole(t, "with rules", session, work.stacks)
        for name, one in (("without rules", other), ("by frame pointers", plain)):
            t.equal(name, {Seen(one).stack(wait)[1] for wait in work.stacks}, {FP | TRUNCATED})
        t.equal("each its own places", [len(one.unknown()) for one in (session, other)], [0, 1])


def test_memory(t):
    """Tables and mappings count, end at the limit and go with the session."""
    many = [(16 * i, i % 2) for i in range(100000)]
    steps = [unwind.call(unwind.BASES["rsp"], 8), unwind.call(unwind.BASES["rsp"], 16)]
    size = 16 << 20
    with workload() as work, Client() as client:
        session, _ = begin(client, work, size=size)
        before = session.used_bytes
        used = session.add_table(7, many, steps)
        t.between("a table of 100,000 rules", 600000, used - before, 640000, "bytes")
        t.equal("a table dropped", session.drop_table(7) - before < 100, True)
        table, refused = 1, None
        while not refused and table < 1000:
            try:
                used = session.add_table(table, many, steps)
                table += 1
            except Refused as refusal:
                refused = refusal
        t.equal("the limit", (refused and refused.errno, bool(refused and refused.sentence)),
                (errno.ENOSPC, True))
        own = client.sessions()[0]
        t.check("within the limit", used <= own["used_bytes"] <= size, "at most %d" % size,
                own["used_bytes"], "%d bytes, %d tables" % (used, table - 1))
        space, epoch = session.ask(work.pid)
        t.check("counted", session.stats()[1]["rules_bytes"] > 600000 * (table - 1),
                "all of it", session.stats()[1]["rules_bytes"])
        mapping = [(4096 * i, 4096 * i + 4096, 0, 1, 0) for i in range(1, 2000)]
        for added in range(100):
            space = (added + 1 << 40) + space % 8192  # of the same epoch
            session.add_space(space, epoch, mapping)
        losses = session.stats()[1]
        t.check("spaces in place of others", losses["spaces"] + losses["spaces_forgotten"] == 100
                and losses["spaces_forgotten"], "100, some forgotten",
                (losses["spaces"], losses["spaces_forgotten"]))
        t.check("still within the limit", client.sessions()[0]["used_bytes"] <= size,
                "at most %d" % size, client.sessions()[0]["used_bytes"])
        session.delete()
        again, _ = begin(client, work, size=size)
        t.equal("all of it is free again", again.used_bytes, before)


def refusal_of(call):
    try:
        call()
    except Refused as refusal:
        return refusal.errno, refusal.sentence
    return 0, None


def test_refusals(t):
    rsp = unwind.BASES["rsp"]
    steps = [unwind.call(rsp, 8), unwind.other(unwind.STOP)]
    with workload() as work, Client() as client, Client() as plain:
        session, _ = begin(client, work)
        space, epoch = session.ask(work.pid)
        without = plain.session(["futex"], tgids=[work.pid])

        def piece(*arguments):
            return lambda: session.add_piece(*arguments)

        def maps(*rows, space=space, epoch=epoch):
            return lambda: session.add_space(space, epoch, rows)

        def raw(*attrs):
            return lambda: client.do("ADD_RULES", attribute(number("A_SESSION_ID"),
                                                            ("I", session.id)), *attrs)

        def broken(**fields):
            step = dict(zip((name for name, _, _ in structure("step").fields), steps[0]))
            step.update(fields)
            return piece(1, 1, 0, [(0, 0)], [tuple(step.values())])

        used = client.sessions()[0]["used_bytes"]
        for name, code, call in (
                ("a session without rules", errno.EOPNOTSUPP, lambda: without.ask(work.pid)),
                ("its unknown places", errno.EOPNOTSUPP, without.unknown),
                ("rules without user stacks", errno.EINVAL,
                 lambda: plain.session(["futex"], rules=True, stacks=False)),
                ("nothing asked", errno.EINVAL, raw()),
                ("two things at once", errno.EINVAL,
                 raw(attribute(number("A_RULES_TABLE"), ("I", 1)),
                     attribute(number("A_SPACE_TGID"), ("I", 1)))),
                ("a table without its size", errno.EINVAL,
                 raw(attribute(number("A_RULES_TABLE"), ("I", 1)))),
                ("half a rule", errno.EINVAL,
                 raw(attribute(number("A_RULES_TABLE"), ("I", 1)),
                     attribute(number("A_RULES_TOTAL"), ("I", 1)),
                     attribute(number("A_RULES_FIRST"), ("I", 0)),
                     attribute(number("A_RULES"), b"1234"))),
                ("a mapping without an epoch", errno.EINVAL,
                 raw(attribute(number("A_SPACE_ID"), ("Q", space)))),
                ("table 0", errno.EINVAL, piece(0, 1, 0, [(0, 0)], steps)),
                ("no rules", errno.EINVAL, piece(1, 5, 0)),
                ("no steps", errno.EINVAL, piece(1, 1, 0, [(0, 0)])),
                ("too many rules", errno.EINVAL, piece(1, 1 << 25, 0, [(0, 0)], steps)),
                ("more than said", errno.EINVAL, piece(1, 1, 0, [(0, 0), (1, 0)], steps)),
                ("offsets that fall", errno.EINVAL, piece(1, 2, 0, [(5, 0), (4, 0)], steps)),
                ("offsets that stand still", errno.EINVAL,
                 piece(1, 2, 0, [(5, 0), (5, 0)], steps)),
                ("a step that is not there", errno.EINVAL, piece(1, 1, 0, [(0, 2)], steps)),
                ("an unknown base", errno.EINVAL, broken(base=6)),
                ("an unknown kind", errno.EINVAL, broken(kind=4)),
                ("a stop with an offset", errno.EINVAL, broken(kind=unwind.STOP)),
                ("an addition to no word", errno.EINVAL, broken(cfa_add=8)),
                ("padding", errno.EINVAL, broken(pad=1)),
                ("a later piece of nothing", errno.ENOENT, piece(9, 5, 1, [(0, 0)])),
                ("steps later", errno.EINVAL, piece(9, 5, 1, [(0, 0)], steps)),
                ("dropping nothing", errno.ENOENT, piece(9, 0, 0)),
                ("an empty mapping", errno.EINVAL, maps((4096, 4096, 0, 0, 0))),
                ("mappings that overlap", errno.EINVAL,
                 maps((4096, 8192, 0, 0, 0), (8191, 9000, 0, 0, 0))),
                ("mappings not sorted", errno.EINVAL,
                 maps((8192, 9000, 0, 0, 0), (4096, 8192, 0, 0, 0))),
                ("a mapping of the kernel", errno.EINVAL,
                 maps(((1 << 64) - 8192, (1 << 64) - 4096, 0, 0, 0))),
                ("a mapping beyond files", errno.EINVAL,
                 maps((4096, 8192, (1 << 64) - 4096, 0, 0))),
                ("a mapping's padding", errno.EINVAL, maps((4096, 8192, 0, 0, 1))),
                ("another epoch", errno.ESTALE, maps((4096, 8192, 0, 0, 0), epoch=epoch + 1)),
                ("no such process", errno.ESRCH, lambda: session.ask(1 << 22)),
                ("a kernel thread", errno.ESRCH, lambda: session.ask(2))):
            got = refusal_of(call)
            t.check(name, got[0] == code and got[1], "%s and a sentence" % errno.errorcode[code],
                    got, str(got[1]))
        session.add_piece(1, 3, 0, [(0, 0)], steps)
        t.equal("out of order", refusal_of(piece(1, 3, 2, [(9, 0)]))[0], errno.EINVAL)
        t.equal("another size", refusal_of(piece(1, 4, 1, [(9, 0)]))[0], errno.EINVAL)
        session.add_piece(1, 3, 1, [(9, 0), (10, 1)])
        t.equal("complete", refusal_of(piece(1, 3, 0, [(0, 0)], steps))[0], errno.EEXIST)
        session.drop_table(1)
        left = client.sessions()[0]["used_bytes"] - used
        t.between("nothing but numbers was kept", 0, left, 400, "bytes")


def test_same_stack(t):
    """Again and again the same: one stack."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        rules.teach(work.pid)
        work.phase("same 50")
        check_whole(t, "the same stack", session, work.stacks)
        t.equal("one stack", len({Seen(session).of[wait["object"]] for wait in work.stacks}), 1)
        losses = session.stats()[1]
        t.check("most of it remembered", losses["ustack_walks"] == 50 and
                losses["ustack_memo"] >= 46, "50 walks, 46 of them known",  # a first on each CPU
                (losses["ustack_walks"], losses["ustack_memo"]), str(losses["ustack_memo"]))
        work.phase("chain 60")
        check_whole(t, "other stacks in between", session, work.stacks)
        work.phase("same 20")
        check_whole(t, "the first again", session, work.stacks)
        table = rules.numbers[os.path.join(WORKLOADS, "user_stacks")]
        session.drop_table(table)
        work.phase("same 5")
        t.equal("forgotten with its table", {len(Seen(session).stack(wait)[0])
                                            for wait in work.stacks}, {1})


def test_remembered_attack(t):
    """Chains of one leaf and one stack pointer, with each other's return addresses left over."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work)
        rules.teach(work.pid)
        for line in ("attack 60",):
            work.phase(line)
            check_whole(t, line, session, work.stacks)
        t.check("they share stack pointers", len({wait["sp"] for wait in work.stacks}) < 5,
                "fewer than 5 of 60", len({wait["sp"] for wait in work.stacks}))
        t.check("some of it remembered", session.stats()[1]["ustack_memo"] > 0, "more than 0",
                session.stats()[1]["ustack_memo"], str(session.stats()[1]["ustack_memo"]))


def test_wrong_rules(t):
    """Rules that lead nowhere give a shorter stack, and no harm."""
    with workload() as work, Client() as client:
        session, _ = begin(client, work)
        mappings = unwind.executable(work.pid)
        for name, step, counter in (
                ("a frame that does not grow", unwind.call(unwind.BASES["rsp"], 0), "ustack_bad"),
                ("a frame below", unwind.call(unwind.BASES["rsp"], -4096), "ustack_bad"),
                ("not aligned", unwind.call(unwind.BASES["rsp"], 12), "ustack_bad"),
                ("a word in the gap below the stack",
                 unwind.call(number("BASE_AT_RSP"), -(64 << 20)), "ustack_fault"),
                ("beyond user memory", unwind.call(number("BASE_AT_RSP"), 0, cfa_add=7),
                 "ustack_bad"),
                ("no rule", unwind.other(unwind.STOP), "ustack_stop")):
            before = session.stats()[1][counter]
            session.add_table(1, [(0, 0)], [step])
            space, epoch = session.ask(work.pid)
            session.add_space(space, epoch, [(start, end, offset, 1, 0)
                                             for start, end, offset, _ in mappings])
            work.phase("same 1")
            seen = Seen(session)
            frames, flags = seen.stack(work.stacks[0])
            t.check(name, frames == work.stacks[0]["stack"][:1] and flags == TRUNCATED,
                    "the leaf alone", (hexed(frames), flags))
            t.equal("%s: %s" % (name, counter), session.stats()[1][counter] - before, 1)
            session.drop_table(1)


def test_waker(t):
    """Who wakes is walked by the same rules."""
    with workload() as work, Client() as client:
        session, rules = begin(client, work, wakers=True)
        rules.teach(work.pid)
        work.phase("wake")
        seen, wait = Seen(session), work.stacks[0]
        rows = [row for row in session.rows()[0] if row["object"] == wait["object"]]
        t.equal("its wait", len(rows), 1)
        frames, flags = (found.get(rows[0]["waker_ustack"]) for found in (seen.frames,
                                                                         seen.flags))
        t.check("the waker's stack", flags is not None and
                whole(frames, flags & (TRUNCATED | FP), wait, 2), hexed(wait["stack"]),
                (hexed(frames or []), flags))
        frames, flags = seen.stack(wait)
        t.check("the waiter's", not flags and len(frames) >= 3, "whole", (hexed(frames), flags))
