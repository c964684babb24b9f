# SPDX-License-Identifier: GPL-2.0-only
"""Who may look: root and CAP_PERFMON of the machine itself, nobody else."""
import os
import shutil
import subprocess
import tempfile

from harness import CLI, PATIENCE_S

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
