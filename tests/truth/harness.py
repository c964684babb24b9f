# SPDX-License-Identifier: GPL-2.0-only
"""Load the module, run workloads and the command line, count what holds.

A test is a function test_*(t); t.check() prints one line and keeps going, so one
run shows every figure that is off. Expectations come from the workload's log.
"""
import json
import os
import signal
import subprocess
import time
import traceback

import netlink

REPO = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
CLI = os.path.join(REPO, "cli/waitprof")
WORKLOADS = os.path.join(REPO, "build/workload")
MODULE = os.environ.get("WAITPROF_MODULE", os.path.join(REPO, "kmod/waitprof.ko"))
LOADED = "/sys/module/waitprof"
# Parameters for every load, "name=value ..."; a test's own ones win. Every kernel
# stack that is recognised is unwound, too, and compared. Loads that do nothing but wait
# cost more than any guard would let pass.
PARAMETERS = {"guard_percent": "0", **dict(
    one.split("=", 1) for one in os.environ.get("WAITPROF_PARAMETERS", "stack_check=1").split())}
PATIENCE_S = 60
MORE_TRIES = int(os.environ.get("WAITPROF_MORE_TRIES", "6"))
# What of a wait's time the workload's log and the report may differ by, in per cent,
# beside what the log knows of. More in a debug kernel, whose checks of every lock and
# list are made in between: exact durations are asked for on the others.
SLACK_PERCENT = int(os.environ.get("WAITPROF_SLACK_PERCENT", "1"))
# The longest takes 80 s, on a busy machine's debug kernel some 250 s.
TEST_S = int(os.environ.get("WAITPROF_TEST_S", "400"))


class Failed(Exception):
    """The rest of a test makes no sense."""


def too_long(*_):
    """A test that hangs: what everybody is waiting for, then on with the next one."""
    for tid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            with open("/proc/%d/cmdline" % tid) as file:
                command = " ".join(file.read().replace("\0", " ").split())[:80]
            for task in os.listdir("/proc/%d/task" % tid) if command else ():
                with open("/proc/%d/task/%s/stack" % (tid, task)) as file:
                    print("# %d/%s %s: %s" % (tid, task, command,
                                              " ".join(line.split()[-1] for line in file)))
        except OSError:
            pass  # it ended meanwhile
    raise TimeoutError("took too long")


