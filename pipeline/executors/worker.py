"""The life of a worker process: take the next ticket, make its batch in a slot, say so; until the tickets end.

A worker is told everything by descriptors. Tickets come over one pipe that all workers of a crew read: whoever is free
takes the next. It notes which one it took, and when, in a page that the consumer sees; should it die, its ticket is
known, and should it hang, since when. It ignores Ctrl-C, which is the consumer's to hear. It dies with the consumer:
the other end of its life line is then closed, upon which the kernel kills it, whatever it is doing.
"""

import fcntl
import gc
import os
import select
import signal
import socket
import time
import traceback
from typing import NoReturn

import numpy as np

from ..arena import ALIGNMENT, Region, Windows
from ..batch import Batch
from ..building import SITE, Site
from ..homeward import dumps
from ..layout import Packer
from ..task import Task, note, perform
from . import failures
from .arrival import mapped, opened
from .claims import Claims
from .executor import Work
from .launch import flush
from .messages import (
    ASK,
    ENDED,
    FAILED,
    HELLO,
    KNOWN,
    LEARNT,
    MESSAGE,
    NEED,
    NEW,
    REPLY,
    TICKET,
    Descriptors,
)

_F_SETSIG = 10


def work(descriptors: Descriptors, place: int) -> NoReturn:
    """Serve until the tickets end; does not return, whatever happens."""
    status = 1
    try:
        for descriptor in descriptors:
            # Not for the programs that the user's code may start.
            os.set_inheritable(descriptor, False)  # noqa: FBT003 # it takes no keywords
        _die_with(descriptors.life)
        Worker(descriptors, place).serve()
        status = 0
    except BaseException:  # noqa: BLE001 # told before the process ends
        traceback.print_exc()
    finally:
        flush()
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
        self._windows = Windows(descriptors.arena)
        self._claims = Claims(descriptors.claims)
        self._place = place
        self._number = 0
        self._slots: dict[int, np.ndarray] = {}
        self._packer = Packer()
        self._newer: tuple[int, int] | None = None  # a program that has come: its version and descriptor
        self._work: Work = _no_program
        self._version = 0

    def serve(self) -> None:
        self._reply(HELLO, os.getpid())
        while record := os.read(self._tickets, TICKET.size):
            self._number, version, seed, epoch, step, offset, capacity = TICKET.unpack(record)
            self._claims.take(self._place, self._number)
            site = Site(self._slot(offset, capacity))
            reply = self._made(version, Task(seed, epoch, step), site)
            flush()
            self._reply(*reply)

    def _reply(self, kind: int, first: int = 0, second: int = 0) -> None:
        os.write(self._replies, REPLY.pack(self._number, kind, first, second))

    def _made(self, version: int, task: Task, site: Site) -> tuple[int, int, int]:
        """Make a batch on its site; what to reply."""
        token = SITE.set(site)
        try:
            if version > self._version:
                self._learn(version)
            self._claims.begin(self._place, time.monotonic_ns())
            batch = perform(self._work, task)
            return (ENDED, 0, 0) if batch is None else self._laid(batch, site)
        except BaseException as error:  # noqa: BLE001 # raised again in the consumer
            note(error, task)
            return self._told(error, site)
        finally:
            SITE.reset(token)

    def _laid(self, batch: Batch, site: Site) -> tuple[int, int, int]:
        laid = self._packer.lay(batch, site)
        head = b"" if laid.number is not None else dumps(laid.layout)
        if laid.layout.nbytes + len(head) > len(site.root):
            site = self._larger(laid.layout.nbytes + len(head) + ALIGNMENT)
            # Laid anew: nothing was built on this site.
            laid = self._packer.lay(batch, site)
            head = b"" if laid.number is not None else dumps(laid.layout)
        laid.write(site.root)
        if laid.number is not None:
            return KNOWN, laid.number, 0
        self._packer.number(laid)
        return NEW, _put(head, site.root, laid.layout.nbytes), len(head)

    def _told(self, error: BaseException, site: Site) -> tuple[int, int, int]:
        if isinstance(error, _Refused):
            return ENDED, 0, 0
        data = failures.packed(error)
        try:
            root = site.root if len(data) <= len(site.root) else self._larger(len(data)).root
        except _Refused:
            return ENDED, 0, 0
        return FAILED, _put(data, root, 0), len(data)

    def _larger(self, nbytes: int) -> Site:
        """A site of that size, if the consumer grants it."""
        self._reply(NEED, nbytes)
        while (granted := self._receive()) is None:
            continue
        if granted.offset < 0:
            raise _Refused
        return Site(self._slot(granted.offset, granted.capacity))

    def _slot(self, offset: int, capacity: int) -> np.ndarray:
        slot = self._slots.get(offset)
        if slot is None:
            region = Region(offset, capacity)
            slot = np.frombuffer(self._windows.of(region), np.uint8, capacity, region.start)
            self._slots[offset] = slot
        return slot

    def _receive(self) -> Region | None:
        """A slot that was granted; None where the message was a program, which is kept."""
        message, descriptors, *_ = socket.recv_fds(self._channel, MESSAGE.size, 1)
        if not message:
            os._exit(1)
        if not descriptors:
            return Region(*MESSAGE.unpack(message))
        if self._newer is not None:
            os.close(self._newer[1])
        self._newer = MESSAGE.unpack(message)[0], descriptors[0]
        return None

    def _learn(self, version: int) -> None:
        """Take the program that the ticket was written for, or a later one: it has come, or comes if asked for."""
        while self._newer is None or self._newer[0] < version:
            if not select.select([self._channel], [], [], 0)[0]:
                self._reply(ASK)
            self._receive()
        (self._version, fd), self._newer = self._newer, None
        self._reply(LEARNT, self._version)
        if self._work is not _no_program:
            # Not two programs at once: classes are cycles, and may hold on to data.
            self._work = _no_program
            gc.collect()
        try:
            memory = mapped(fd)
        finally:
            os.close(fd)
        self._work = opened(memory)


class _Refused(Exception):
    """The consumer has no larger slot; what it says of that is for its own ticket."""


def _no_program(task: Task) -> Batch | None:
    raise RuntimeError("a worker was given a ticket before a program")


def _put(data: bytes, root: np.ndarray, start: int) -> int:
    root[start : start + len(data)] = np.frombuffer(data, np.uint8)
    return start
