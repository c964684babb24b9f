#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The pages of `waitprof flame` in a browser: what they show, what they do when
somebody clicks and types, and that they want nothing from anywhere.
usage: check.py BROWSER FOLDER [PICTURE]
with flame.html, flame-change.html and empty.html, and their data beside them (.json)"""
import json
import os
import sys
import traceback

from browser import Browser

FRAMES = "[...document.querySelectorAll('#graph g.frame')]"
NAMES = FRAMES + ".map((g) => g.__data__.data.name)"
WIDTHS = ("Object.fromEntries(" + FRAMES + ".map((g) => [g.__data__.data.name, "
          "+g.querySelector('rect').getAttribute('width')]))")
FOUND = FRAMES + ".filter((g) => g.querySelector('rect').getAttribute('fill') === '#f28cff')"
LABELS = "[...document.querySelectorAll('#graph .d3-flame-graph-label')].map((d) => d.textContent)"
SITES = "[...document.querySelectorAll('#sites tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))"

failed = 0


def check(name, function, *args):
    """Run a check and print what tests/run counts."""
    global failed
    try:
        function(*args)
        print(f"ok - {name}", flush=True)
    except Exception:  # every way to fail is a failure
        failed += 1
        print(f"not ok - {name}")
        print("    " + traceback.format_exc().replace("\n", "\n    "), flush=True)


def expect(got, want):
    """They are equal, or both are shown."""
    if got != want:
        raise AssertionError(f"{got!r} instead of {want!r}")


class Page:
    """One page in the browser, and the data it was made of."""

    def __init__(self, browser, folder, name):
        self.browser = browser
        self.path = os.path.join(folder, name)
        data = os.path.splitext(self.path)[0] + ".json"
        with open(data, encoding="utf-8") as file:
            self.data = json.load(file)

    def open(self):
        """Load it anew."""
        self.browser.said.clear()
        self.browser.requests.clear()
        self.browser.open(self.path)
        if self.data["nodes"][0][11]:
            self.browser.until(f"{FRAMES}.length > 1")
            self.settled()

    def settled(self):
        """Wait until nothing moves any more."""
        self.browser.until("new Promise((done) => { const look = () => document.getElementById("
                           "'graph').innerHTML; const one = look(); setTimeout(() => done(one "
                           "=== look()), 350); })")

    def value(self, expression):
        """What an expression is."""
        return self.browser.value(expression)

    def click(self, selector):
        """Click what a selector finds."""
        place = self.value(f"(() => {{ const e = {selector}; e.scrollIntoView({{block: 'center'}}); "
                           "const r = e.getBoundingClientRect(); "
                           "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        self.browser.mouse("press", *place)
        self.settled()

    def click_frame(self, name):
        """Click the frame of a name."""
        self.click(f"{FRAMES}.find((g) => g.__data__.data.name === {json.dumps(name)})"
                   ".querySelector('rect')")

    def search(self, text):
        """Type into the search field."""
        self.value("(() => { const s = document.getElementById('search'); s.focus(); s.select(); "
                   "s.setRangeText(''); s.dispatchEvent(new Event('input')); })()")
        if text:
            self.browser.type(text)
        self.settled()


def draws(page):
    """Every node that is wide enough is a frame, as wide as its share."""
    page.open()
    width = page.value("document.getElementById('graph').clientWidth")
    all_ns = page.data["nodes"][0][11]
    wide = [n for n in page.data["nodes"] if n[11] / all_ns * width > 0.4]
    expect(page.value(FRAMES + ".length"), len(wide))
    widths = page.value(WIDTHS)
    names = page.data["strings"]
    shop = next(n for n in wide if names[n[2]] == "shop")
    got = widths["shop (pid 100)"]
    if abs(got - shop[11] / all_ns * width) > 1:
        raise AssertionError(f"shop is {got} wide of {width}: {shop} of {all_ns}")
    if "write_order" not in page.value(LABELS):
        raise AssertionError("no label says write_order")
    # The kernel is told apart, and the wait itself.
    expect(page.value(FRAMES + ".filter((g) => g.classList.contains('kernel')).length"),
           sum(n[1] == 3 for n in wide))
    expect(page.value(FRAMES + ".filter((g) => g.classList.contains('wait')).length"),
           sum(n[1] == 5 for n in wide))


def hostile_names(page):
    """Names are text, whatever they hold."""
    page.open()
    names = page.value(NAMES)
    for name in ("</script><script>alert(1)</script>", "<!--<script>",
                 "]]><img/src=x/onerror=alert(1)>", "line\u2028break\u2029", "[truncated]"):
        if name not in names:
            page.search(name[:5])
            raise AssertionError(f"no frame {name!r} in {names}")
    expect(page.value("document.querySelectorAll('img, iframe, object, embed').length"), 0)
    # Its own three and the data.
    expect(page.value("document.scripts.length"), 4)
    expect(page.value("document.querySelector('h1').textContent"),
           "waitprof: pid 100 <&\"'>, 5.00 s")


def searches(page):
    """What matches is marked, in any case of letters; what it sums up to is said."""
    page.open()
    page.search("TAKE_ord")
    expect(page.value(FOUND + ".map((g) => g.__data__.data.name)"), ["take_order"])
    said = page.value("document.getElementById('found').textContent")
    expect(said, f"1 frame, {100 * 3e9 / page.data['nodes'][0][11]:.1f} %")
    page.search("no such function")
    expect(page.value(FOUND + ".length"), 0)
    expect(page.value("document.getElementById('found').textContent"), "nothing found")
    # No pattern, but text.
    page.search("script>alert(1)<")
    expect(page.value(FOUND + ".length"), 1)
    page.search("")
    expect(page.value("document.getElementById('found').textContent"), "")
    expect(page.value(FOUND + ".length"), 0)


def zooms(page):
    """A click makes a frame as wide as the page, Reset brings all back."""
    page.open()
    before = page.value(WIDTHS)
    full = page.value("document.getElementById('graph').clientWidth")
    page.click_frame("write_order")
    after = page.value(WIDTHS)
    if abs(after["write_order"] - full) > 1 or before["write_order"] > full / 2:
        raise AssertionError(f"{before['write_order']} -> {after['write_order']} of {full}")
    if "take_order" in after and after["take_order"] > 1:
        raise AssertionError(f"take_order is still {after['take_order']} wide")
    page.click("document.getElementById('reset')")
    expect(page.value(WIDTHS), before)
    # The frame that is drawn for tiny things comes with the zoom.
    page.click_frame("mutex_lock")
    if abs(page.value(WIDTHS)["mutex_lock"] - full) > 1:
        raise AssertionError("no zoom into a narrow frame")


def switches(page):
    """Of the parts of the waits, each has its own picture; classes can be left out."""
    page.open()
    nodes, strings = page.data["nodes"], page.data["strings"]
    full = page.value("document.getElementById('graph').clientWidth")
    for number, part in enumerate(("total", "blocked", "run queue", "spin")):
        page.click(f"document.querySelectorAll('#parts button')[{number}]")
        worker = next(n for n in nodes if strings[n[2]] == "take_order")
        got, want = page.value(WIDTHS).get("take_order", 0), full * worker[11 + number] / nodes[0][11 + number]
        if abs(got - want) > 1:
            raise AssertionError(f"{part}: take_order is {got} wide instead of {want}")
        expect(page.value("document.querySelector('#parts [aria-pressed=true]').textContent"), part)
    page.click("document.querySelectorAll('#parts button')[0]")
    page.click("[...document.querySelectorAll('#classes button')].find((b) => b.textContent.startsWith('futex'))")
    names = page.value(NAMES)
    if "take_order" in names or "write_order" not in names:
        raise AssertionError(f"without futex: {names}")
    if any("futex" in row[8] for row in page.value(SITES)):
        raise AssertionError("a futex in the table")


def tells(page):
    """The tooltip has name, place and numbers."""
    page.open()
    x, y = page.value(f"(() => {{ const r = {FRAMES}.find((g) => g.__data__.data.name === 'write_order')"
                      ".getBoundingClientRect(); return [r.x + 5, r.y + 5]; })()")
    page.browser.mouse("move", x, y)
    page.browser.until("!document.getElementById('tip').hidden")
    text = page.value("document.getElementById('tip').innerText")
    for word in ("write_order", "program", "/opt/shop", "shop.c:60", "class io", "1.50 s", "300 waits", "5.00 ms"):
        if word not in text:
            raise AssertionError(f"no {word} in {text!r}")


def sorts(page):
    """The table has every call site, in the order that is asked for."""
    page.open()
    rows = page.value(SITES)
    expect(len(rows), len(page.data["sites"]))
    expect(rows[0][10], "-")
    expect(rows[0][0], "5.00 s")
    waits = "[...document.querySelectorAll('#sites th button')].find((b) => b.textContent.startsWith('waits'))"
    page.click(waits)
    counts = [int(row[5]) for row in page.value(SITES)]
    expect(counts, sorted(counts, reverse=True))
    page.click(waits)
    expect([int(row[5]) for row in page.value(SITES)], sorted(counts))
    expect(page.value("document.querySelector('#sites [aria-sort=ascending]').textContent")[:5], "waits")
    page.click("[...document.querySelectorAll('#sites tbody tr')].find((r) => r.textContent.includes('take_order'))")
    expect(page.value(FOUND + ".map((g) => g.__data__.data.name)"), ["take_order"])


def histograms(page):
    """A chart for each class, its bars the counts."""
    page.open()
    expect(page.value("[...document.querySelectorAll('#histograms figcaption b')].map((b) => b.textContent)"),
           [c["name"] for c in page.data["classes"]])
    futex = page.data["classes"][0]
    bars = page.value("[...document.querySelectorAll('#histograms figure')][0].querySelectorAll('rect').length")
    expect(bars, sum(n > 0 for n in futex["octaves"][0]))


def dark(page):
    """The page follows the reader's colours."""
    colours = []
    for scheme in ("light", "dark"):
        page.browser.call("Emulation.setEmulatedMedia",
                          features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.open()
        colours.append(page.value("getComputedStyle(document.body).backgroundColor"))
    page.browser.call("Emulation.setEmulatedMedia", features=[])
    expect(colours, ["rgb(255, 255, 255)", "rgb(22, 24, 27)"])


def resizes(page):
    """A narrower window has a narrower graph."""
    page.open()
    for width in (700, 1300):
        page.browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900,
                          deviceScaleFactor=1, mobile=False)
        page.browser.until("Math.abs(document.querySelector('#graph svg').getAttribute('width') - "
                           "document.getElementById('graph').clientWidth) < 1")
        page.settled()
    page.browser.call("Emulation.clearDeviceMetricsOverride")