class Tests:
    """What passed, what failed, and the figures side by side.

    Virtual CPUs stand still for as long as the host likes, which no bound of a test
    knows. So a test that fails is run again when they run evenly, twice at most, which is
    said with what it said before; more than MORE_TRIES of them are no accident. A test's
    attributes: once is True where one failure is one too many, seconds is how long it may
    take.
    """

    def __init__(self):
        self.more_tries = []
        self.tried = None  # what failed so far, in a test that may be run again
        self.passed = 0
        self.failures = []
        self.figures = []
        self.agreements = []
        self.skips = []
        self.current = ""

    def check(self, name, condition, expected="", got="", figures=""):
        name = "%s: %s" % (self.current, name) if self.current else name
        if condition:
            self.passed += 1
            print("ok - %s%s" % (name, ": " + figures if figures else ""), flush=True)
        else:
            self.fail("%s: expected %s, got %s" % (name, expected, got))
        return condition

    def fail(self, line):
        if self.tried is None:
            self.failures.append(line)
            print("not ok - " + line, flush=True)
        else:
            self.tried.append(line)
            print("# failed: " + line, flush=True)

    def equal(self, name, got, expected):
        return self.check(name, got == expected, expected, got, str(got))

    def between(self, name, low, got, high, unit="ns"):
        return self.check(name, low <= got <= high, "%s to %s %s" % (low, high, unit), got,
                          "%s <= %s <= %s %s" % (low, got, high, unit))

    def skip(self, name, reason):
        """For what this kernel, or this build, does not have: said by name."""
        self.skips.append((self.current, name, str(reason)))
        print("ok - %s: %s # SKIP %s" % (self.current, name, reason), flush=True)

    def need(self, name, condition, expected="", got=""):
        if not self.check(name, condition, expected, got):
            raise Failed(name)

    def figure(self, case, quantity, own, measured):
        self.figures.append((case, quantity, str(own), str(measured)))

    def agreement(self, case, name, waits, caused, reported, total):
        """Waits of a class that a workload caused and logged, and those reported.

        For the tables; the tolerances are the test's own. caused is None where the
        workload cannot know it.
        """
        self.figure(case, "waits", "" if caused is None else caused, reported)
        self.figure(case, "sum (ns)", logged(waits), total)
        self.agreements.append({"case": case, "class": name, "caused": caused,
                                "reported": reported, "own_ns": sum(map(duration, waits)),
                                "on_cpu_ns": on_cpu(waits), "wakeup_ns": sum(map(latency, waits)),
                                "reported_ns": total})

    def run(self, function):
        """Run a test, again if it fails."""
        for number in ("second", "third"):
            if len(self.more_tries) >= MORE_TRIES or getattr(function, "once", False):
                break
            before = (self.passed, len(self.figures), len(self.agreements), len(self.skips))
            self.tried = []
            self.run_once(function)
            failed, self.tried = self.tried, None
            if not failed:
                return
            self.passed = before[0]
            for some, size in zip((self.figures, self.agreements, self.skips), before[1:]):
                del some[size:]
            self.more_tries += failed[:1]
            print("# %s try: %s" % (number, failed[0]), flush=True)
            module_parameter()
            wait_for_even_clock()
        self.run_once(function)

    def run_once(self, function):
        self.current = function.__name__[len("test_"):].replace("_", " ")
        start = time.monotonic()
        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(getattr(function, "seconds", TEST_S))
        try:
            function(self)
        except Failed:
            pass
        except Exception as error:  # a test's own fault, or the command line's
            traceback.print_exc()
            self.check("runs to its end", False, "no exception", repr(error))
        signal.alarm(0)
        print("# %s: %.1f s" % (self.current, time.monotonic() - start), flush=True)
        self.current = ""

    def record(self, points):
        """All that tests/truth/table needs of this run."""
        return {"kernel": os.environ.get("WAITPROF_KERNEL", ""), "release": os.uname().release,
                "passed": self.passed, "failed": self.failures, "skipped": self.skips,
                "points": points, "agreements": self.agreements}

    def table(self):
        lines = ["| case | quantity | own log | waitprof |", "|---|---|---|---|"]
        lines += ["| %s | %s | %s | %s |" % row for row in self.figures]
        return "\n".join(lines) + "\n"


def wait_for_even_clock():
    """Until a virtual CPU has run for 0.3 s without a gap of 3 ms, 30 s at most."""
    now = start = time.monotonic()
    last_gap = start
    while now - last_gap < 0.3 and now - start < 30:
        then, now = now, time.monotonic()
        if now - then > 0.003:
            last_gap = now


# --- the module ---

def module_load(path=MODULE, **parameters):
    """None as a value: as the module has it by itself."""
    parameters = {**PARAMETERS, **parameters}
    command = ["insmod", path] + ["%s=%s" % item for item in parameters.items()
                                  if item[1] is not None]
    subprocess.run(command, check=True)


# What the cache of kernel stacks has done in all loads that are over.
stack_cache = {}


def add_stack_cache():
    try:
        with netlink.Client() as client:
            now = client.info()["stack_cache"]
    except (OSError, KeyError):  # not loaded, or not ours
        return
    if now["disagreements"]:
        # At the end of the run it is a failure; here it says in which test.
        print("# kernel stacks not as unwound, since the module was loaded: %s" % now, flush=True)
    for name, value in now.items():
        stack_cache[name] = stack_cache.get(name, 0) + value


def module_unload():
    """Remove the module; a worker may still be ending a killed reader's session."""
    add_stack_cache()
    deadline = time.monotonic() + PATIENCE_S
    while True:
        result = subprocess.run(["rmmod", "waitprof"], stderr=subprocess.PIPE, text=True)
        if result.returncode == 0:
            return
        # What is found out before it is tried, and what is found out then.
        busy = "in use" in result.stderr or "temporarily unavailable" in result.stderr
        if not busy or time.monotonic() > deadline:
            raise OSError(result.stderr.strip())
        time.sleep(0.05)


def module_parameter(**parameters):
    """The module afresh, with parameters."""
    if os.path.isdir(LOADED):
        module_unload()
    module_load(**parameters)


# --- workloads ---

