# SPDX-License-Identifier: GPL-2.0-only
"""Following: waits of what the filter's processes and threads start.

The workload is a family whose members make as many futex waits as they are told;
a session must have exactly the waits of the members it follows.
"""
import contextlib
import os
import subprocess
import time


from harness import Cli, Workload, cli_run, is_asleep, module_parameter, wait_for
from netlink import Client, Refused

LAST_PID = "/proc/sys/kernel/ns_last_pid"
MAX_PID = "/proc/sys/kernel/pid_max"


class Family(Workload):
    """Members by number; each knows how many waits it has made."""

    def __init__(self):
        super().__init__("family")
        self.made = {}
        self.ids = {0: (self.pid, self.pid)}

    def order(self, what, member=0, number=None):
        line = "%s %d" % (what, member) + ("" if number is None else " %d" % number)
        done = self.phase(line)
        self.ids[done["member"]] = (done["pid"], done["tid"])
        return done["member"]

    def wait(self, *numbers):
        """Member by member, a number of waits of its own."""
        for member in numbers:
            waits = 3 + member % 5
            self.order("wait", member, waits)
            key = self.ids[member]
            self.made[key] = self.made.get(key, 0) + waits

    def of(self, *members):
        return {self.ids[member]: self.made[self.ids[member]] for member in members}


def end(session, family=None):
    """Waits by (process, thread); those outside the family are told, too."""
    session.pause()
    found = {}
    for row in session.rows()[0]:
        key = (row["tgid"], row["tid"])
        found[key] = found.get(key, 0) + row["count"]
    counters, losses = session.stats()
    session.delete()
    row = counters["futex"]
    balanced = row["begun"] == row["ended"] + row["open"] and row["ended"] == row["reported"]
    return found, losses, balanced and row["reported"] == sum(found.values())


def check(t, name, session, family, members):
    found, losses, balanced = end(session)
    expected = family.of(*members)
    t.check(name, found == expected and balanced, expected, found,
            "%d waits of %d tasks" % (sum(found.values()), len(found)))
    return losses


def test_children_grandchildren_threads(t):
    """With and without, at the same time; what began before the session, too."""
    with Family() as family, Client() as client:
        root = family.order("process")
        old_child = family.order("process", root)
        old_thread = family.order("thread", root)
        old_grandchild = family.order("process", old_child)
        of_thread = family.order("process", old_thread)
        old = [root, old_child, old_thread, old_grandchild, of_thread]
        pids = [family.ids[root][0]]
        alone = client.session(["futex"], tgids=pids)
        follow = client.session(["futex"], tgids=pids, follow=True)
        everybody = client.session(["futex"], tgids=[family.pid], follow=True)
        t.equal("descendants alive at the start", follow.stats()[1]["followed"], 3)
        family.wait(*old)
        child = family.order("process", root)
        grandchild = family.order("process", child)
        thread = family.order("thread", grandchild)
        of_old = family.order("process", old_grandchild)
        beside = family.order("process", 0)
        new_thread = family.order("thread", root)
        new = [child, grandchild, thread, of_old, new_thread]
        family.wait(*new, beside, 0, *old)
        t.equal("descendants alive then", follow.stats()[1]["followed"], 6)
        tasks = {family.ids[one] for one in old + new}
        t.equal("the session's threads, as listed", set(follow.tasks()), tasks)
        family.order("exit", child)
        family.order("exit", thread)
        family.wait(grandchild)
        wait_for(lambda: follow.stats()[1]["followed"] == 5, "the end of a child to be told")
        check(t, "without: the process", alone, family, [root, old_thread, new_thread])
        losses = check(t, "with: whoever it started", follow, family, old + new)
        t.equal("no task was too many", losses["follow_full"], 0)
        losses = check(t, "the whole family", everybody, family, old + new + [beside, 0])


def test_daemons(t):
    """Who lost its parent is followed if that happened after the session's start."""
    with Family() as family, Client() as client:
        root = family.order("process")
        orphan = family.order("daemon", root)
        session = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
        daemon = family.order("daemon", root)
        child = family.order("process", daemon)
        thread = family.order("thread", daemon)
        family.wait(root, orphan, daemon, child, thread)
        family.order("exit", root)
        late = family.order("process", daemon)
        family.wait(daemon, late)
        wait_for(lambda: session.stats()[1]["followed"] == 3, "whoever is between to be gone")
        check(t, "daemons", session, family, [root, daemon, child, thread, late])


def test_threads_that_are_followed(t):
    """A filter by thread: what it starts, and no other thread of its process."""
    with Family() as family, Client() as client:
        root = family.order("process")
        given = family.order("thread", root)
        old = family.order("process", given)
        earlier = family.order("thread", given)
        session = client.session(["futex"], tids=[family.ids[given][1]], follow=True)
        other = family.order("thread", root)
        of_other = family.order("process", other)
        thread = family.order("thread", given)
        of_thread = family.order("thread", thread)
        process = family.order("process", of_thread)
        inside = family.order("thread", process)
        mine = [given, old, thread, of_thread, process, inside]
        family.wait(*mine, root, earlier, other, of_other)
        t.equal("followed that live", session.stats()[1]["followed"], 4)
        family.order("exit", thread)
        family.wait(of_thread)
        wait_for(lambda: session.stats()[1]["followed"] == 3, "the end of a thread to be told")
        check(t, "by thread", session, family, mine)


