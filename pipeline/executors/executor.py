"""What every executor promises."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from ..batch import Batch
from ..task import Task

Work = Callable[[Task], Batch | None]
"""Makes the batch of a task; None where a stream has ended."""


class Results(Protocol):
    """What work gave for each task, in the order of the tasks, whoever was done first.

    An error is raised in the place of its result; the results after it can still be taken. A context manager: nothing
    of it outlives the `with` block. Work in flight is waited for at its end, whatever has been taken until then.
    """

    def __iter__(self) -> Self: ...

    def __next__(self) -> Batch | None:
        """The next result, as soon as it is there; StopIteration after the last."""
        ...

    def ready(self, seconds: float) -> bool:
        """Whether the next result, or the end, is there; waits for it for at most `seconds`."""
        ...

    def stock(self) -> int:
        """How many results workers have ready, from the next on without a gap; begins nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


class Executor(Protocol):
    """Decides who does the work.

    Every call of the work has its task as `current_task()`. What has workers that are dear to start keeps them from one
    `map` to the next where it is `standing`; otherwise calls of `map` share nothing.
    """

    def standing(self) -> AbstractContextManager["Executor"]:
        """An executor that keeps its workers until the end of the `with` block."""
        ...

    def map(self, work: Work, tasks: Iterable[Task]) -> Results:
        """The results of `work(task)`. The consumer draws the tasks; no work begins before the first is waited for."""
        ...
