"""Work done by threads, ahead of need."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Self

from ..batch import Batch
from ..checks import check_whole
from ..task import Task, perform
from .executor import Work


@dataclass(frozen=True)
class Threads:
    """Keeps up to `ahead` batches ready or in the making, in `workers` threads."""

    workers: int
    ahead: int = 10

    def __post_init__(self) -> None:
        check_whole("workers", self.workers, least=1)
        check_whole("ahead", self.ahead, least=1)

    def map(self, work: Work, tasks: Iterable[Task]) -> "ThreadResults":
        return ThreadResults(self, work, iter(tasks))


class Ticket:
    """A task on its way through a worker and back.

    The worker opens the gate once; whoever finds `done` need not pass it, so that an interrupt between two lines of the
    consumer loses nothing.
    """

    __slots__ = ("batch", "done", "error", "gate", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        self.batch: Batch | None = None
        self.error: BaseException | None = None
        self.done = False
        self.gate = Lock()
        self.gate.acquire()

    def run(self, work: Work) -> None:
        try:
            self.batch = perform(work, self.task)
        except BaseException as error:  # noqa: BLE001 # raised again in the consumer
            self.error = error
        self.done = True
        self.gate.release()

    def wait(self, seconds: float = -1) -> bool:
        return self.done or self.gate.acquire(timeout=seconds)

    def result(self) -> Batch | None:
        if self.error is None:
            return self.batch
        try:
            raise self.error
        finally:
            self.error = None  # it holds this frame, and this frame the ticket: without a cycle all goes at once


class ThreadResults:
    """Tickets in the order of the tasks; any free thread takes the oldest that nobody works on.

    The threads start at the first wait, not in `map`, so that there is no moment at which an interrupt finds threads
    that no `with` block knows of.
    """

    def __init__(self, executor: Threads, work: Work, tasks: Iterator[Task]) -> None:
        self._ahead = executor.ahead
        self._work = work
        self._tasks = tasks
        self._tickets: deque[Ticket] = deque()
        self._todo: SimpleQueue[Ticket | None] = SimpleQueue()
        self._threads = [Thread(target=self._serve, name=f"penstock-{i}") for i in range(executor.workers)]
        self._idle = list(self._threads)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        self._issue()
        if not self._tickets:
            raise StopIteration
        ticket = self._tickets[0]
        ticket.wait()
        self._tickets.popleft()
        self._issue()
        return ticket.result()

    def ready(self, seconds: float) -> bool:
        self._issue()
        return not self._tickets or self._tickets[0].wait(max(seconds, 0.0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Drops what nobody works on, then waits for the rest."""
        self._tasks = iter(())
        self._tickets.clear()
        with suppress(Empty):
            while True:
                self._todo.get_nowait()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            # An interrupt may have come while the threads were started.
            if thread.ident is not None:
                thread.join()

    def _issue(self) -> None:
        while len(self._tickets) < self._ahead and (task := next(self._tasks, None)) is not None:
            ticket = Ticket(task)
            self._tickets.append(ticket)
            self._todo.put(ticket)
            if self._idle:
                self._idle.pop().start()

    def _serve(self) -> None:
        while (ticket := self._todo.get()) is not None:
            ticket.run(self._work)
