"""Saves the state of training by Orbax, while training goes on."""

import os
from typing import Literal

from ..saving import OrbaxFolder
from .batch_counter import BatchCounter, checked_frequency
from .callback import Kind, Logs, neutral
from .monitor import MonitorCallback
from .screen import say


class OrbaxCheckpoint(MonitorCallback):
    """Saves weights, seeds and the optimizer's state under `directory` after every epoch, or every `save_freq` batches.

    A checkpoint is named by its epoch (from 0), or by how many batches the model has been trained on, and the latest
    `max_to_keep` stay (None: all). `save_weights_only` leaves the optimizer out. It is there whole or not at all, and
    written in the background, unless `save_on_background=False`; training ends when all are written. What cannot be
    written is an OSError, at the next checkpoint or at the end. `save_best_only` saves only when `monitor` improves on
    the best so far, or on `initial_value_threshold`, and not where the logs lack it. `mode` is "min", "max" or "auto"
    (see `MonitorCallback`). `verbose=1` says what is saved.

    `model.load_weights(directory)` takes the latest.

    ```python
    model.fit(x, y, epochs=10, callbacks=[ps.callbacks.OrbaxCheckpoint("checkpoints", max_to_keep=3)])
    ```
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: int | Literal["epoch"] = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ) -> None:
        super().__init__(monitor, mode)
        self.directory = directory
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self.max_to_keep = max_to_keep
        self.save_on_background = save_on_background
        self.save_weights_only = save_weights_only
        self._every = checked_frequency(save_freq)
        self._batches = BatchCounter(self._every)
        self._batches_before = 0
        self._folder: OrbaxFolder | None = None

    def next_look(self, kind: Kind, batch: int) -> int | None:
        return self._batches.next_due(batch) if kind == "train" else None

    def wait_until_finished(self) -> None:
        """Until every checkpoint so far is written."""
        if self._folder is not None:
            self._folder.wait()

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        if self.save_best_only:
            self.begin_watching()
        self._batches = BatchCounter(self._every)
        self._batches_before = int(self.model.optimizer.iterations)
        self._folder = OrbaxFolder(self.directory, max_to_keep=self.max_to_keep, background=self.save_on_background)
        if self._every is not None:
            self._folder.check(self._batches_before + self._every)

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._batches.begin_epoch()
        if self._every is None and self._folder is not None:
            self._folder.check(epoch)

    @neutral
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._batches.reach(batch):
            self._save(self._batches_before + self._batches.total, logs)

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._every is None:
            self._save(epoch, logs)

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    @neutral
    def on_exception(self, exc: BaseException) -> None:
        self._close()

    def _save(self, step: int, logs: Logs) -> None:
        if self._folder is None or not self._is_wanted(logs):
            return
        self._folder.save(step, self.model, weights_only=self.save_weights_only)
        if self.verbose:
            say(f"Saving the checkpoint of step {step} in {self._folder.directory}")

    def _is_wanted(self, logs: Logs) -> bool:
        if not self.save_best_only:
            return True
        current = self.watched(logs)
        if current is None or not self.improves(current, self.best):
            return False
        self.best = current
        return True

    def _close(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.close()
