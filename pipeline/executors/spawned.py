"""Work done by processes that are started anew, ahead of need: wherever there is no fork server, which is for Linux.

Each process has a thread of the consumer that waits for it, so tickets, order and the bounds on what is ahead are those
of `Threads`. A batch crosses a socket: it is copied twice, and starts take longer, but nothing is asked of the system
that Windows and macOS have not.
"""

import atexit
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from types import TracebackType
from typing import Self
from weakref import WeakSet

from ..batch import Batch
from ..interrupts import held_back
from ..task import Task
from .executor import Work
from .process_executor import ProcessExecutor
from .staff import Staff
from .threads import ThreadResults, Threads

_HIRED: WeakSet[Staff] = WeakSet()


class Processes(ProcessExecutor[Staff]):
    __doc__ = ProcessExecutor.__doc__

    def hired(self) -> Staff:
        staff = Staff(self.patience)
        _HIRED.add(staff)
        return staff

    def results(
        self, workers: Staff, work: Work, tasks: Iterator[Task], whole_life: AbstractContextManager[object]
    ) -> "SpawnedResults":
        threads = Threads(self.workers, self.ahead, self.ahead_bytes)
        return SpawnedResults(threads, workers, work, tasks, whole_life)


class SpawnedResults:
    """Those of threads that each wait for a process, which are told what to do before the first."""

    def __init__(
        self,
        threads: Threads,
        staff: Staff,
        work: Work,
        tasks: Iterator[Task],
        whole_life: AbstractContextManager[object],
    ) -> None:
        self._threads = threads
        self._staff = staff
        self._work = work
        self._tasks = tasks
        self._whole_life = whole_life
        self._results: ThreadResults | None = None
        self._is_over = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch | None:
        if self._is_over:
            raise StopIteration
        return next(self._begun())

    def ready(self, seconds: float) -> bool:
        return self._is_over or self._begun().ready(seconds)

    def stock(self) -> int:
        return 0 if self._results is None else self._results.stock()

    def __enter__(self) -> Self:
        self._whole_life.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drops what nobody works on and waits for the rest; after an exception, the processes at work are killed.

        So they are where an interrupt ends the waiting.
        """
        self._is_over = True
        with ExitStack() as stack:
            stack.push(self._whole_life)
            if self._results is None or self._staff.is_of_a_fork:
                return
            try:
                if kind is None or issubclass(kind, GeneratorExit):
                    self._results.end()
            finally:
                # Whoever still works is killed, so that this is short.
                with held_back(), self._staff.leaving():
                    self._results.end()

    def _begun(self) -> ThreadResults:
        if not self._staff.is_usable:
            raise RuntimeError("worker processes were dismissed, or are those of the parent; begin the epoch anew")
        if self._results is None:
            program = self._staff.learn(self._work)
            self._results = ThreadResults(self._threads, partial(self._staff.make, program), self._tasks)
        return self._results


# Called before what was registered by `threads`, which waits for those of others.
@atexit.register
def _leave() -> None:
    """Dismiss the processes of those who did not."""
    for staff in list(_HIRED):
        staff.__exit__()
