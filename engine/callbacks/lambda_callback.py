"""A callback made of functions."""

from collections.abc import Callable
from typing import Any

from .callback import Callback

Function = Callable[..., Any] | None


class LambdaCallback(Callback):
    """Calls the functions given at the moments that their names say.

    Any hook of `Callback` can be given. Those of epochs are called with `(epoch, logs)`, those of batches with
    `(batch, logs=logs)`, the others with `(logs)`, `on_exception` with `(exc)`. As with every callback, a hook of
    batches makes training give up grouping steps.

    ```python
    tell = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    ```
    """

    def __init__(
        self,
        on_epoch_begin: Function = None,
        on_epoch_end: Function = None,
        on_train_begin: Function = None,
        on_train_end: Function = None,
        on_train_batch_begin: Function = None,
        on_train_batch_end: Function = None,
        **hooks: Function,
    ) -> None:
        hooks |= dict(on_epoch_begin=on_epoch_begin, on_epoch_end=on_epoch_end)
        hooks |= dict(on_train_begin=on_train_begin, on_train_end=on_train_end)
        hooks |= dict(on_train_batch_begin=on_train_batch_begin, on_train_batch_end=on_train_batch_end)
        given = {name: function for name, function in hooks.items() if function is not None}
        _check(given)
        vars(self).update(given)


def _check(given: dict[str, Any]) -> None:
    known = [name for name in vars(Callback) if name.startswith("on_")]
    for name, function in given.items():
        if name not in known:
            raise TypeError(f"{name!r} is no hook of callbacks; those are: {', '.join(known)}")
        if not callable(function):
            raise TypeError(f"{name} must be a function, but is {function!r}")
