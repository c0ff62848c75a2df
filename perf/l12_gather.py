"""L12: what does a shuffled batch from arrays in memory cost beyond gathering its rows?

Question. How long does a batch of 1024 rows of 1 KiB take, which the loader makes in the calling thread, against the
fastest gather that NumPy has?

Method. 65 536 rows. By hand: `numpy.take(..., out=, mode="clip")` into one array, always the same, of rows that were
drawn before; and `x[rows]`, which makes a new array as the loader must. All have the same sum of an epoch.

How to read it. 1 is the limit, which a loader can only come near: its batches belong to whoever receives them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

import penstock as ps

from .compare import Comparison, Ratio
from .racer import Side
from .work import Figures, Work

ROWS, FEATURES, BATCH_SIZE = 2**16, 256, 1024
STEPS = ROWS // BATCH_SIZE


def data() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 100, (ROWS, FEATURES)).astype("float32")


@contextmanager
def penstock() -> Iterator[Work]:
    loader = ps.Loader(data(), batch_size=BATCH_SIZE, shuffle=True)
    yield gathered(lambda: (x for (x,) in loader))


@contextmanager
def take() -> Iterator[Work]:
    x, batches = data(), drawn()
    out = np.empty((BATCH_SIZE, FEATURES), x.dtype)
    yield gathered(lambda: (np.take(x, rows, axis=0, out=out, mode="clip") for rows in batches))


@contextmanager
def indexed() -> Iterator[Work]:
    x, batches = data(), drawn()
    yield gathered(lambda: (x[rows] for rows in batches))


def drawn() -> np.ndarray:
    """The rows of each batch of an epoch."""
    return np.random.default_rng(1).permutation(ROWS).reshape(STEPS, BATCH_SIZE)


def gathered(epoch: Callable[[], Iterator[np.ndarray]]) -> Work:
    def repeat(epochs: int) -> int:
        return sum(1 for _ in range(epochs) for _ in epoch())

    def check() -> Figures:
        return {"sum of an epoch": float(sum(batch.sum(dtype="float64") for batch in epoch()))}

    return Work(repeat, check)


OURS, TAKE = Side("penstock, no worker", penstock), Side("numpy take, out=", take)

SCENARIO = Comparison(
    "L12",
    "shuffled batches of 1 MiB from memory",
    sides=(OURS, TAKE, Side("numpy, a new array", indexed)),
    ratios=(Ratio("take ÷ penstock", of=(TAKE,), to=(OURS,), at_least=0.85),),
    unit="µs/batch",
)
