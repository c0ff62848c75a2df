"""How well predictions follow targets, whatever their scale."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from ..losses.shapes import alike
from .means import FunctionMean


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> jax.Array:
    """The correlation of targets and predictions along `axis`: `(n, …, k)` gives `(n, …)`."""
    true, predicted = (_centred(y, axis) for y in alike(y_true, y_pred))
    true, predicted = (y / jnp.std(y, axis=axis, keepdims=True) for y in (true, predicted))
    return jnp.mean(true * predicted, axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> jax.Array:
    """`2·cov / (var + var + (mean - mean)²)` of targets and predictions along `axis` (Lin, 1989)."""
    y_true, y_pred = alike(y_true, y_pred)
    true, predicted = _centred(y_true, axis), _centred(y_pred, axis)
    distance = jnp.mean(y_true, axis=axis) - jnp.mean(y_pred, axis=axis)
    spread = jnp.var(true, axis=axis) + jnp.var(predicted, axis=axis) + jnp.square(distance)
    return 2 * jnp.mean(true * predicted, axis=axis) / (spread + config.epsilon())


def _centred(values: jax.Array, axis: int) -> jax.Array:
    values = values.astype(config.floatx())
    return values - jnp.mean(values, axis=axis, keepdims=True)


class PearsonCorrelation(FunctionMean):
    """The mean correlation of targets and predictions; see `pearson_correlation`."""

    direction = "up"

    def __init__(self, name: str = "pearson_correlation", dtype: str | None = None, axis: int = -1) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(FunctionMean):
    """The mean concordance of targets and predictions; see `concordance_correlation`."""

    direction = "up"

    def __init__(self, name: str = "concordance_correlation", dtype: str | None = None, axis: int = -1) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
