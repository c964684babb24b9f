# SPDX-License-Identifier: GPL-2.0-only
"""The module comes and goes, whoever waits, reads or is asked at the time."""
import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
import time

from churn import CYCLES, Churn, cycle, is_at_rest, kernel_state, lasting_changes
from disk import SlowDisk
from harness import (CLI, Cli, LOADED, PATIENCE_S, Workload, cli_json, cli_run, last_object,
                     module_load, module_parameter, module_unload, wait_for)
from locks import LOCKS_MODULE, Locks, built
from netlink import Client, NLM_F_DUMP, NLMSG_DONE, Refused, attribute
from seen import seen_points
from test_block import queue
from test_limits import expedited_rcu
from test_locks import KINDS
from test_screen import Terminal
from uapi import CLASSES, number

EACH = 3  # threads in each operation of a futex
SAID = 25  # cycles between two words about them: a thousand take hours
SLOW_NS = 12 * 10 ** 9
HELD_MS = 1500  # of unloading
FAR_MS = 90000  # of the semaphore that is waited for with a timeout


# --- tasks blocked in everything that can be waited in ---

class HeldDisk:
    """A disk that keeps what it is given until it is let go: a device mapper, suspended."""

    def __enter__(self):
        subprocess.run(["modprobe", "-q", "dm-mod"], check=False)
        with contextlib.ExitStack() as stack:
            below = stack.enter_context(SlowDisk("below", 0))
            dmsetup("create", "--table", "0 %d linear %s 0" % (below.megabytes << 11, below.path))
            stack.callback(dmsetup, "remove", "--retry")
            held = SlowDisk("held", 0)
            minor = dmsetup("info", "-c", "--noheadings", "-o", "minor").strip()
            self.path = held.path = "/dev/dm-" + minor
            self.folder = held.mount("/tmp/held")
            stack.callback(subprocess.run, ["umount", self.folder], check=True)
            stack.callback(self.let_go)
            self.stack = stack.pop_all()
        return self

    def hold(self):
        dmsetup("suspend", "--nolockfs", "--noflush")

    def let_go(self):
        dmsetup("resume")

    def __exit__(self, *_):
        self.stack.close()


def dmsetup(verb, *options):
    """There is no udev to wait for."""
    return subprocess.run(["dmsetup", verb, "held", *options], check=True, text=True,
                          stdout=subprocess.PIPE, env=dict(os.environ, DM_DISABLE_UDEV="1")).stdout


# Writes nothing but says that its file has changed: it waits for the journal alone.
SYNC = """
import os, sys
fd = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
os.fsync(fd)
print("ready", flush=True)
sys.stdin.readline()
os.fchmod(fd, 0o600)
os.fsync(fd)
"""


