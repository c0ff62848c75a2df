"""What executors over processes have in common: settings, and workers that stay from one `map` to the next."""

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

from ..checks import check_whole
from ..task import Task
from .executor import Executor, Results, Work
from .patience import Patience

_MOST_WORKERS = 64  # for whom there is room on one page (claims.py)


class Workers(Protocol):
    """The processes of one consumer; a context manager, after which they are gone."""

    @property
    def is_usable(self) -> bool:
        """False where something broke, or it ended, such that others must take its place."""
        ...

    def __enter__(self) -> Any: ...

    def __exit__(self, *error: object) -> None: ...


AnyWorkers = TypeVar("AnyWorkers", bound=Workers)


@dataclass(frozen=True)
class ProcessExecutor(ABC, Generic[AnyWorkers]):
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
        if self.workers > _MOST_WORKERS:
            raise ValueError(f"workers must be at most {_MOST_WORKERS}, but is {self.workers}")

    @property
    def patience(self) -> Patience:
        return Patience(self.timeout, self.on_worker_death, self.max_retries)

    def map(self, work: Work, tasks: Iterable[Task]) -> Results:
        hired = self.hired()
        return self.results(hired, work, iter(tasks), whole_life=hired)

    def standing(self) -> AbstractContextManager[Executor]:
        """The same with workers that stay between one `map` and the next, until the end of the `with` block."""
        return _Standing(self)

    @abstractmethod
    def hired(self) -> AnyWorkers:
        """Workers that start with the first batch asked for."""

    @abstractmethod
    def results(
        self, workers: AnyWorkers, work: Work, tasks: Iterator[Task], whole_life: AbstractContextManager[object]
    ) -> Results:
        """What these workers make of the tasks; `whole_life` is entered and left with it."""


class _Standing(Generic[AnyWorkers]):
    """Workers that start with the first batch asked for and stay; a context manager, after which they are gone.

    Those that are not usable any more are replaced.
    """

    def __init__(self, executor: ProcessExecutor[AnyWorkers]) -> None:
        self._executor = executor
        self._workers: AnyWorkers | None = None
        # Not a flag: an interrupt where a `with` block begins would leave it set.
        self._lent_to: Callable[[], Results | None] = _nobody

    def map(self, work: Work, tasks: Iterable[Task]) -> Results:
        if self._lent_to() is not None:
            # They serve one consumer at a time; a second one has its own.
            return self._executor.map(work, tasks)
        if self._workers is not None and not self._workers.is_usable:
            self.__exit__()
        if self._workers is None:
            self._workers = self._executor.hired()
        results = self._executor.results(self._workers, work, iter(tasks), whole_life=self._loan())
        self._lent_to = weakref.ref(results)
        return results

    @contextmanager
    def _loan(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._lent_to = _nobody

    def standing(self) -> AbstractContextManager[Executor]:
        return nullcontext(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.__exit__(*error)


def _nobody() -> None:
    """Whom workers are lent to while nobody has them."""
