"""Which rows make up which batch: a pure function of seed, epoch and step."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from .checks import check_shuffle, check_whole
from .permutation import permuted

Rows = slice | np.ndarray
Shuffle = bool | Literal["batch"]


@dataclass(frozen=True)
class Order:
    """The order of `total_rows` rows in batches of `batch_size`.

    `shuffle` is False (as they come), True (each epoch another permutation of the rows) or "batch" (contiguous blocks
    of `batch_size` rows in another order each epoch, what is left over last). `drop_remainder` leaves out a last batch
    that is not full. `len(order)` is the number of batches of an epoch.

    With `shard=(index, count)` each batch is one of `count` contiguous parts of a batch of `batch_size` rows; those of
    all shards together are what they are without shards. Where a last batch does not divide, the first shards have a
    row more of it, or a batch more. With `first` and `most` an epoch is only its batches first <= i < first + most.

        order = Order(total_rows=100, batch_size=32, shuffle=True, seed=7)
        order.rows(epoch=3, step=1)  # int64 array of 32 rows
    """

    total_rows: int
    batch_size: int
    shuffle: Shuffle = False
    seed: int = 0
    drop_remainder: bool = False
    shard: tuple[int, int] = (0, 1)
    first: int = 0
    most: int | None = None

    def __post_init__(self) -> None:
        check_whole("total_rows", self.total_rows, least=0)
        check_whole("batch_size", self.batch_size, least=1)
        check_whole("seed", self.seed)
        check_shuffle(self.shuffle)

    def __len__(self) -> int:
        return self._length

    # Kept: it is asked for with every batch.
    @cached_property
    def _length(self) -> int:
        full, left_over = divmod(self.total_rows, self.batch_size)
        start, stop = self._part(left_over)
        rest = max(0, full + (stop > start and not self.drop_remainder) - self.first)
        return rest if self.most is None else min(rest, self.most)

    @property
    def full_batches(self) -> int:
        """How many batches, from the first on, are full."""
        return min(len(self), max(0, self.total_rows // self.batch_size - self.first))

    def batch_rows(self, step: int) -> int:
        """How many rows batch `step` has."""
        start, stop = self._span(step, 1)
        first, last = self._part(stop - start)
        return last - first

    def number(self, step: int) -> int:
        """A number that batch `step` of an epoch shares with no other batch of it, in this shard or another."""
        index, count = self.shard
        return (self.first + step) * count + index

    def rows(self, epoch: int, step: int, steps: int = 1) -> Rows:
        """The rows of `steps` batches from batch `step` on, one batch after the other.

        A slice where they are contiguous by construction (`shuffle=False`, and a single batch of "batch"), else an
        int64 array, which may be read-only. Raises IndexError where the epoch has no such batches.
        """
        start, stop = self._span(step, steps)
        if self.shuffle == "batch":
            rows = self._blocks(epoch, self.first + step, self.first + step + steps)
        else:
            rows = permuted(self.total_rows, self.seed, epoch, start, stop) if self.shuffle else slice(start, stop)
        return rows if self.shard[1] == 1 else self._parts(rows, steps)

    def _span(self, step: int, steps: int) -> tuple[int, int]:
        """Which positions of the epoch these batches, of all shards, take."""
        if not (0 <= step and 1 <= steps and step + steps <= self._length):
            raise IndexError(f"an epoch has {len(self)} batches, but {steps} from batch {step} on were asked for")
        start = (self.first + step) * self.batch_size
        return start, min(start + steps * self.batch_size, self.total_rows)

    def _blocks(self, epoch: int, step: int, stop: int) -> Rows:
        full = self.total_rows // self.batch_size
        if stop - step == 1:
            block = step if step == full else int(permuted(full, self.seed, epoch, step, stop)[0])
            return slice(block * self.batch_size, min((block + 1) * self.batch_size, self.total_rows))
        blocks = permuted(full, self.seed, epoch, step, min(stop, full))
        rows = (blocks[:, None] * self.batch_size + np.arange(self.batch_size)).ravel()
        return rows if stop <= full else np.append(rows, np.arange(full * self.batch_size, self.total_rows))

    def _part(self, rows: int) -> tuple[int, int]:
        """Which of the `rows` of a batch are this shard's."""
        index, count = self.shard
        each, more = divmod(rows, count)
        start = index * each + min(index, more)
        return start, start + each + (index < more)

    def _parts(self, rows: Rows, steps: int) -> Rows:
        """This shard's among the rows of `steps` batches."""
        if steps == 1 and isinstance(rows, slice):
            start, stop = self._part(rows.stop - rows.start)
            return slice(rows.start + start, rows.start + stop)
        whole = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        batches = (whole[start : start + self.batch_size] for start in range(0, len(whole), self.batch_size))
        return np.concatenate([batch[slice(*self._part(len(batch)))] for batch in batches])
