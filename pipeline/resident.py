"""Rows that are in memory as whole arrays."""

import numpy as np

from .arrays import leaves
from .batch import Batch
from .building import empty
from .loading import Loading
from .order import Rows
from .source import Source
from .transform import copied

IN_MEMORY = Loading(workers=0)


class Resident(Source):
    """A source over `arrays`, whose leaves have one row per index of their leading axis, all the same number.

    `arrays` are kept in C order and native byte order: the caller's own memory where it is so already, else one copy.
    """

    def __init__(self, arrays: Batch, loading: Loading = IN_MEMORY) -> None:
        self.arrays = arrays.map(_plain, len(leaves(arrays.x)[0]))
        self.loading = loading

    def __len__(self) -> int:
        return self.arrays.rows

    def fetch(self, rows: Rows) -> Batch:
        if isinstance(rows, slice):
            count = len(range(self.arrays.rows)[rows])
            return self.arrays.map(lambda leaf: copied(leaf[rows]), count)
        return self.arrays.map(lambda leaf: _taken(leaf, rows), len(rows))

    def part(self, start: int, stop: int) -> "Resident":
        """The rows start <= i < stop as a source of their own, without a copy."""
        return Resident(self.arrays.map(lambda leaf: leaf[start:stop]), self.loading)


def _plain(leaf: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(leaf, leaf.dtype.newbyteorder("="))


def _taken(leaf: np.ndarray, rows: np.ndarray) -> np.ndarray:
    # With `out` and "clip" NumPy neither checks each index nor buffers the result.
    out = empty((len(rows), *leaf.shape[1:]), leaf.dtype)
    return leaf.take(rows, axis=0, out=out, mode="clip")
