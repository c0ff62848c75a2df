"""The callback that shows progress on standard output."""

from collections.abc import Callable
from time import perf_counter
from typing import Any, TextIO

from .callback import Callback, Logs, neutral
from .progress_bar import ProgressBar, ReadLogs


class ProgbarLogger(Callback):
    """Shows steps done, time left, time per step and figures; `fit`, `evaluate` and `predict` add one.

    `params["verbose"]` says how: 0 nothing; 1 a bar, redrawn at most ten times a second, on terminals and in notebooks,
    and one line per epoch everywhere else, so that log files are not flooded; 2 one line per epoch; "auto" is 1.
    Validation inside `fit` shows as part of its epoch. Where the device waited for data for more than a tenth of the
    time, the line says for how much of it. `stream` is `sys.stdout` where it is None.

    A terminal or a notebook, in an epoch and after another:

    ```text
    Epoch 1/2
    625/625 ━━━━━━━━━━━━━━━━━━━━ 3.0s 68us/step - loss: 1.9090 - mae: 0.9406 - val_loss: 1.1985 - val_mae: 0.7763
    Epoch 2/2
    328/625 ━━━━━━━━━━╸━━━━━━━━━ ETA 1.2s 4.1ms/step - 62% waiting for data - loss: 0.4493 - mae: 0.4212
    ```

    A log file:

    ```text
    Epoch 1/2
    625/625 - 3.6s - 82us/step - loss: 1.9290 - mae: 0.9422 - val_loss: 1.2074 - val_mae: 0.7616
    ```
    """

    def __init__(self, *, stream: TextIO | None = None, clock: Callable[[], float] = perf_counter) -> None:
        self.verbose: int = 1
        self.epochs = 1
        self.target: int | None = None
        self._stream = stream
        self._clock = clock
        self._bar: ProgressBar | None = None
        self._in_fit = False
        self._validating = False

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs") or 1
        self.target = params.get("steps")
        self._bar = ProgressBar(live=self.verbose == 1, stream=self._stream, clock=self._clock) if verbose else None

    def advance(self, done: int, read_logs: ReadLogs, waited: float = 0.0) -> None:
        """`done` steps of this pass are behind us, `waited` seconds of it went by without data.

        `read_logs()` gives the figures, and is called only to draw.
        """
        if self._bar is not None and not self._validating:
            self._bar.advance(done, read_logs, waited)

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self._in_fit = True

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        self._in_fit = False

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._start(f"Epoch {epoch + 1}/{self.epochs}" if self.epochs > 1 else "")

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._finish(logs)

    @neutral
    def on_test_begin(self, logs: Logs = None) -> None:
        self._validating = self._in_fit
        if not self._in_fit:
            self._start()
        elif self._bar is not None:
            self._bar.remark("validating")

    @neutral
    def on_test_end(self, logs: Logs = None) -> None:
        if not self._in_fit:
            self._finish(logs)
        self._validating = False

    @neutral
    def on_predict_begin(self, logs: Logs = None) -> None:
        self._start()

    @neutral
    def on_predict_end(self, logs: Logs = None) -> None:
        self._finish(None)

    @neutral
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.advance(batch + 1, lambda: logs or {})

    @neutral
    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.advance(batch + 1, lambda: logs or {})

    @neutral
    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.advance(batch + 1, dict)

    @neutral
    def on_exception(self, exc: BaseException) -> None:
        if self._bar is not None:
            self._bar.abandon()
        self._in_fit = self._validating = False

    def _start(self, header: str = "") -> None:
        if self._bar is not None:
            self._bar.start(self.target, header)

    def _finish(self, logs: Logs) -> None:
        if self._bar is not None:
            done = self._bar.finish(logs or {})
            # Where the length was unknown, the next epoch expects as many steps.
            self.target = done if self.target is None else self.target
