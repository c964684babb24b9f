# SPDX-License-Identifier: GPL-2.0-only
"""Send every command of the module once; print as JSON how each was answered.

"ok", or the name of the error.
"""
import errno
import json

import netlink
from uapi import number

DO = ("GET_INFO", "SESSION_NEW", "SESSION_PAUSE", "SESSION_DEL", "GET_STATS", "ADD_RULES")
DUMP = ("GET_POINTS", "SESSION_GET", "GET_TOTALS", "GET_STACKS", "GET_OPEN", "GET_RECORDS",
        "GET_UNKNOWN", "GET_TASKS", "GET_COST")


def answer(send, command):
    try:
        send(command)
        return "ok"
    except netlink.Refused as refused:
        return errno.errorcode[refused.errno]


def main():
    client, answers = netlink.Client(), {}
    for commands, send in ((DO, client.do), (DUMP, client.dump)):
        for command in commands:
            # Without attributes: who is permitted is told that the id is missing.
            answers[command] = answer(send, command)
    assert len(answers) == number("CMD_GET_COST")
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
