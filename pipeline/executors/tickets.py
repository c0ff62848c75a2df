"""Tickets: what is asked of workers, on the pipe where whoever is free takes the next."""

import fcntl
import os
import select
import sys
import termios
from collections import deque
from collections.abc import Container
from dataclasses import dataclass

from ..layout import Layout
from ..slots import Slot
from ..task import Task
from .messages import TICKET

# What a pipe takes in one piece, whoever else writes or reads.
_AT_ONCE = select.PIPE_BUF // TICKET.size


@dataclass(eq=False, slots=True)
class Ticket:
    """One task of one consumer, until its batch is there: in `slot`, laid out as `layout`, or as an `error`."""

    task: Task
    tries: int = 0
    is_settled: bool = False
    is_dropped: bool = False
    slot: Slot | None = None
    layout: Layout | None = None
    error: BaseException | None = None

    @property
    def place(self) -> tuple[int, int]:
        """(epoch, step), as errors name it."""
        return self.task.epoch, self.task.step

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for what it has not come to yet."""
        return not (self.is_settled or self.is_dropped)

    def fail(self, error: BaseException) -> None:
        """There will be no batch; the first error counts."""
        if not self.is_settled:
            self.error, self.is_settled = error, True


class TicketPipe:
    """Numbered tickets in the order in which they were put, until workers read them."""

    def __init__(self) -> None:
        self.exit, self._entrance = os.pipe()
        # Opened anew: not to block is a property of what workers share if it is the same.
        self._own_exit = os.open(f"/proc/self/fd/{self.exit}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.room = fcntl.fcntl(self.exit, fcntl.F_GETPIPE_SZ) // TICKET.size
        self._order: deque[int] = deque()

    def put(self, numbers: list[int], records: list[bytes]) -> None:
        """More tickets; never waits as long as there are no more than `room`."""
        self._order.extend(numbers)
        for start in range(0, len(records), _AT_ONCE):
            os.write(self._entrance, b"".join(records[start : start + _AT_ONCE]))

    def take_back(self) -> list[int]:
        """The numbers of all that no worker has read; they are off the pipe."""
        numbers: list[int] = []
        while record := self._record():
            numbers.append(TICKET.unpack(record)[0])
            self._order.remove(numbers[-1])
        return numbers

    def taken(self) -> list[int]:
        """The numbers of those that workers have read, and that were not forgotten since."""
        return [number for number, _ in zip(self._order, range(len(self._order) - self._unread()), strict=False)]

    def forget(self, living: Container[int]) -> None:
        """The oldest are of no more interest, up to the first that is among the living."""
        while self._order and self._order[0] not in living:
            self._order.popleft()

    def close(self) -> None:
        """Upon which idle workers end."""
        for descriptor in (self.exit, self._entrance, self._own_exit):
            os.close(descriptor)

    def _record(self) -> bytes:
        try:
            return os.read(self._own_exit, TICKET.size)
        except BlockingIOError:
            return b""

    def _unread(self) -> int:
        found = bytearray(4)
        fcntl.ioctl(self._own_exit, termios.FIONREAD, found)
        return int.from_bytes(found, sys.byteorder) // TICKET.size
