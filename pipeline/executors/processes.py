"""Work done by processes, ahead of need."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Literal, Self

from ..batch import Batch
from ..checks import check_whole
from ..task import Task
from ..transform import owned
from .crew import MOST_WORKERS, Crew, Patience, Ticket
from .executor import Executor, Work


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
        if self._crew is not None and self._crew.is_torn:
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

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        if not self._begun():
            raise StopIteration
        ticket = self._tickets[0]
        while not ticket.is_settled:
            self._crew.wait(None)
        self._tickets.popleft()
        batch = self._taken(ticket)
        self._issue()
        return batch

    def ready(self, seconds: float) -> bool:
        until = monotonic() + seconds
        while self._begun() and not self._tickets[0].is_settled:
            left = until - monotonic()
            if left <= 0:
                return False
            self._crew.wait(left)
        return True

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
            self._crew.drop(self._tickets)
            self._tickets.clear()
            if kind is None or issubclass(kind, GeneratorExit):
                while self._crew.outstanding:
                    self._crew.wait(None)

    def _begun(self) -> bool:
        """Whether there is a batch to come; the workers are told what to do before the first."""
        if self._work is not None:
            self._crew.teach(self._work)
            self._work = None
        if not self._tickets:
            self._issue()
        return bool(self._tickets)

    def _issue(self) -> None:
        """Hand out tickets, several at once where the workers have enough to do: each time wakes some of them."""
        room = self._ahead - len(self._tickets)
        if self._all_issued or (2 * room < self._ahead and self._crew.outstanding >= 2 * self._workers):
            return
        tickets: list[Ticket] = []
        while len(tickets) < room and (self._crew.slots.spare(len(tickets) + 1) or not (self._tickets or tickets)):
            task = next(self._tasks, None)
            if task is None:
                self._all_issued = True
                break
            tickets.append(Ticket(task))
        if tickets:
            self._crew.submit(tickets)
            self._tickets.extend(tickets)

    def _taken(self, ticket: Ticket) -> Batch | None:
        if ticket.error is not None:
            raise ticket.error
        if ticket.slot is None or ticket.layout is None:
            return None
        slots = self._crew.slots
        batch = ticket.layout.read(slots.leased(ticket.slot))
        return batch if slots.spare(1) else owned(batch)
