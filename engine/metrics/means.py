"""Metrics that add up: sums, means, and means of what a function gives per sample."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from ..catalog import function_config
from ..losses.weights import both, quotient, weigh
from .metric import Metric


class Sum(Metric):
    """The weighted sum of all values."""

    def __init__(self, name: str = "sum", dtype: str | None = None) -> None:
        super().__init__(dtype=dtype, name=name)
        self.total = self.add_variable(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values of any shape; `sample_weight` is one weight per sample, or per sample and time step …"""
        values, weights = weigh(jnp.asarray(values, self.dtype), sample_weight)
        self.total.assign_add(jnp.sum(values if weights is None else values * weights))

    def result(self) -> jax.Array:
        return self.total.value


class Mean(Metric):
    """The weighted mean of all values: `Σ w·v / Σ w`, and 0 where nothing was added yet.

    Values beyond the first axis are averaged first, so every sample counts alike.
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(dtype=dtype, name=name)
        self.total = self.add_variable(name="total")
        self.count = self.add_variable(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values of any shape; `sample_weight` is one weight per sample, or per sample and time step …"""
        self.add(jnp.asarray(values, self.dtype), sample_weight)

    def add(self, values: jax.Array, sample_weight: Any = None, mask: Any = None) -> None:
        """Add values; where there is a mask, only those that it marks."""
        values, weights = weigh(values, sample_weight, mask)
        per_sample = max(1, math.prod(values.shape[1:]))
        if weights is None:
            self.total.assign_add(jnp.sum(values) / per_sample)
            self.count.assign_add(values.shape[0] if values.ndim else 1)
        else:
            self.total.assign_add(jnp.sum(values * weights) / per_sample)
            self.count.assign_add(jnp.sum(weights) / per_sample)

    def result(self) -> jax.Array:
        return quotient(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The mean of `fn(y_true, y_pred, **kwargs)`, which gives one value per sample (or more)."""

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.fn = fn
        self.kwargs = kwargs

    def update_state(  # pyright: ignore[reportIncompatibleMethodOverride] # a Mean to users, yet told other things
        self, y_true: Any, y_pred: Any, sample_weight: Any = None, *, mask: Any = None
    ) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and time step …, and so is `mask`."""
        given = self.fn(y_true, y_pred, **self.kwargs)
        if given is None:
            raise ValueError(f"the metric {self.name!r} gives None; let it return one value per sample")
        values = jnp.asarray(given, self.dtype)
        self.add(values, sample_weight, both(mask, self.mask(y_true, y_pred)))

    def mask(self, y_true: Any, y_pred: Any) -> Any:
        """Which of the values count; None where all do."""
        return None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "fn": function_config(self.fn), **self.kwargs}


class FunctionMean(MeanMetricWrapper):
    """Base of metrics that each belong to one function, which their configs need not name."""

    def get_config(self) -> dict[str, Any]:
        return {**Metric.get_config(self), **self.kwargs}
