"""What callbacks are made of: every hook that training, evaluation and prediction call."""

from collections.abc import Callable
from inspect import getattr_static
from typing import Any, Literal, TypeVar

Logs = dict[str, Any] | None
Kind = Literal["train", "test", "predict"]
Hook = TypeVar("Hook", bound=Callable[..., None])

BATCH_HOOKS: dict[Kind, tuple[str, ...]] = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}
# Those that come before the first batch of an epoch of training, and after the last of the one before.
EPOCH_HOOKS = ("on_train_begin", "on_epoch_begin", "on_test_begin", "on_test_end", "on_epoch_end")

_neutral: set[Any] = set()


def neutral(hook: Hook) -> Hook:
    """Mark a hook that training need not arrange itself for: it looks at no single batch and changes no data."""
    _neutral.add(hook)
    return hook


class Callback:
    """Base of every callback: override the hooks of the moments you care about.

    `model` is what is trained, `params` a dict with `verbose`, `epochs` and `steps`; both are set before the first
    hook. Batches, epochs and steps count from 0. `logs` holds floats; what a hook adds to it, callbacks after it see
    and `History` records. The logs of a batch are fetched from the device at the first look. Hooks around batches
    make training give up grouping steps into larger executions, so override them only where epochs are too coarse.

    ```python
    class Tell(ps.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            print(epoch, logs["loss"])
    ```
    """

    # On the class, for subclasses that forget `super().__init__()`.
    model: Any = None
    params: dict[str, Any] | None = None

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def watches_batches(self, kind: Kind) -> bool:
        """Whether a hook around single batches of `kind` ("train", "test" or "predict") does anything here."""
        return _overrides(self, BATCH_HOOKS[kind])

    def next_look(self, kind: Kind, batch: int) -> int | None:
        """The first batch of the epoch, from `batch` on, after which `on_<kind>_batch_end` must be called here.

        Training ends a group of steps there. None, which is the default: at no batch in particular. Who names some
        batches is called after others too, and always after the last of an epoch.
        """
        return None

    def first_epoch(self, planned: int) -> int:
        """The epoch that `fit` begins with, asked after `on_train_begin`: a later one than planned was restored."""
        return planned

    @property
    def overrides_epoch_hooks(self) -> bool:
        """Whether a hook between the batches of different epochs does anything here that could change the data."""
        return _overrides(self, EPOCH_HOOKS)

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        """`fit` begins."""

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        """`fit` ends, but not by an exception; `logs` are those of the last epoch."""

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """An epoch of `fit` begins."""

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """An epoch of `fit` ends, its validation included; validation's names begin with `val_`."""

    @neutral
    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch of `fit` is about to be trained on."""
        self.on_batch_begin(batch, logs=logs)

    @neutral
    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch of `fit` was trained on; `logs` are the means of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    @neutral
    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """The older name of `on_train_batch_begin`."""

    @neutral
    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """The older name of `on_train_batch_end`."""

    @neutral
    def on_test_begin(self, logs: Logs = None) -> None:
        """`evaluate` or the validation inside `fit` begins."""

    @neutral
    def on_test_end(self, logs: Logs = None) -> None:
        """`evaluate` or the validation inside `fit` ends; `logs` are its results."""

    @neutral
    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch is about to be evaluated."""

    @neutral
    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch was evaluated; `logs` are the means so far."""

    @neutral
    def on_predict_begin(self, logs: Logs = None) -> None:
        """`predict` begins."""

    @neutral
    def on_predict_end(self, logs: Logs = None) -> None:
        """`predict` ends."""

    @neutral
    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch is about to be predicted."""

    @neutral
    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch was predicted; `logs["outputs"]` is what the model gave."""

    @neutral
    def on_exception(self, exc: BaseException) -> None:
        """`fit`, `evaluate` or `predict` ends by `exc`; no other hook follows. The weights are those of the last
        finished step."""


def _overrides(callback: Callback, hooks: tuple[str, ...]) -> bool:
    # Looked up without binding, so that a hook set on the instance counts as one too.
    return any(getattr_static(callback, hook) not in _neutral for hook in hooks)
