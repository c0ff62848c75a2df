"""Losses of predicted regions: how little they overlap the true ones."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .shapes import alike
from .wrapper import FunctionLoss

Axes = int | tuple[int, ...] | list[int] | None


def dice(y_true: Any, y_pred: Any, axis: Axes = None) -> jax.Array:
    """`1 - 2·overlap / (true + predicted)`, each summed over `axis` (None: over everything, the batch included)."""
    true, predicted, axes = _regions(y_true, y_pred, axis)
    overlap, sizes = jnp.sum(true * predicted, axes), jnp.sum(true, axes) + jnp.sum(predicted, axes)
    return 1 - 2.0 * overlap / (sizes + config.epsilon())


def tversky(y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Axes = None) -> jax.Array:
    """`1 - overlap / (overlap + alpha·missed + beta·wrong)`, each summed over `axis` (Salehi et al., 2017).

    Missed is what is true and not predicted, wrong what is predicted and not true, as Keras has it.
    """
    true, predicted, axes = _regions(y_true, y_pred, axis)
    overlap = jnp.sum(true * predicted, axes)
    missed, wrong = jnp.sum((1 - predicted) * true, axes), jnp.sum(predicted * (1 - true), axes)
    return 1 - overlap / (overlap + missed * alpha + wrong * beta + config.epsilon())


def _regions(y_true: Any, y_pred: Any, axis: Axes) -> tuple[jax.Array, jax.Array, int | tuple[int, ...] | None]:
    y_true, y_pred = alike(y_true, y_pred)
    return y_true.astype(y_pred.dtype), y_pred, tuple(axis) if isinstance(axis, list) else axis


class Dice(FunctionLoss):
    """How little predicted regions overlap the true ones; see `dice`."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(FunctionLoss):
    """Dice with weights for what is missed and what is wrong; see `tversky`."""

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
