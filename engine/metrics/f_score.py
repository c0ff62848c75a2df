"""Means of precision and recall."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from ..losses.shapes import alike
from ..losses.weights import weigh
from .metric import Metric


class FBetaScore(Metric):
    """`(1 + β²)·precision·recall / (β²·precision + recall)` of targets and predictions (samples, classes).

    Predicted is what is above `threshold`; without one, the largest of each sample. `average` is None (a value for
    each class), "micro" (over all classes together), "macro" (their mean) or "weighted" (by how often they occur).
    """

    direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(f"average must be None, 'micro', 'macro' or 'weighted', but is {average!r}")
        if beta <= 0:
            raise ValueError(f"beta must be positive, but is {beta}")
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(f"threshold must be above 0 and at most 1, but is {threshold}")
        self.average, self.beta, self.threshold = average, beta, threshold
        self.built = False

    def build(self, classes: int) -> None:
        """Make the variables, once the number of classes is known."""
        shape = () if self.average == "micro" else (classes,)
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.false_negatives = self.add_variable(shape, name="false_negatives")
        self.intermediate_weights = self.add_variable(shape, name="intermediate_weights")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample."""
        true, scores = alike(jnp.asarray(y_true, self.dtype), jnp.asarray(y_pred, self.dtype))
        if scores.ndim != 2:
            raise ValueError(f"{self.name} takes y_pred of shape (samples, classes), but it has shape {scores.shape}")
        if not self.built:
            self.build(scores.shape[1])
        predicted = self._predicted(scores).astype(true.dtype)
        weights = weigh(true, sample_weight)[1]
        for variable, values in (
            (self.true_positives, predicted * true),
            (self.false_positives, predicted * (1 - true)),
            (self.false_negatives, (1 - predicted) * true),
            (self.intermediate_weights, true),
        ):
            weighted = values if weights is None else values * weights
            variable.assign_add(jnp.sum(weighted, axis=None if self.average == "micro" else 0))

    def _predicted(self, scores: jax.Array) -> jax.Array:
        if self.threshold is not None:
            return scores > self.threshold
        # A sample of zeros predicts nothing.
        return (scores >= jnp.max(scores, axis=-1, keepdims=True)) & (jnp.abs(scores) > 1e-9)

    def result(self) -> jax.Array:
        if not self.built:
            return jnp.zeros((), self.dtype)
        right = self.true_positives.value
        precision = right / (right + self.false_positives + config.epsilon())
        recall = right / (right + self.false_negatives + config.epsilon())
        score = precision * recall / (self.beta**2 * precision + recall + config.epsilon()) * (1 + self.beta**2)
        if self.average == "weighted":
            weights = self.intermediate_weights.value
            return jnp.sum(score * weights / (jnp.sum(weights) + config.epsilon()))
        return score if self.average is None else jnp.mean(score)

    def get_config(self) -> dict[str, Any]:
        mine = {"average": self.average, "beta": self.beta, "threshold": self.threshold}
        return {**super().get_config(), **mine}


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall; for what the arguments mean, see `FBetaScore`."""

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "beta"}
