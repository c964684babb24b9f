# SPDX-License-Identifier: GPL-2.0-only
"""Waits of every class at once, for as long as wanted: programs begun anew as they end.

All of them nice, so that whoever looks at them gets a CPU when it wants one.
"""
import os
import shutil
import subprocess

from disk import SlowDisk
from harness import WORKLOADS
from locks import Locks, built

CGROUP = "/sys/fs/cgroup/waitprof-load"
STRESS = ("--futex 1 --pthread 1 --clone 1 --fault 1 --pipe 1 --rename 1 --mmap 1 --iomix 1 "
          "--sync-file 1 --hdd 1 --hdd-bytes 2m --iomix-bytes 2m --sync-file-bytes 1m "
          "--mmap-bytes 2m --pthread-max 32 --clone-max 16 --quiet")
FIO = ("--name=load --rw=randrw --bs=4k --size=2m --numjobs=2 --thread --fsync=4 --time_based "
       "--output=/dev/null")
# Kind of lock -> who holds it how, ways to take it.
KINDS = {"mutex": ("lock", ("lock", "interruptible")), "ww_mutex": ("hold", ("lock",)),
         "rwsem": ("write", ("read", "write")), "rtmutex": ("lock", ("lock",)),
         "semaphore": ("down", ("down", "timeout")), "percpu_rwsem": ("write", ("read", "write"))}
ROUNDS = 60  # of each line: the test module's log has room for 4096 waits


def lock_lines():
    for kind, (how, takes) in KINDS.items():
        yield "hold %s %s %d 5 0" % (kind, how, len(takes))
        for take in takes:
            yield "take %s %s 20000" % (kind, take)


class Load:
    """Programs that wait, restarted when they end; what kind there is depends on the machine."""

    def __init__(self, t, disk_ns=300000):
        self.disk = SlowDisk("mixed", disk_ns, megabytes=64)
        self.t, self.running, self.commands, self.restarts = t, {}, {}, 0
        self.locks = built()
        # The one that is never begun anew, to be asked for by its id.
        self.steady = None

    def __enter__(self):
        self.disk.__enter__()
        folder = self.disk.mount("/tmp/mixed")
        os.makedirs(CGROUP, exist_ok=True)
        inside = ["sh", "-c", "echo $$ > %s/cgroup.procs; exec \"$@\"" % CGROUP, "sh"]
        self.steady = subprocess.Popen(["nice", WORKLOADS + "/pingpong", "2"],
                                       stdout=subprocess.PIPE)
        self.steady.stdout.readline()
        for command in (
                ["stress-ng", *STRESS.split(), "--temp-path", folder, "--timeout", "60s"],
                ["fio", *FIO.split(), "--directory=" + folder, "--runtime=45"]):
            if shutil.which(command[0]):
                self.commands[command[0]] = inside + command if command[0] == "fio" else command
            else:
                self.t.skip("load", "no %s" % command[0])
        self.commands["timeouts"] = [WORKLOADS + "/raw_waits", "timeout", "200", "2000000", "10000"]
        self.commands["signals"] = [WORKLOADS + "/raw_waits", "signal", "100"]
        self.commands["threads"] = [WORKLOADS + "/hostile_tasks", "threads", "3000"]
        if self.locks:
            Locks()
            self.commands["locks"] = [WORKLOADS + "/kernel_locks", str(ROUNDS), *lock_lines()]
        else:
            self.t.skip("load", "no module of test locks")
        self.keep()
        return self

    def keep(self):
        """Whatever has ended is begun anew."""
        for name, command in self.commands.items():
            process = self.running.get(name)
            if process and process.poll() is None:
                continue
            if process:
                self.restarts += 1
                if process.returncode:
                    # What it has not room or time for fails it; that is no fault of the books.
                    print("# load %s ended with status %d" % (name, process.returncode),
                          flush=True)
            if name == "locks":
                Locks.command("reset")
            self.running[name] = subprocess.Popen(["nice"] + command, stdin=subprocess.PIPE,
                                                  stdout=subprocess.DEVNULL,
                                                  stderr=subprocess.DEVNULL)
            # Ours wait for a line before they begin.
            self.running[name].stdin.write(b"\n")
            self.running[name].stdin.close()

    def __exit__(self, *_):
        for process in [*self.running.values(), self.steady]:
            process.terminate()
        for process in [*self.running.values(), self.steady]:
            process.wait()
        # Workers of stress-ng and fio end after their parents.
        subprocess.run(["sh", "-c", "for i in $(seq 100); do fuser -sm /tmp/mixed || exit 0; "
                        "fuser -skm /tmp/mixed; sleep 0.2; done"], check=False)
        self.disk.__exit__()
        try:
            os.rmdir(CGROUP)
        except OSError:
            pass  # somebody has not been reaped yet
