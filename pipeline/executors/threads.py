"""Work done by threads, ahead of need."""

import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Self

from ..batch import Batch
from ..checks import check_whole
from ..interrupts import held_back
from ..task import Task, perform
from .executor import Executor, Work
from .gate import Gate


@dataclass(frozen=True)
class Threads:
    """Keeps up to `ahead` batches ready or in the making, in `workers` threads.

    If as many of the largest batch so far would be more than `ahead_bytes`, fewer, but always one. Until the size of
    one is known, no more than the workers can begin.
    """

    workers: int
    ahead: int = 10
    ahead_bytes: int = 2**30

    def __post_init__(self) -> None:
        check_whole("ahead_bytes", self.ahead_bytes, least=1)
        check_whole("workers", self.workers, least=1)
        check_whole("ahead", self.ahead, least=1)

    def standing(self) -> AbstractContextManager[Executor]:
        """Itself: there is nothing worth keeping."""
        return nullcontext(self)

    def map(self, work: Work, tasks: Iterable[Task]) -> "ThreadResults":
        return ThreadResults(self, work, iter(tasks))


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
        self.dropped = False
        self.largest_bytes = 0
        self._work = work
        self._tickets: SimpleQueue[object] = SimpleQueue()
        # Called by the interpreter without a line of Python, in which it would swallow an interrupt.
        self._consumer = weakref.ref(consumer, self._tickets.put)

    def add(self, ticket: Ticket) -> None:
        self._tickets.put(ticket)

    def close(self) -> None:
        """No ticket will be added: workers end when none is left. May be called again."""
        self._tickets.put(None)

    def serve(self) -> None:
        """What a worker does: any free one takes the oldest ticket."""
        while isinstance(ticket := self._tickets.get(), Ticket):
            if not self.dropped:
                ticket.run(self._measured)
        self.close()  # for the next worker

    def _measured(self, task: Task) -> Batch | None:
        batch = self._work(task)
        if batch is not None:
            self.largest_bytes = max(self.largest_bytes, batch.nbytes)
        return batch


class Worker(Gate):
    """A thread at the desk, which opens the gate as the last thing it does."""

    __slots__ = ("_desk", "_thread")

    def __init__(self, number: int, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._thread = Thread(target=self._run, name=f"penstock-{number}")

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        self._desk.serve()
        self.open()


class ThreadResults:
    """Tickets in the order of the tasks, whoever works on them.

    The threads start at the first wait, not in `map`, so that there is no moment at which an interrupt finds threads
    that no `with` block knows of.
    """

    def __init__(self, executor: Threads, work: Work, tasks: Iterator[Task]) -> None:
        self._executor = executor
        self._tasks = tasks
        self._all_issued = False
        self._tickets: deque[Ticket] = deque()
        self._desk = Desk(work, consumer=self)
        self._idle = [Worker(number, self._desk) for number in range(executor.workers)]
        self._running: list[Worker] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        if not self._begun():
            raise StopIteration
        ticket = self._tickets[0]
        ticket.wait()
        self._tickets.popleft()
        self._issue()
        return ticket.result()

    def ready(self, seconds: float) -> bool:
        return not self._begun() or self._tickets[0].wait(max(seconds, 0.0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Drops what nobody works on and waits for the rest; the first interrupt meanwhile is raised after that."""
        try:
            self._end()
        except KeyboardInterrupt:
            self._end()
            raise

    def _end(self) -> None:
        self._desk.close()
        self._desk.dropped = self._all_issued = True
        self._tickets.clear()
        for worker in self._running:
            worker.wait()
        # An interrupted `Thread.join` takes the thread for ended; those that have passed the gate are about to.
        with held_back():
            for worker in self._running:
                worker.join()

    def _begun(self) -> bool:
        """Whether there is a ticket; hands out the first."""
        if not self._tickets:
            self._issue()
        return bool(self._tickets)

    def _issue(self) -> None:
        while len(self._tickets) < self._most_tickets() and not self._all_issued:
            task = next(self._tasks, None)
            if task is None:
                # Threads without work end now, whatever becomes of the consumer.
                self._all_issued = True
                self._desk.close()
                return
            ticket = Ticket(task)
            self._tickets.append(ticket)
            self._desk.add(ticket)
            if self._idle:
                self._start()

    def _most_tickets(self) -> int:
        largest = self._desk.largest_bytes
        within_bytes = self._executor.ahead_bytes // largest if largest else self._executor.workers
        return max(1, min(self._executor.ahead, within_bytes))

    def _start(self) -> None:
        # An interrupted `Thread.start` may leave a thread that cannot be joined.
        with held_back():
            worker = self._idle.pop()
            worker.start()
            self._running.append(worker)
