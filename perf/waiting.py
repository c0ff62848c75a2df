"""How long whoever takes batches waits for them: measured where they are handed over."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Self

from penstock.pipeline import Batch, Executor, Loading, Results, Task, Work


@dataclass
class Stopwatch:
    """Seconds that add up."""

    seconds: float = 0.0


@dataclass(frozen=True)
class WatchedLoading(Loading):
    """Loads as `Loading` does, and adds to `waited` the seconds for which the consumer waits.

    waiting = WatchedLoading(workers=2)
    model.fit(ps.Loader(Resident(arrays, waiting)))
    waiting.waited.seconds
    """

    waited: Stopwatch = field(default_factory=Stopwatch)

    def executor(self) -> Executor:
        return _WatchedExecutor(super().executor(), self.waited)


@dataclass(frozen=True)
class _WatchedExecutor:
    executor: Executor
    waited: Stopwatch

    @contextmanager
    def standing(self) -> Iterator[Executor]:
        with self.executor.standing() as executor:
            yield _WatchedExecutor(executor, self.waited)

    def map(self, work: Work, tasks: Iterable[Task]) -> Results:
        return _WatchedResults(self.executor.map(work, tasks), self.waited)


@dataclass(frozen=True)
class _WatchedResults:
    results: Results
    waited: Stopwatch

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        began = perf_counter()
        try:
            return next(self.results)
        finally:
            self.waited.seconds += perf_counter() - began

    def ready(self, seconds: float) -> bool:
        began = perf_counter()
        is_ready = self.results.ready(seconds)
        self.waited.seconds += perf_counter() - began
        return is_ready

    def __enter__(self) -> Self:
        self.results.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        began = perf_counter()
        self.results.__exit__(kind, error, traceback)
        self.waited.seconds += perf_counter() - began
