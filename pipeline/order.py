"""Which rows make up which batch: a pure function of seed, epoch and step."""

from dataclasses import dataclass
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

        order = Order(total_rows=100, batch_size=32, shuffle=True, seed=7)
        order.rows(epoch=3, step=1)  # int64 array of 32 rows
    """

    total_rows: int
    batch_size: int
    shuffle: Shuffle = False
    seed: int = 0
    drop_remainder: bool = False

    def __post_init__(self) -> None:
        check_whole("total_rows", self.total_rows, least=0)
        check_whole("batch_size", self.batch_size, least=1)
        check_whole("seed", self.seed)
        check_shuffle(self.shuffle)

    def __len__(self) -> int:
        full, left_over = divmod(self.total_rows, self.batch_size)
        return full + (left_over > 0 and not self.drop_remainder)

    def batch_rows(self, step: int) -> int:
        """How many rows batch `step` has."""
        start, stop = self._span(step, 1)
        return stop - start

    def rows(self, epoch: int, step: int, steps: int = 1) -> Rows:
        """The rows of `steps` batches from batch `step` on, one batch after the other.

        A slice where they are contiguous by construction (`shuffle=False`, and a single batch of "batch"), else an
        int64 array, which may be read-only. Raises IndexError where the epoch has no such batches.
        """
        start, stop = self._span(step, steps)
        if self.shuffle == "batch":
            return self._blocks(epoch, step, step + steps)
        return permuted(self.total_rows, self.seed, epoch, start, stop) if self.shuffle else slice(start, stop)

    def _span(self, step: int, steps: int) -> tuple[int, int]:
        if not (0 <= step and 1 <= steps and step + steps <= len(self)):
            raise IndexError(f"an epoch has {len(self)} batches, but {steps} from batch {step} on were asked for")
        return step * self.batch_size, min((step + steps) * self.batch_size, self.total_rows)

    def _blocks(self, epoch: int, step: int, stop: int) -> Rows:
        full = self.total_rows // self.batch_size
        if stop - step == 1:
            block = step if step == full else int(permuted(full, self.seed, epoch, step, stop)[0])
            return slice(block * self.batch_size, min((block + 1) * self.batch_size, self.total_rows))
        blocks = permuted(full, self.seed, epoch, step, min(stop, full))
        rows = (blocks[:, None] * self.batch_size + np.arange(self.batch_size)).ravel()
        return rows if stop <= full else np.append(rows, np.arange(full * self.batch_size, self.total_rows))
