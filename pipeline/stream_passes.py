"""Passes over batches that come from the start only."""

from collections.abc import Iterable, Sequence
from itertools import count

from .batch import Batch
from .source import Stream
from .tap import Tap
from .task import Task, perform
from .transform import Transform, chained


class StreamPasses:
    """The passes of one run over a stream.

    Without `steps` every epoch is a pass of its own; with them the stream goes on from epoch to epoch.

    A stream that ends within an epoch ends the epoch early; one that ends where an epoch ends begins anew if it can.
    What cannot begin anew goes on where it was left, whatever the epoch.
    """

    left = None

    def __init__(self, stream: Stream, transforms: Sequence[Transform], seed: int, steps: int | None) -> None:
        self._stream = stream
        self._transform = chained(transforms)
        self._seed = seed
        self._steps = steps
        self._tap: Tap | None = None
        self._number = 0
        self._step = 0
        self._taken = 0  # in this epoch

    def seek(self, epoch: int, start: int) -> None:
        if self._tap is None or self._steps is None:
            self._begin(0 if self._steps else epoch)
        for dropped in range(start):
            if perform(self.work, Task(self._seed, self._number, self._step)) is None:
                raise ValueError(f"start must be at most {dropped}, where the batches of x end, but is {start}")
            self.took()
        self._taken = start

    def tasks(self, limit: int | None) -> Iterable[Task]:
        steps = count(self._step) if limit is None else range(self._step, self._step + limit)
        return (Task(self._seed, self._number, step) for step in steps)

    def work(self, task: Task) -> Batch | None:
        return self._open.pull(self._transform)

    def took(self) -> None:
        self._open.taken()
        self._step += 1
        self._taken += 1

    def turn(self) -> bool:
        if self._taken == 0 and not (self._steps and self._open.total_pulled):
            raise ValueError("a generator must yield at least one batch, but this one has none")
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

    def _begin(self, number: int) -> None:
        self._tap = self._stream.batches(number)
        self._number, self._step = number, 0
