"""Functions from batch to batch."""

from collections.abc import Callable, Sequence

import numpy as np

from .batch import Batch

Transform = Callable[[Batch], Batch]


def owned(batch: Batch) -> Batch:
    """A copy whose arrays are writable and nobody else's."""
    return batch.map(np.ndarray.copy)


def chained(transforms: Sequence[Transform]) -> Transform:
    """One after the other."""

    def transform(batch: Batch) -> Batch:
        for function in transforms:
            batch = function(batch)
        return batch

    return transform
