"""Writes what TensorBoard shows."""

import os
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np

from .batch_counter import BatchCounter
from .callback import Callback, Kind, Logs, neutral
from .event_file import EventFile
from .profile import Profile, batches_to_profile
from .weight_picture import pictures


class TensorBoard(Callback):
    """Writes figures, histograms of weights, the model's summary and profiles under `log_dir`, without TensorFlow.

    After every epoch the logs and the learning rate become `epoch_<name>` under `log_dir/train`, validation's under
    `log_dir/validation`; every evaluation becomes `evaluation_<name>_vs_iterations` there. With `update_freq="batch"`
    or a number of batches, the logs so far become `batch_<name>` that often. `histogram_freq` is a number of epochs:
    after the first and every so many, each weight is a histogram, and with `write_images` a picture. `write_graph`
    writes the model's summary as text. `write_steps_per_second` adds how fast training goes. `profile_batch` is a
    batch, or a first and a last one, counted from 1, that `jax.profiler` is to record. Figures of several numbers are
    left out.

    Needs the `tensorboard` package; then `tensorboard --logdir=logs` shows what was written.

    ```python
    model.fit(x, y, epochs=5, callbacks=[ps.callbacks.TensorBoard("logs")])
    ```
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | Literal["batch", "epoch"] = "epoch",
        profile_batch: int | str | tuple[int, int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        _refuse_unbuilt(embeddings_freq=embeddings_freq, embeddings_metadata=embeddings_metadata)
        if find_spec("tensorboard") is None:
            raise ImportError('TensorBoard needs the tensorboard package: pip install "penstock[tensorboard]"')
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = update_freq
        self._batches = BatchCounter(_checked_frequency(update_freq))
        self._profile = Profile(Path(self.log_dir) / "train", *batches_to_profile(profile_batch))
        self._batches_before = 0
        self._train, self._validation = self._files()
        self._began: tuple[float, int] = (0.0, 0)
        self._wrote: tuple[float, int] = (0.0, 0)

    def _files(self) -> tuple[EventFile, EventFile]:
        return EventFile(Path(self.log_dir) / "train"), EventFile(Path(self.log_dir) / "validation")

    def set_model(self, model: Any) -> None:
        self.model = model
        self._train, self._validation = self._files()

    def next_look(self, kind: Kind, batch: int) -> int | None:
        if kind != "train":
            return None
        profiled = self._profile.next_look(self._batches_before + batch)
        looks = self._batches.next_due(batch), None if profiled is None else profiled - self._batches_before
        return min((look for look in looks if look is not None), default=None)

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self._batches = BatchCounter(_checked_frequency(self.update_freq))
        self._wrote = perf_counter(), 0
        self._profile.reached(0)
        if self.write_graph:
            self.model.summary(print_fn=lambda text: self._train.text("model", f"```\n{text}\n```", step=0))

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._batches.begin_epoch()
        self._batches_before = self._batches.total
        self._began = perf_counter(), int(self.model.optimizer.iterations)

    @neutral
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        due = self._batches.reach(batch)
        # The values are there when the steps are done; a profile ends then.
        figures = _figures(logs, "batch_{}") if due or self._profile.running else {}
        self._profile.reached(self._batches.total)
        if due:
            if self.write_steps_per_second:
                figures["batch_steps_per_second"] = _pace(*self._wrote, self._batches.total)
                self._wrote = perf_counter(), self._batches.total
            self._train.scalars(figures, self._batches.total)

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = logs or {}
        trained = {name: value for name, value in logs.items() if not name.startswith("val_")}
        trained["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            trained["steps_per_second"] = _pace(*self._began, int(self.model.optimizer.iterations))
        validated = {name[4:]: value for name, value in logs.items() if name.startswith("val_")}
        self._train.scalars(_figures(trained, "epoch_{}"), epoch)
        if validated:
            self._validation.scalars(_figures(validated, "epoch_{}"), epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)

    def _write_weights(self, epoch: int) -> None:
        weights = {weight.path: np.asarray(weight) for weight in self.model.weights}
        self._train.histograms({f"{path}/histogram": array for path, array in weights.items()}, epoch)
        for path, array in weights.items() if self.write_images else ():
            shown = pictures(array)
            if shown:
                self._train.pictures(f"{path}/image", shown, epoch)

    @neutral
    def on_test_end(self, logs: Logs = None) -> None:
        self._validation.scalars(_figures(logs, "evaluation_{}_vs_iterations"), int(self.model.optimizer.iterations))

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        self._profile.stop()

    @neutral
    def on_exception(self, exc: BaseException) -> None:
        self._profile.stop()


def _figures(logs: Logs, form: str) -> dict[str, float]:
    return {form.format(name): float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}


def _pace(began: float, first: int, last: int) -> float:
    return (last - first) / max(perf_counter() - began, 1e-9)


def _checked_frequency(update_freq: Any) -> int | None:
    if update_freq == "epoch":
        return None
    every = 1 if update_freq == "batch" else update_freq
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f"update_freq must be 'batch', 'epoch' or a number of batches, but is {update_freq!r}")
    return every


def _refuse_unbuilt(**options: Any) -> None:
    for name, value in options.items():
        if value:
            raise NotImplementedError(f"{name}={value!r} is not built yet")
