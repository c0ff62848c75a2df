"""How far predicted quantities are from the true ones."""

from typing import Any

import jax
import jax.numpy as jnp

from ..losses.regression import (
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from ..losses.shapes import alike
from .means import FunctionMean, Mean


class MeanSquaredError(FunctionMean):
    """The mean of squared errors over all samples."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """The root of the mean of squared errors over all samples."""

    direction = "down"

    def __init__(self, name: str = "root_mean_squared_error", dtype: str | None = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(  # pyright: ignore[reportIncompatibleMethodOverride] # a Mean to users, yet told other things
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and time step …"""
        y_true, y_pred = alike(jnp.asarray(y_true, self.dtype), jnp.asarray(y_pred, self.dtype))
        self.add(jnp.square(y_pred - y_true), sample_weight)

    def result(self) -> jax.Array:
        return jnp.sqrt(super().result())


class MeanAbsoluteError(FunctionMean):
    """The mean of absolute errors over all samples."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_error", dtype: str | None = None) -> None:
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(FunctionMean):
    """The mean of absolute errors over all samples, in percent of the targets."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: str | None = None) -> None:
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(FunctionMean):
    """The mean of squared differences of logarithms over all samples."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: str | None = None) -> None:
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class LogCoshError(FunctionMean):
    """The mean of `log(cosh(error))` over all samples."""

    direction = "down"

    def __init__(self, name: str = "logcosh", dtype: str | None = None) -> None:
        super().__init__(log_cosh, name, dtype)


class CosineSimilarity(FunctionMean):
    """The mean cosine of the angle between targets and predictions along `axis`: 1 where they point the same way."""

    direction = "up"

    def __init__(self, name: str = "cosine_similarity", dtype: str | None = None, axis: int = -1) -> None:
        super().__init__(_cosine, name, dtype, axis=axis)


def _cosine(y_true: Any, y_pred: Any, axis: int) -> jax.Array:
    """The loss of that name is its negative."""
    return -cosine_similarity(y_true, y_pred, axis)
