# SPDX-License-Identifier: GPL-2.0-only
"""Who may look: root and CAP_PERFMON of the machine itself, nobody else."""
import contextlib
import json
import os
import shutil
import subprocess
import tempfile

from harness import CLI, PATIENCE_S, REPO

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=PATIENCE_S, cwd="/")


# Every command that asks the module; DIR is a folder that anybody may write to.
BRIEF = ["--duration", "0.3"]
COMMANDS = (["status"], ["top", "-b", "-n", "1", "-d", "0.3"], ["hist"] + BRIEF, ["blocked"],
            ["budget", "--pid", "1"] + BRIEF, ["trace"] + BRIEF, ["flame", "-o", "DIR/a.svg"] + BRIEF,
            ["export", "--format", "csv"] + BRIEF, ["record", "-o", "DIR/a.wp"] + BRIEF,
            ["record", "-o", "DIR/b.wp", "--", "true"])
# And those that do not.
OFFLINE = (["report", "CAPTURE"], ["hist", "-i", "CAPTURE"], ["top", "-b", "-i", "CAPTURE"],
           ["diff", "CAPTURE", "CAPTURE"], ["blocked", "-i", "CAPTURE"], ["--help"],
           ["flame", "-i", "CAPTURE", "-o", "DIR/b.svg"],
           ["export", "-i", "CAPTURE", "--format", "json"])


def filled(arguments, folder):
    return [one.replace("DIR", folder).replace("CAPTURE", folder + "/some.wp")
            for one in arguments]


def refused(t, name, prefix, word, command, folder):
    """Every command says so in one line, prints nothing, and leaves no file."""
    wrong, lines = [], []
    for arguments in COMMANDS:
        result = run(*prefix, command, *filled(arguments, folder))
        lines = result.stderr.splitlines()
        status = 125 if "--" in arguments else 1
        if not (result.returncode == status and len(lines) == 1 and word in lines[0] and
                not result.stdout):
            wrong.append((arguments, result.returncode, result.stderr, result.stdout[:100]))
    left = sorted(set(os.listdir(folder)) - {"waitprof", "some.wp"})
    t.check("%s: each of %d commands is refused" % (name, len(COMMANDS)), not wrong,
            "status 1, one line with '%s'" % word, wrong[:2], lines and lines[0])
    t.equal("%s: no file is left" % name, left, [])


def allowed(t, name, prefix, commands, command, folder):
    wrong = []
    for arguments in commands:
        result = run(*prefix, command, *filled(arguments, folder))
        if result.returncode or "not permitted" in result.stderr:
            wrong.append((arguments, result.returncode, result.stderr))
    t.check("%s: each of %d commands is allowed" % (name, len(commands)), not wrong, "status 0",
            wrong[:2])
    for left in set(os.listdir(folder)) - {"waitprof", "some.wp"}:
        os.unlink(os.path.join(folder, left))


def test_permissions(t):
    # The folder of the sources may be closed to others.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        command = shutil.copy(CLI, folder)
        run(command, "record", "-o", folder + "/some.wp", *BRIEF)
        os.chmod(folder + "/some.wp", 0o644)
        for name, prefix, word in (
                ("ordinary user", NOBODY, "CAP_PERFMON"),
                ("root of a user namespace", NOBODY + ["unshare", "--user", "--map-root-user"],
                 "CAP_PERFMON"),
                ("root in another pid namespace", ["unshare", "--pid", "--fork"], "namespace"),
                ("root in another network namespace", ["unshare", "--net"], "namespace"),
                ("all capabilities but the two",
                 ["setpriv", "--bounding-set=-sys_admin,-perfmon",
                  "--inh-caps=-sys_admin,-perfmon"], "CAP_PERFMON")):
            refused(t, name, prefix, word, command, folder)
            allowed(t, name + ", captures", prefix, OFFLINE, command, folder)
        for name in ("perfmon", "sys_admin"):
            prefix = NOBODY + ["--inh-caps=+" + name, "--ambient-caps=+" + name]
            allowed(t, "an ordinary user with CAP_%s alone" % name.upper(), prefix, COMMANDS,
                    command, folder)
        allowed(t, "root", [], COMMANDS + OFFLINE, command, folder)