def test_exec(t):
    """A process keeps its number, a thread takes the one of its process."""
    with Family() as family, Client() as client:
        root = family.order("process")
        thread = family.order("thread", root)
        pid, tid = family.ids[thread]
        by_pid = client.session(["futex"], tgids=[pid], follow=True)
        by_tid = client.session(["futex"], tids=[tid], follow=True)
        child = family.order("process", root)
        family.wait(root, thread, child)
        before = {family.ids[one]: family.made[family.ids[one]] for one in (root, thread)}
        family.order("exec", thread)
        t.equal("the thread is the process now", family.ids[thread], (pid, pid))
        family.order("exec", child)
        family.made[(pid, pid)] = 0
        late = family.order("thread", thread)
        family.wait(thread, child, late)
        found, _, balanced = end(by_tid)
        expected = {(pid, tid): before[(pid, tid)], (pid, pid): family.made[(pid, pid)],
                    family.ids[late]: family.made[family.ids[late]]}
        t.check("by thread, before and after", found == expected and balanced, expected, found)
        found, _, balanced = end(by_pid)
        expected[(pid, pid)] += before[(pid, pid)]
        expected.update(family.of(child))
        t.check("by process, before and after", found == expected and balanced, expected, found)


def test_open_waits(t):
    """Who is asleep: open waits of children, and those that began unseen."""
    with Family() as family, Client() as client:
        root = family.order("process")
        child = family.order("process", root)
        family.line("wait %d 3000" % child)
        wait_for(lambda: is_asleep(family.ids[child][1]), "a wait")
        pid = family.ids[child][0]
        session = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
        wait_for(lambda: [row for row in session.open_waits() if row["tid"] == pid],
                 "an open wait of the child")
        t.check("a child's wait is open", True)
        session.delete()
        family.until("done")
        session = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
        late = family.order("process", child)
        unseen = {row["tid"] for row in session.open_waits(unseen=True)}
        mine = {family.ids[one][1] for one in (root, child, late)}
        t.check("only members of the family are asleep", unseen <= mine, mine, unseen)
        seen = set()

        def asleep():
            seen.update(row["tid"] for row in session.open_waits(unseen=True))
            return seen == mine
        wait_for(asleep, "every member asleep once")
        t.check("every member is seen asleep", seen == mine, mine, seen)
        session.delete()


def test_limit(t):
    """Past the limit tasks are not followed, and counted one by one."""
    module_parameter(follow_limit=5)
    try:
        with Family() as family, Client() as client:
            root = family.order("process")
            small = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
            members = [family.order("process", root) for _ in range(8)]
            stranger = family.order("process", members[6])
            family.wait(root, *members, stranger)
            losses = small.stats()[1]
            t.equal("followed", losses["followed"], 5)
            t.equal("not followed", losses["follow_full"], 3)
            walked = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
            losses = walked.stats()[1]
            t.equal("found at the start: followed", losses["followed"], 5)
            t.equal("found at the start: not followed", losses["follow_full"], 3)
            for member in members[:3]:
                family.order("exit", member)
            wait_for(lambda: small.stats()[1]["followed"] == 2, "three to be gone")
            late = []

            def room():
                late.append(family.order("process", root))
                return small.stats()[1]["followed"] == 5
            wait_for(room, "the room of the dead")
            t.check("the dead make room", True, figures="after %d processes" % len(late))
            family.wait(*late)
            full = small.stats()[1]["follow_full"]
            followed = len(late) - (full - 3)
            t.equal("each is followed or counted", followed, 3)
            found, _, balanced = end(small)
            expected = family.of(root, *members[:5])
            t.check("waits of those followed", balanced and all(
                found.get(key) == made for key, made in expected.items()), expected, found)
            t.equal("and of nobody else", len(found), len(expected) + followed)
    finally:
        module_parameter()


def set_last_pid(pid):
    with open(LAST_PID, "w") as file:
        file.write(str(pid))


def come_near(pid):
    """The next numbers are about to be this one."""
    if os.path.exists(LAST_PID):
        set_last_pid(pid - 1)
        return
    latest = pid
    while not 0 < pid - latest < 4:
        latest = os.fork()
        if not latest:
            os._exit(0)
        os.waitpid(latest, 0)


def family_of_pid(pid):
    """A family that is given a number which another process had."""
    for _ in range(100):
        come_near(pid)
        family = Family()
        if family.pid == pid:
            return family
        family.__exit__()
    raise OSError("nobody was given pid %d" % pid)


@contextlib.contextmanager
def few_pids():
    """Where the next number cannot be chosen it soon comes round."""
    with open(MAX_PID) as file:
        before = file.read()
    if not os.path.exists(LAST_PID):
        with open(MAX_PID, "w") as file:
            file.write(str(max([301] + [int(one) + 100 for one in os.listdir("/proc")
                                        if one.isdigit()])))
    try:
        yield
    finally:
        with open(MAX_PID, "w") as file:
            file.write(before)