class Workload:
    """A program of tests/workload: phases by lines, its log as dictionaries."""

    def __init__(self, program, *arguments):
        self.process = self.start(
            [os.path.join(WORKLOADS, program)] + [str(one) for one in arguments])
        self.waits, self.threads, self.child, self.targets = [], [], None, None
        self.stacks, self.library, self.tree, self.traced = [], None, None, None
        self.tids = {}
        self.pid = self.until("ready")["pid"]

    def start(self, command):
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        if self.process.poll() is None:
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def until(self, state):
        """Read the log up to a state; waits and threads logged before it are kept."""
        self.waits, self.threads, self.stacks = [], [], []
        for line in self.process.stdout:
            record = json.loads(line)
            if "wait" in record:
                self.waits.append(record)
            elif "thread" in record:
                self.threads.append(record)
            elif "name" in record:
                self.tids.setdefault(record["name"], record["tid"])
            elif "child" in record:
                self.child = record["child"]
            elif "stack" in record:
                self.stacks.append(record)
            elif "tree" in record:
                self.tree = record
            elif "interrupted" in record:
                self.traced = record
            elif "library" in record:
                self.library = record
            elif "targets" in record:
                self.targets = record["targets"]
            elif record.get("state") == state:
                return record
        raise OSError("%s ended before it was %s" % (self.process.args, state))

    def line(self, text=""):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def phase(self, text="", state="done"):
        self.line(text)
        return self.until(state)


def is_rt():
    return "PREEMPT_RT" in os.uname().version


def release():
    """The kernel's, to be compared: (5, 15)."""
    return tuple(map(int, os.uname().release.split(".")[:2]))


def is_growth(t, count, growth):
    """On RT a task sleeps for spinlocks, too: switches that belong to no wait.

    And a debug kernel may stand still on its way to sleep for so long that what it
    waits for has come: no switch, but a wait.
    """
    unslept = 1 + count // 10 if SLACK_PERCENT > 1 else 0
    t.check("count = growth of voluntary context switches",
            count <= growth + unslept if is_rt() else growth <= count <= growth + unslept,
            growth, count, "%d of %d" % (count, growth))


def now_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def duration(wait):
    return wait["end_ns"] - wait["begin_ns"]


def latency(wait):
    """From the stamp of whoever ended the wait to the waiter's own."""
    return max(0, wait["end_ns"] - wait["waker_ns"]) if wait["waker_ns"] else 0


def bounds(waits):
    """What the sum of these waits may be.

    At most as logged. At least that less SLACK_PERCENT, less the wake-up latencies
    of the same run, and less the time the thread was on a CPU in its calls: on the
    way into the kernel, which on an emulated and busy machine may stand still.
    """
    own = sum(map(duration, waits))
    return less_slack(own) - sum(map(latency, waits)) - on_cpu(waits), own


def less_slack(time_ns):
    return time_ns * (100 - SLACK_PERCENT) // 100


def on_cpu(waits):
    return sum(min(wait["cpu_ns"], duration(wait)) for wait in waits)


def logged(waits):
    """The own log's sum, for the table."""
    return "%d (on CPU %d, wake-ups %d)" % (sum(map(duration, waits)), on_cpu(waits),
                                            sum(map(latency, waits)))


# --- the command line ---

class Cli:
    """A command that observes until stopped: its JSON afterwards."""

    def __init__(self, *arguments, client=None, errors=None):
        self.process = subprocess.Popen([CLI] + [str(one) for one in arguments],
                                        stdout=subprocess.PIPE, stderr=errors, text=True)
        if client:
            # Until it has begun, its session has no start.
            wait_for(lambda: any(session["owner"] == self.process.pid and session["start_ns"]
                                 for session in client.sessions()) or
                     self.process.poll() is not None, "a session of %s" % self.process.args)
            if self.process.poll() is not None:
                raise OSError("%s ended with status %d" % (self.process.args,
                                                           self.process.returncode))

    def stop(self):
        """Ctrl-C; what it printed, as one JSON object."""
        self.process.send_signal(signal.SIGINT)
        return self.result()

    def result(self):
        output, _ = self.process.communicate(timeout=PATIENCE_S)
        if self.process.returncode:
            raise OSError("%s ended with status %d" % (self.process.args, self.process.returncode))
        return last_object(output)


def last_object(output):
    """The last of several JSON objects, one per refresh."""
    decoder, at, found = json.JSONDecoder(), 0, None
    while output[at:].strip():
        at += len(output[at:]) - len(output[at:].lstrip())
        found, at = decoder.raw_decode(output, at)
    return found