def compares(page):
    """Of two captures: as wide as both, coloured by the change, in numbers, too."""
    page.open()
    names = page.value(NAMES)
    for name in ("jbd2_log_wait_commit", "write_order", "take_order"):
        if name not in names:
            raise AssertionError(f"no {name}: neither what is gone nor what is new may be missing")
    fill = (FRAMES + ".find((g) => g.__data__.data.name === '{}').querySelector('rect').getAttribute('fill')")
    expect(page.value(fill.format("write_order")), page.data["palette"]["more"])
    expect(page.value(fill.format("jbd2_log_wait_commit")), page.data["palette"]["less"])
    rows = page.value(SITES)
    take = next(row for row in rows if row[8].startswith("take_order"))
    # 4 s in 2.5 s before, 3 s in 5 s after
    expect(take[:4], ["1.60 s/s", "600.0 ms/s", "\u22121.00 s/s", "\u221262.5 %"])
    journal = next(row for row in rows if row[8].startswith("jbd2"))
    expect(journal[3], "gone")


def nothing_seen(page):
    """No wait is no error."""
    page.open()
    expect(page.value("document.getElementById('left-out').textContent"), "No wait was seen.")


def left_out(page):
    """Frames too small to be seen are said."""
    page.open()
    said = page.value("document.getElementById('left-out').textContent")
    if not page.data["left_out"] or not said.startswith(str(page.data["left_out"]) + " frames"):
        raise AssertionError(said)


def is_quiet(pages):
    """No error on the console, nothing asked of a network."""
    for page in pages:
        page.open()
        page.settled()
        expect(page.browser.said, [])
        expect([url for url in page.browser.requests if not url.startswith("file://" + page.path)], [])


def main():
    browser = Browser(sys.argv[1])
    try:
        page, change, empty = (Page(browser, os.path.abspath(sys.argv[2]), name)
                               for name in ("flame.html", "flame-change.html", "empty.html"))
        check("the page draws every frame, as wide as its time", draws, page)
        check("hostile names are text", hostile_names, page)
        check("search marks what it finds", searches, page)
        check("a click zooms", zooms, page)
        check("parts and classes are chosen", switches, page)
        check("the tooltip tells", tells, page)
        check("the table sorts", sorts, page)
        check("a histogram for each class", histograms, page)
        check("light and dark", dark, page)
        check("a window of another size", resizes, page)
        check("the page of a difference", compares, change)
        check("a page without waits", nothing_seen, empty)
        check("what is too small is said", left_out, page)
        check("no error, no network", is_quiet, [page, change, empty])
        if len(sys.argv) > 3:
            page.open()
            browser.screenshot(sys.argv[3])
    finally:
        browser.close()
    sys.exit(failed > 0)


main()
