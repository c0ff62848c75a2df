"""L10: how much memory does a shuffled order need?

Question. How many bytes does the shuffled order of 10⁹ rows take while batches are drawn from it?

Method. `tracemalloc`, which NumPy tells of its arrays, from before the order is made: the peak while blocks of 4096
rows are drawn from all over the epoch. The same for an order of a thousandth of the rows, which is small enough to be
kept whole, and for NumPy's permutation of as many. The check is that no row of a block comes twice.

How to read it. A permutation in memory takes 8 bytes a row, 8 GB for 10⁹.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from penstock.pipeline import Order

from .compare import Comparison, Fact
from .racer import Side
from .work import Figures, Work

ROWS, FEW_ROWS, BLOCK, BLOCKS = 10**9, 10**6, 4096, 64
PEAK = "peak memory"
MEGABYTE = 1e6


@contextmanager
def drawn(rows: int) -> Iterator[Work]:
    """A unit is one row of the order."""

    def draw() -> None:
        order = Order(rows, BLOCK, shuffle=True)
        for step in np.linspace(0, len(order) - 2, BLOCKS).astype(int).tolist():
            seen.append(_distinct(order.rows(0, step)))

    seen: list[int] = []
    Order(BLOCK, BLOCK, shuffle=True).rows(0, 0)  # what it needs of NumPy is loaded then
    yield _measured(draw, BLOCK * BLOCKS, check=lambda: {"distinct rows of a block": seen[-1]})


@contextmanager
def permuted(rows: int) -> Iterator[Work]:
    yield _measured(lambda: np.random.default_rng(0).permutation(rows), rows)


def _distinct(rows: slice | np.ndarray) -> int:
    return len(set(np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows))


def _measured(draw: Callable[[], object], units: int, check: Callable[[], Figures] = dict) -> Work:
    peaks: list[int] = []

    def repeat(epochs: int) -> int:
        for _ in range(epochs):
            tracemalloc.start()
            draw()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        return epochs * units

    return Work(repeat, check, facts=lambda: {PEAK: max(peaks) / MEGABYTE})


OURS = Side("penstock, 10⁹ rows", drawn, given={"rows": ROWS})
FEW = Side("penstock, 10⁶ rows", drawn, given={"rows": FEW_ROWS})
NUMPY = Side("numpy permutation, 10⁶ rows", permuted, given={"rows": FEW_ROWS})

SCENARIO = Comparison(
    "L10",
    "memory of a shuffled order",
    sides=(OURS, FEW, NUMPY),
    ratios=(Fact("MB for 10⁹ rows", OURS, PEAK, at_most=1),),
    unit="ns/row",
    facts=((PEAK, "MB"),),
    starts=True,
)
