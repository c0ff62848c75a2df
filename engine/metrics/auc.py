"""The area under a curve of two rates over all thresholds."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..losses.weights import quotient
from .confusion import Counts, Marked, counts, flat, marked
from .trade_off import FourCounts, precision, recall

_CURVES = ("ROC", "PR", "PRGAIN")
_HEIGHTS = {
    "interpolation": lambda left, right: (left + right) / 2.0,
    "minoring": jnp.minimum,
    "majoring": jnp.maximum,
}


class AUC(FourCounts):
    """The area under the curve of recall over false alarms ("ROC"), of precision over recall ("PR"), or over the gains.

    The curve has a point for each of `num_thresholds` at equal distances, or of the `thresholds` given.
    `summation_method` is "interpolation" (for "PR" that of Davis and Goadrich, 2006), "minoring" or "majoring".

    With `multi_label`, targets and predictions (samples, labels) give one area per label, averaged by `label_weights`;
    otherwise `label_weights` weigh the last axis. `from_logits`: predictions are what a sigmoid makes probabilities.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 1:
            raise ValueError(f"num_thresholds must be at least 2, but is {num_thresholds}")
        if num_labels and not multi_label:
            raise ValueError("num_labels is for multi_label=True only")
        self.given = None if thresholds is None else sorted(thresholds)
        inner = np.linspace(0, 1, num_thresholds)[1:-1] if self.given is None else np.asarray(self.given)
        # Two more, just outside, which every prediction is above, or below.
        self._thresholds = np.array([-config.epsilon(), *inner, 1.0 + config.epsilon()])
        self.num_thresholds = len(self._thresholds)
        self.curve = _one_of("curve", curve.upper(), _CURVES)
        self.summation_method = _one_of("summation_method", summation_method.lower(), tuple(_HEIGHTS))
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = None if label_weights is None else [float(w) for w in label_weights]
        self.from_logits = from_logits
        self.built = False
        if num_labels or not multi_label:
            self.build(num_labels)

    @property
    def thresholds(self) -> list[float]:
        return [float(threshold) for threshold in self._thresholds]

    def build(self, labels: int | None) -> None:
        """Make the variables; with several labels once their number is known."""
        self.setup((self.num_thresholds, labels) if labels else (self.num_thresholds,))
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch; `sample_weight` is one weight per sample, or per sample and time step …"""
        y_pred = jax.nn.sigmoid(jnp.asarray(y_pred)) if self.from_logits else y_pred
        marks = marked(y_true, y_pred, sample_weight, self.dtype)
        if not self.built:
            self.build(_labels_of(marks.predictions))
        self.add(counts(marks if self.multi_label else flat(self._weighed(marks)), self._thresholds))

    def _weighed(self, marks: Marked) -> Marked:
        if self.label_weights is None:
            return marks
        return marks._replace(weights=marks.weights * jnp.asarray(self.label_weights, marks.weights.dtype))

    def result(self) -> jax.Array:
        if not self.built:
            return jnp.zeros((), self.dtype)
        gathered = self.counts
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated(gathered)
        else:
            across, up = _points(gathered, self.curve)
            areas = (across[:-1] - across[1:]) * _HEIGHTS[self.summation_method](up[:-1], up[1:])
        if not self.multi_label:
            return jnp.sum(areas)
        weights = jnp.ones(areas.shape[1:]) if self.label_weights is None else jnp.asarray(self.label_weights)
        return quotient(jnp.sum(jnp.sum(areas, axis=0) * weights), jnp.sum(weights))

    def get_config(self) -> dict[str, Any]:
        own = ("num_thresholds", "curve", "summation_method", "multi_label", "num_labels", "label_weights")
        mine = {name: vars(self)[name] for name in (*own, "from_logits")}
        return {**super().get_config(), **mine, **({} if self.given is None else {"thresholds": self.given})}


def _points(c: Counts, curve: str) -> tuple[jax.Array, jax.Array]:
    if curve == "ROC":
        return quotient(c.false_positives, c.false_positives + c.true_negatives), recall(c)
    return (recall(c), precision(c)) if curve == "PR" else _gains(c)


def _gains(c: Counts) -> tuple[jax.Array, jax.Array]:
    """Recall and precision on a harmonic scale: 0 where everything is predicted positive (Flach and Kull, 2015)."""
    odds = quotient(c.true_positives + c.false_negatives, c.true_negatives + c.false_positives)
    none = c.true_positives == 0
    recall_gain = jnp.where(none, 0.0, 1.0 - odds * quotient(c.false_negatives, c.true_positives))
    precision_gain = jnp.where(none, 1.0, 1.0 - odds * quotient(c.false_positives, c.true_positives))
    return jnp.maximum(recall_gain, 0.0), precision_gain


def _interpolated(c: Counts) -> jax.Array:
    """Areas under precision over recall, where true positives grow linearly with positives between two thresholds."""
    positives = c.true_positives + c.false_positives
    before, after = positives[:-1], positives[1:]
    gained = c.true_positives[:-1] - c.true_positives[1:]
    slope = quotient(gained, jnp.maximum(before - after, 0))
    intercept = c.true_positives[1:] - slope * after
    grows = (before > 0) & (after > 0)
    ratio = jnp.where(grows, quotient(before, jnp.maximum(after, 0)), 1.0)
    real = jnp.maximum(c.true_positives[1:] + c.false_negatives[1:], 0)
    return quotient(slope * (gained + intercept * jnp.log(ratio)), real)


def _labels_of(predictions: jax.Array) -> int:
    if predictions.ndim != 2:
        raise ValueError(f"with multi_label, y_pred must have shape (samples, labels), but has {predictions.shape}")
    return predictions.shape[1]


def _one_of(argument: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{argument} must be one of {', '.join(allowed)}, but is {value!r}")
    return value
