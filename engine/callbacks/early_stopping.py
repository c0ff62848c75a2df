"""Stops training when a figure no longer improves."""

from typing import Any

from .callback import Logs, neutral
from .monitor import MonitorCallback
from .screen import say


class EarlyStopping(MonitorCallback):
    """Sets `model.stop_training` after `patience` epochs without an improvement of `monitor`.

    An improvement is a change by more than `min_delta` over the best so far; where `baseline` is given, only one that
    beats it too starts the count of epochs anew. The first `start_from_epoch` epochs are not looked at. The very
    first epoch never stops training. `restore_best_weights` gives the model the weights of the best epoch when
    training ends, whether it was stopped early or not; they are kept in host memory meanwhile. `mode` is "min", "max"
    or "auto" (see `MonitorCallback`). `verbose=1` says what is done.

    ```python
    stop = ps.callbacks.EarlyStopping("val_loss", patience=3, restore_best_weights=True)
    model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[stop])
    ```
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.wait = 0
        self.stopped_epoch = 0
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self.begin_watching()
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        current = self.watched(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(current, self.best):
            self._remember(current, epoch)
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _remember(self, current: float, epoch: int) -> None:
        self.best, self.best_epoch = current, epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()
        if self.baseline is None or self.improves(current, self.baseline):
            self.wait = 0

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        if self.verbose and self.stopped_epoch:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                say(f"Restoring the weights of epoch {self.best_epoch + 1}, the best")
            self.model.set_weights(self.best_weights)
