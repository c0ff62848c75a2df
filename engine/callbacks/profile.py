"""What the device and the host do during some batches, recorded by `jax.profiler`."""

import warnings
from pathlib import Path
from typing import Any

import jax


class Profile:
    """Records batches `first` to `last`, counted from 1, under `folder`, where TensorBoard finds it; 0 and 0: none."""

    def __init__(self, folder: Path, first: int, last: int) -> None:
        self._folder = folder
        self._first = first
        self._last = last
        self.running = False

    def next_look(self, batches: int) -> int | None:
        """The next batch, counted from 0, after which to call `reached`; `batches` are behind us."""
        looks = [self._last - 1] if self.running else [self._first - 2, self._last - 1]
        return next((look for look in looks if look >= batches), None) if self._first else None

    def reached(self, batches: int) -> None:
        """Start or stop, now that so many batches are behind us."""
        if batches == self._first - 1:
            self._start()
        elif batches >= self._last:
            self.stop()

    def _start(self) -> None:
        try:
            jax.profiler.start_trace(self._folder)
        except RuntimeError as error:
            warnings.warn(f"no profile is recorded: {error}", stacklevel=2)
        else:
            self.running = True

    def stop(self) -> None:
        """Write what was recorded; without effect where nothing is."""
        if self.running:
            self.running = False
            jax.profiler.stop_trace()


def batches_to_profile(given: Any) -> tuple[int, int]:
    """The first and the last batch that `profile_batch` means: a number, a pair, or either in words."""
    parts = given.split(",") if isinstance(given, str) else given if isinstance(given, (tuple, list)) else (given,)
    try:
        numbers = [int(part) for part in parts]
    except (TypeError, ValueError):
        numbers = []
    if (
        len(numbers) not in (1, 2)
        or numbers[0] < 0
        or numbers[-1] < numbers[0]
        or (len(numbers) == 2 and not numbers[0])
    ):
        raise ValueError(f"profile_batch must be a batch or a first and a last one, counted from 1, but is {given!r}")
    return numbers[0], numbers[-1]
