"""Work done by threads, ahead of need."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Self

from ..batch import Batch
from ..checks import check_whole
from ..interrupts import held_back
from ..task import Task
from .desk import Desk, Ticket, Worker
from .executor import Executor, Work


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
        self._desk.drop()
        self._all_issued = True
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
