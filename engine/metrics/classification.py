"""Crossentropies over all samples; for what the arguments mean, see the functions of the same names."""

from typing import Any

import jax.numpy as jnp

from ..losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    class_numbers,
    sparse_categorical_crossentropy,
)
from .means import FunctionMean


class BinaryCrossentropy(FunctionMean):
    """The mean crossentropy of labels 0 and 1."""

    direction = "down"

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(binary_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(FunctionMean):
    """The mean crossentropy of one-hot labels."""

    direction = "down"

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, name, dtype, **options)


class SparseCategoricalCrossentropy(FunctionMean):
    """The mean crossentropy of class numbers; elements of the class `ignore_class` do not count."""

    direction = "down"

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, name, dtype, **options)
        self.ignore_class = ignore_class
        self.axis = axis

    def mask(self, y_true: Any, y_pred: Any) -> Any:
        if self.ignore_class is None:
            return None
        return class_numbers(y_true, jnp.asarray(y_pred), self.axis) != self.ignore_class
