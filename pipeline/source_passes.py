"""Passes over rows in an order, which never run out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .batch import Batch
from .executors import Work
from .order import Order
from .source import Source
from .task import Task
from .transform import Transform, chained


@dataclass(frozen=True)
class Making:
    """How the batch of a task is made: all that a worker needs to know, and nothing that changes from task to task."""

    source: Source
    order: Order
    transforms: tuple[Transform, ...]

    def __call__(self, task: Task) -> Batch:
        batch = self.source.fetch(self.order.rows(task.epoch, task.step))
        return chained(self.transforms)(batch) if self.transforms else batch


class SourcePasses:
    """The passes of one run over a source.

    With `steps` batches to an epoch, batch g of the run, where g = epoch * steps + step, is batch g % length of pass
    g // length; where an epoch hook changes the length, passes are counted as they come. Without `steps` every epoch is
    the pass of its number.
    """

    def __init__(self, source: Source, order: Order, transforms: Sequence[Transform], steps: int | None) -> None:
        self._source = source
        self._order = order
        self._transforms = tuple(transforms)
        self._steps = steps
        self._begun = False
        self._number = 0
        self._step = 0
        self._first = 0  # which batch of the run is batch 0 of the pass

    @property
    def left(self) -> int:
        return len(self._order) - self._step

    def seek(self, epoch: int, start: int) -> None:
        number, step = self._locate(epoch, start)
        if self._begun and number != self._number:
            self._end()
        if not self._begun:
            self._begin(number)
        if step > self._length:
            raise ValueError(f"start must be at most {self._length}, the batches of an epoch, but is {step}")
        self._step = step
        self._first = epoch * (self._steps or 0) + start - step

    def tasks(self, limit: int | None) -> Iterable[Task]:
        order, number = self._order, self._number
        stop = self._step + (self.left if limit is None else min(limit, self.left))
        return (Task(order.seed, number, step) for step in range(self._step, stop))

    @property
    def work(self) -> Work:
        return Making(self._source, self._order, self._transforms)

    def took(self) -> None:
        self._step += 1

    def turn(self) -> bool:
        self._end()
        self._begin(self._number)
        return True

    def leave(self, epoch: int) -> None:
        if self._begun and self._locate(epoch + 1, 0)[0] != self._number:
            self._end()

    def abandon(self) -> None:
        self._begun = False

    def close(self) -> None:
        if self._begun:
            self._end()

    def _locate(self, epoch: int, start: int) -> tuple[int, int]:
        if self._steps is None:
            return epoch, start
        batch = epoch * self._steps + start
        first, number = (self._first, self._number) if batch >= self._first else (0, 0)
        passes, step = divmod(batch - first, self._length)
        return number + passes, step

    @property
    def _length(self) -> int:
        if len(self._order) == 0:
            raise ValueError(f"the data must have at least one batch, but have {self._order.total_rows} rows")
        return len(self._order)

    def _begin(self, number: int) -> None:
        self._source.on_epoch_begin()
        self._measure()
        self._number, self._step, self._begun = number, 0, True

    def _end(self) -> None:
        self._begun = False
        self._first += len(self._order)
        self._number += 1
        self._source.on_epoch_end()
        self._measure()

    def _measure(self) -> None:
        """A hook may have changed the number of rows."""
        if len(self._source) != self._order.total_rows:
            self._order = replace(self._order, total_rows=len(self._source))
