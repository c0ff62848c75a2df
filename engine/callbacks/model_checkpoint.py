"""Saves the model while it trains."""

import os
from pathlib import Path
from typing import Any, Literal

from ..saving import write_weights
from .batch_counter import BatchCounter, checked_frequency
from .callback import Kind, Logs, neutral
from .monitor import MonitorCallback
from .screen import say

WEIGHTS = ".weights.h5"


class ModelCheckpoint(MonitorCallback):
    """Writes the weights to `filepath` after every epoch, or after every `save_freq` batches.

    `filepath` ends in `.weights.h5`, or in nothing that names another format; then the same file has just that name.
    It may hold `{epoch}`, `{batch}` (with an integer `save_freq`), both counted from 1, and any name of the logs, as
    in `"{epoch:02d}-{val_loss:.2f}.weights.h5"`; a name that is not there is a KeyError. Folders on the way are made.
    A file is replaced at once by the next: whoever reads it, or finds it after a crash, finds a whole one.

    `save_best_only` saves only when `monitor` improves on the best so far, or on `initial_value_threshold`; where the
    logs lack `monitor`, it warns once and saves. `mode` is "min", "max" or "auto" (see `MonitorCallback`).
    `verbose=1` says what is saved. Whole models (`save_weights_only=False`) cannot be saved yet.

    ```python
    best = ps.callbacks.ModelCheckpoint("best.weights.h5", save_weights_only=True, save_best_only=True)
    model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[best])
    model.load_weights("best.weights.h5")
    ```
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: int | Literal["epoch"] = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        _check_format(self.filepath, weights_only=save_weights_only)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._epoch = 0
        self._batches = BatchCounter(checked_frequency(save_freq))

    def next_look(self, kind: Kind, batch: int) -> int | None:
        return self._batches.next_due(batch) if kind == "train" else None

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        if self.save_best_only:
            self.begin_watching()

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch
        self._batches.begin_epoch()

    @neutral
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self._batches.reach(batch):
            self._save({"epoch": self._epoch + 1, "batch": batch + 1}, logs or {})

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self._save({"epoch": epoch + 1}, logs or {})

    def _save(self, position: dict[str, int], logs: dict[str, Any]) -> None:
        path = self._path(position, logs)
        reason = self._reason_to_save(logs)
        if reason is None:
            self._tell(position, f"{self.monitor} did not improve from {_shown(self.best)}")
            return
        if self.save_best_only:
            self.best = logs.get(self.monitor, self.best)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_weights(self.model, path)
        self._tell(position, f"{reason}saved the weights to {path}")

    def _reason_to_save(self, logs: dict[str, Any]) -> str | None:
        """Words for it, empty where none are needed; None where there is no reason."""
        current = self.watched(logs) if self.save_best_only else None
        if current is None:
            return ""
        improved = f"{self.monitor} improved from {_shown(self.best)} to {_shown(current)}, "
        return improved if self.improves(current, self.best) else None

    def _tell(self, position: dict[str, int], what: str) -> None:
        if self.verbose:
            say(f"Epoch {position['epoch']}: {what}")

    def _path(self, position: dict[str, int], logs: dict[str, Any]) -> str:
        fields = {**position, **logs}
        try:
            return self.filepath.format(**fields)
        except KeyError as error:
            known = ", ".join(fields)
            raise KeyError(f"filepath={self.filepath!r} asks for {error}, but there are only: {known}") from None


def _shown(figure: float | None) -> str:
    return "nothing" if figure is None else f"{figure:.5f}"


def _check_format(path: str, *, weights_only: bool) -> None:
    if not weights_only:
        raise NotImplementedError(
            f"filepath={path!r} asks for a whole model, which cannot be saved yet; "
            f"for its weights say save_weights_only=True, with a name that ends in {WEIGHTS}"
        )
    if not path.endswith(WEIGHTS) and path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(f"filepath must end in {WEIGHTS} where save_weights_only=True, but is {path!r}")
