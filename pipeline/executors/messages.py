"""What consumer, fork server and workers say to one another, byte for byte."""

import struct
from typing import NamedTuple

# From consumer to fork server: what, and the place of the worker to be, or a process id; the answer to WAIT is that and
# a status.
REQUEST = struct.Struct("<qq")
FORK, WAIT = range(2)

# From consumer to whichever worker is free: number, version of the program, seed, epoch, step, offset and capacity of
# the slot.
TICKET = struct.Struct("<qqQqqqq")

# From a worker to its consumer: number, kind, and two figures.
REPLY = struct.Struct("<qqqq")
HELLO, ASK, LEARNT, KNOWN, NEW, ENDED, NEED, FAILED = range(8)

# From consumer to one worker: offset (negative: there is none) and capacity of a larger slot; or the version of the
# program that comes with it.
MESSAGE = struct.Struct("<qq")


class Descriptors(NamedTuple):
    """What a worker is given: two ends of pipes, its life line, its socket, the arena, and the page of claims."""

    tickets: int
    replies: int
    life: int
    channel: int
    arena: int
    claims: int
