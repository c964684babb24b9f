#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Waits under the interpreter: called from Python, from C by Python, and back again.

usage: stack_python.py LIBTRUTH

A line on standard input is a phase: "all NR". See truth.h.
"""
import ctypes
import functools
import sys
import threading

truth = ctypes.CDLL(sys.argv[1])
libc = ctypes.CDLL(None)
compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int),
                                ctypes.POINTER(ctypes.c_int))


def wait():
    truth.truth_wait()


def recursion(depth):
    if depth:
        recursion(depth - 1)
    else:
        wait()


def generator(count):
    for number in range(count):
        wait()
        yield number


class Thing:
    def __init__(self):
        self.waits = True

    def __lt__(self, other):
        self.wait_once()
        return id(self) < id(other)

    def __repr__(self):
        self.wait_once()
        return "thing"

    def wait_once(self):
        if self.waits:
            self.waits = False
            wait()


def through_qsort():
    """Python, ctypes, libc's qsort(), libffi's closure, Python, ctypes, the wait."""
    left = [1]

    def compare(a, b):
        if left[0]:
            left[0] -= 1
            wait()
        return a[0] - b[0]

    numbers = (ctypes.c_int * 8)(5, 3, 8, 1, 9, 2, 7, 4)
    libc.qsort(numbers, 8, 4, compare_type(compare))


def handled():
    try:
        raise ValueError("on purpose")
    except ValueError:
        wait()
    finally:
        wait()


def in_thread():
    thread = threading.Thread(target=recursion, args=(3,))
    thread.start()
    thread.join()


def shapes(number):
    wait()
    recursion(number % 7)
    list(generator(2))
    list(map(lambda _: wait(), range(1)))
    functools.reduce(lambda a, b: wait(), [1, 2])
    sorted([Thing(), Thing(), Thing()])
    "%r" % Thing()
    through_qsort()
    handled()
    in_thread()
    exec(compile("wait()", "text", "exec"), {"wait": wait})


def phase(line):
    words = line.split()
    for number in range(int(words[1])):
        shapes(number)


truth.truth_init(4096)
callback = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_ulong)
truth.truth_phases(callback(lambda what, number: phase("%s %d" % (what.decode(), number))))
