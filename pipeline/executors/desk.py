"""Where threads find tickets, and how they end.

A process that comes to its end waits for its threads, and those at a desk that nobody closed would never end. So they
are daemons, for which it does not wait; what it does instead, as one of the last things, is to close the desks and wait
for what is in the making.
"""

import atexit
import threading
import weakref
from math import inf
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic

from ..batch import Batch
from ..errors import BatchTimeoutError
from ..interrupts import held_back
from ..task import Task, perform
from .executor import Work
from .gate import Gate


class Ticket(Gate):
    """A task on its way through a worker, and back: open where there is a batch, or an error in its place.

    The consumer gives up one that has taken so many seconds. Whoever claims it first, the worker that has made it or
    the consumer, says what comes of it.
    """

    __slots__ = ("_batch", "_began", "_claim", "_error", "_is_given_up", "_seconds", "_task", "nbytes")

    def __init__(self, task: Task, seconds: float) -> None:
        super().__init__()
        self.nbytes = 0
        self._task = task
        self._seconds = seconds
        self._began: float | None = None
        self._claim = Lock()
        self._is_given_up = False
        self._batch: Batch | None = None
        self._error: BaseException | None = None

    def make(self, work: Work) -> None:
        self._began = monotonic()
        try:
            self._batch = batch = perform(work, self._task)
            self.nbytes = 0 if batch is None else batch.nbytes
        except BaseException as error:  # noqa: BLE001 # raised again in the consumer
            self._error = error

    def claim(self) -> bool:
        """Whether nobody has done so before."""
        return self._claim.acquire(blocking=False)

    def left(self) -> float:
        """Seconds until it has taken too long; all of them where nobody is at it."""
        if self._is_given_up:
            return 0
        if self._seconds == inf or self._began is None or self._claim.locked():
            return self._seconds
        return max(0.0, self._began + self._seconds - monotonic())

    def gives_up(self) -> bool:
        """Whether it has taken too long, and so is open, without a batch."""
        if self.left() == 0:
            self.give_up()
        return self._is_given_up

    def give_up(self) -> None:
        """Open it without a batch, unless there is one."""
        with held_back():
            if self.claim():
                self._is_given_up = True
                self.open()

    def too_late(self) -> BatchTimeoutError:
        """What to say of one that was given up."""
        return BatchTimeoutError(self._seconds, (self._task.epoch, self._task.step), in_thread=True)

    def result(self) -> Batch | None:
        """What came of it; to be asked for once."""
        if self._is_given_up:
            raise self.too_late()
        if self._error is None:
            batch, self._batch = self._batch, None  # nobody else holds it; its worker holds the ticket until the next
            return batch
        try:
            raise self._error
        finally:
            self._error = None  # it holds this frame, and this frame the ticket: without a cycle all goes at once


class Desk:
    """Where workers find tickets, until it is closed or `consumer`, which may have been interrupted, is gone."""

    def __init__(self, work: Work, consumer: object, seconds: float | None) -> None:
        self.seconds = inf if seconds is None else seconds
        self.largest_bytes = 0
        self._work = work
        self._is_dropped = False
        self._tickets: SimpleQueue[object] = SimpleQueue()
        # Called by the interpreter without a line of Python, in which it would swallow an interrupt.
        self._consumer = weakref.ref(consumer, self._tickets.put)

    def add(self, task: Task) -> Ticket:
        ticket = Ticket(task, self.seconds)
        self._tickets.put(ticket)
        return ticket

    def take(self) -> Ticket | None:
        """The oldest ticket, as soon as there is one; None where there will be none."""
        ticket = self._tickets.get()
        return ticket if isinstance(ticket, Ticket) and not self._is_dropped else None

    def close(self) -> None:
        """No ticket will be added: workers end when none is left. May be called again."""
        self._tickets.put(None)

    def drop(self) -> None:
        """Close it, and let no more work begin. May be called again."""
        self._is_dropped = True
        self.close()

    def make(self, ticket: Ticket) -> bool:
        """False where it was given up meanwhile: then nothing here is touched any more."""
        ticket.make(self._work)
        if not ticket.claim():
            return False
        self.largest_bytes = max(self.largest_bytes, ticket.nbytes)
        ticket.open()
        return True


class Worker(Thread):
    """A thread at the desk; any free one takes the oldest ticket. One whose ticket was given up ends when it can."""

    def __init__(self, name: str, desk: Desk) -> None:
        super().__init__(name=name, daemon=True)
        self.desk = desk
        self.ticket: Ticket | None = None
        self._gate = Gate()

    def run(self) -> None:
        while (ticket := self.desk.take()) is not None:
            self.ticket = ticket
            if not self.desk.make(ticket):
                return
        self.desk.close()  # for the next worker
        self._gate.open()

    def wait(self) -> Ticket | None:
        """Until it is about to end; gives the ticket that was given up instead. An interrupt of this loses nothing."""
        while not self._gate.wait(self.desk.seconds if self.ticket is None else self.ticket.left()):
            if self.ticket is not None and self.ticket.gives_up():
                return self.ticket
        return None


@atexit.register
def _leave() -> None:
    """End the threads of those who did not."""
    workers = [thread for thread in threading.enumerate() if isinstance(thread, Worker)]
    for worker in workers:
        worker.desk.drop()
    for worker in workers:
        worker.wait()
