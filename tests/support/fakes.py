"""Data sets and sources that tests watch."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from penstock.pipeline import PyDataset, Recipe, Run


class Counting(PyDataset):
    """Batch i is (i, i), (2i, 2i); writes down what is called, in order."""

    def __init__(self, batches: int | None = 4, **loading) -> None:
        super().__init__(**loading)
        self.batches = batches
        self.events: list[str] = []

    @property
    def num_batches(self) -> int | None:
        return self.batches

    def __getitem__(self, index: int) -> Any:
        self.events.append(str(index))
        return np.full(2, index), np.full(2, 2 * index)

    def on_epoch_begin(self) -> None:
        self.events.append("begin")

    def on_epoch_end(self) -> None:
        self.events.append("end")

    def lifecycle(self) -> str:
        """The events, those between two hooks sorted: several workers may make batches in any order."""
        hooks = ("begin", "end")
        runs: list[list[str]] = []
        for event in self.events:
            if event in hooks or not runs or runs[-1][0] in hooks:
                runs.append([])
            runs[-1].append(event)
        return " ".join(" ".join(sorted(run, key=lambda event: event.rjust(9))) for run in runs)


def counted(batches: int = 5) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batch i is (i, i), (2i, 2i), as of `Counting`."""
    for index in range(batches):
        yield np.full(2, index), np.full(2, 2 * index)


def firsts(batches: Iterable[Any]) -> list[int]:
    """Of each batch, a tuple or a Batch, the first number in x."""
    return [int((batch[0] if isinstance(batch, tuple) else batch.x)[0]) for batch in batches]


def epochs(recipe: Recipe, numbers: Iterable[int], steps: int | None = None) -> list[list[int]]:
    """The firsts of these epochs of one run."""
    with recipe.run(steps) as run:
        return [taken(run, number) for number in numbers]


def taken(run: Run, epoch: int, start: int = 0) -> list[int]:
    """The firsts of one epoch."""
    with run.epoch(epoch, start) as batches:
        return firsts(batches)
