"""Losses of predicted quantities: how far they are from the true ones."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .shapes import alike
from .wrapper import FunctionLoss


def mean_squared_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean((y_true - y_pred)²)` over the last axis: shape `(n, …, k)` gives `(n, …)`."""
    y_true, y_pred = _alike(y_true, y_pred)
    return jnp.mean(jnp.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(|y_true - y_pred|)` over the last axis: shape `(n, …, k)` gives `(n, …)`."""
    y_true, y_pred = _alike(y_true, y_pred)
    return jnp.mean(jnp.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`100 · mean(|y_true - y_pred| / |y_true|)` over the last axis; |y_true| is at least `ps.config.epsilon()`."""
    y_true, y_pred = _alike(y_true, y_pred)
    return 100.0 * jnp.mean(jnp.abs(y_true - y_pred) / jnp.maximum(jnp.abs(y_true), config.epsilon()), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean((log(y_true + 1) - log(y_pred + 1))²)` over the last axis; what is not positive counts as epsilon."""
    logs = (jnp.log(jnp.maximum(y, config.epsilon()) + 1.0) for y in _alike(y_true, y_pred))
    return jnp.mean(jnp.square(next(logs) - next(logs)), axis=-1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> jax.Array:
    """Half the squared error up to `delta`, and from there on as steep as there; mean over the last axis."""
    y_true, y_pred = _alike(y_true, y_pred)
    error = jnp.abs(y_pred - y_true)
    values = jnp.where(error <= delta, 0.5 * jnp.square(error), delta * error - 0.5 * delta**2)
    return jnp.mean(values, axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> jax.Array:
    """`mean(log(cosh(y_pred - y_true)))` over the last axis, in a form that does not overflow."""
    y_true, y_pred = _alike(y_true, y_pred)
    error = y_pred - y_true
    return jnp.mean(error + jax.nn.softplus(-2.0 * error) - jnp.log(2.0).astype(error.dtype), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> jax.Array:
    """Minus the cosine of the angle between targets and predictions along `axis`: -1 where they point the same way."""
    y_true, y_pred = _alike(y_true, y_pred)
    return -jnp.sum(unit(y_true, axis) * unit(y_pred, axis), axis=axis)


def unit(vectors: jax.Array, axis: int) -> jax.Array:
    """Vectors of length 1 along `axis`; those of length 0 stay."""
    squares = jnp.sum(jnp.square(vectors), axis=axis, keepdims=True)
    return vectors * jax.lax.rsqrt(jnp.maximum(squares, config.epsilon() ** 2))


def _alike(y_true: Any, y_pred: Any) -> tuple[jax.Array, jax.Array]:
    targets, predictions = alike(y_true, y_pred)
    return targets.astype(predictions.dtype), predictions


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


class MeanAbsolutePercentageError(FunctionLoss):
    """The mean of absolute errors, in percent of the targets."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean of squared differences of logarithms."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: str | None = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class Huber(FunctionLoss):
    """Squared errors up to `delta`, absolute ones beyond (Huber, 1964)."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(FunctionLoss):
    """The mean of `log(cosh(error))`: like squared errors where they are small, like absolute ones where large."""

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: str | None = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class CosineSimilarity(FunctionLoss):
    """Minus the cosine of the angle between targets and predictions along `axis`."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)
