"""Losses of predicted sides: how far predictions are from being right by a margin of 1."""

from typing import Any

import jax
import jax.numpy as jnp

from .shapes import alike
from .wrapper import FunctionLoss


def hinge(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(max(1 - y_true · y_pred, 0))` over the last axis, for labels -1 and 1 (or 0 and 1)."""
    return jnp.mean(_shortfall(y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(max(1 - y_true · y_pred, 0)²)` over the last axis, for labels -1 and 1 (or 0 and 1)."""
    return jnp.mean(jnp.square(_shortfall(y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> jax.Array:
    """`max(1 + the best wrong prediction - the true one, 0)` for one-hot labels: `(n, …, c)` gives `(n, …)`."""
    y_true, y_pred = alike(y_true, y_pred)
    targets = y_true.astype(y_pred.dtype)
    right, wrong = jnp.sum(targets * y_pred, axis=-1), jnp.max((1.0 - targets) * y_pred, axis=-1)
    return jnp.maximum(wrong - right + 1.0, 0.0)


def _shortfall(y_true: Any, y_pred: Any) -> jax.Array:
    y_true, y_pred = alike(y_true, y_pred)
    targets = y_true.astype(y_pred.dtype)
    are_bits = jnp.all((targets == 0) | (targets == 1))
    return jnp.maximum(1.0 - jnp.where(are_bits, 2.0 * targets - 1.0, targets) * y_pred, 0.0)


class Hinge(FunctionLoss):
    """The mean shortfall from a margin of 1; see `hinge`."""

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "hinge", dtype: str | None = None
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(FunctionLoss):
    """The mean squared shortfall from a margin of 1; see `squared_hinge`."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(FunctionLoss):
    """How much the best wrong class beats the true one less a margin of 1; see `categorical_hinge`."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: str | None = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