def test_numbers_used_again(t):
    """Neither a child's number nor that of the given process means them for ever."""
    with few_pids(), Family() as family, Client() as client:
        root = family.order("process")
        child = family.order("process", root)
        session = client.session(["futex"], tgids=[family.ids[root][0]], follow=True)
        family.wait(root, child)
        expected = family.of(root, child)
        for member in (child, root):
            pid = family.ids[member][0]
            family.order("exit", member)
            with family_of_pid(pid) as stranger:
                t.equal("number used again", stranger.pid, pid)
                late = stranger.order("process")
                stranger.wait(0, late)
                t.check("its user is not followed", session.tasks() == (
                    [family.ids[root]] if member == child else []), "", session.tasks())
        found, _, balanced = end(session)
        t.check("waits of those meant", found == expected and balanced, expected, found)


def test_refused(t):
    with Client() as client:
        try:
            client.session(["futex"], follow=True)
            t.check("nobody to begin with", False, "refusal", "a session")
        except Refused as refusal:
            t.check("nobody to begin with", refusal.sentence, "a sentence", refusal,
                    str(refusal))
        plain = client.session(["futex"], tgids=[1])
        following = client.session(["futex"], tgids=[1], follow=True)
        t.check("the set is counted as memory",
                65536 <= following.used_bytes - plain.used_bytes <= 262144,
                "128 KiB", following.used_bytes - plain.used_bytes)
        plain.delete()
        following.delete()


def test_sessions_come_and_go(t):
    """Under a load of forks, eight sessions: one keeps on, seven come and go."""
    with Family() as family, Client() as client:
        root = family.order("process")
        thread = family.order("thread", root)
        pid, tid = family.ids[thread]
        steady = client.session(["futex"], tgids=[pid], follow=True)
        load = subprocess.Popen(["stress-ng", "--fork", "2", "--vfork", "1", "--clone", "1",
                                 "--timeout", "600"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        try:
            members = [root, thread]
            filters = [{"tgids": [load.pid]}, {"tids": [tid]}, {"tgids": [1]}, {"tgids": [pid]},
                       {"tgids": [1], "tids": [tid]}, {"tids": [load.pid]},
                       {"tgids": [load.pid], "comm": "stress*"}]
            rounds, followed, full = 0, 0, 0
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline or rounds < 3:
                some = [client.session(["futex", "rwsem", "mutex"], follow=index != 3, **one)
                        for index, one in enumerate(filters)]
                if rounds < 3:
                    members.append(family.order("process", members[rounds]))
                family.wait(*members)
                for session in some:
                    _, losses = session.stats()
                    followed = max(followed, losses["followed"])
                    full += losses["follow_full"]
                    session.delete()
                rounds += 1
            t.check("children of the load were followed", followed > 1, "more than 1", followed,
                    "%d at once, %d refused, %d rounds" % (followed, full, rounds))
        finally:
            load.terminate()
            load.wait()
        check(t, "the steady one", steady, family, members)


def test_command_follows(t):
    """The command's figures, its coverage, and that it ends with the last of them."""
    with Family() as family, Client() as client:
        pids = []
        for follow in (False, True):
            root = family.order("process")
            child = family.order("process", root)
            pids.append(family.ids[root][0])
            command = Cli("hist", "--json", "--by", "thread", "--class", "futex", "-p", pids[-1],
                          *(["--follow"] if follow else []), client=client)
            late = family.order("daemon", root)
            mine = [root, child, late] if follow else [root]
            family.wait(root, child, late)
            family.order("exit", root)
            if follow:
                time.sleep(1.5)
                family.wait(child)
                family.order("exit", child)
                t.equal("it goes on while a daemon lives", command.process.poll(), None)
                family.wait(late)
                family.order("exit", late)
            rows = {(row["pid"], row["tid"]): row["count"] for row in command.result()["rows"]
                    if row["count"]}
            t.equal("hist, %s" % ("--follow" if follow else "without"), rows, family.of(*mine))
        root = family.order("process")
        child = family.order("process", root)
        command = Cli("top", "-b", "-n", "1", "-d", "3", "--json", "--by", "thread", "--class",
                      "futex", "--follow", "-p", family.ids[root][0], client=client)
        late = family.order("thread", child)
        family.wait(root, child, late)
        rows = {(row["pid"], row["tid"]): row["count"] for row in command.result()["rows"]
                if row["count"]}
        t.equal("top --follow", rows, family.of(root, child, late))
        words = cli_run("top", "-b", "-n", "1", "-d", "1", "--follow", "-p",
                        family.ids[root][0]).stdout
        t.check("all threads are covered", "coverage: 3 threads x" in words,
                "coverage: 3 threads", words)
        family.order("exit", root)
        family.order("exit", child)
        result = cli_run("top", "--follow")
        t.check("nobody to follow", result.returncode == 2 and "--follow" in result.stderr,
                "usage", result.stderr)
