# SPDX-License-Identifier: GPL-2.0-only
"""Wrong input and a machine that changes: one clear line, the right status."""
import errno
import os
import signal
import subprocess
import time

from harness import (CLI, Cli, LOADED, REPO, Workload, cli_run, last_object, module_load,
                     module_unload, wait_for)
from netlink import Client, NLM_F_ACK, Refused, attribute
from seen import seen_points
from uapi import CLASSES, number

KPROBES = "/sys/kernel/debug/kprobes/enabled"
FTRACE = "/proc/sys/kernel/ftrace_enabled"
LET_GO_S = 30  # the module does within 2 s, and a grace period


def one_line(t, name, result, status, *words):
    """The words of a refusal: one line, status, and what it must mention."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    t.check(name, result.returncode == status and len(lines) == 1 and
            lines[0].startswith("waitprof: ") and
            all(word.lower() in lines[0].lower() for word in words) and
            not result.stdout.strip(),
            "status %d, one line with %s" % (status, list(words)),
            (result.returncode, result.stderr, result.stdout[:200]),
            lines[0] if lines else "")


def test_usage(t):
    for arguments, word in ((["top", "--class", "nosuch"], "nosuch"),
                            (["hist", "--duration", "soon"], "soon"),
                            (["top", "--min-wait", "5parsecs"], "5parsecs"),
                            (["top", "--sort", "colour"], "colour"),
                            (["top", "--by", "moon"], "moon"),
                            (["top", "--pid", "1x"], "1x"),
                            (["top", "--pid", "-5"], "5"),
                            (["nosuch"], "nosuch")):
        one_line(t, "waitprof " + " ".join(arguments), cli_run(*arguments), 2, word)
    result = cli_run()
    t.check("no argument: help", result.returncode in (0, 2) and
            "top" in result.stdout + result.stderr, "help", result)


def test_no_such_process(t):
    one_line(t, "top --pid 4000000", cli_run("top", "-b", "-n", "1", "-d", "1", "--pid",
                                             "4000000"), 1, "4000000")
    one_line(t, "blocked --tid 4000000", cli_run("blocked", "--tid", "4000000"), 1, "4000000")
    with Client() as client:
        t.equal("no session is left", client.sessions(), [])


def test_module_not_loaded(t):
    module_unload()
    try:
        for command in (["status"], ["top", "-b", "-n", "1", "-d", "1"],
                        ["hist", "--duration", "1"], ["blocked"], ["trace"]):
            one_line(t, "waitprof %s" % command[0], cli_run(*command), 1, "module", "not loaded")
    finally:
        module_load()


def test_other_abi(t):
    shim = os.path.join(REPO, "build/workload/wrong_abi.so")
    environment = dict(os.environ, LD_PRELOAD=shim)
    one_line(t, "a module of another ABI version", cli_run("top", "-b", "-n", "1", "-d", "1",
                                                          env=environment), 1, "999")


def test_closed_pipe(t):
    reader = subprocess.Popen([CLI, "top", "-b", "-d", "0.3", "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    reader.stdout.readline()
    reader.stdout.close()
    try:
        status = reader.wait(timeout=20)
    except subprocess.TimeoutExpired:
        reader.kill()
        status = "still running"
    words = reader.stderr.read()
    reader.stderr.close()
    t.check("the reader of its output is gone: it ends", status in (0, 1, -signal.SIGPIPE) and
            len(words.splitlines()) <= 1, "status 0, 1 or SIGPIPE, at most a line",
            (status, words), "status %s %s" % (status, words.strip()))


def test_output_is_no_terminal(t):
    result = subprocess.run([CLI, "top", "-n", "1", "-d", "1"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, timeout=30)
    t.check("no terminal, no escape sequences", "\x1b" not in result.stdout + result.stderr,
            "plain text", result.stdout[:200])
    t.check("it prints or says one line", result.returncode == 0 and result.stdout or
            result.returncode and len(result.stderr.splitlines()) == 1, "a table, or a line",
            result)


def first_object(reader):
    """Wait for the first refresh; what was printed of it and after it."""
    shown = ""
    while not shown.endswith("}\n"):
        more = os.read(reader.process.stdout.fileno(), 1 << 20).decode()
        if not more:
            break
        shown += more
    return shown


def test_module_removed_under_a_reader(t):
    """It prints what it has, says so and fails."""
    for arguments in (["top", "-b", "-n", "5", "-d", "1", "--json"],
                      ["hist", "--duration", "3", "--json"], ["trace", "--json"]):
        with Client() as client:
            reader = Cli(*arguments, client=client, errors=subprocess.PIPE)
        shown = first_object(reader) if arguments[0] == "top" else ""
        time.sleep(0.5)
        module_unload()
        output, words = reader.process.communicate(timeout=30)
        output = shown + output
        module_load()
        lines = words.splitlines()
        t.check("waitprof %s ends with one line" % arguments[0], reader.process.returncode == 1 and
                len(lines) == 1 and "module" in words, "status 1, a line",
                (reader.process.returncode, words), words.strip())
        if arguments[0] == "top":
            document = last_object(output)
            t.check("what it had is printed", document and "rows" in document, "JSON",
                    output[:200])


def switched_off(t, path, name):
    with open(path, "w") as switch:
        switch.write("0")
    try:
        one_line(t, "%s switched off" % name, cli_run("top", "-b", "-n", "1", "-d", "1"), 1,
                 "probes")
        with Client() as client:
            try:
                client.session(["futex"])
                t.check("a session is refused", False, "EOPNOTSUPP", "a session")
            except Refused as refusal:
                t.check("a session is refused", refusal.errno == errno.EOPNOTSUPP and
                        refusal.sentence, "EOPNOTSUPP", refusal, refusal.sentence)
            t.check("the module says so", client.info()["flags"] & number("INFO_SILENT"),
                    "INFO_SILENT", client.info())
        status = cli_run("status")
        t.check("status still works and says so", status.returncode == 0 and
                name in status.stdout + status.stderr, name, status, "")
    finally:
        with open(path, "w") as switch:
            switch.write("1")
    with Client() as client:
        client.session(["futex"]).delete()


def test_kprobes_disabled_globally(t):
    switched_off(t, KPROBES, "kprobes")


def write_error(path, text):
    """0, or why the kernel did not take it."""
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError as error:
        return error.errno
    return 0


def ftrace_off(t):
    """False where it cannot be; the module lets go of it two seconds after its last hook."""
    end = time.monotonic() + LET_GO_S
    while (error := write_error(FTRACE, "0")) == errno.EBUSY and time.monotonic() < end:
        time.sleep(0.2)
    if error == errno.EOPNOTSUPP:
        t.skip("ftrace switched off", "this kernel refuses: %s" % os.strerror(error))
    else:
        t.need("ftrace can be switched off again", not error, 0, errno.errorcode.get(error))
    return not error


def test_ftrace_disabled_globally(t):
    if os.path.exists(FTRACE) and ftrace_off(t):
        switched_off(t, FTRACE, "ftrace")


def test_ftrace_is_held(t):
    """Not to be switched off while we hook something: to take out a hook meanwhile is the
    end of the kernel's ftrace, once somebody's last hook is taken out later."""
    if not os.path.exists(FTRACE):
        return
    classes = sorted(seen_points()[0] - {"ww_mutex"})
    with Client() as client:
        session = client.session(classes, rules=True, tgids=[os.getpid()])
        error = write_error(FTRACE, "0")
        # Newer kernels never do it.
        t.check("it cannot be switched off in a session", error in (errno.EBUSY, errno.EOPNOTSUPP),
                "EBUSY, EOPNOTSUPP", errno.errorcode.get(error, error))
        session.delete()
        if not ftrace_off(t):
            return
        try:
            with open("/sys/kernel/tracing/enabled_functions") as file:
                t.equal("switched off, nothing is hooked", file.read(), "")
            t.check("that probes are silent is known", client.info()["flags"] &
                    number("INFO_SILENT"), "INFO_SILENT", client.info())
        finally:
            t.equal("switched on", write_error(FTRACE, "1"), 0)
        # Somebody else's, while there is none of ours.
        tracing = "/sys/kernel/tracing/"
        for file, text in (("kprobe_events", "p:waitprof_last vfs_fsync_range"),
                           ("events/kprobes/waitprof_last/enable", "1"),
                           ("events/kprobes/waitprof_last/enable", "0"),
                           ("kprobe_events", "")):
            t.equal("somebody's hook: " + (text or "removed"), write_error(tracing + file, text), 0)
        client.session(classes).delete()


def test_killed_reader_frees_its_session(t):
    with Client() as client:
        reader = Cli("top", "-b", "-d", "60", client=client)
        reader.process.kill()
        reader.process.communicate()
        wait_for(lambda: not client.sessions(), "the session to end", 20)
        t.equal("sessions", client.sessions(), [])
        armed = [point["name"] for point in client.points()
                 if point["state"] == number("POINT_ARMED")]
        t.equal("points armed", armed, [])


def test_ctrl_c_prints_what_was_collected(t):
    with Workload("raw_waits", "raw", 4) as work, Client() as client:
        for arguments in (["top", "-b", "-d", "60"], ["hist", "--duration", "60"]):
            reader = Cli(*arguments, "--pid", work.pid, client=client, errors=subprocess.PIPE)
            if arguments[0] == "top":
                work.phase()
            reader.process.send_signal(signal.SIGINT)
            output, words = reader.process.communicate(timeout=30)
            t.check("waitprof %s" % arguments[0], reader.process.returncode == 0 and
                    output.strip() and (arguments[0] != "top" or "futex" in output),
                    "status 0 and a table", (reader.process.returncode, output, words))


def refused(t, client, name, code, call):
    try:
        call()
        t.check(name, False, errno.errorcode[code], "accepted")
    except Refused as refusal:
        t.check(name, refusal.errno == code and refusal.sentence, "%s and a sentence" %
                errno.errorcode[code], (errno.errorcode.get(refusal.errno), refusal.sentence),
                "%s: %s" % (errno.errorcode[code], refusal.sentence))


def test_malformed_messages(t):
    """Strict: every one is refused with a sentence and changes nothing."""
    with Client() as client:
        def new(*attrs):
            return lambda: client.do("SESSION_NEW", *attrs)
        classes, flags, tgids = (number("A_SESSION_" + name)
                                 for name in ("CLASSES", "FLAGS", "TGIDS"))
        ids = b"\1\0\0\0" * (number("MAX_IDS") + 1)
        for name, code, call in (
                ("an unknown attribute", errno.EINVAL, new(attribute(1000, ("I", 1)))),
                ("an attribute of another command", errno.EINVAL,
                 new(attribute(number("A_SESSION_ID"), ("I", 1)))),
                ("a class that is none", errno.EINVAL, new(attribute(classes, ("I", 1 << 31)))),
                ("no class", errno.EINVAL, new(attribute(classes, ("I", 0)))),
                ("too short a number", errno.EINVAL, new(attribute(classes, ("H", 2)))),
                ("too long a number", errno.EINVAL, new(attribute(classes, ("Q", 2)))),
                ("an unknown flag", errno.EINVAL, new(attribute(flags, ("I", 1 << 20)))),
                ("too many processes", errno.ERANGE, new(attribute(tgids, ids))),
                ("half an id", errno.EINVAL, new(attribute(tgids, b"\1\0\0\0\1\0"))),
                ("too little memory", errno.EINVAL,
                 new(attribute(number("A_SESSION_BYTES"), ("Q", 100)))),
                ("too much memory", errno.EINVAL,
                 new(attribute(number("A_SESSION_BYTES"), ("Q", (64 << 20) + 1)))),
                ("all memory", errno.EINVAL,
                 new(attribute(number("A_SESSION_BYTES"), ("Q", (1 << 64) - 1)))),
                ("statistics of no session", errno.ENOENT, lambda: client.do(
                    "GET_STATS", attribute(number("A_SESSION_ID"), ("I", 123456)))),
                ("statistics without a session", errno.EINVAL, lambda: client.do("GET_STATS")),
                ("totals of no session", errno.ENOENT, lambda: client.dump(
                    "GET_TOTALS", attribute(number("A_SESSION_ID"), ("I", 123456)))),
                ("unknown places of no session", errno.ENOENT, lambda: client.dump(
                    "GET_UNKNOWN", attribute(number("A_SESSION_ID"), ("I", 123456)))),
                ("rules without a session", errno.EINVAL, lambda: client.do("ADD_RULES"))):
            refused(t, client, name, code, call)
        try:
            client.exchange(client.family, 200, b"", NLM_F_ACK)
            t.check("an unknown command", False, "refusal", "accepted")
        except Refused as refusal:
            t.check("an unknown command", True, figures=str(refusal))
        t.equal("no session was made", client.sessions(), [])
        t.check("the module is still there", os.path.isdir(LOADED))
