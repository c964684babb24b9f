# SPDX-License-Identifier: GPL-2.0-only
"""What the command line keeps of a root's capabilities, and what each is good for."""
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import CLI, PATIENCE_S, module_load, module_unload

NUMBERS = {"dac_override": 1, "dac_read_search": 2, "kill": 5, "sys_ptrace": 19, "sys_admin": 21,
           "syslog": 34, "perfmon": 38, "checkpoint_restore": 40}
LOOK = {"perfmon", "sys_ptrace", "dac_read_search", "syslog", "checkpoint_restore"}
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")

# Threads that wait for each other by the C library, in a process of another user.
WAITERS = """
import threading
def wait():
    never = threading.Condition()
    while True:
        with never:
            never.wait(0.02)
for _ in range(3):
    threading.Thread(target=wait, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""


def mask(names):
    return sum(1 << NUMBERS[name] for name in names)


def status_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict((line.split(":", 1)[0], line.split(":", 1)[1].split()) for line in file)


@contextlib.contextmanager
def blocked_output():
    """A pipe without room: who prints waits there until it is looked at."""
    out, into = os.pipe()
    fcntl.fcntl(into, 1031, 4096)  # F_SETPIPE_SZ
    flags = fcntl.fcntl(into, fcntl.F_GETFL)
    fcntl.fcntl(into, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(into, b"x" * 4096)
    fcntl.fcntl(into, fcntl.F_SETFL, flags)
    yield into
    os.close(into)
    os.close(out)


def at_work(arguments):
    """/proc/PID/status of a command in the middle of its work."""
    with blocked_output() as into:
        process = subprocess.Popen([CLI] + arguments, stdout=into, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        end = time.monotonic() + PATIENCE_S
        found = {}
        while time.monotonic() < end and process.poll() is None:
            # It sleeps in the pipe, or has nothing to print and waits for its time. Not
            # wchan: 5.10 has none to show.
            with open("/proc/%d/stack" % process.pid) as file:
                prints = "pipe_write" in file.read()
            # After that: before, it may have been elsewhere.
            found = status_of(process.pid)
            if prints or (arguments[0] == "record" and found["NoNewPrivs"] == ["1"]):
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
    return found


def test_capabilities_kept(t):
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, "some.wp")
        subprocess.run([CLI, "record", "-o", capture, "--duration", "0.3"], check=True,
                       stderr=subprocess.DEVNULL)
        session = LOOK | {"sys_admin"}
        brief = ["--duration", "0.3"]
        for arguments, kept in (
                (["status"], {"perfmon"}),
                (["top", "-b", "-n", "1", "-d", "0.3"], session | {"dac_override"}),
                (["hist"] + brief, session),
                (["blocked"], session),
                (["budget", "--pid", "1"] + brief, session),
                (["trace", "-c", "futex"], LOOK),
                (["export", "--format", "csv"] + brief, session | {"dac_override"}),
                (["flame"] + brief, session | {"dac_override"}),
                (["record", "-o", os.path.join(folder, "other.wp"), "--duration", "60"],
                 session | {"dac_override"}),
                (["report", capture], {"dac_read_search"}),
                (["hist", "-i", capture], {"dac_read_search"}),
                (["diff", capture, capture], {"dac_read_search"})):
            name = "waitprof " + " ".join(arguments[:2 if "-i" in arguments else 1])
            got = status_of_sets(at_work(arguments))
            # To find the -i it has read its options; by then it could not shrink this one.
            bound = session if "-i" in arguments else kept
            t.equal(name + " keeps", got, {"CapInh": 0, "CapPrm": mask(kept), "CapEff": mask(kept),
                                           "CapBnd": mask(bound), "CapAmb": 0, "NoNewPrivs": 1})


def status_of_sets(found):
    sets = {name: int(found[name][0], 16) for name in SETS if name in found}
    sets["NoNewPrivs"] = int(found.get("NoNewPrivs", ["0"])[0])
    return sets


def test_command_keeps_its_own(t):
    """record -- COMMAND: the command is what it would have been without us."""
    # Not what differs from process to process.
    show = ["sh", "-c", "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status; "
            "env | sort; ulimit -a; umask"]
    environment = {**os.environ, "DEBUGINFOD_URLS": "http://localhost:1"}
    with tempfile.TemporaryDirectory() as folder:
        for name, prefix in (
                ("root", []),
                ("root without some", ["setpriv", "--bounding-set=-sys_chroot,-mknod",
                                       "--inh-caps=-sys_chroot,-mknod"]),
                ("an ordinary user with CAP_PERFMON",
                 ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                  "--inh-caps=+perfmon", "--ambient-caps=+perfmon"])):
            os.chmod(folder, 0o777)
            command = shutil.copy(CLI, folder)
            alone = subprocess.run(prefix + show, stdout=subprocess.PIPE, text=True, cwd=folder,
                                   env=environment, timeout=PATIENCE_S)
            record = prefix + [command, "record", "-o", name.replace(" ", "-") + ".wp", "--"]
            with_us = subprocess.run(record + show, stdout=subprocess.PIPE, text=True, cwd=folder,
                                     stderr=subprocess.PIPE, env=environment, timeout=PATIENCE_S)
            t.check("%s: its command has the same identity, capabilities, environment" % name,
                    with_us.stdout == alone.stdout and "CapEff" in alone.stdout, alone.stdout,
                    (with_us.stdout, with_us.stderr))


def test_command_of_another_user_is_ended(t):
    """Who has made itself somebody else is still told when the recording ends."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([CLI, "record", "-o", os.path.join(folder, "a.wp"), "--",
                                    "setpriv", "--reuid=65534", "--clear-groups", "sleep", "600"],
                                   stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not os.path.exists(os.path.join(folder, "a.wp")):
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = "none"
        t.check("it ends with its command", code != "none", "an exit status", code)


