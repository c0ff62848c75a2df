"""One batch: inputs, targets and weights of some rows.

The arrays of a batch belong to whoever receives it, unless the Source that made it says that it lends them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from .arrays import Tree, leaves, map_leaves, to_arrays


@dataclass(slots=True)  # not frozen: that would make a batch cost three times as much
class Batch:
    """Trees of arrays whose leading axes run over the rows; a padded batch holds more than `rows`."""

    x: Tree
    y: Tree = None
    sample_weight: Tree = None
    rows: int = 0

    def as_tuple(self) -> tuple[Tree, ...]:
        """(x,), (x, y) or (x, y, sample_weight): as short as what it holds."""
        if self.sample_weight is not None:
            return self.x, self.y, self.sample_weight
        return (self.x,) if self.y is None else (self.x, self.y)

    @property
    def nbytes(self) -> int:
        """Bytes of all its arrays."""
        parts = (self.x, self.y, self.sample_weight)
        return sum(leaf.nbytes for part in parts if part is not None for leaf in leaves(part))

    def map(self, function: Callable[[np.ndarray], np.ndarray], rows: int | None = None) -> "Batch":
        """The batch with `function(leaf)` in the place of each array, and `rows` of them where that is given."""
        x = map_leaves(function, self.x)
        y = None if self.y is None else map_leaves(function, self.y)
        sample_weight = None if self.sample_weight is None else map_leaves(function, self.sample_weight)
        return Batch(x, y, sample_weight, self.rows if rows is None else rows)


def unpack(item: Any) -> Batch:
    """The batch that x, (x,), (x, y) or (x, y, sample_weight) stands for; a list is read as a tuple, a dict is x.

    Arrays keep their dtypes and are not copied; tensors of other libraries are read as NumPy arrays. Raises ValueError
    for None, for a tuple of any other length and for a namedtuple, which may stand inside x but cannot be a batch.
    """
    if isinstance(item, Batch):
        return item
    x, y, sample_weight = _parts(item)
    x = to_arrays(x, "x")
    y = None if y is None else to_arrays(y, "y")
    return Batch(x, y, None if sample_weight is None else to_arrays(sample_weight, "sample_weight"), _rows(x))


def _parts(item: Any) -> tuple[Tree, Tree, Tree]:
    if not isinstance(item, (tuple, list)):
        return item, None, None
    if type(item) is not tuple and optree.is_namedtuple(item):
        raise ValueError(_namedtuple_message(item))
    if not 1 <= len(item) <= 3:
        raise ValueError(f"a batch must be x, (x,), (x, y) or (x, y, sample_weight), but is a {_kind(item)}")
    return item[0], item[1] if len(item) > 1 else None, item[2] if len(item) > 2 else None


def _kind(item: tuple[Any, ...] | list[Any]) -> str:
    return f"{type(item).__name__} of length {len(item)}"


def _namedtuple_message(item: Any) -> str:
    fields = ", ".join(f"{field!r}: batch.{field}" for field in optree.namedtuple_fields(item))
    return (
        f"a batch must not be a namedtuple, since its fields could be inputs or (x, y, sample_weight), but is a "
        f"{type(item).__name__}; give tuple(batch) if its fields are x, y and sample_weight in this order, "
        f"(batch,) if all of it is x, or a dict of inputs, ({{{fields}}}, y)"
    )


def _rows(x: Tree) -> int:
    if type(x) is np.ndarray:
        return len(x)
    arrays = leaves(x)
    if not arrays:
        raise ValueError(f"a batch must have an x with at least one array, but its x is {x!r}")
    return len(arrays[0])
