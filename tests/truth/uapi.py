# SPDX-License-Identifier: GPL-2.0-only
"""The numbers and structures of the uapi header, read out of the header itself.

So the client of the tests cannot drift from it: enums count from 0 unless given
a value, #defines are plain numbers or shifts, structures hold __uN and char[].
"""
import os
import re
import struct

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../include/uapi/linux/waitprof.h")
FORMATS = {"__u64": "Q", "__u32": "I", "__s32": "i", "__s16": "h", "__u16": "H", "__u8": "B"}


def _strip(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def _evaluate(expression, known):
    expression = re.sub(r"\b(\d+|0x[0-9a-fA-F]+)U\b", r"\1", expression)
    return eval(expression, {"__builtins__": {}}, known)


def _numbers(text):
    known = {}
    for name, value in re.findall(r"^#define[ \t]+(WAITPROF_\w+)[ \t]+([^\"\n]+)$", text, re.M):
        known[name] = _evaluate(value.strip(), known) if "__" not in value else None
    for body in re.findall(r"\benum \w+ \{(.*?)\}", text, re.S):
        following = 0
        for item in filter(None, (part.strip() for part in body.split(","))):
            name, _, value = (part.strip() for part in item.partition("="))
            known[name] = _evaluate(value, known) if value else following
            following = known[name] + 1
    return known


class Structure:
    """One structure of the header: unpack() gives a dictionary, pack_all() takes tuples."""

    def __init__(self, name, body, known):
        self.name = name
        self.fields = []
        layout = "="
        for kind, field, count in re.findall(r"(\w+) (\w+)(?:\[(\w+)\])?;", body):
            number = _evaluate(count, known) if count else None
            layout += "%ds" % number if kind == "char" else (str(number or "") + FORMATS[kind])
            self.fields.append((field, kind, number))
        self.struct = struct.Struct(layout)
        self.size = self.struct.size

    def unpack(self, data):
        values = list(self.struct.unpack(data))
        result = {}
        for field, kind, number in self.fields:
            if kind == "char":
                result[field] = values.pop(0).split(b"\0")[0].decode("utf-8", "replace")
            elif number:
                result[field] = values[:number]
                del values[:number]
            else:
                result[field] = values.pop(0)
        return result

    def pack_all(self, rows):
        return b"".join(self.struct.pack(*row) for row in rows)

    def unpack_all(self, data):
        if len(data) % self.size:
            raise ValueError("%d bytes are no whole number of struct %s" % (len(data), self.name))
        return [self.unpack(data[at:at + self.size]) for at in range(0, len(data), self.size)]


with open(HEADER) as _file:
    _text = _strip(_file.read())
NUMBERS = _numbers(_text)
STRUCTURES = {name: Structure(name, body, NUMBERS)
              for name, body in re.findall(r"\bstruct (waitprof_\w+) \{(.*?)\n\};", _text, re.S)}


def number(name):
    """The value of WAITPROF_<name>."""
    return NUMBERS["WAITPROF_" + name]


def structure(name):
    return STRUCTURES["waitprof_" + name]


CLASSES = {key[len("WAITPROF_CLASS_"):].lower(): value for key, value in NUMBERS.items()
           if key.startswith("WAITPROF_CLASS_") and not key.endswith(("_MAX", "_NONE"))}
ENDS = ["wake", "timeout", "signal", "kill"]
