"""How many predictions are right or wrong on one side of a threshold, and shares of those."""

from collections.abc import Sequence
from typing import Any

import jax

from ..losses.weights import quotient
from .confusion import LOWEST, checked_thresholds, counts, flat, marked
from .metric import Metric

Thresholds = float | Sequence[float] | None


class _Tally(Metric):
    """Base of metrics that gather some of the four counts at thresholds."""

    gathered: tuple[str, ...]

    def __init__(
        self,
        thresholds: Thresholds,
        default: float = 0.5,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds, default)
        self.top_k, self.class_id = top_k, class_id

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and time step …"""
        marks = flat(marked(y_true, y_pred, sample_weight, self.dtype, self.top_k, self.class_id))
        found = counts(marks, self.thresholds)._asdict()
        for name, variable in zip(self.gathered, self.variables, strict=True):
            variable.assign_add(found[name])

    def single(self, values: jax.Array) -> jax.Array:
        """The one value, where there is one threshold."""
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


class _Count(_Tally):
    """Base of metrics that are one of the counts."""

    def __init__(self, thresholds: Thresholds = None, name: str | None = None, dtype: str | None = None) -> None:
        super().__init__(thresholds, name=name, dtype=dtype)
        self.accumulator = self.add_variable((len(self.thresholds),), name="accumulator")

    def result(self) -> jax.Array:
        return self.single(self.accumulator.value)


class TruePositives(_Count):
    """How many labels 1 are predicted above the threshold; for several `thresholds` a vector."""

    gathered = ("true_positives",)


class FalsePositives(_Count):
    """How many labels 0 are predicted above the threshold; for several `thresholds` a vector."""

    gathered = ("false_positives",)


class TrueNegatives(_Count):
    """How many labels 0 are not predicted above the threshold; for several `thresholds` a vector."""

    gathered = ("true_negatives",)


class FalseNegatives(_Count):
    """How many labels 1 are not predicted above the threshold; for several `thresholds` a vector."""

    gathered = ("false_negatives",)


class _Share(_Tally):
    """Base of metrics that are a share of true positives."""

    direction = "up"

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, 0.5 if top_k is None else LOWEST, top_k, class_id, name, dtype)
        right, wrong = self.gathered
        self.true_positives = self.add_variable((len(self.thresholds),), name=right)
        self.others = self.add_variable((len(self.thresholds),), name=wrong)

    def result(self) -> jax.Array:
        right, wrong = self.true_positives.value, self.others.value
        return self.single(quotient(right, right + wrong))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "top_k": self.top_k, "class_id": self.class_id}


class Precision(_Share):
    """The share of positive predictions that are right.

    Positive is what is above a threshold (0.5), or, with `top_k`, among a sample's best k. `class_id` looks at one
    class alone. Several `thresholds` give a vector.
    """

    gathered = ("true_positives", "false_positives")


class Recall(_Share):
    """The share of positive labels that are predicted; for what the arguments mean, see `Precision`."""

    gathered = ("true_positives", "false_negatives")
