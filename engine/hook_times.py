"""Whether hooks around batches take longer than the batches."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np

BATCHES = 5
# Hooks that are faster hold nobody up, however fast the batches are.
FAST_ENOUGH = 5e-3  # seconds


class HookTimes:
    """Times the hooks of the first batches, and what lies between them, and warns once if the hooks are slower.

    Medians are compared, so that neither compilation nor one pause of the machine counts. Between hooks the device must
    have come to an end, or it would work on during the hooks.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._hooks: dict[str, list[float]] = {}
        self._batches: list[float] = []
        self._between = 0.0
        self._mark = clock()

    @property
    def measuring(self) -> bool:
        return len(self._batches) < BATCHES

    @contextmanager
    def of(self, hook: str) -> Iterator[None]:
        """A block in which `hook` is called; one whose name ends in `_end` ends a batch."""
        began = self._clock()
        self._between += began - self._mark
        yield
        self._mark = self._clock()
        self._hooks.setdefault(hook, []).append(self._mark - began)
        if hook.endswith("_end"):
            self._batches.append(self._between)
            self._between = 0.0
            if not self.measuring:
                self._compare()

    def _compare(self) -> None:
        batch = np.median(self._batches)
        for hook, times in self._hooks.items():
            seconds = np.median(times)
            if seconds > max(batch, FAST_ENOUGH):
                warnings.warn(
                    f"the callbacks' {hook} takes {seconds:.4f} s, longer than the batch itself "
                    f"({batch:.4f} s); do less in it, or do it in on_epoch_end",
                    stacklevel=2,
                )
