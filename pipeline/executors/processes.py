"""Work done by processes, ahead of need."""

import platform
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import takewhile
from time import monotonic
from types import TracebackType
from typing import Literal, Self

from ..batch import Batch
from ..checks import check_whole
from ..slots import Slot
from ..task import Task
from ..transform import owned
from .crew import MOST_WORKERS, Crew, Patience
from .executor import Executor, Work
from .tickets import Ticket

_LARGE = 2**18  # bytes of a batch


@dataclass(frozen=True)
class Processes:
    """Keeps up to `ahead` batches ready or in the making, in `workers` processes, within `ahead_bytes` or one batch.

    A batch that takes a worker longer than `timeout` seconds fails. The batch of a worker that dies is made again, at
    most `max_retries` times, or fails at once where `on_worker_death` is "raise".
    """

    workers: int
    ahead: int = 10
    ahead_bytes: int = 2**30
    timeout: float | None = None
    on_worker_death: Literal["retry", "raise"] = "retry"
    max_retries: int = 3

    def __post_init__(self) -> None:
        check_whole("workers", self.workers, least=1)
        check_whole("ahead", self.ahead, least=1)
        check_whole("ahead_bytes", self.ahead_bytes, least=1)
        if self.workers > MOST_WORKERS:
            raise ValueError(f"workers must be at most {MOST_WORKERS}, but is {self.workers}")

    def map(self, work: Work, tasks: Iterable[Task]) -> "ProcessResults":
        crew = self.crew()
        return ProcessResults(crew, self.ahead, work, iter(tasks), whole_life=crew)

    def standing(self) -> AbstractContextManager[Executor]:
        """The same with workers that stay between one `map` and the next, until the end of the `with` block."""
        return StandingProcesses(self)

    def crew(self) -> Crew:
        """Processes that are not started yet."""
        if platform.system() != "Linux":
            raise NotImplementedError("worker processes are built for Linux only so far; use threads")
        patience = Patience(self.timeout, self.on_worker_death, self.max_retries)
        return Crew(self.workers, self.ahead_bytes, patience)


class StandingProcesses:
    """Processes that start with the first batch asked for and stay; a context manager, after which they are gone.

    A crew whose books were torn by an interrupt is replaced by a new one.
    """

    def __init__(self, executor: Processes) -> None:
        self._executor = executor
        self._crew: Crew | None = None
        self._is_lent = False

    def map(self, work: Work, tasks: Iterable[Task]) -> "ProcessResults":
        if self._is_lent:
            # A crew serves one consumer at a time; a second one has its own.
            return self._executor.map(work, tasks)
        if self._crew is not None and not self._crew.is_usable:
            self.__exit__()
        if self._crew is None:
            self._crew = self._executor.crew()
        return ProcessResults(self._crew, self._executor.ahead, work, iter(tasks), whole_life=self._lent())

    @contextmanager
    def _lent(self) -> Iterator[None]:
        self._is_lent = True
        try:
            yield
        finally:
            self._is_lent = False

    def standing(self) -> AbstractContextManager[Executor]:
        return nullcontext(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.__exit__(*error)


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
