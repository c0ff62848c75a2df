"""Where threads find tickets, and how they end.

A process that comes to its end waits for its threads, and those at a desk that nobody closed would never end. So they
are daemons, for which it does not wait; what it does instead, as one of the last things, is to close the desks and wait
for what is in the making.
"""

import atexit
import threading
import weakref
from queue import SimpleQueue
from threading import Thread

from ..batch import Batch
from ..task import Task, perform
from .executor import Work
from .gate import Gate


class Ticket(Gate):
    """A task on its way through a worker, which opens it, and back."""

    __slots__ = ("_batch", "_error", "_task")

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._batch: Batch | None = None
        self._error: BaseException | None = None

    def run(self, work: Work) -> None:
        try:
            self._batch = perform(work, self._task)
        except BaseException as error:  # noqa: BLE001 # raised again in the consumer
            self._error = error
        self.open()

    def result(self) -> Batch | None:
        if self._error is None:
            return self._batch
        try:
            raise self._error
        finally:
            self._error = None  # it holds this frame, and this frame the ticket: without a cycle all goes at once


class Desk:
    """Where workers find tickets, until it is closed or `consumer`, which may have been interrupted, is gone."""

    def __init__(self, work: Work, consumer: object) -> None:
        self.largest_bytes = 0
        self._dropped = False
        self._work = work
        self._tickets: SimpleQueue[object] = SimpleQueue()
        # Called by the interpreter without a line of Python, in which it would swallow an interrupt.
        self._consumer = weakref.ref(consumer, self._tickets.put)

    def add(self, ticket: Ticket) -> None:
        self._tickets.put(ticket)

    def close(self) -> None:
        """No ticket will be added: workers end when none is left. May be called again."""
        self._tickets.put(None)

    def drop(self) -> None:
        """Close it, and let no more work begin. May be called again."""
        self._dropped = True
        self.close()

    def serve(self) -> None:
        """What a worker does: any free one takes the oldest ticket."""
        while isinstance(ticket := self._tickets.get(), Ticket):
            if not self._dropped:
                ticket.run(self._measured)
        self.close()  # for the next worker

    def _measured(self, task: Task) -> Batch | None:
        batch = self._work(task)
        if batch is not None:
            self.largest_bytes = max(self.largest_bytes, batch.nbytes)
        return batch


class Worker(Thread):
    """A thread at the desk, which passes the gate as the last thing it does."""

    def __init__(self, number: int, desk: Desk) -> None:
        super().__init__(name=f"penstock-{number}", daemon=True)
        self.desk = desk
        self._gate = Gate()

    def run(self) -> None:
        self.desk.serve()
        self._gate.open()

    def wait(self) -> None:
        """Until it is about to end; an interrupt of this loses nothing."""
        self._gate.wait()


@atexit.register
def _leave() -> None:
    """End the threads of those who did not."""
    workers = [thread for thread in threading.enumerate() if isinstance(thread, Worker)]
    for worker in workers:
        worker.desk.drop()
    for worker in workers:
        worker.wait()
