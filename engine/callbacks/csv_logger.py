"""Writes the logs of each epoch to a CSV file."""

import csv
import io
import os
import warnings
from typing import Any

import numpy as np

from ..saving import append
from .callback import Callback, Logs, neutral


class CSVLogger(Callback):
    """Adds a line to the file `filename` after every epoch.

    The columns are `epoch` (from 0) and the names of the first epoch's logs, sorted; where those have no validation,
    a column for each name with `val_` before it, for later epochs. What an epoch lacks is `NA`. `append=True` goes on
    after what the file holds and keeps to its columns, with one warning that lists names it has no column for;
    otherwise it begins anew. A line is there whole or not at all.

    ```python
    model.fit(x, y, epochs=3, callbacks=[ps.callbacks.CSVLogger("training.csv")])
    ```
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self._columns: list[str] = []
        self._told_unknown = False

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        with open(self.filename, "a+" if self.append else "w+", newline="") as file:
            file.seek(0)
            self._columns = next(csv.reader(file, delimiter=self.sep), [])
        self._told_unknown = False

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        row = {"epoch": epoch, **(logs or {})}
        lines = []
        if not self._columns:
            self._columns = _columns(list(logs or {}))
            lines.append(self._columns)
        self._warn_of_unknown(row)
        lines.append([_cell(row.get(name, "NA")) for name in self._columns])
        text = io.StringIO()
        csv.writer(text, delimiter=self.sep).writerows(lines)
        append(self.filename, text.getvalue().encode())

    def _warn_of_unknown(self, row: dict[str, Any]) -> None:
        unknown = [name for name in row if name not in self._columns]
        if unknown and not self._told_unknown:
            self._told_unknown = True
            warnings.warn(f"{self.filename} has no columns for {', '.join(unknown)}, which are left out", stacklevel=3)


def _columns(names: list[str]) -> list[str]:
    names = sorted(names)
    validated = any(name.startswith("val_") for name in names)
    return ["epoch", *names, *(() if validated else (f"val_{name}" for name in names))]


def _cell(value: Any) -> Any:
    return value if np.ndim(value) == 0 else f'"[{", ".join(map(str, value))}]"'
