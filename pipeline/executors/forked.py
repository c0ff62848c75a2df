"""Work done by processes that a server forks, ahead of need."""

from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import takewhile
from time import monotonic
from types import TracebackType
from typing import Self

from ..batch import Batch
from ..slots import Slot
from ..task import Task
from ..transform import owned
from .crew import Crew
from .executor import Work
from .process_executor import ProcessExecutor
from .tickets import Ticket

_LARGE = 2**18  # bytes of a batch


class Processes(ProcessExecutor[Crew]):
    __doc__ = ProcessExecutor.__doc__

    def hired(self) -> Crew:
        return Crew(self.workers, self.ahead_bytes, self.patience)

    def results(
        self, workers: Crew, work: Work, tasks: Iterator[Task], whole_life: AbstractContextManager[object]
    ) -> "ProcessResults":
        return ProcessResults(workers, self.ahead, work, tasks, whole_life)


class ProcessResults:
    """Tickets in the order of the tasks, whoever works on them.

    A batch is handed over as views of the slot it was made in. Where slots run short because the consumer keeps
    batches, it is copied instead: nobody waits for a lease to end.
    """

    def __init__(
        self, crew: Crew, ahead: int, work: Work, tasks: Iterator[Task], whole_life: AbstractContextManager[object]
    ) -> None:
        self._crew = crew
        self._workers = crew.workers
        self._ahead = ahead
        self._work: Work | None = work
        self._tasks = tasks
        self._whole_life = whole_life
        self._tickets: deque[Ticket] = deque()
        self._all_issued = False
        self._waits = 0  # how many batches in a row, up to now, had to be waited for

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        if not self._begun():
            raise StopIteration
        ticket = self._tickets[0]
        self._waits = 0 if ticket.is_settled else self._waits + 1
        while not ticket.is_settled:
            self._crew.wait(None)
        with self._crew.books:
            self._tickets.popleft()
            batch = self._taken(ticket)
            self._issue(is_waited_for=False)
        if ticket.error is not None:
            raise ticket.error
        return batch

    def ready(self, seconds: float) -> bool:
        until = monotonic() + seconds
        while self._begun() and not self._tickets[0].is_settled:
            left = until - monotonic()
            if left <= 0:
                return False
            self._crew.wait(left)
        return True

    def stock(self) -> int:
        if self._tickets and self._crew.is_usable:
            self._crew.wait(0)  # for the next results nobody may have looked yet
        return sum(1 for _ in takewhile(lambda ticket: ticket.is_settled, self._tickets))

    def __enter__(self) -> Self:
        self._whole_life.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Takes back what nobody works on; waits for the rest, but not after an exception."""
        self._all_issued, self._work = True, None
        with ExitStack() as stack:
            stack.push(self._whole_life)
            if not self._crew.is_usable:
                return
            self._crew.drop(self._tickets)
            self._tickets.clear()
            if kind is None or issubclass(kind, GeneratorExit):
                while self._crew.outstanding:
                    self._crew.wait(None)

    def _begun(self) -> bool:
        """Whether there is a batch to come; the workers are told what to do before the first."""
        if self._all_issued and not self._tickets:
            return False
        if not self._crew.is_usable:
            raise RuntimeError("an interrupt or error has broken off this epoch; begin it, or another, anew")
        if self._work is not None:
            self._crew.teach(self._work)
            self._work = None
        if not self._tickets:
            with self._crew.books:
                self._issue(is_waited_for=True)
        return bool(self._tickets)

    def _issue(self, *, is_waited_for: bool) -> None:
        """Hand out tickets, several at once where the workers have enough to do: each time wakes some of them."""
        crew = self._crew
        missing = self._window() - len(self._tickets)
        if self._all_issued or (2 * missing < self._ahead and crew.outstanding >= 2 * self._workers):
            return
        room = min(missing, crew.room)
        tickets: list[Ticket] = []
        slots: list[Slot] = []
        while len(tickets) < room:
            slot = crew.slots.take() if is_waited_for and not tickets else crew.slots.ahead()
            if slot is None:
                break
            task = next(self._tasks, None)
            if task is None:
                crew.slots.give_back(slot)
                self._all_issued = True
                break
            tickets.append(Ticket(task))
            slots.append(slot)
        if tickets:
            crew.submit(tickets, slots)
            self._tickets.extend(tickets)

    def _window(self) -> int:
        """How many tickets there are to be."""
        wanted = self._crew.slots.wanted
        if not wanted:
            # How large a batch is shows the first of each worker; until then slots would be guesses.
            return min(self._ahead, self._workers)
        if wanted >= _LARGE and self._waits > 2 * self._workers:
            # Who waits for every batch takes each at once: the fewer slots go round, the more of them are cached.
            return min(self._ahead, self._workers + 2)
        return self._ahead

    def _taken(self, ticket: Ticket) -> Batch | None:
        if ticket.slot is None or ticket.layout is None:
            return None
        slots = self._crew.slots
        batch = ticket.layout.read(slots.leased(ticket.slot))
        return batch if slots.has_room() else owned(batch)
