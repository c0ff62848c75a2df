"""L11: how long does it take to draw a shuffled order?

Question. How many nanoseconds does the next index of a shuffled order of 10⁷ rows take, in blocks of 4096, against a
permutation of all rows at once?

Method. Batches of 4096 rows of an `Order`, one after the other, in ever new epochs; NumPy's `Generator.permutation` of
10⁷; Grain's index shuffle, where it is installed. The check is that the first blocks have no row twice.

How to read it. 1 would be the speed of a permutation, which keeps all rows in memory and cannot begin anywhere but at
the start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count, islice

import numpy as np

from penstock.pipeline import Order

from . import grain_batches
from .compare import Comparison, Ratio
from .racer import Side
from .work import Work

ROWS, BLOCK, BLOCKS = 10**7, 4096, 100
SEED = 0


@contextmanager
def in_blocks() -> Iterator[Work]:
    order = Order(ROWS, BLOCK, shuffle=True, seed=SEED)
    places = chain.from_iterable(((epoch, step) for step in range(len(order) - 1)) for epoch in count())

    def repeat(epochs: int) -> int:
        for epoch, step in islice(places, epochs * BLOCKS):
            order.rows(epoch, step)
        return epochs * BLOCKS * BLOCK

    yield Work(repeat, lambda: {"distinct rows": _distinct(order.rows(0, 0, BLOCKS))})


@contextmanager
def at_once() -> Iterator[Work]:
    random = np.random.default_rng(SEED)

    def repeat(epochs: int) -> int:
        for _ in range(epochs):
            random.permutation(ROWS)
        return epochs * ROWS

    yield Work(repeat)


@contextmanager
def by_grain() -> Iterator[Work]:
    shuffled, places = grain_batches.index_shuffle(ROWS, SEED), count()

    def repeat(epochs: int) -> int:
        for place in islice(places, epochs * BLOCK):
            shuffled(place % ROWS)
        return epochs * BLOCK

    yield Work(repeat)


def _distinct(rows: slice | np.ndarray) -> int:
    assert not isinstance(rows, slice)
    return len(np.unique(rows))


OURS, NUMPY = Side("penstock, blocks of 4096", in_blocks), Side("numpy permutation", at_once)

SCENARIO = Comparison(
    "L11",
    "a shuffled order of 10⁷ rows",
    sides=(OURS, NUMPY, Side("Grain, one at a time", by_grain, needs="grain")),
    ratios=(Ratio("penstock ÷ numpy", of=(OURS,), to=(NUMPY,), at_most=2.5),),
    unit="ns/row",
)
