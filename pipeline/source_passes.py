"""Passes over rows in an order, which never run out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from .executors import Work
from .making import Making
from .position import Position
from .task import Task


class SourcePasses:
    """The passes of one run over a source.

    With `steps` batches to an epoch, batch g of the run, where g = epoch * steps + step, is batch g % length of pass
    g // length; where an epoch hook changes the length, passes are counted as they come. Without `steps` every epoch is
    the pass of its number. Where a run `restarts`, every epoch begins with batch 0 of pass 0.

    A run that `begins` somewhere does so with the epoch that is first asked for, from which the others count.
    """

    def __init__(
        self, making: Making, steps: int | None, *, begins: Position | None, restarts: bool, timed: bool
    ) -> None:
        self._source = making.source
        self._order = making.order
        self._making = making
        self._steps = steps
        self._begins = begins
        self._restarts = restarts
        self._timed = timed
        self._begun = False
        self._number = 0
        self._step = 0
        self._first = 0  # which batch of the run is batch 0 of the pass
        self._offset = 0  # from epochs to passes, where they are the same but for their numbers

    @property
    def left(self) -> int:
        return len(self._order) - self._step

    @property
    def position(self) -> Position:
        return Position(self._number, self._step)

    @property
    def next_position(self) -> Position:
        return Position(self._number + 1)

    def seek(self, epoch: int, start: int) -> None:
        if self._begins is not None:
            start += self._begin_at(epoch, self._begins)
        number, step = self._locate(epoch, start)
        if self._begun and number != self._number:
            self._end()
        if not self._begun:
            self._begin(number)
        if step > self._length:
            raise ValueError(f"start must be at most {self._length}, the batches of an epoch, but is {step}")
        self._step = step
        self._first = epoch * (self._steps or 0) + start - step

    def tasks(self, limit: int | None, epochs_after: int = 0) -> Iterable[Task]:
        if epochs_after:
            limit = self.left if limit is None else limit
            return self._tasks_onward(self._number, self._step, limit, epochs_after)
        stop = self._step + (self.left if limit is None else min(limit, self.left))
        return self._tasks(self._number, self._step, stop)

    def _tasks_onward(self, number: int, step: int, limit: int, epochs_after: int) -> Iterator[Task]:
        """Those of the epoch, from a batch of a pass on, and of others after it; drawn while the run goes on."""
        if not self._restarts:
            limit += epochs_after * (self._steps or self._length)
        yield from islice(self._endless_tasks(number, step), limit)
        if not self._restarts:
            return
        for _ in range(epochs_after):
            yield from islice(self._endless_tasks(0, 0), self._steps or self._length)

    def _endless_tasks(self, number: int, step: int) -> Iterator[Task]:
        while True:
            yield from self._tasks(number, step, self._length)
            number, step = number + 1, 0

    def _tasks(self, number: int, start: int, stop: int) -> Iterable[Task]:
        seed = self._order.seed
        return (Task(seed, number, step) for step in range(start, stop))

    @property
    def work(self) -> Work:
        making = replace(self._making, order=self._order)
        return making.timed if self._timed else making

    def took(self) -> None:
        self._step += 1

    def turn(self) -> bool:
        self._end()
        self._begin(self._number)
        return True

    def leave(self, epoch: int) -> None:
        if self._begun and (self._restarts or self._locate(epoch + 1, 0)[0] != self._number):
            self._end()

    def abandon(self) -> None:
        self._begun = False

    def close(self) -> None:
        if self._begun:
            self._end()

    def _begin_at(self, epoch: int, position: Position) -> int:
        """Let `epoch` begin at a position; gives the batches of it that come before."""
        self._begins = None
        if self._steps is None:
            self._offset = position.epoch - epoch
            return position.batch
        self._first, self._number = epoch * self._steps - position.batch, position.epoch
        return 0

    def _locate(self, epoch: int, start: int) -> tuple[int, int]:
        if self._steps is None:
            return 0 if self._restarts else epoch + self._offset, start
        if self._restarts:
            return divmod(start, self._length)
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
