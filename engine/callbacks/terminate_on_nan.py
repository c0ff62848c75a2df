"""Stops training when the loss is no longer a number."""

import math

from .callback import Callback, Kind, Logs, neutral
from .screen import say


class TerminateOnNaN(Callback):
    """Sets `model.stop_training` after the first batch whose loss is NaN or infinite.

    Training then ends as after any stop: with the epoch's hooks, which save and delete what they always do. With
    `raise_error=True` it is a RuntimeError instead, so that `on_exception` is the only hook that follows and backups
    stay. The loss of every batch is fetched, so that steps are not grouped.

    ```python
    model.fit(x, y, callbacks=[ps.callbacks.TerminateOnNaN()])
    ```
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def watches_batches(self, kind: Kind) -> bool:
        return kind == "train" or super().watches_batches(kind)

    @neutral
    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"the loss of batch {batch} is {loss}, so training ends here")
        say(f"Batch {batch}: the loss is {loss}, so training ends here")
        self.model.stop_training = True
