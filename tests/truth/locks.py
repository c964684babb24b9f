# SPDX-License-Identifier: GPL-2.0-only
"""The test module waitprof_locks: waits on locks of the kernel, made on request.

It stands beside the module under test, where the stages build it.
"""
import bisect
import json
import os
import subprocess

from harness import MODULE

LOCKS_MODULE = os.path.join(os.path.dirname(MODULE), "waitprof_locks.ko")
DEBUGFS = "/sys/kernel/debug"
FOLDER = DEBUGFS + "/waitprof_locks"


class Locks:
    """The module, loaded: its log, the addresses of its locks and functions."""

    def __init__(self):
        if not os.path.isdir(FOLDER):
            if not os.path.ismount(DEBUGFS):
                subprocess.run(["mount", "-t", "debugfs", "none", DEBUGFS], check=True)
            subprocess.run(["insmod", LOCKS_MODULE], check=True)
        self.command("reset")
        self.functions = None

    @staticmethod
    def command(line):
        with open(FOLDER + "/command", "w") as file:
            file.write(line)

    @staticmethod
    def log(**key):
        """Its waits, in the form that workloads log theirs."""
        with open(FOLDER + "/log") as file:
            waits = [json.loads(line) for line in file]
        return [wait for wait in waits if all(wait[name] == value for name, value in key.items())]

    @staticmethod
    def addresses():
        with open(FOLDER + "/locks") as file:
            lines = [line.split() for line in file]
        return {(kind, int(number)): int(address) for kind, number, address in lines}

    def function(self, address):
        """Its function that an address lies in, or None."""
        if self.functions is None:
            text = subprocess.run(["grep", "-F", "[waitprof_locks]", "/proc/kallsyms"],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout
            self.functions = sorted((int(line.split()[0], 16), line.split()[2])
                                    for line in text.splitlines() if line.split()[1] in "tT")
        at = bisect.bisect_right(self.functions, (address, "~")) - 1
        # The last function has no known end; 4 KiB is more than any has.
        if at < 0 or address - self.functions[at][0] > 4096:
            return None
        return self.functions[at][1]


def built():
    return os.path.exists(LOCKS_MODULE)
