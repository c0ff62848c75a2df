"""Sets the learning rate at the beginning of each epoch."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .callback import Callback, Logs, neutral
from .screen import say


class LearningRateScheduler(Callback):
    """Gives the optimizer the learning rate `schedule(epoch, learning_rate)` at the beginning of each epoch.

    Epochs count from 0; the second argument is the present rate, and left out for a `schedule` that takes but one. What
    it returns is a float, or else a ValueError. `verbose=1` says what is set. The logs of each epoch gain
    `learning_rate`, which callbacks later in the list and `History` see.

    ```python
    decay = ps.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 10 else rate * 0.9)
    model.fit(x, y, epochs=20, callbacks=[decay])
    ```
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        now = float(self.model.optimizer.learning_rate)
        rate = self.schedule(epoch, now) if self._takes_rate else self.schedule(epoch)
        if not _is_float(rate):
            raise ValueError(f"schedule must return a float, but returned {rate!r} for epoch {epoch}")
        self.model.optimizer.learning_rate = float(rate)
        if self.verbose:
            say(f"Epoch {epoch + 1}: setting the learning rate to {float(rate):g}")

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule: Callable[..., Any]) -> bool:
    """Whether it can be called with two arguments; asked of its signature, since a call may fail for other reasons."""
    try:
        inspect.signature(schedule).bind(0, 0.0)
    except (TypeError, ValueError):
        return False
    return True


def _is_float(value: Any) -> bool:
    found = np.asarray(value)
    return found.ndim == 0 and np.issubdtype(found.dtype, np.floating)
