"""How much of the variance of targets their predictions explain."""

from typing import Any

import jax
import jax.numpy as jnp

from ..losses.shapes import alike
from ..losses.weights import quotient, weigh
from .metric import Metric

_AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class R2Score(Metric):
    """`1 - Σ(y_true - y_pred)² / Σ(y_true - mean)²` of targets and predictions (samples, outputs).

    `class_aggregation` is None (a value for each output), "uniform_average" or "variance_weighted_average". With
    `num_regressors` p the score of n elements is adjusted: `1 - (1 - R²)·(n - 1) / (n - p - 1)`, where n - 1 > p.
    Outputs that do not vary score 0.
    """

    direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if class_aggregation not in _AGGREGATIONS:
            raise ValueError(f"class_aggregation must be one of {_AGGREGATIONS}, but is {class_aggregation!r}")
        if num_regressors < 0:
            raise ValueError(f"num_regressors must not be negative, but is {num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable(name="num_samples")
        self.built = False

    def build(self, outputs: int) -> None:
        """Make the variables for each output, once their number is known."""
        self.squared_sum = self.add_variable((outputs,), name="squared_sum")
        self.sum = self.add_variable((outputs,), name="sum")
        self.total_mse = self.add_variable((outputs,), name="residual")
        self.count = self.add_variable((outputs,), name="count")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and output."""
        true, predicted = alike(jnp.asarray(y_true, self.dtype), jnp.asarray(y_pred, self.dtype))
        if true.ndim != 2:
            raise ValueError(f"{self.name} takes y_pred of shape (samples, outputs), but it has shape {true.shape}")
        if not self.built:
            self.build(true.shape[1])
        given = weigh(true, sample_weight)[1]
        weights = jnp.ones_like(true) if given is None else given
        self.sum.assign_add(jnp.sum(true * weights, axis=0))
        self.squared_sum.assign_add(jnp.sum(jnp.square(true) * weights, axis=0))
        self.total_mse.assign_add(jnp.sum(jnp.square(true - predicted) * weights, axis=0))
        self.count.assign_add(jnp.sum(weights, axis=0))
        self.num_samples.assign_add(true.size)

    def result(self) -> jax.Array:
        if not self.built:
            return jnp.zeros((), self.dtype)
        varies = self.squared_sum - quotient(jnp.square(self.sum.value), self.count.value)
        scores = jnp.where(varies == 0, 0.0, 1 - self.total_mse / jnp.where(varies == 0, 1.0, varies))
        return self._adjusted(self._aggregated(scores, varies))

    def _aggregated(self, scores: jax.Array, varies: jax.Array) -> jax.Array:
        if self.class_aggregation == "uniform_average":
            return jnp.mean(scores)
        return scores if self.class_aggregation is None else quotient(jnp.sum(varies * scores), jnp.sum(varies))

    def _adjusted(self, score: jax.Array) -> jax.Array:
        if not self.num_regressors:
            return score
        free = self.num_samples - 1 - self.num_regressors
        adjusted = 1 - (1 - score) * (self.num_samples - 1) / jnp.where(free > 0, free, 1)
        return jnp.where(free > 0, adjusted, score)

    def get_config(self) -> dict[str, Any]:
        mine = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **mine}