# Readers, and threads that wait for a lock of the kernel: the position of a file.
LSEEK = """
import os, threading, time
file = os.open("/proc", os.O_RDONLY)
def read():
    while True:
        time.sleep(0.005)
        os.listdir(file)
for _ in range(4):
    threading.Thread(target=read, daemon=True).start()
threading.Event().wait()
"""


def restrict(value):
    with open("/proc/sys/kernel/kptr_restrict", "r+") as file:
        before = file.read()
        file.seek(0)
        file.write(str(value))
    return before


def test_kernel_addresses(t):
    """They reach who may see them by /proc/kallsyms, and nobody else, in no reply."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wire_addresses.py")
    without = ["setpriv", "--bounding-set=-syslog", "--inh-caps=-syslog"]
    waiters = subprocess.Popen(["python3", "-c", LSEEK])
    before = restrict(0)
    try:
        for name, value, prefix, hidden in (
                ("root", 0, [], False), ("root", 1, [], False), ("root", 2, [], True),
                ("root without CAP_SYSLOG", 0, without, True),
                ("root without CAP_SYSLOG", 1, without, True),
                ("root without CAP_SYSLOG", 2, without, True)):
            restrict(value)
            result = run(*prefix, "python3", script, str(waiters.pid))
            got = json.loads(result.stdout or "{}")
            name += ", kptr_restrict=%d" % value
            t.need(name + ": waits and stacks are read", got and got["waits"][0] and
                   got["stacks"], "some", (result.returncode, result.stderr, got))
            found = got.pop("found")
            t.check(name + (": no address on the wire" if hidden else ": addresses are shown"),
                    bool(found) != hidden, "none" if hidden else "some",
                    [hex(word) for word in found[:8]], str(got))
            t.equal(name + ": the reader is told", got["hidden"], hidden)
            t.equal(name + ": no memory that was not written", got["poison"], 0)
    finally:
        restrict(before.strip())
        waiters.kill()
        waiters.wait()


@contextlib.contextmanager
def open_to_all():
    """What the client needs, where everybody may read it: the sources' folder may be closed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("tests/truth/wire_commands.py", "tests/truth/netlink.py",
                     "tests/truth/uapi.py", "include/uapi/linux/waitprof.h"):
            os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
            shutil.copy(os.path.join(REPO, name), os.path.join(folder, name))
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        yield folder


def test_every_command(t):
    """Each command of the module, from each who may and who may not."""
    permitted = {"GET_INFO": "ok", "SESSION_NEW": "ok", "GET_POINTS": "ok", "SESSION_GET": "ok",
                 "GET_COST": "ok"}
    caps = {name: ["--inh-caps=+" + name, "--ambient-caps=+" + name]
            for name in ("perfmon", "sys_admin", "net_admin", "sys_ptrace")}
    bounds = "-sys_admin,-perfmon"
    for name, prefix, want in (
            ("root", [], None),
            ("CAP_PERFMON only", NOBODY + caps["perfmon"], None),
            ("CAP_SYS_ADMIN only", NOBODY + caps["sys_admin"], None),
            ("CAP_NET_ADMIN only", NOBODY + caps["net_admin"], "EPERM"),
            ("CAP_SYS_PTRACE only", NOBODY + caps["sys_ptrace"], "EPERM"),
            ("an ordinary user", NOBODY, "EPERM"),
            ("root without the two",
             ["setpriv", "--bounding-set=" + bounds, "--inh-caps=" + bounds], "EPERM"),
            ("root of a user namespace", NOBODY + ["unshare", "--user", "--map-root-user"],
             "EPERM"),
            ("another pid namespace", ["unshare", "--pid", "--fork"], "EPERM"),
            ("another network namespace", ["unshare", "--net"], "EPERM")):
        with open_to_all() as folder:
            result = run(*prefix, "python3", folder + "/tests/truth/wire_commands.py")
        got = json.loads(result.stdout or "{}")
        t.need(name + ": every command is tried", got, "answers", result.stderr)
        expected = {command: want or permitted.get(command, "EINVAL") for command in got}
        t.equal(name + ": each is " + ("refused" if want else "allowed"), got, expected)
