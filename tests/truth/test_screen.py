# SPDX-License-Identifier: GPL-2.0-only
"""The full screen of top over the real module, in a terminal (tmux)."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from harness import CLI, PATIENCE_S, Workload, cli_json, wait_for

NR_SLEEPERS = 3


class Terminal:
    """A command in a terminal of its own, with the state of the line before and after."""

    def __init__(self, folder, command):
        self.folder = folder
        self.tmux = ["tmux", "-S", os.path.join(folder, "socket"), "-u", "-f", "/dev/null"]
        script = ("cd %s; stty -a > before; LC_ALL=C.UTF-8 %s; echo status $?; "
                  "stty -a > after; exec sleep 1000" % (folder, command))
        subprocess.run(self.tmux + ["new-session", "-d", "-x", "100", "-y", "40", script],
                       check=True)

    def run(self, *arguments):
        return subprocess.run(self.tmux + list(arguments), check=True, capture_output=True,
                              text=True).stdout

    def keys(self, *keys):
        self.run("send-keys", *keys)

    def show(self):
        return self.run("capture-pane", "-p")

    def see(self, t, name, text):
        with contextlib.suppress(OSError):
            wait_for(lambda: text in self.show(), text, 2 * PATIENCE_S)
        return t.check(name, text in self.show(), text, self.show())

    def is_given_back(self, t, status):
        self.see(t, "it ends with its status", "status %d" % status)
        wait_for(lambda: os.path.exists(os.path.join(self.folder, "after")), "stty")
        lines = []
        for name in ("before", "after"):
            with open(os.path.join(self.folder, name)) as file:
                lines.append(file.read())
        t.check("the line is as it was", lines[1] == lines[0], lines[0], lines[1])
        t.equal("no alternate screen, a cursor",
                self.run("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip(), "0 1")

    def pid(self):
        """Of the command: the only child of the terminal's shell."""
        shell = self.run("display-message", "-p", "#{pane_pid}").strip()
        with open("/proc/%s/task/%s/children" % (shell, shell)) as file:
            return int(file.read().split()[0])

    def close(self):
        subprocess.run(self.tmux + ["kill-server"], check=False)


@contextlib.contextmanager
def top(t, *options):
    """The screen of a process whose threads sleep."""
    if not shutil.which("tmux"):
        t.skip("the screen", "no tmux")
        return
    folder = tempfile.mkdtemp()
    with Workload("sleepers", NR_SLEEPERS) as work:
        work.phase("sleep", "asleep")
        terminal = Terminal(folder, "%s top -d 1 -p %d %s" % (CLI, work.pid, " ".join(options)))
        try:
            yield work, terminal
        finally:
            terminal.close()
            shutil.rmtree(folder)


def test_sleepers(t):
    with top(t) as (work, terminal):
        terminal.see(t, "who is blocked", "Blocked right now: %d" % NR_SLEEPERS)
        terminal.see(t, "what is followed", "pid %d, last" % work.pid)
        terminal.see(t, "a coverage line", "coverage: %d threads" % (NR_SLEEPERS + 1))
        terminal.keys("Tab", "Enter")
        terminal.see(t, "the page of a thread", "kernel stack")
        terminal.see(t, "its stack", "futex_wait")
        terminal.keys("q", "Tab")
        work.phase("wake 1")
        terminal.see(t, "one less", "Blocked right now: %d" % (NR_SLEEPERS - 1))
        terminal.keys("r")
        terminal.see(t, "a baseline", "since the baseline")
        terminal.keys("p")
        terminal.see(t, "a pause", "PAUSED")
        terminal.keys("p", "g")
        terminal.see(t, "another grouping", "Waits by thread")
        terminal.keys("q")
        terminal.is_given_back(t, 0)
        terminal.see(t, "a report is left behind", "in all")
        t.check("by what the screen had", "Waits by thread\n" in terminal.show(), "by thread",
                terminal.show())
        work.phase("wake 2")


# Maps a file as code, which makes its unwind rules wanted.
MAP = """
import mmap, sys, time
file = open(sys.argv[1], "rb")
kept = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC)
print("mapped", flush=True)
time.sleep(1000)
"""


@contextlib.contextmanager
def slow_top(t, library):
    """The screen of a process whose unwind rules take long to make."""
    folder = tempfile.mkdtemp()
    process = subprocess.Popen([sys.executable, "-c", MAP, library], stdout=subprocess.PIPE)
    process.stdout.readline()
    terminal = Terminal(folder, "env XDG_CACHE_HOME=%s %s top -d 1 -p %d"
                        % (folder, CLI, process.pid))
    try:
        terminal.see(t, "what is being done", "making unwind rules of pid %d: %s ("
                     % (process.pid, os.path.basename(library)))
        yield terminal
    finally:
        terminal.close()
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder)


def test_opening(t):
    """The screen is there while unwind rules are made, and can be left."""
    # A large file that is there wherever this was built.
    library = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True,
                             check=False).stdout.strip()
    if not shutil.which("tmux") or not os.path.isfile(library):
        t.skip("the screen", "no tmux, or no gcc")
        return
    for key in ("q", "C-c"):
        with slow_top(t, library) as terminal:
            terminal.keys(key)
            terminal.is_given_back(t, 0)
            t.check("nothing to be reported", "in all" not in terminal.show(), "", terminal.show())
    t.equal("no session", cli_json("status", "--json")["sessions"], [])
    with slow_top(t, library) as terminal:
        terminal.see(t, "then it begins", "coverage: 1 threads")
        terminal.keys("q")
        terminal.is_given_back(t, 0)


def test_new_session(t):
    """A grouping that takes another session; its capture can be read."""
    with top(t) as (work, terminal):
        terminal.see(t, "it begins with call sites", "Waits by callsite")
        terminal.see(t, "and figures", "coverage: ")
        terminal.keys("G", "Down", "Down", "Down")
        terminal.see(t, "what it takes is said", "object (a new session)")
        terminal.keys("Enter")
        terminal.see(t, "objects", "Waits by object")
        terminal.see(t, "the sleepers", "Blocked right now: %d" % NR_SLEEPERS)
        terminal.keys("s")
        terminal.see(t, "it is saved", "saved: waitprof-top-")
        files = [name for name in os.listdir(terminal.folder) if name.endswith(".wp")]
        t.equal("one capture", len(files), 1)
        result = subprocess.run([CLI, "report", os.path.join(terminal.folder, files[0]), "--json",
                                 "--by", "object"], capture_output=True, text=True, check=False)
        t.equal("it can be read", (result.returncode, result.stderr), (0, ""))
        rows = json.loads(result.stdout)["rows"]
        t.equal("rows of the process", {row["pid"] for row in rows}, {work.pid})
        terminal.keys("q")
        terminal.is_given_back(t, 0)
        work.phase("wake 3")


def test_crash(t):
    with top(t) as (work, terminal):
        terminal.see(t, "it runs", "Blocked right now: %d" % NR_SLEEPERS)
        os.kill(terminal.pid(), signal.SIGSEGV)
        terminal.is_given_back(t, 139)
        work.phase("wake 3")
