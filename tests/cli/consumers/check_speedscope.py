#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A file for speedscope is what its schema says, and has the report's numbers.

usage: check_speedscope.py PACKAGE FILE JSON        PACKAGE: folder of speedscope
"""
import json
import sys

import jsonschema

from profile import Profile, check, finish, names


def main():
    with open(sys.argv[1] + "/dist/release/file-format-schema.json") as file:
        schema = json.load(file)
    with open(sys.argv[2]) as file:
        document = json.load(file)
    profile = Profile(sys.argv[3])
    for error in jsonschema.Draft7Validator(schema).iter_errors(document):
        check(error.json_path, error.message, None)
    frames = document["shared"]["frames"]
    check("frames differ", len({json.dumps(frame) for frame in frames}), len(frames))
    for one in document["profiles"]:
        rows = [row for row in profile.rows
                if row["total_ns"] and one["name"] in ("all waits", row["class"])]
        got = [([frames[i]["name"] for i in sample if frames[i]["name"] != "[truncated]"], weight)
               for sample, weight in zip(one["samples"], one["weights"])]
        check(one["name"], got, [(names(row)[::-1], row["total_ns"]) for row in rows])
        check("end", one["endValue"], sum(row["total_ns"] for row in rows))
    check("profiles", sorted(one["name"] for one in document["profiles"][1:]),
          sorted({row["class"] for row in profile.rows if row["total_ns"]}))
    finish()


main()
