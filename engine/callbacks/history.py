"""The record of a training: what `fit` returns."""

from typing import Any

from .callback import Callback, Logs, neutral


class History(Callback):
    """Records the logs of every epoch; `fit` adds one and returns it.

    `history` holds a list per name, in the order in which the names came; `epoch` the numbers (from 0) of the epochs
    of the latest `fit`. The model's `history` is the latest `History` it trained with.

    ```python
    history = model.fit(x, y, epochs=3)
    history.history["loss"]  # three floats
    ```
    """

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []

    def set_model(self, model: Any) -> None:
        self.model = model
        model.history = self

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
