"""The seconds that each stage of a batch takes."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from .batch import Batch


class Stopwatch:
    """The seconds between one `lap` and the next."""

    def __init__(self) -> None:
        self._laps: list[float] = []
        self._at = perf_counter()

    def lap(self) -> None:
        now = perf_counter()
        self._laps.append(now - self._at)
        self._at = now

    def timed(self, batch: Batch, stages: int) -> Batch:
        """The batch with its laps beside its weights; one that was made before has none."""
        laps = self._laps or [0.0] * stages
        return replace(batch, sample_weight=(batch.sample_weight, np.array(laps)))
