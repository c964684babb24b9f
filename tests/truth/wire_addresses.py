# SPDX-License-Identifier: GPL-2.0-only
"""Print what should not be in the module's replies, as JSON: every word that could be
a kernel address, how often there is memory that was not written.

usage: wire_addresses.py PID: in a session for this process, with all that there is
in replies: stacks, objects, records, wakers.
"""
import json
import re
import socket
import struct
import sys
import time

import netlink
from uapi import number

PATIENCE_S = 30
LOW, HIGH = 0xffff800000000000, 0xffffffffff000000


class Tap:
    """A socket that keeps what came."""

    def __init__(self, socket):
        self.socket, self.heard = socket, []

    def recv(self, size):
        data, _, flags, _ = self.socket.recvmsg(size)
        assert not flags & socket.MSG_TRUNC
        self.heard.append(data)
        return data

    def __getattr__(self, name):
        return getattr(self.socket, name)


def addresses(data):
    ends = (found.start() - 6 for found in re.finditer(rb"(?=\xff\xff)", data))
    words = (struct.unpack_from("=Q", data, at)[0] for at in ends if at >= 0 and not at % 4)
    # Attributes are aligned to 4 bytes.
    return [word for word in words if LOW <= word < HIGH]


# What the allocators fill memory with where they are told to (slub_debug=P,
# page_poison=1): memory that nobody has written.
POISON = re.compile(rb"\x6b{4}|\x5a{4}|\xaa{4}")



def main(pid):
    with netlink.Client() as client:
        client.socket = tap = Tap(client.socket)
        session = client.session(None, tgids=[pid], objects=True, records=256, wakers=True,
                                 rules=True)
        space, epoch = session.ask(pid)
        session.add_space(space, epoch, [])
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not any(
                row["ended"] for row in session.stats()[0].values()):
            time.sleep(0.1)
        time.sleep(2)
        session.pause()
        waits = session.rows()[0], session.records(), session.open_waits(True)
        stacks = len(session.stacks())
        session.stats(), session.tasks(), session.unknown()
        client.points(), client.sessions(), client.costs()
        hidden = bool(client.info()["flags"] & number("INFO_HIDDEN"))
    found = sorted({word for data in tap.heard for word in addresses(data)})
    locks = {row["object"] for rows in waits for row in rows
             if row["object_type"] == number("OBJECT_KADDR")}
    print(json.dumps({"waits": [len(rows) for rows in waits], "stacks": stacks,
                      "poison": sum(len(POISON.findall(data)) for data in tap.heard),
                      "bytes": sum(map(len, tap.heard)),
                      "hidden": hidden, "locks": len(locks), "found": found}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
