"""Several callbacks called as one, in order."""

from collections.abc import Iterator
from operator import methodcaller
from typing import Any, TypeVar

from .callback import Callback, Kind, Logs
from .history import History
from .progbar_logger import ProgbarLogger

Added = TypeVar("Added", bound=Callback)


class CallbackList(Callback):
    """Calls each hook of each callback, in the order given; then those of `History` and `ProgbarLogger`.

    `callbacks` is a callback, or lists of them, nested as you like; what is none is a TypeError. `add_history` and
    `add_progbar` append a `History` and a `ProgbarLogger` where the list has none. `params` (`verbose`, `epochs` and
    `steps`) become every callback's. One and the same dict of logs goes down the list.

    ```python
    callbacks = ps.callbacks.CallbackList([Tell()], add_history=True, model=model, epochs=2)
    callbacks.on_train_begin()
    ```
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks: list[Callback] = [] if callbacks is None else list(_flat(callbacks))
        self.history = self._find(History, add=add_history)
        self.progress = self._find(ProgbarLogger, add=add_progbar)
        if params:
            self.set_params(params)
        if model is not None:
            self.set_model(model)

    def _find(self, kind: type[Added], *, add: bool) -> Added | None:
        found = [callback for callback in self.callbacks if isinstance(callback, kind)]
        if not found and add:
            found = [kind()]
            self.callbacks += found
        return found[-1] if found else None

    @classmethod
    def of(cls, callbacks: Any, *, model: Any, add_progbar: bool, **params: Any) -> "CallbackList":
        """The list for one `fit`, `evaluate` or `predict`: what a user passed, with `History` and a progress bar.

        A `CallbackList` is used as it is, but for a `History` and the model and params that it was made without.
        """
        if not isinstance(callbacks, CallbackList):
            return cls(callbacks, add_history=True, add_progbar=add_progbar, model=model, **params)
        callbacks.history = callbacks._find(History, add=True)
        if callbacks.params is None:
            callbacks.set_params(params)
        if callbacks.model is None:
            callbacks.set_model(model)
        return callbacks

    def append(self, callback: Callback) -> None:
        """Add a callback at the end; it is told the model and the params."""
        (added,) = _flat([callback])
        self.callbacks.append(added)
        if self.params is not None:
            added.set_params(self.params)
        if self.model is not None:
            added.set_model(self.model)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def watches_batches(self, kind: Kind) -> bool:
        """Whether any callback looks at single batches of `kind`; `History` and `ProgbarLogger` do not."""
        return any(callback.watches_batches(kind) for callback in self.callbacks)

    def next_look(self, kind: Kind, batch: int) -> int | None:
        """The first batch, from `batch` on, after which a callback must be called."""
        looks = (callback.next_look(kind, batch) for callback in self.callbacks)
        return min((look for look in looks if look is not None), default=None)

    def first_epoch(self, planned: int) -> int:
        """The epoch that the last callback wants which restores any."""
        for callback in self.callbacks:
            planned = callback.first_epoch(planned)
        return planned

    @property
    def overrides_epoch_hooks(self) -> bool:
        """Whether any callback has a hook around epochs that could change the data; the built-in ones have none."""
        return any(callback.overrides_epoch_hooks for callback in self.callbacks)

    def _each(self, hook: str, *args: Any, **logs: Any) -> None:
        call = methodcaller(hook, *args, **logs)
        for callback in self.callbacks:
            call(callback)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._each("on_train_begin", _given(logs))

    def on_train_end(self, logs: Logs = None) -> None:
        self._each("on_train_end", _given(logs))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._each("on_epoch_begin", epoch, _given(logs))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._each("on_epoch_end", epoch, _given(logs))

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_train_batch_begin", batch, logs=_given(logs))

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_train_batch_end", batch, logs=_given(logs))

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_batch_begin", batch, logs=_given(logs))

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_batch_end", batch, logs=_given(logs))

    def on_test_begin(self, logs: Logs = None) -> None:
        self._each("on_test_begin", _given(logs))

    def on_test_end(self, logs: Logs = None) -> None:
        # A copy: the results of the evaluation are not the callbacks' to add to.
        self._each("on_test_end", dict(_given(logs)))

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_test_batch_begin", batch, logs=_given(logs))

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_test_batch_end", batch, logs=_given(logs))

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._each("on_predict_begin", _given(logs))

    def on_predict_end(self, logs: Logs = None) -> None:
        self._each("on_predict_end", _given(logs))

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._each("on_predict_batch_begin", batch, logs=_given(logs))

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._each("on_predict_batch_end", batch, logs=_given(logs))

    def on_exception(self, exc: BaseException) -> None:
        """Tell every callback; what one of them raises is noted on `exc`, and the next is told."""
        for callback in self.callbacks:
            try:
                callback.on_exception(exc)
            except Exception as error:
                exc.add_note(f"{type(callback).__name__}.on_exception raised {type(error).__name__}: {error}")


def _given(logs: Logs) -> dict[str, Any]:
    return {} if logs is None else logs


def _flat(callbacks: Any) -> Iterator[Callback]:
    if isinstance(callbacks, CallbackList):
        yield from callbacks.callbacks
    elif isinstance(callbacks, (list, tuple)):
        for item in callbacks:
            yield from _flat(item)
    elif isinstance(callbacks, Callback):
        yield callbacks
    else:
        raise TypeError(_what_is_wrong(callbacks))


def _what_is_wrong(thing: Any) -> str:
    if isinstance(thing, type) and issubclass(thing, Callback):
        return f"callbacks holds the class {thing.__name__}; make an instance of it: {thing.__name__}()"
    return f"callbacks holds a {type(thing).__name__}; what is called back is an instance of ps.callbacks.Callback"