def cli_json(*arguments):
    result = subprocess.run([CLI] + [str(one) for one in arguments], stdout=subprocess.PIPE,
                            text=True, timeout=PATIENCE_S, check=True)
    return last_object(result.stdout)


def cli_run(*arguments, **options):
    """A command's status and words, for what should fail."""
    return subprocess.run([CLI] + [str(one) for one in arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, **options)


def wait_for(condition, what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise OSError("waited %d s for %s" % (seconds, what))
        time.sleep(0.02)


def is_asleep(tid):
    try:
        with open("/proc/%d/stat" % tid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] in "SD"
    except OSError:
        return False


# --- one workload under one session (and, if wanted, under the command line) ---

class Observation:
    """What one session saw of one phase of a workload, paused and checked."""

    def __init__(self, rows, special, stacks, counters, losses, wall_ns, points, document):
        self.rows, self.special, self.stacks = rows, special, stacks
        self.truncated = set()
        self.counters, self.losses = counters, losses
        self.wall_ns, self.points, self.document = wall_ns, points, document

    def of(self, **key):
        return [row for row in self.rows if all(row[name] == value
                                                for name, value in key.items())]


def losses_of(point):
    return point["missed"], point["nmissed"], point["unpaired"]


def observe(t, work, classes=("futex",), pid=None, command=None, line=""):
    """Run one phase under a session with rows by thread and object.

    work: a workload, or anything with its pid (or a list of them) and phase().
    """
    pid = pid or work.pid
    pids = pid if isinstance(pid, list) else [pid]
    document = None
    with netlink.Client() as client:
        before = {point["id"]: losses_of(point) for point in client.points()}
        session = client.session(classes, tgids=pids, objects=True)
        cli = None
        if command:
            cli = Cli(*command, "--json", "--pid", ",".join(map(str, pids)), "--class",
                      ",".join(classes), client=client)
        work.phase(line)
        session.pause()
        end_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if cli:
            document = cli.stop()
        counters, losses = session.stats()
        rows, special = session.rows()
        points = {point["name"]: [now - then for now, then in zip(
            losses_of(point), before.get(point["id"], (0, 0, 0)))] for point in client.points()}
        seen = Observation(rows, special, session.stacks(), counters, losses,
                           end_ns - session.start_ns, points, document)
        seen.truncated = session.truncated_stacks()
        session.delete()
    check_books(t, seen)
    return seen


def check_books(t, seen):
    """What must hold of any paused session, whatever was observed."""
    for name, row in seen.counters.items():
        t.check("%s: begun = ended + open, ended = reported + filtered + lost" % name,
                row["begun"] == row["ended"] + row["open"] and
                row["ended"] == row["reported"] + row["filtered"] + row["lost"],
                "equality", row, "%(begun)d = %(ended)d + %(open)d, %(ended)d = %(reported)d + "
                "%(filtered)d + %(lost)d" % row)
        rows = seen.of(**{"class": name})
        stored = sum(row["count"] for row in rows + [
            special for special in seen.special if special["class"] == name])
        t.check("%s: the rows hold what was reported" % name, stored == row["reported"],
                row["reported"], stored, str(stored))
    odd = [row for row in seen.rows
           if row["total_ns"] != row["blocked_ns"] + row["runqueue_ns"] + row["spin_ns"]]
    t.check("parts add up in every row", not odd, "blocked + run-queue + spin = total", odd[:2],
            "%d rows" % len(seen.rows))
    odd = [row for row in seen.rows if sum(row["ended"].values()) != row["count"]]
    t.check("every wait has one end", not odd, "sum of ends = count", odd[:2])
    odd = [row for row in seen.rows if row["buckets"] and
           sum(bucket["count"] for bucket in row["buckets"]) != row["count"] - row["clipped"]]
    t.check("histograms hold every wait", not odd, "sum of buckets = count", odd[:2])
    threads = {}
    for row in seen.rows:
        # A device's time is nobody's wait.
        if row["tid"] and row["class"] != "block":
            threads[row["tid"]] = threads.get(row["tid"], 0) + row["total_ns"]
    longest = max(threads.values(), default=0)
    t.check("no thread waited longer than the session lasted", longest <= seen.wall_ns,
            "at most %d ns" % seen.wall_ns, longest, "%d <= %d ns" % (longest, seen.wall_ns))
    t.check("nothing missed, nothing unpaired", not any(map(any, seen.points.values())),
            "[0, 0, 0] at each point", seen.points)
