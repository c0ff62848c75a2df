"""Losses of predicted classes."""

from typing import Any

from .crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    class_numbers,
    sparse_categorical_crossentropy,
)
from .wrapper import FunctionLoss


class BinaryCrossentropy(FunctionLoss):
    """The crossentropy of labels 0 and 1; for what the arguments mean, see `binary_crossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(binary_crossentropy, reduction, name, dtype, **options)


class CategoricalCrossentropy(FunctionLoss):
    """The crossentropy of one-hot labels; for what the arguments mean, see `categorical_crossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, reduction, name, dtype, **options)


class SparseCategoricalCrossentropy(FunctionLoss):
    """The crossentropy of class numbers; for what the arguments mean, see `sparse_categorical_crossentropy`.

    Elements of the class `ignore_class` do not count, in means either.
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, reduction, name, dtype, **options)
        self.ignore_class = ignore_class
        self.axis = axis

    def mask(self, y_true: Any, y_pred: Any) -> Any:
        if self.ignore_class is None:
            return None
        return class_numbers(y_true, y_pred, self.axis) != self.ignore_class
