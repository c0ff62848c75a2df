"""Losses of predicted quantities: how far they are from the true ones."""

from typing import Any

import jax
import jax.numpy as jnp

from .shapes import alike
from .wrapper import FunctionLoss


def mean_squared_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean((y_true - y_pred)²)` over the last axis: shape `(n, …, k)` gives `(n, …)`."""
    y_true, y_pred = alike(y_true, y_pred)
    return jnp.mean(jnp.square(y_true.astype(y_pred.dtype) - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(|y_true - y_pred|)` over the last axis: shape `(n, …, k)` gives `(n, …)`."""
    y_true, y_pred = alike(y_true, y_pred)
    return jnp.mean(jnp.abs(y_true.astype(y_pred.dtype) - y_pred), axis=-1)


class MeanSquaredError(FunctionLoss):
    """The mean of squared errors."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(FunctionLoss):
    """The mean of absolute errors."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)
