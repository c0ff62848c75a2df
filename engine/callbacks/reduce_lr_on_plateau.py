"""Lowers the learning rate when a figure no longer improves."""

from .callback import Logs, neutral
from .monitor import MonitorCallback
from .screen import say


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` after `patience` epochs without an improvement of `monitor`.

    An improvement is a change by more than `min_delta` over the best so far. After a reduction, `cooldown` epochs pass
    before epochs without improvement count again. The rate never goes below `min_lr`. `mode` is "min", "max" or "auto"
    (see `MonitorCallback`). `verbose=1` says what is done. The logs of each epoch gain `learning_rate`, the one that
    the epoch was trained with; callbacks later in the list and `History` see it.

    ```python
    plateau = ps.callbacks.ReduceLROnPlateau("val_loss", factor=0.2, patience=5, min_lr=1e-3)
    model.fit(x, y, epochs=100, validation_split=0.2, callbacks=[plateau])
    ```
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if factor >= 1:
            raise ValueError(f"factor must be less than 1, so that the learning rate shrinks, but is {factor}")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self.begin_watching()
        self.best = None
        self.cooldown_counter = self.wait = 0

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        current = self.watched(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(logs["learning_rate"], epoch)

    def _reduce(self, rate: float, epoch: int) -> None:
        reduced = max(rate * self.factor, self.min_lr)
        if reduced >= rate:
            return
        self.model.optimizer.learning_rate = reduced
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose:
            say(f"Epoch {epoch + 1}: reducing the learning rate to {reduced:g}")
