# SPDX-License-Identifier: GPL-2.0-only
"""Who may look: root and CAP_PERFMON of the machine itself, nobody else."""
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


def test_permissions(t):
    # The folder of the sources may be closed to others.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        command = shutil.copy(CLI, folder)
        for name, prefix, word in (
                ("ordinary user", NOBODY, "CAP_PERFMON"),
                ("root of a user namespace", NOBODY + ["unshare", "--user", "--map-root-user"],
                 "CAP_PERFMON"),
                ("root in another pid namespace", ["unshare", "--pid", "--fork"], "namespace"),
                ("root in another network namespace", ["unshare", "--net"], "namespace"),
                ("all capabilities but the two",
                 ["setpriv", "--bounding-set=-sys_admin,-perfmon",
                  "--inh-caps=-sys_admin,-perfmon"], "CAP_PERFMON")):
            for arguments in (["status"], ["top", "-b", "-n", "1", "-d", "1"]):
                result = run(*prefix, command, *arguments)
                lines = result.stderr.splitlines()
                t.check("%s: waitprof %s is refused" % (name, arguments[0]),
                        result.returncode == 1 and len(lines) == 1 and word in lines[0] and
                        not result.stdout, "status 1, one line with '%s'" % word,
                        (result.returncode, result.stderr, result.stdout[:100]),
                        lines[0] if lines else "")
        for name in ("perfmon", "sys_admin"):
            result = run(*NOBODY, "--inh-caps=+" + name, "--ambient-caps=+" + name, command, "top",
                         "-b", "-n", "1", "-d", "0.5", "--json")
            t.check("an ordinary user with CAP_%s alone may" % name.upper(),
                    result.returncode == 0 and result.stdout.startswith("{"), "status 0, JSON",
                    (result.returncode, result.stderr, result.stdout[:100]))


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


def open_to_all(folder, *paths):
    """Copies of files of the repository, whose own folders may be closed to others."""
    for path in paths:
        copy = os.path.join(folder, path)
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(os.path.join(REPO, path), copy)
    subprocess.check_call(["chmod", "-R", "a+rX", folder])


def test_every_command(t):
    """Each command of the module, from each who may and who may not."""
    with tempfile.TemporaryDirectory() as folder:
        open_to_all(folder, "include/uapi/linux/waitprof.h", "tests/truth/uapi.py",
                    "tests/truth/netlink.py", "tests/truth/wire_commands.py")
        every_command(t, os.path.join(folder, "tests/truth/wire_commands.py"))


def every_command(t, script):
    permitted = {"GET_INFO": "ok", "SESSION_NEW": "ok", "GET_POINTS": "ok", "SESSION_GET": "ok"}
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
        result = run(*prefix, "python3", script)
        got = json.loads(result.stdout or "{}")
        t.need(name + ": every command is tried", got, "answers", result.stderr)
        expected = {command: want or permitted.get(command, "EINVAL") for command in got}
        t.equal(name + ": each is " + ("refused" if want else "allowed"), got, expected)
