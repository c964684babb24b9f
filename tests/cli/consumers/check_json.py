#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every line of the files is what the schema says that the command prints.

usage: check_json.py SCHEMA COMMAND FILE...     COMMAND: top, hist, blocked, trace, ...
"""
import json
import sys

import jsonschema


def definition(schema, name):
    return jsonschema.Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": schema["$defs"]})


def main():
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    command, failed = sys.argv[2], False
    whole = jsonschema.Draft202012Validator(schema)
    for path in sys.argv[3:]:
        with open(path) as file:
            lines = [json.loads(line) for line in file]
        for nr, line in enumerate(lines):
            name = command
            if command == "trace":
                name = "trace_end" if nr == len(lines) - 1 else "trace_wait"
            for error in definition(schema, name).iter_errors(line):
                print(f"{path}:{nr + 1}: {error.json_path}: {error.message}")
                failed = True
            if not whole.is_valid(line):
                print(f"{path}:{nr + 1}: no command prints this")
                failed = True
        if not lines:
            print(f"{path}: empty")
            failed = True
    sys.exit(failed)


main()
