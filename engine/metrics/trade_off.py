"""The best of one rate at thresholds where another is high enough."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..losses.weights import quotient
from .confusion import Counts, counts, flat, marked
from .metric import Metric


class FourCounts(Metric):
    """Base of metrics computed from all four counts at many thresholds."""

    direction = "up"

    def setup(self, shape: tuple[int, ...]) -> None:
        """Make the variables for the counts."""
        self.true_positives = self.add_variable(shape, name="true_positives")
        self.false_positives = self.add_variable(shape, name="false_positives")
        self.true_negatives = self.add_variable(shape, name="true_negatives")
        self.false_negatives = self.add_variable(shape, name="false_negatives")

    def add(self, batch: Counts) -> None:
        for variable, values in zip(self.variables, batch, strict=True):
            variable.assign_add(values)

    @property
    def counts(self) -> Counts:
        """What was gathered so far."""
        return Counts(*(variable.value for variable in self.variables))


def recall(c: Counts) -> jax.Array:
    """The share of positive labels that are predicted; also called sensitivity."""
    return quotient(c.true_positives, c.true_positives + c.false_negatives)


def precision(c: Counts) -> jax.Array:
    """The share of positive predictions that are right."""
    return quotient(c.true_positives, c.true_positives + c.false_positives)


def specificity(c: Counts) -> jax.Array:
    """The share of negative labels that are not predicted."""
    return quotient(c.true_negatives, c.true_negatives + c.false_positives)


class _TradeOff(FourCounts):
    """Base of metrics that are the best of one rate where another is at least `value`."""

    def __init__(
        self, argument: str, value: float, num_thresholds: int, class_id: int | None, **base: str | None
    ) -> None:
        super().__init__(**base)
        if not 0 <= value <= 1:
            raise ValueError(f"{argument} must be between 0 and 1, but is {value}")
        if num_thresholds <= 0:
            raise ValueError(f"num_thresholds must be positive, but is {num_thresholds}")
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self.thresholds = np.linspace(0, 1, num_thresholds) if num_thresholds > 1 else np.array([0.5])
        self.setup((num_thresholds,))
        self._argument = argument

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and time step …"""
        marks = flat(marked(y_true, y_pred, sample_weight, self.dtype, class_id=self.class_id))
        self.add(counts(marks, self.thresholds))

    def best(self, wanted: jax.Array, bounded: jax.Array) -> jax.Array:
        return jnp.max(jnp.where(bounded >= self.value, wanted, 0), initial=0)

    def get_config(self) -> dict[str, Any]:
        mine = {"class_id": self.class_id, "num_thresholds": self.num_thresholds, self._argument: self.value}
        return {**super().get_config(), **mine}


class SensitivityAtSpecificity(_TradeOff):
    """The best sensitivity (recall) at thresholds where the specificity is at least the one given."""

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("specificity", specificity, num_thresholds, class_id, name=name, dtype=dtype)

    def result(self) -> jax.Array:
        return self.best(recall(self.counts), specificity(self.counts))


class SpecificityAtSensitivity(_TradeOff):
    """The best specificity at thresholds where the sensitivity (recall) is at least the one given."""

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("sensitivity", sensitivity, num_thresholds, class_id, name=name, dtype=dtype)

    def result(self) -> jax.Array:
        return self.best(specificity(self.counts), recall(self.counts))


class PrecisionAtRecall(_TradeOff):
    """The best precision at thresholds where the recall is at least the one given."""

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("recall", recall, num_thresholds, class_id, name=name, dtype=dtype)

    def result(self) -> jax.Array:
        return self.best(precision(self.counts), recall(self.counts))


class RecallAtPrecision(_TradeOff):
    """The best recall at thresholds where the precision is at least the one given."""

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__("precision", precision, num_thresholds, class_id, name=name, dtype=dtype)

    def result(self) -> jax.Array:
        return self.best(recall(self.counts), precision(self.counts))
