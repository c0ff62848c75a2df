"""Where the time of a loader goes: seconds of each stage in the workers, and of the consumer waiting for them.

Where batches are traced, whoever makes one puts the seconds of its stages beside its weights; the consumer takes them
out again. Where they are not, nothing of this runs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from .batch import Batch
from .executors import Results


@dataclass
class Trace:
    """What was counted of the batches that a consumer took, in all runs of a loader.

    Before each it may ask whether the batch is ready, and how long it waits then is waiting too; whether the batch, and
    how many after it, stood ready is what it found when it first asked.
    """

    stages: Sequence[str]
    batches: int = 0
    ready_in_all: int = 0
    ready_at_once: int = 0
    seconds: float = 0.0
    waiting: float = 0.0
    making: np.ndarray = field(init=False)
    _seen_at: float | None = None
    _stock: int | None = None

    def __post_init__(self) -> None:
        self.making = np.zeros(len(self.stages))

    def next(self, results: Results) -> Batch | None:
        """The next result, timed, as it was before it was timed."""
        with self._waiting():
            stock, self._stock = self._asked(results), None
            batch = next(results, None)
        if batch is None:
            return None
        self.batches += 1
        self.ready_at_once += stock > 0
        self.ready_in_all += stock
        weight, laps = batch.sample_weight
        self.making += laps
        return replace(batch, sample_weight=weight)

    def ready(self, results: Results, seconds: float) -> bool:
        """`results.ready(seconds)`, timed."""
        with self._waiting():
            self._stock = self._asked(results)
            return results.ready(seconds)

    def pause(self) -> None:
        """A run ends; what the consumer does until the next is no business of the loader's."""
        self._see()
        self._seen_at = self._stock = None

    def stats(self) -> dict[str, Any]:
        """What `Loader.stats` gives."""
        total = {name: float(seconds) for name, seconds in zip(self.stages, self.making, strict=True)}
        return {
            "batches": self.batches,
            "seconds": self.seconds,
            "waiting_seconds": self.waiting,
            "wait_share": self.waiting / self.seconds if self.seconds else 0.0,
            "ready_share": self.ready_at_once / self.batches if self.batches else 0.0,
            "ready_batches": self.ready_in_all / self.batches if self.batches else 0.0,
            "stage_seconds": total,
        }

    def _asked(self, results: Results) -> int:
        """How many stood ready when the next was first asked for."""
        return results.stock() if self._stock is None else self._stock

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        asked = self._see()
        try:
            yield
        finally:
            self.waiting += self._see() - asked

    def _see(self) -> float:
        """Count the seconds since the last look; gives the time."""
        now = perf_counter()
        self.seconds += 0.0 if self._seen_at is None else now - self._seen_at
        self._seen_at = now
        return now
