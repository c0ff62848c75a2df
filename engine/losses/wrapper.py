"""Functions of targets and predictions as losses."""

from collections.abc import Callable
from typing import Any

from ..catalog import function_config
from .loss import Loss
from .shapes import equalised


class LossFunctionWrapper(Loss):
    """A loss whose values per sample are `fn(y_true, y_pred, **kwargs)`."""

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or fn.__name__, reduction=reduction, dtype=dtype)
        self.fn = fn
        self.kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        if not isinstance(y_true, (dict, list, tuple)) and not isinstance(y_pred, (dict, list, tuple)):
            y_true, y_pred = equalised(y_true, y_pred)
        return self.fn(y_true, y_pred, **self.kwargs)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": function_config(self.fn), **self.kwargs}


class FunctionLoss(LossFunctionWrapper):
    """Base of losses that each belong to one function, which their configs need not name."""

    def get_config(self) -> dict[str, Any]:
        return {**Loss.get_config(self), **self.kwargs}