class Blocked:
    """Everybody who waits, how many waits of each class there are, and their release."""

    def __init__(self, t, stack):
        self.t, self.seen = t, seen_points()[0] - {"ww_mutex"}
        self.expected = {}
        self.futex = stack.enter_context(Workload("futex_held", EACH))
        self.locks, self.kernel = None, None
        if built():
            self.locks = Locks()
            self.kernel = stack.enter_context(Workload("kernel_locks", 1, *self.lock_lines()))
        else:
            t.skip("locks of the kernel", "%s is not there" % LOCKS_MODULE)
        self.disk = stack.enter_context(HeldDisk())
        self.slow = stack.enter_context(SlowDisk("slower", SLOW_NS, hw_queue_depth=8))
        # A machine that stands still for longer than a request may take loses none.
        queue(self.slow, "io_timeout", "600000")
        self.reader = stack.enter_context(Workload("block_io", "direct", self.disk.path, 1))
        self.device = stack.enter_context(Workload("block_io", "direct", self.slow.path, 1))
        self.sync = subprocess.Popen(["python3", "-c", SYNC, self.disk.folder + "/file"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(self.end_sync)
        self.sync.stdout.readline()
        stack.callback(self.let_go)

    def lock_lines(self):
        """One holder a kind, one waiter for each way to take it."""
        found = []
        for kind, (_, hold, takes) in KINDS.items():
            found.append("hold %s %s %d 0 0" % (kind, hold, len(takes)))
            found += ["take %s %s %d" % (kind, take, FAR_MS) for take in takes]
        return found

    def end_sync(self):
        if self.sync.poll() is None:
            self.sync.kill()
        self.sync.wait()
        self.sync.stdin.close()
        self.sync.stdout.close()

    def begin(self, session):
        """All begin to wait; returns when all of them do."""
        # A commit on its way could keep the program that syncs from asking for one.
        os.sync()
        self.disk.hold()
        self.futex.phase("", "asleep")
        if self.kernel:
            self.locks.command("gate")
            self.kernel.line()
        self.reader.line()
        self.sync.stdin.write("\n")
        self.sync.stdin.flush()
        self.until_all_wait(session, self.seen - {"block"})
        # Last: its device does not wait for us.
        self.device.line()
        self.until_all_wait(session, self.seen)

    def until_all_wait(self, session, classes):
        try:
            wait_for(lambda: not self.missing(session, classes), "everybody to wait")
        except OSError:
            self.t.need("everybody waits", False, sorted(classes), self.missing(session, classes))

    def missing(self, session, classes):
        """Classes nobody waits in, and locks that not all wait for who should."""
        rows = session.open_waits()
        found = sorted(classes - {row["class"] for row in rows})
        addresses = self.locks.addresses() if self.kernel else {}
        for kind, (name, _, takes) in KINDS.items() if self.kernel else ():
            at = [row for row in rows if row["object"] == addresses[kind, 0]]
            if name in classes and len(at) != len(takes):
                found.append((kind, len(takes), len(at)))
        return found

    def let_go(self):
        self.disk.let_go()
        if self.kernel:
            self.locks.command("gate -")

    def describe(self, session):
        found = {}
        for row in session.open_waits():
            found[row["class"]] = found.get(row["class"], 0) + 1
        return found

    def end(self):
        """All waits end, each in its way; everybody's own account of it."""
        self.let_go()
        if self.kernel:
            self.kernel.until("done")
        self.futex.phase()
        ended = {(wait["wait"], wait["ended"]) for wait in self.futex.waits}
        self.t.check("futex: every operation ended as it should", ended and all(
            how == "wake" or what == "waitv" for what, how in ended), "wake", sorted(ended),
                     "%d waits" % len(self.futex.waits))
        if self.kernel:
            waits = [wait for wait in self.locks.log() if wait["wait"] in KINDS]
            expected = sum(len(takes) for _, _, takes in KINDS.values())
            self.t.check("locks: everybody got what he waited for", len(waits) == expected and
                         {wait["ended"] for wait in waits} == {"wake"}, expected, waits,
                         "%d waits" % len(waits))
        for name, work in (("io", self.reader), ("block", self.device)):
            work.until("done")
            self.t.equal("%s: reads" % name, [wait["ended"] for wait in work.waits], ["wake"])
        self.t.equal("journal: the program that synced", self.sync.wait(timeout=PATIENCE_S), 0)


def unload_with_all_blocked(t, **parameters):
    module_parameter(**parameters)
    with contextlib.ExitStack() as stack, Client() as client:
        blocked = Blocked(t, stack)
        everything = [name for name in CLASSES if name in blocked.seen]
        session = client.session(everything, wakers=True, records=True, objects=True)
        blocked.begin(session)
        missing = blocked.missing(session, blocked.seen)
        t.check("tasks are blocked in every class", not missing, everything, missing,
                str(blocked.describe(session)))
        module_unload()
        t.check("unloaded meanwhile", not os.path.exists(LOADED), "gone", "there")
        # Once more, with the hooks of another load put over the same waits.
        module_load(**parameters)
        with Client() as again:
            again.session(everything, wakers=True)
        module_unload()
        blocked.end()
    module_load()


def test_every_class_of_wait(t):
    """Unloaded while tasks wait in all there is to wait in; later all waits end right."""
    unload_with_all_blocked(t)


def test_every_class_of_wait_by_kretprobes(t):
    """The same with return addresses replaced in all of them."""
    try:
        unload_with_all_blocked(t, kprobes_only=1)
    finally:
        module_parameter()


# --- readers ---

def dump_until(client, kind):
    """The rest of a dump; messages seen."""
    nr = 0
    while True:
        data = client.socket.recv(1 << 17)
        while data:
            length = int.from_bytes(data[:4], "little")
            nr += 1
            if int.from_bytes(data[4:6], "little") == kind:
                return nr
            data = data[(length + 3) & ~3:]


def rmmod():
    return subprocess.run(["rmmod", "waitprof"], stderr=subprocess.PIPE, text=True)


def test_dump_in_flight(t):
    """Busy as long as somebody has not read all of what he asked for, and no longer."""
    for how in ("read to its end", "left by its reader"):
        with Workload("sleepers", 1000) as work, contextlib.closing(Client()) as client:
            session = client.session(["futex"], tgids=[work.pid])
            work.phase("sleep", "asleep")
            client.send(client.family, number("CMD_GET_OPEN"),
                        attribute(number("A_SESSION_ID"), ("I", session.id)), NLM_F_DUMP)
            result = rmmod()
            t.check("a dump in flight: busy", result.returncode and "in use" in result.stderr and
                    os.path.exists(LOADED), "in use", result, result.stderr.strip())
            with Client() as other:
                t.equal("the session is still there", [one["id"] for one in other.sessions()],
                        [session.id])
            if how == "read to its end":
                t.check("the dump goes on", dump_until(client, NLMSG_DONE) >= 1000, "1000 waits",
                        "fewer")
                t.equal("afterwards the module can go", rmmod().returncode, 0)
            else:
                client.close()
                module_unload()
            t.check("a dump %s: gone" % how, not os.path.exists(LOADED), "gone", "there")
            module_load()
            work.phase("wake 1000")


READERS = {
    "top -b": ["top", "-b", "-d", "60"],
    "trace": ["trace"],
    "budget": ["budget", "--duration", "60"],
    "flame": ["flame", "--duration", "60", "-o", "{folder}/flame.svg"],
    "export": ["export", "--duration", "60", "--format", "folded"],
    "record": ["record", "--records", "-o", "{folder}/record.wp"],
}


def removed_under(t, name, arguments, folder, pid):
    """One reader and the module's end: one line, status 1; what it printed before."""
    arguments = [one.format(folder=folder) for one in arguments]
    with Client() as client:
        # Rules of user stacks take long to make, and are no matter here.
        reader = Cli(*arguments, "-p", pid, "--user-stacks", "none", client=client,
                     errors=subprocess.PIPE)
        # So that there is something to be read.
        time.sleep(1)
    module_unload()
    output, words = reader.process.communicate(timeout=PATIENCE_S)
    module_load()
    removed = [line for line in words.splitlines() if "module was removed" in line]
    t.check("%s says so in a line and fails" % name, reader.process.returncode == 1 and
            len(removed) == 1, "status 1, a line", (reader.process.returncode, words),
            words.strip())
    return output


def test_readers_notice(t):
    """Every command that goes on reading ends with status 1, a line, and what it had."""
    folder = tempfile.mkdtemp()
    player = subprocess.Popen(["build/workload/pingpong", "2"], stdout=subprocess.PIPE)
    player.stdout.readline()
    try:
        for name, arguments in READERS.items():
            output = removed_under(t, name, arguments, folder, player.pid)
            if name == "trace":
                t.check("trace: the waits that had ended", "futex" in output, "some", output[:300])
        report = cli_run("report", folder + "/record.wp")
        t.check("record: the file can be read", report.returncode == 0 and
                "futex" in report.stdout, "a table", report)
        if shutil.which("tmux"):
            on_a_screen(t, player.pid)
        else:
            t.skip("the screen", "no tmux")
    finally:
        player.kill()
        player.wait()
        player.stdout.close()
        shutil.rmtree(folder)
    with Client() as client:
        t.equal("no session is left", client.sessions(), [])


def test_read_while_it_goes(t):
    """Between the kernel's decision and the family's end a dump is refused: it is gone, too."""
    if not built():
        t.skip("unloading takes long", "%s is not there" % LOCKS_MODULE)
        return
    player = subprocess.Popen(["build/workload/pingpong", "2"], stdout=subprocess.PIPE)
    player.stdout.readline()
    Locks().command("watch wp_netlink_exit %d" % HELD_MS)
    try:
        with Client() as client, Client() as other:
            session = other.session(["futex"], tgids=[player.pid])
            reader = Cli("top", "-b", "-d", "0.2", "-p", player.pid, "--user-stacks", "none",
                         client=client, errors=subprocess.PIPE)
            time.sleep(1)
            removing, said = subprocess.Popen(["rmmod", "waitprof"]), None
            while not said:
                try:
                    session.rows()
                except Refused as refusal:
                    said = refusal.errno
                # A dump was under way: busy, once more.
                if removing.poll():
                    removing = subprocess.Popen(["rmmod", "waitprof"])
                time.sleep(0.02)
            t.equal("rmmod", removing.wait(), 0)
            t.equal("what the kernel says", said, errno.EPROTONOSUPPORT)
            _, words = reader.process.communicate(timeout=PATIENCE_S)
        t.check("top says so in a line and fails", reader.process.returncode == 1 and
                "module was removed" in words, "status 1, a line",
                (reader.process.returncode, words), words.strip())
    finally:
        Locks.command("watch -")
        player.kill()
        player.wait()
        player.stdout.close()
        if not os.path.isdir(LOADED):
            module_load()


def on_a_screen(t, pid):
    folder = tempfile.mkdtemp()
    terminal = Terminal(folder, "%s top -d 1 -p %d --user-stacks none" % (CLI, pid))
    try:
        terminal.see(t, "screen: it shows waits", "futex")
        module_unload()
        terminal.see(t, "screen: it says what has happened", "module was removed")
        terminal.is_given_back(t, 1)
        shown = terminal.show()
        t.check("screen: what it had is left behind", "in all" in shown and "futex" in shown and
                "Blocked right now" not in shown, "a table of waits", shown)
    finally:
        if not os.path.isdir(LOADED):
            module_load()
        terminal.close()
        shutil.rmtree(folder)


# --- again and again ---

def test_cycles(t):
    """Loaded, used and unloaded under thousands of waits: no trace is left of it."""
    with expedited_rcu():
        module_unload()
        # What the first time leaves behind for good: caches of the allocator, of files.
        for number_of in range(2):
            cycle(t, number_of, None)
        before = kernel_state()
        start = time.monotonic()
        with Churn() as churn:
            for number_of in range(CYCLES):
                cycle(t, number_of, churn)
                if (number_of + 1) % SAID == 0:
                    print("# %d of %d cycles, %.1f s each" % (
                        number_of + 1, CYCLES, (time.monotonic() - start) / (number_of + 1)),
                          flush=True)
            churn.end(t)
        took = time.monotonic() - start
        is_at_rest(t)
        changes = lasting_changes(before, CYCLES)
        t.check("memory, modules and hooks are as before", not changes, "no change", changes,
                "%d cycles, %.2f s each" % (CYCLES, took / CYCLES))
        t.figure("%d times loaded, used and unloaded" % CYCLES, "left behind", "", changes)
    module_load()
