"""Lets a training that was cut off go on where it was."""

import os
import re
from pathlib import Path
from typing import Literal

from ..saving import read_training, write_training
from .callback import Callback, Logs, neutral

_NAME = "epoch-{}.h5"


class BackupAndRestore(Callback):
    """Keeps the model's and the optimizer's state after each epoch in `backup_dir`, and begins with what is there.

    Run the same script again after a crash: `fit` finds the backup, takes its weights, seeds and optimizer state, and
    goes on with the epoch after it; with the same `set_random_seed`, to the bits of a training that was never cut.
    When training ends, but not by an exception, the backup is deleted, unless `delete_checkpoint=False`.
    `double_checkpoint` keeps that of the epoch before too, and restores it where the latest cannot be read. A backup
    takes the place of the one before at once, so a crash while writing costs nothing. Only one training may use the
    folder.

    Backups within an epoch (`save_freq` as a number of batches) are not built yet. After `TerminateOnNaN()` training
    has ended in the ordinary way, so the backup is deleted; with `raise_error=True` it stays.

    ```python
    model.fit(x, y, epochs=20, callbacks=[ps.callbacks.BackupAndRestore("backup")])
    ```
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: Literal["epoch"] | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        if not os.fspath(backup_dir):
            raise ValueError("backup_dir must name a folder, but is empty")
        if save_freq != "epoch":
            raise NotImplementedError(f"save_freq={save_freq!r} is not built yet; save_freq='epoch' is")
        self.backup_dir = backup_dir
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._next_epoch: int | None = None

    def first_epoch(self, planned: int) -> int:
        return planned if self._next_epoch is None else self._next_epoch

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self._next_epoch = None
        backups = self._backups()
        for epochs, path in reversed(backups):
            try:
                read_training(self.model, path)
            except OSError:
                if path == backups[0][1]:
                    raise
                continue
            self._next_epoch = epochs
            return

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        Path(self.backup_dir).mkdir(parents=True, exist_ok=True)
        latest = Path(self.backup_dir) / _NAME.format(epoch + 1)
        write_training(self.model, latest)
        others = [path for _, path in self._backups() if path != latest]
        for path in others[: -1 if self.double_checkpoint else None]:
            path.unlink()

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        if not self.delete_checkpoint:
            return
        for _, path in self._backups():
            path.unlink()
        folder = Path(self.backup_dir)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _backups(self) -> list[tuple[int, Path]]:
        """How many epochs each backup is the end of, and where it is; in order."""
        pattern = re.compile(re.escape(_NAME).replace(r"\{\}", r"(\d+)"))
        folder = Path(self.backup_dir)
        found = ((pattern.fullmatch(path.name), path) for path in (folder.iterdir() if folder.is_dir() else ()))
        return sorted((int(match[1]), path) for match, path in found if match)
