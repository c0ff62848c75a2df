"""Losses of predicted distributions and rates."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .shapes import alike
from .wrapper import FunctionLoss


def kl_divergence(y_true: Any, y_pred: Any) -> jax.Array:
    """`sum(y_true · log(y_true / y_pred))` over the last axis; both are kept between `ps.config.epsilon()` and 1."""
    y_true, y_pred = alike(y_true, y_pred)
    true, predicted = (jnp.clip(y, config.epsilon(), 1) for y in (y_true.astype(y_pred.dtype), y_pred))
    return jnp.sum(true * jnp.log(true / predicted), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(y_pred - y_true · log(y_pred))` over the last axis, for counts and their predicted rates."""
    y_true, y_pred = alike(y_true, y_pred)
    return jnp.mean(y_pred - y_true.astype(y_pred.dtype) * jnp.log(y_pred + config.epsilon()), axis=-1)


class KLDivergence(FunctionLoss):
    """The Kullback-Leibler divergence of predicted from true distributions; see `kl_divergence`."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: str | None = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(FunctionLoss):
    """How unlikely counts are under predicted rates; see `poisson`."""

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "poisson", dtype: str | None = None
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
