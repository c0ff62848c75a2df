"""The life of a worker process: take the next ticket, make its batch in a slot, say so; until the tickets end.

A worker is told everything by descriptors. Tickets come over one pipe that all workers of a crew read: whoever is free
takes the next. It notes which one it took, and when, in a page that the consumer sees; should it die, its ticket is
known, and should it hang, since when. It ignores Ctrl-C, which is the consumer's to hear. It dies with the consumer:
the other end of its life line is then closed, upon which the kernel kills it, whatever it is doing.
"""

import fcntl
import mmap
import os
import pickle
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections import deque
from typing import NamedTuple, NoReturn

import numpy as np

from ..batch import Batch
from ..building import SITE, Site
from ..layout import Packer
from ..slots import ALIGNMENT, Region, mapped
from ..task import Task, perform
from . import failures, parcel
from .executor import Work

TICKET = struct.Struct("<qqQqqqq")  # number, version of the program, seed, epoch, step, offset and capacity of the slot
REPLY = struct.Struct("<qqqq")  # number, kind, and two figures
MESSAGE = struct.Struct("<qq")  # offset and capacity of a larger slot; or the version of the program that comes with it
CLAIM = struct.Struct("<qq")  # number of the ticket taken, nanoseconds of the monotonic clock
CLAIM_BYTES = 64

HELLO, KNOWN, NEW, ENDED, NEED, FAILED = range(6)

_F_SETSIG = 10


class Descriptors(NamedTuple):
    """What a worker is given: two ends of pipes, its life line, its socket, the arena, and the page of claims."""

    tickets: int
    replies: int
    life: int
    channel: int
    arena: int
    claims: int


def work(descriptors: Descriptors, place: int) -> NoReturn:
    """Serve until the tickets end; does not return, whatever happens."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _die_with(descriptors.life)
        Worker(descriptors, place).serve()
        status = 0
    except BaseException:  # noqa: BLE001 # told before the process ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _die_with(life: int) -> None:
    """Be killed as soon as the other end of `life` is closed."""
    fcntl.fcntl(life, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    # It may have been closed before.
    if select.select([life], [], [], 0)[0]:
        os._exit(1)


class Worker:
    """One worker process, seen from inside."""

    def __init__(self, descriptors: Descriptors, place: int) -> None:
        self._tickets = descriptors.tickets
        self._replies = descriptors.replies
        self._channel = socket.socket(fileno=descriptors.channel)
        self._arena = descriptors.arena
        self._claims = mmap.mmap(descriptors.claims, 0)
        self._claim_at = place * CLAIM_BYTES
        self._slots: dict[int, np.ndarray] = {}
        self._packer = Packer()
        self._programs: deque[tuple[int, int]] = deque()
        self._work: Work = _no_program
        self._version = 0

    def serve(self) -> None:
        os.write(self._replies, REPLY.pack(0, HELLO, os.getpid(), 0))
        while record := os.read(self._tickets, TICKET.size):
            number, version, seed, epoch, step, offset, capacity = TICKET.unpack(record)
            CLAIM.pack_into(self._claims, self._claim_at, number, time.monotonic_ns())
            site = Site(self._slot(Region(offset, capacity)))
            kind, first, second = self._made(version, Task(seed, epoch, step), site)
            # What the user's code printed is not lost, however the process ends.
            sys.stdout.flush()
            os.write(self._replies, REPLY.pack(number, kind, first, second))

    def _made(self, version: int, task: Task, site: Site) -> tuple[int, int, int]:
        """Make a batch on its site; what to reply."""
        token = SITE.set(site)
        try:
            self._learn(version)
            batch = perform(self._work, task)
            return (ENDED, 0, 0) if batch is None else self._laid(batch, site)
        except BaseException as error:  # noqa: BLE001 # raised again in the consumer
            return self._told(error, site)
        finally:
            SITE.reset(token)

    def _laid(self, batch: Batch, site: Site) -> tuple[int, int, int]:
        laid = self._packer.lay(batch, site)
        head = b"" if laid.number is not None else pickle.dumps(laid.layout)
        if laid.layout.nbytes + len(head) > len(site.root):
            site = self._larger(laid.layout.nbytes + len(head) + ALIGNMENT)
            # Laid anew: nothing was built on this site.
            laid = self._packer.lay(batch, site)
            head = b"" if laid.number is not None else pickle.dumps(laid.layout)
        laid.write(site.root)
        if laid.number is not None:
            return KNOWN, laid.number, 0
        if laid.layout.is_regular:
            self._packer.number(laid)
        return NEW, _put(head, site.root, laid.layout.nbytes), len(head)

    def _told(self, error: BaseException, site: Site) -> tuple[int, int, int]:
        data = failures.packed(error)
        root = site.root if len(data) <= len(site.root) else self._larger(len(data)).root
        return FAILED, _put(data, root, 0), len(data)

    def _larger(self, nbytes: int) -> Site:
        """A site of that size, which the consumer grants."""
        number, _ = CLAIM.unpack_from(self._claims, self._claim_at)
        os.write(self._replies, REPLY.pack(number, NEED, nbytes, 0))
        while (granted := self._receive()) is None:
            continue
        return Site(self._slot(granted))

    def _slot(self, region: Region) -> np.ndarray:
        if region.offset not in self._slots:
            self._slots[region.offset] = np.frombuffer(mapped(self._arena, region), np.uint8)
        return self._slots[region.offset]

    def _receive(self) -> Region | None:
        """A slot that was granted; None where the message was a program, which is kept."""
        message, descriptors, *_ = socket.recv_fds(self._channel, MESSAGE.size, 1)
        if not message:
            os._exit(1)
        if not descriptors:
            return Region(*MESSAGE.unpack(message))
        self._programs.append((MESSAGE.unpack(message)[0], descriptors[0]))
        return None

    def _learn(self, version: int) -> None:
        """Take programs until it is the one that the ticket was written for."""
        while self._version < version:
            while not self._programs:
                self._receive()
            self._version, fd = self._programs.popleft()
            self._work = _work_in(fd)


def _work_in(fd: int) -> Work:
    """What is in a parcel; where it cannot be opened, what says so for every batch."""
    try:
        state, program = parcel.unpack(fd)
        parcel.enter(state)
    except Exception as error:
        return _Unusable(error)
    finally:
        os.close(fd)
    return program


class _Unusable:
    """Work that could not be unpacked."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, task: Task) -> Batch | None:
        raise self._error


def _no_program(task: Task) -> Batch | None:
    raise RuntimeError("a worker was given a ticket before a program")


def _put(data: bytes, root: np.ndarray, start: int) -> int:
    root[start : start + len(data)] = np.frombuffer(data, np.uint8)
    return start
