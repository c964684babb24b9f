#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""speedscope itself, in a headless browser, opens a file; of its own format it shows
the total of each profile in its list.

usage: open_speedscope.py PACKAGE FILE JSON        PACKAGE: folder of speedscope
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

from profile import Profile, check, finish


def page(package, path):
    """The page after it has read the file, as its own command would make it do."""
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "load.js")
        with open(path, "rb") as file, open(script, "w") as out:
            out.write("speedscope.loadFileFromBase64(%s, %s)" % (
                json.dumps(os.path.basename(path)),
                json.dumps(base64.b64encode(file.read()).decode())))
        url = f"file://{os.path.realpath(package)}/dist/release/index.html#localProfilePath={script}"
        return subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", f"--user-data-dir={folder}/chromium",
             "--enable-unsafe-swiftshader", "--virtual-time-budget=30000", "--dump-dom", url],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=240).stdout


def seconds(text):
    value, unit = re.match(r"([\d.,]+)(ns|µs|ms|s)$", text).groups()
    return float(value.replace(",", "")) * {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1}[unit]


def main():
    package, path, profile = sys.argv[1], sys.argv[2], Profile(sys.argv[3])
    text = page(package, path)
    title = re.search(r"<title>(.*?)</title>", text)
    name = "waits" if path.endswith(".speedscope") else os.path.basename(path)
    check("title", title and title[1], f"{name} - speedscope")
    check("it draws", text.count("<canvas") > 1, True)
    if path.endswith(".speedscope"):
        shown = {row[0]: seconds(row[1]) for row in
                 re.findall(r'<tr title="([^"]*)".*?<td[^>]*>([\d.,]+(?:ns|µs|ms|s))</td></tr>', text)}
        want = {name: profile.total(**{"class": name}) / 1e9 for name in profile.classes()}
        want["all waits"] = profile.total() / 1e9
        check("profiles", sorted(shown), sorted(want))
        for name, value in want.items():
            check(f"total of {name}", abs(shown.get(name, 0) - value) <= 0.005 * value, True)
    finish()


main()
