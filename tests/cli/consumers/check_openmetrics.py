#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A Prometheus server scrapes the text once and answers what the report says; the
strict parser of its Python client reads it, too.

usage: check_openmetrics.py TEXT JSON
"""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from profile import Profile, check, finish

TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def serve(text):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", TYPE)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Prometheus:
    """A server of its own, on a port that the kernel says is free."""

    def __init__(self, target):
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "prometheus.yml")
        with open(config, "w") as file:
            json.dump({"global": {"scrape_interval": "1s"},
                       "scrape_configs": [{"job_name": "waitprof", "honor_labels": True,
                                           "static_configs": [
                                               {"targets": [f"127.0.0.1:{target}"]}]}]}, file)
        probe = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        self.port = probe.server_address[1]
        probe.server_close()
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder.name}/data",
             f"--web.listen-address=127.0.0.1:{self.port}"],
            stdout=self.log, stderr=subprocess.STDOUT)

    def get(self, path, **arguments):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def query(self, what):
        return {tuple(sorted((k, v) for k, v in one["metric"].items()
                             if k in ("class", "pid", "by", "le"))): one["value"][1]
                for one in self.get("query", query=what)["result"]}

    def wait(self, seconds=120):
        """Until it has been there once."""
        end = time.time() + seconds
        while time.time() < end and self.process.poll() is None:
            try:
                targets = self.get("targets")["activeTargets"]
                if targets and targets[0]["health"] == "down":
                    return targets[0]["lastError"]
                if self.query("up").get((), "0") == "1":
                    return ""
            except OSError:
                pass
            time.sleep(0.3)
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def label(row):
    return (("class", row["class"]), ("pid", str(row["pid"] or 0)))


def check_server(text, profile):
    server = Prometheus(serve(text))
    try:
        check("scraping", server.wait(), "")
        own, counts, sums = {}, {}, {}
        for row in profile.rows:
            key = label(row)
            own[key] = own.get(key, 0) + row["total_ns"]
            sums[key] = sums.get(key, 0) + row["total_ns"] + row["inner_ns"]
            counts[key] = counts.get(key, 0) + row["count"] - row["ended"]["open"]
        for name, want, scale in (("waitprof_wait_own_seconds_total", own, 1e9),
                                  ("waitprof_wait_seconds_sum", sums, 1e9),
                                  ("waitprof_wait_seconds_count", counts, 1)):
            got = server.query(name)
            check(name, {key: round(float(value) * scale) for key, value in got.items()}, want)
        ended = server.query("sum by (by) (waitprof_waits_ended_total)")
        for how in ("wake", "timeout", "signal", "kill"):
            check(f"ended by {how}", int(float(ended[(("by", how),)])),
                  sum(row["ended"][how] for row in profile.rows))
        check("the type of the histogram",
              server.get("metadata", metric="waitprof_wait_seconds")["waitprof_wait_seconds"][0]
              ["type"], "histogram")
        quantiles = server.query("histogram_quantile(0.5, waitprof_wait_seconds_bucket) > 0")
        if any(row["buckets"] for row in profile.rows):
            check("there are medians", bool(quantiles), True)
    finally:
        server.stop()


def check_buckets(families, profile):
    """No bucket holds another number than the report's: their edges are its own."""
    buckets = {}
    for family in families:
        for sample in family.samples:
            if sample.name == "waitprof_wait_seconds_bucket":
                key = (("class", sample.labels["class"]), ("pid", sample.labels["pid"]))
                buckets.setdefault(key, {})[sample.labels["le"]] = int(sample.value)
    for key, got in buckets.items():
        rows = [row for row in profile.rows if label(row) == key]
        for bound, value in got.items():
            if bound == "+Inf":
                continue
            want = sum(bucket["count"] for row in rows for bucket in row["buckets"]
                       if bucket["high_ns"] and bucket["high_ns"] <= round(float(bound) * 1e9))
            check(f"{key} le {bound}", value, want)


def main():
    profile = Profile(sys.argv[2])
    with open(sys.argv[1], "rb") as file:
        text = file.read()
    families = list(text_string_to_metric_families(text.decode()))
    check("families", len(families) > 3, True)
    check_buckets(families, profile)
    check_server(text, profile)
    finish()


main()
