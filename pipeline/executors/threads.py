"""Work done by threads, ahead of need.

What becomes of a thread that takes longer than `timeout`. Nothing can end it. So its batch is given up, which is an
error in the place of the batch, and another thread takes its place, so that the results after the error come as ever.
Nobody waits for it any more: not the end of the `with` block, nor that of the process, for which it is a daemon. It
ends when the user's code lets go of it, and touches nothing else on the way. This is the one way for a thread to
outlive its block, and a process, which can be ended, the cure.

A batch is given up only by a consumer that waits for it; one that is there when it is asked for is given, however long
it took. What is in flight at the end of the block has the rest of its time; if it is given up then, with nobody to
raise an error to, a warning tells of it. Whoever cannot wait so long interrupts twice.
"""

import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import takewhile
from math import inf
from time import monotonic
from types import TracebackType
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
    one is known, no more than the workers can begin. A batch that takes a thread longer than `timeout` seconds fails.
    """

    workers: int
    ahead: int = 10
    ahead_bytes: int = 2**30
    timeout: float | None = None

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
        self._desk = Desk(work, consumer=self, seconds=executor.timeout)
        self._idle = [Worker(f"penstock-{number}", self._desk) for number in range(executor.workers)]
        self._running: list[Worker] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        if not self._begun():
            raise StopIteration
        self._wait(inf)
        ticket = self._tickets.popleft()
        self._issue()
        return ticket.result()

    def ready(self, seconds: float) -> bool:
        return not self._begun() or self._wait(max(seconds, 0.0))

    def stock(self) -> int:
        return sum(1 for _ in takewhile(lambda ticket: ticket.is_open, self._tickets))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drops what nobody works on and waits for the rest; the first interrupt meanwhile is raised after that.

        The next one, or the first where an interrupt led here, ends the waiting.
        """
        try:
            self.end()
        except KeyboardInterrupt:
            self._end_interrupted(is_the_first=kind is not KeyboardInterrupt)
            raise

    def _end_interrupted(self, *, is_the_first: bool) -> None:
        try:
            if is_the_first:
                self.end()
        finally:
            self._leave_behind()

    def _leave_behind(self) -> None:
        with held_back():
            self._desk.drop()
            for worker in self._running:
                if worker.ticket is not None:
                    worker.ticket.give_up()
            self._running.clear()

    def end(self) -> None:
        """Drop what nobody works on and wait for the rest; may be called again, after an interrupt too."""
        self._desk.drop()
        self._all_issued = True
        self._tickets.clear()
        given_up = [worker.wait() for worker in self._running]
        # An interrupted `Thread.join` takes the thread for ended; those that have passed the gate are about to.
        with held_back():
            for worker, ticket in zip(self._running, given_up, strict=True):
                if ticket is None:
                    worker.join()
            self._running.clear()
        for ticket in filter(None, given_up):
            warnings.warn(str(ticket.too_late()), RuntimeWarning, stacklevel=2)

    def _wait(self, seconds: float) -> bool:
        """For the next ticket to be open, as one that is given up is too, but for no more than so many seconds."""
        ticket = self._tickets[0]
        if ticket.is_open:
            return True
        until = monotonic() + seconds
        while not ticket.wait(min(until - monotonic(), ticket.left())):
            if ticket.left() == 0:
                self._give_up(ticket)
            elif monotonic() >= until:
                return False
        return True

    def _give_up(self, ticket: Ticket) -> None:
        """Let another thread take the place of the one that is too late."""
        with held_back():
            if ticket.gives_up():
                late = next(worker for worker in self._running if worker.ticket is ticket)
                self._running.remove(late)
                self._idle.append(Worker(late.name, self._desk))
                self._start()

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
            self._tickets.append(self._desk.add(task))
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
