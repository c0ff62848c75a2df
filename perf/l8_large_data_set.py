"""L8: does a large data set object start two workers more slowly than one?

Question. How long does it take until every worker process has given a batch, if the data set pickles to 100 MB: with
two workers against one?

Method. A data set with an array of 100 MB; each batch says which process made it. Each round is in a process of its
own.

How to read it. 1 is the limit: the object is carried once, however many workers there are. 2 means once for each.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import penstock as ps

from .compare import Comparison, Ratio
from .racer import Side
from .work import Figures, Work

NBYTES = 100_000_000


class Large(ps.PyDataset):
    """An array of 100 MB, and batches without an end that say who made them and what stands in the array."""

    def __init__(self) -> None:
        super().__init__()
        self.table = np.arange(NBYTES // 4, dtype="float32")

    @property
    def num_batches(self) -> None:
        return None

    def __getitem__(self, index: int) -> Any:
        return np.array([os.getpid(), self.table[-1]], "float64")


@contextmanager
def started(workers: int) -> Iterator[Work]:
    """A unit is one start of a loader, until every worker has given a batch."""
    found: list[float] = []

    def start() -> None:
        seen: set[float] = set()
        with ps.Loader(data, workers=workers, use_multiprocessing=True) as loader:
            for (batch,) in loader:
                seen.add(batch[0])
                found.append(float(batch[1]))
                if len(seen) == workers:
                    break

    def repeat(epochs: int) -> int:
        for _ in range(epochs):
            start()
        return epochs

    def check() -> Figures:
        return {"last number of the array": found[-1]}

    data = Large()
    yield Work(repeat, check)


ONE, TWO = (Side(f"{workers} worker processes", started, given={"workers": workers}) for workers in (1, 2))

SCENARIO = Comparison(
    "L8",
    "starting workers with a data set of 100 MB",
    sides=(ONE, TWO),
    ratios=(Ratio("two workers ÷ one", of=(TWO,), to=(ONE,), at_most=1.2),),
    unit="ms",
    starts=True,
)
