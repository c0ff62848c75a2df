"""How many predictions are above thresholds, rightly and wrongly."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .. import config
from ..losses.shapes import alike
from ..losses.weights import weigh

# Below every prediction: what is not among the best k counts as this.
LOWEST = -1e10


class Counts(NamedTuple):
    """Weighted counts, one for each threshold (and label, where those are told apart)."""

    true_positives: jax.Array
    false_positives: jax.Array
    true_negatives: jax.Array
    false_negatives: jax.Array


class Marked(NamedTuple):
    """Labels as booleans, predictions and weights, of one shape."""

    labels: jax.Array
    predictions: jax.Array
    weights: jax.Array


def marked(
    y_true: Any, y_pred: Any, sample_weight: Any, dtype: str, top_k: int | None = None, class_id: int | None = None
) -> Marked:
    """Targets and predictions to count: all, or those of one class; with `top_k` only a sample's best can be positive.

    Whatever is not 0 is a positive label. `sample_weight` is one weight per sample, or per sample and time step …
    """
    y_true, y_pred = alike(y_true, jnp.asarray(y_pred, dtype))
    if top_k is not None:
        best = jax.nn.one_hot(jax.lax.top_k(y_pred, top_k)[1], y_pred.shape[-1]).sum(-2) > 0
        y_pred = jnp.where(best, y_pred, LOWEST)
    if class_id is not None:
        if y_pred.ndim < 2:
            raise ValueError(f"class_id needs y_pred of shape (samples, classes), but it has shape {y_pred.shape}")
        y_true, y_pred = y_true[..., class_id, None], y_pred[..., class_id, None]
    weights = weigh(y_pred, sample_weight)[1]
    return Marked(y_true.astype(bool), y_pred, jnp.ones_like(y_pred) if weights is None else weights)


def flat(marks: Marked) -> Marked:
    """The same, with one axis."""
    return Marked(*(jnp.ravel(part) for part in marks))


def counts(marks: Marked, thresholds: np.ndarray) -> Counts:
    """Counts at each threshold of predictions that are above it; further axes than the first are told apart."""
    positives, negatives = (jnp.where(marks.labels == truth, marks.weights, 0) for truth in (True, False))
    above = _above_even if is_even(thresholds) else _above
    true_positives, false_positives = (above(marks.predictions, part, thresholds) for part in (positives, negatives))
    return Counts(
        true_positives,
        false_positives,
        jnp.sum(negatives, axis=0) - false_positives,
        jnp.sum(positives, axis=0) - true_positives,
    )


def _above(predictions: jax.Array, weights: jax.Array, thresholds: np.ndarray) -> jax.Array:
    """The weight of what is above each threshold."""
    limits = jnp.asarray(thresholds, predictions.dtype).reshape(-1, *(1,) * predictions.ndim)
    return jnp.sum(jnp.where(predictions[None] > limits, weights[None], 0), axis=1)


def _above_even(predictions: jax.Array, weights: jax.Array, thresholds: np.ndarray) -> jax.Array:
    """The same for thresholds at equal distances from 0 to 1, in time that does not depend on their number."""
    buckets = jnp.ceil(jnp.clip(predictions, 0, 1) * (len(thresholds) - 1)) - 1
    if thresholds[0] < 0 or thresholds[-1] > 1:
        # The ends lie outside [0, 1], so a prediction of 0 is above the first one.
        buckets = jnp.maximum(buckets, 0)
    sums = jax.ops.segment_sum if predictions.ndim == 1 else jax.vmap(jax.ops.segment_sum, (1, 1, None), 1)
    return jnp.cumsum(sums(weights, buckets.astype("int32"), len(thresholds))[::-1], axis=0)[::-1]


def is_even(thresholds: np.ndarray) -> bool:
    """Whether there are three thresholds or more, at equal distances from 0 to 1."""
    return len(thresholds) >= 3 and np.allclose(thresholds, np.linspace(0, 1, len(thresholds)), atol=config.epsilon())


def checked_thresholds(given: float | Sequence[float] | None, default: float) -> np.ndarray:
    """Thresholds as an array."""
    values = np.atleast_1d(np.asarray(default if given is None else given, "float64"))
    if given is not None and not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"thresholds must be between 0 and 1, but are {given}")
    return values
