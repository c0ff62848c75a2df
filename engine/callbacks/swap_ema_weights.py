"""Evaluates a model with the running averages of its weights."""

from typing import Any

from .callback import Callback, Logs, neutral


class SwapEMAWeights(Callback):
    """Puts the running averages that the optimizer keeps (`use_ema=True`) in the place of the weights to evaluate them.

    That is in validation, `evaluate` and `predict`; afterwards the weights are again what they were. With
    `swap_on_epoch=True` the averages stay from the end of an epoch to the beginning of the next too, so that callbacks
    later in the list, such as `ModelCheckpoint`, see and save them. When training ends the weights are the averages, as
    without this callback; after an exception they are those of the last step. An optimizer that keeps no averages, or
    that has not trained yet, is a ValueError.

    ```python
    model.compile(ps.optimizers.SGD(use_ema=True), "mse")
    model.fit(x, y, validation_split=0.2, callbacks=[ps.callbacks.SwapEMAWeights()])
    ```
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = swap_on_epoch
        self._weights: list[Any] | None = None  # while the averages are in their place
        self._put_in_by = ""

    def _put_in(self, moment: str) -> None:
        if self._weights is not None:
            return
        pairs = self._pairs()
        self._weights, self._put_in_by = [weight.value for weight, _ in pairs], moment
        for weight, average in pairs:
            weight.assign(average.value)

    def _put_back(self, moment: str) -> None:
        if self._weights is None or self._put_in_by != moment:
            return
        weights, self._weights = self._weights, None
        for (weight, _), value in zip(self._pairs(), weights, strict=True):
            weight.assign(value)

    def _pairs(self) -> list[Any]:
        pairs = self.model.optimizer.averages
        if not pairs:
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps running averages of the weights, and that has been "
                "trained with; compile with one made with use_ema=True"
            )
        return pairs

    @neutral
    def on_train_begin(self, logs: Logs = None) -> None:
        self._weights = None
        self._pairs()

    @neutral
    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._put_back("epoch")

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._put_in("epoch")

    @neutral
    def on_train_end(self, logs: Logs = None) -> None:
        # The optimizer has made the weights their averages for good.
        self._weights = None

    @neutral
    def on_test_begin(self, logs: Logs = None) -> None:
        self._put_in("test")

    @neutral
    def on_test_end(self, logs: Logs = None) -> None:
        self._put_back("test")

    @neutral
    def on_predict_begin(self, logs: Logs = None) -> None:
        self._put_in("predict")

    @neutral
    def on_predict_end(self, logs: Logs = None) -> None:
        self._put_back("predict")

    @neutral
    def on_exception(self, exc: BaseException) -> None:
        self._put_back(self._put_in_by)
