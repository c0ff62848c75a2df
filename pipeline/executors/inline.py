"""Work done by the thread that asks for it, when it asks."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Self

from ..batch import Batch
from ..task import Task, perform
from .executor import Executor, Work


@dataclass(frozen=True)
class Inline:
    """Makes each batch in the calling thread when it is asked for."""

    def standing(self) -> AbstractContextManager[Executor]:
        """Itself: there is nothing worth keeping."""
        return nullcontext(self)

    def map(self, work: Work, tasks: Iterable[Task]) -> "InlineResults":
        return InlineResults(work, iter(tasks))


class InlineResults:
    """Nothing is done ahead of need, so that there is nothing to wait for."""

    def __init__(self, work: Work, tasks: Iterator[Task]) -> None:
        self._work = work
        self._tasks = tasks

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        return perform(self._work, next(self._tasks))

    def ready(self, seconds: float) -> bool:
        return True

    def stock(self) -> int:
        return 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._tasks = iter(())