def frames(rows, which):
    return [frame for row in rows for frame in row[which]]


def named(found):
    """By address: /proc/PID/stack names frames by itself, and tells no address."""
    return [frame for frame in found if frame["symbol"] and frame["addr"]]


def look_at(prefix, pid):
    """`top` of one process: what it printed, its rows, and its word on what is missing."""
    run = subprocess.run(prefix + ["top", "-b", "-n", "1", "-d", "2", "--json", "--pid", str(pid)],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         timeout=PATIENCE_S, cwd="/")
    rows = json.loads(run.stdout)["rows"] if run.stdout else []
    return run, rows, [line for line in run.stderr.splitlines()
                       if line.startswith("waitprof: with")]


def user_with(command, names):
    caps = ",".join("+" + name for name in sorted(names))
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=" + caps,
            "--ambient-caps=" + caps, command]


def test_files_that_are_deleted(t):
    """A program is replaced while it runs: its frames have names by CAP_CHECKPOINT_RESTORE or
    CAP_SYS_ADMIN; without both that is said."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        command = shutil.copy(CLI, folder)
        python = shutil.copy(os.path.realpath(sys.executable), folder)
        waiters = subprocess.Popen([python, "-c", WAITERS], stdout=subprocess.PIPE, text=True)
        waiters.stdout.readline()
        os.unlink(python)
        for held, is_named in (("checkpoint_restore", True), ("sys_admin", True), (None, False)):
            names = LOOK - {"checkpoint_restore"} | ({held} if held else set())
            run, rows, said = look_at(user_with(command, names), waiters.pid)
            own = [frame for frame in frames(rows, "ustack")
                   if (frame["module"] or "").startswith(python)]
            about = [line for line in said if "CAP_CHECKPOINT_RESTORE" in line]
            name = "by CAP_%s" % held.upper() if held else "by neither"
            t.need(name + ": frames of the program are seen", own, "frames",
                   (run.returncode, run.stderr, frames(rows, "ustack")[:4]))
            t.check("%s: they are %snamed" % (name, "" if is_named else "not "),
                    bool(named(own)) == is_named, "", own[:4])
            t.check(name + (": nothing to say" if is_named else ": is said"),
                    len(about) == (0 if is_named else 1), "", said)
        waiters.kill()
        waiters.wait()


def test_what_each_is_good_for(t):
    """Without a capability: what is missing is said, and that is what is missing."""
    module_unload()
    module_load()
    waiters = subprocess.Popen(["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups",
                                "python3", "-c", WAITERS], stdout=subprocess.PIPE, text=True)
    waiters.stdout.readline()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        command = shutil.copy(CLI, folder)
        for missing in (None, "sys_ptrace", "syslog", "dac_read_search", "checkpoint_restore",
                        "sys_admin"):
            held = (LOOK | {"sys_admin"}) - {missing}
            run, rows, said = look_at(user_with(command, held), waiters.pid)
            user, kernel = frames(rows, "ustack"), frames(rows, "kstack")
            name = "without CAP_%s" % missing.upper() if missing else "with all"
            t.need(name + ": waits are seen", run.returncode == 0 and user and kernel, "rows",
                   (run.returncode, run.stderr, len(rows)))
            want = missing in ("sys_ptrace", "syslog", "sys_admin")
            t.check(name + ": is said" if want else name + ": nothing to say",
                    (len(said) == 1 and name in said[0] and said[0].count("with") == 1)
                    if want else not said, name if want else "no line", run.stderr,
                    said[0] if said else "")
            t.check(name + ": user frames are " + ("not " if missing == "sys_ptrace" else "") +
                    "named", bool(named(user)) == (missing != "sys_ptrace"), "", user[:4])
            t.check(name + ": kernel frames are " + ("not " if missing == "syslog" else "") +
                    "named", bool(named(kernel)) == (missing != "syslog"), "", kernel[:4])
    waiters.kill()
    waiters.wait()
