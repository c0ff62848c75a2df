"""Watching one figure of the logs: which way is better, and by how much."""

import warnings
from typing import Any

import numpy as np

from .callback import Callback, Logs


class MonitorCallback(Callback):
    """Base of callbacks that watch the figure called `monitor`.

    `mode` says whether less ("min") or more ("max") is better; "auto" asks the model, which knows it of the loss and
    of its compiled metrics, and is a ValueError where the model does not know either. A change of less than
    `min_delta` is none.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode must be 'auto', 'min' or 'max', but is {mode!r}")
        self.monitor = monitor
        self.mode: str = mode
        self.min_delta = abs(min_delta)
        self.best: float | None = None
        self._less_is_better: bool | None = None
        self._told_missing = False

    def begin_watching(self) -> None:
        """Settle the direction before the first step, and warn anew if the figure is missing."""
        self._less_is_better = self._direction() == "min"
        self._told_missing = False

    def _direction(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        known = "down" if name == "loss" else self.model.metric_direction(name)
        if known is None:
            raise ValueError(
                f"{type(self).__name__} cannot know whether less or more is better of monitor={self.monitor!r}; "
                "say mode='min' or mode='max'"
            )
        return "min" if known == "down" else "max"

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether `value` is better than `reference` by more than `min_delta`; anything is better than None."""
        if reference is None:
            return True
        if self._less_is_better is None:
            self.begin_watching()
        if self._less_is_better:
            return bool(value + self.min_delta < reference)
        return bool(value - self.min_delta > reference)

    def watched(self, logs: Logs) -> Any:
        """The number in `logs`; None where it is missing, with a warning the first time."""
        found = (logs or {}).get(self.monitor)
        if found is None and not self._told_missing:
            self._told_missing = True
            names = ", ".join(logs or {}) or "none"
            warnings.warn(
                f"{type(self).__name__} monitors {self.monitor!r}, which is not in the logs; those are: {names}",
                stacklevel=2,
            )
        if found is not None and np.ndim(found):
            raise ValueError(
                f"{type(self).__name__} needs one number, but monitor={self.monitor!r} has the shape "
                f"{np.shape(found)}; name a metric of one value"
            )
        return found
