"""L6: how long does a consumer wait where one epoch ends and the next begins?

Question. How long is the gap between the last batch of an epoch and the first of the next, with worker processes: in
`fit`, where nothing can change the data set in between, against the interval between batches; with epoch hooks, or in a
plain `for`, where it can, against the time of one batch and one comparison of the data set's arrays?

Method. Batches that take a loop of about 5 ms to make, by one worker process; a data set with an array of 64 MiB. The
worker notes when it has made each; whoever takes the batches is faster than that. The gap and the interval are medians
between these moments. Nothing else looks at them: with a callback, `fit` could not know that the data set stays as it
is. The comparison is `numpy.array_equal` of that array and a copy of it.

How to read it. 1 is the limit of both.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, pairwise, repeat
from pathlib import Path
from statistics import median
from struct import Struct
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

import penstock as ps

from .batches import Looped
from .compare import Comparison, Fact
from .racer import Side
from .work import Figures, Work

STEPS, TURNS = 20, 250_000
TABLE_BYTES = 2**26
ENTRY = Struct("qd")  # the index of a batch, and when it was made
GAP_IN_INTERVALS, GAP_IN_STARTS = "gap ÷ interval", "gap ÷ (batch + comparison)"


class Labelled(Looped):
    """Batches of x and y, whose moments go to the file `diary`, and an array that takes time to compare."""

    def __init__(self, diary: Path) -> None:
        super().__init__(STEPS, TURNS)
        self.diary = diary
        self.table = np.zeros(TABLE_BYTES // 4, "float32")

    def __getitem__(self, index: int) -> Any:
        x = super().__getitem__(index)[:, None]
        with self.diary.open("ab") as diary:
            diary.write(ENTRY.pack(index, perf_counter()))
        return x, x


class Hooked(Labelled):
    """The same with an epoch hook that may change what it likes."""

    def on_epoch_end(self) -> None:
        self.turns = TURNS


@contextmanager
def fitted(*, hooks: bool) -> Iterator[Work]:
    model = ps.Sequential([ps.Input((1,)), ps.layers.Dense(1)])
    model.compile("sgd", "mse")
    with TemporaryDirectory() as folder:
        data = (Hooked if hooks else Labelled)(Path(folder, "diary"))

        def run(epochs: int) -> None:
            model.fit(data, epochs=epochs, shuffle=False, workers=1, use_multiprocessing=True, verbose=0)

        yield watched(run, data)


@contextmanager
def iterated() -> Iterator[Work]:
    with TemporaryDirectory() as folder:
        data = Labelled(Path(folder, "diary"))
        with ps.Loader(data, workers=1, use_multiprocessing=True) as loader:
            yield watched(lambda epochs: deque(chain.from_iterable(repeat(loader, epochs)), maxlen=0), data)


def watched(run: Callable[[int], object], data: Labelled) -> Work:
    """Runs of one epoch more than is asked for, so that there is a boundary."""
    gaps: list[float] = []
    intervals: list[float] = []

    def epochs_more(epochs: int) -> int:
        data.diary.write_bytes(b"")
        run(epochs + 1)
        entries = list(ENTRY.iter_unpack(data.diary.read_bytes()))
        for (_, before), (index, made) in pairwise(entries):
            (intervals if index else gaps).append(made - before)
        return len(entries)

    def facts() -> Figures:
        gap, interval = median(gaps), median(intervals)
        return {GAP_IN_INTERVALS: gap / interval, GAP_IN_STARTS: gap / (interval + seconds_to_compare(data.table))}

    return Work(epochs_more, lambda: {"batches of two epochs": epochs_more(1)}, facts)


def seconds_to_compare(array: np.ndarray) -> float:
    """The best of a few comparisons with a copy."""
    copy, seconds = array.copy(), []
    for _ in range(5):
        began = perf_counter()
        np.array_equal(array, copy)
        seconds.append(perf_counter() - began)
    return min(seconds)


FIT = Side("fit", fitted, given={"hooks": False})
HOOKED = Side("fit, epoch hooks", fitted, given={"hooks": True})
PLAIN = Side("plain for", iterated)

SCENARIO = Comparison(
    "L6",
    "from the last batch of an epoch to the first of the next",
    sides=(FIT, HOOKED, PLAIN),
    ratios=(
        Fact("fit: gap ÷ interval", FIT, GAP_IN_INTERVALS, at_most=1.5),
        Fact("fit with hooks: gap ÷ start", HOOKED, GAP_IN_STARTS, at_most=1.2),
        Fact("plain for: gap ÷ start", PLAIN, GAP_IN_STARTS, at_most=1.2),
    ),
    unit="ms/batch",
    facts=((GAP_IN_INTERVALS, ""), (GAP_IN_STARTS, "")),
)
