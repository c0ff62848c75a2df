"""Where the time of a loader goes: seconds of each stage in the workers, and of the consumer waiting for them.

Where batches are traced, whoever makes one puts the seconds of its stages beside its weights; the consumer takes them
out again. Where they are not, nothing of this runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from .batch import Batch
from .executors import Results


@dataclass
class Trace:
    """What was counted of the batches that a consumer took, in all runs of a loader."""

    stages: Sequence[str]
    batches: int = 0
    ready: int = 0
    seconds: float = 0.0
    waiting: float = 0.0
    making: np.ndarray = field(init=False)
    _left_at: float | None = None

    def __post_init__(self) -> None:
        self.making = np.zeros(len(self.stages))

    def next(self, results: Results) -> Batch | None:
        """The next result, timed, as it was before it was timed."""
        asked = perf_counter()
        self.seconds += 0.0 if self._left_at is None else asked - self._left_at
        ready = results.ready(0)
        batch = next(results, None)
        self._left_at = perf_counter()
        if batch is None:
            self._left_at = None
            return None
        self.waiting += self._left_at - asked
        self.seconds += self._left_at - asked
        self.batches += 1
        self.ready += ready
        weight, laps = batch.sample_weight
        self.making += laps
        return replace(batch, sample_weight=weight)

    def pause(self) -> None:
        """The consumer does something else until it asks again."""
        self._left_at = None

    def stats(self) -> dict[str, Any]:
        """What `Loader.stats` gives."""
        total = {name: float(seconds) for name, seconds in zip(self.stages, self.making, strict=True)}
        return {
            "batches": self.batches,
            "seconds": self.seconds,
            "waiting_seconds": self.waiting,
            "wait_share": self.waiting / self.seconds if self.seconds else 0.0,
            "ready_share": self.ready / self.batches if self.batches else 0.0,
            "stage_seconds": total,
        }
