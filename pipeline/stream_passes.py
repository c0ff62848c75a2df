"""Passes over batches that come from the start only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from .batch import Batch
from .executors import Work
from .position import Position
from .source import Stream
from .stopwatch import Stopwatch
from .tap import Tap
from .task import Task
from .transform import Transform, transformed

NO_BATCH = (
    "a generator must yield at least one batch, but this one has none (any more); where it was read before, pass a "
    "function that returns it"
)


@dataclass(frozen=True)
class Window:
    """Of the batches of a pass, those first <= i < first + most."""

    first: int = 0
    most: int | None = None


class StreamPasses:
    """The passes of one run over a stream.

    Without `steps` every epoch is a pass of its own; with them the stream goes on from epoch to epoch.

    A stream that ends within an epoch ends the epoch early; one that ends where an epoch ends begins anew if it can.
    What cannot begin anew goes on where it was left, whatever the epoch.
    """

    def __init__(
        self,
        stream: Stream,
        transforms: Sequence[Transform],
        seed: int,
        steps: int | None,
        *,
        window: Window,
        begins: Position | None,
        restarts: bool,
        timed: bool,
    ) -> None:
        self._stream = stream
        self._transforms = transforms
        self._seed = seed
        self._steps = steps
        self._window = window
        self._begins = begins
        self._restarts = restarts
        self._timed = timed
        self._tap: Tap | None = None
        self._number = 0
        self._step = 0
        self._offset = 0
        self._taken = 0  # in this epoch

    @property
    def left(self) -> int | None:
        return None if self._window.most is None else max(0, self._window.most - self._step)

    @property
    def position(self) -> Position:
        # How many were taken is of use only where nothing better is known.
        own = self._open.own
        taken = None if self._stream.restartable or own is not None else self._open.total_taken
        return Position(self._number, self._step, taken, own)

    @property
    def next_position(self) -> Position:
        if self._stream.restartable:
            return Position(self._number + 1)
        return replace(self.position, epoch=self._number + 1, batch=0)

    def seek(self, epoch: int, start: int) -> None:
        before = start
        if self._begins is not None:
            before += self._begins.batch
            self._begin_at(epoch, self._begins)
        elif self._tap is None or self._steps is None or self._restarts:
            self._begin(0 if self._steps or self._restarts else epoch + self._offset)
        self._drop(start)
        self._taken = before

    def tasks(self, limit: int | None, epochs_after: int = 0) -> Iterable[Task]:
        known = [most for most in (limit, self.left) if most is not None]
        steps = range(self._step, self._step + min(known)) if known else count(self._step)
        return (Task(self._seed, self._number, step) for step in steps)

    @property
    def work(self) -> Work:
        return self._timed_pull if self._timed else self._pull

    def took(self) -> None:
        self._open.taken()
        self._step += 1
        self._taken += 1

    def turn(self) -> bool:
        if self._taken == 0 and not (self._steps and self._open.total_pulled):
            raise ValueError(NO_BATCH)
        if self._steps is None or self._taken or not self._stream.restartable:
            return False
        self._begin(self._number + 1)
        return True

    def leave(self, epoch: int) -> None:
        self._open.rewind()

    def abandon(self) -> None:
        self._open.rewind()

    def close(self) -> None: ...

    @property
    def _open(self) -> Tap:
        if self._tap is None:
            raise RuntimeError("no pass over the stream has begun")
        return self._tap

    def _pull(self, task: Task) -> Batch | None:
        numbered = self._numbered(task)
        return self._open.pull(lambda batch: transformed(self._transforms, batch, numbered))

    def _timed_pull(self, task: Task) -> Batch | None:
        watch = Stopwatch()
        batch = self._open.pull(self._timed_transform(self._numbered(task), watch))
        return None if batch is None else watch.timed(batch, stages=1 + len(self._transforms))

    def _timed_transform(self, task: Task, watch: Stopwatch) -> Callable[[Batch], Batch]:
        def transform(batch: Batch) -> Batch:
            watch.lap()
            for function in self._transforms:
                batch = function(batch, task)
                watch.lap()
            return batch

        return transform

    def _numbered(self, task: Task) -> Task:
        return replace(task, step=self._window.first + task.step)

    def _begin(self, number: int) -> None:
        self._tap = self._stream.batches(number)
        self._number, self._step = number, 0
        self._discard(self._window.first)

    def _begin_at(self, epoch: int, position: Position) -> None:
        """Let `epoch` begin at a position, by the data's own state, or else by leaving out what comes before."""
        self._begins = None
        self._offset = position.epoch - epoch
        if position.own is not None:
            self._tap = self._stream.resumed(position.epoch, position.own)
        elif position.taken is not None:
            self._tap = self._stream.batches(position.epoch)
            self._forward(position.taken)
        else:
            self._begin(position.epoch)
            self._drop(position.batch)
        self._number, self._step = position.epoch, position.batch
        if position.batch == 0 and not self._stream.restartable:
            self._discard(self._window.first)

    def _forward(self, taken: int) -> None:
        behind = taken - self._open.total_taken
        if behind < 0:
            raise ValueError(
                f"the state is that after {taken} batches, but {self._open.total_taken} have been taken from the "
                "generator, which cannot go back; make it anew"
            )
        if self._discard(behind) < behind:
            raise ValueError(f"the state is that after {taken} batches, but the generator has fewer; is it another?")

    def _drop(self, start: int) -> None:
        dropped = self._discard(start)
        if dropped < start:
            raise ValueError(f"start must be at most {dropped}, where the batches of x end, but is {start}")
        self._step += start

    def _discard(self, batches: int) -> int:
        """Take so many batches for nobody; how many there were."""
        for number in range(batches):
            if self._open.pull(lambda batch: batch) is None:
                return number
            self._open.taken()
        return batches
