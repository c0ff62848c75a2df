"""How unlikely predicted distributions make the true classes."""

import warnings
from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .shapes import alike


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> jax.Array:
    """`-(y·log(p) + (1 - y)·log(1 - p))`, averaged along `axis`: shape `(n, …, k)` gives `(n, …)`.

    Predictions are probabilities, kept away from 0 and 1 by `ps.config.epsilon()`, or with `from_logits` what a sigmoid
    would make probabilities. `label_smoothing` s moves labels towards one half: `y·(1 - s) + s / 2`.
    """
    targets, y_pred = _smooth_bits(y_true, y_pred, label_smoothing)
    if from_logits:
        yes, no = jax.nn.log_sigmoid(y_pred), jax.nn.log_sigmoid(-y_pred)
    else:
        probability = _away_from_edges(y_pred)
        yes, no = jnp.log(probability), jnp.log(1.0 - probability)
    return jnp.mean(-(targets * yes + (1.0 - targets) * no), axis=axis)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> jax.Array:
    """`-sum(y·log(p))` along `axis`, which holds the classes: one-hot `(n, …, c)` gives `(n, …)`.

    Predictions are probabilities, divided by their sum, or with `from_logits` what a softmax would make
    probabilities. `label_smoothing` s spreads that share over all c classes: `y·(1 - s) + s / c`.
    """
    targets, y_pred = _smooth_classes(y_true, y_pred, label_smoothing, axis)
    return -jnp.sum(targets * _log_probabilities(y_pred, from_logits, axis), axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> jax.Array:
    """`-log(p[y])` for class numbers `y`: `(n, …)` or `(n, …, 1)` beside predictions `(n, …, c)` gives `(n, …)`.

    `axis` holds the classes of predictions, which are as for `categorical_crossentropy`. Labels beyond the classes,
    and those equal to `ignore_class`, give 0.
    """
    y_pred = jnp.asarray(y_pred)
    labels = class_numbers(y_true, y_pred, axis)
    targets = jax.nn.one_hot(labels, y_pred.shape[axis], axis=axis, dtype=y_pred.dtype)
    values = -jnp.sum(targets * _log_probabilities(y_pred, from_logits, axis), axis=axis)
    return values if ignore_class is None else jnp.where(labels == ignore_class, 0, values)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """The binary crossentropy times `(1 - p)^gamma`, p the probability of the true label (Lin et al., 2017).

    With `apply_class_balancing` labels 1 weigh `alpha`, labels 0 `1 - alpha`; the rest is as for `binary_crossentropy`.
    """
    targets, y_pred = _smooth_bits(y_true, y_pred, label_smoothing)
    predicted = jax.nn.sigmoid(y_pred) if from_logits else y_pred
    probability = _away_from_edges(predicted)
    entropy = -(targets * jnp.log(probability) + (1.0 - targets) * jnp.log(1.0 - probability))
    values = jnp.power(1.0 - (targets * predicted + (1 - targets) * (1 - predicted)), gamma) * entropy
    if apply_class_balancing:
        values = (targets * alpha + (1 - targets) * (1 - alpha)) * values
    return jnp.mean(values, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> jax.Array:
    """The categorical crossentropy with each class's part times `alpha · (1 - p)^gamma` (Lin et al., 2017)."""
    targets, y_pred = _smooth_classes(y_true, y_pred, label_smoothing, axis)
    predicted = jax.nn.softmax(y_pred, axis=axis) if from_logits else y_pred
    probability = _away_from_edges(predicted / jnp.sum(predicted, axis=axis, keepdims=True))
    return -jnp.sum(alpha * jnp.power(1.0 - probability, gamma) * targets * jnp.log(probability), axis=axis)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> jax.Array:
    """`(1 - p^q) / q` with p the probability of the true class, given by number (Zhang and Sabuncu, 2018)."""
    y_pred = jnp.asarray(y_pred)
    targets = jax.nn.one_hot(class_numbers(y_true, y_pred), y_pred.shape[-1], dtype=y_pred.dtype)
    return (1 - jnp.power(jnp.sum(y_pred * targets, axis=-1), q)) / q


def _smooth_bits(y_true: Any, y_pred: Any, smoothing: float) -> tuple[jax.Array, jax.Array]:
    """Labels 0 and 1 moved towards one half, and predictions, of one shape."""
    y_true, y_pred = alike(y_true, y_pred)
    return y_true.astype(y_pred.dtype) * (1.0 - smoothing) + 0.5 * smoothing, y_pred


def _smooth_classes(y_true: Any, y_pred: Any, smoothing: float, axis: int) -> tuple[jax.Array, jax.Array]:
    """One-hot labels spread over all classes, and predictions, of one shape."""
    y_true, y_pred = alike(y_true, y_pred)
    classes = y_pred.shape[axis]
    if classes == 1:
        warnings.warn(
            f"the categorical crossentropy of one class is always 0 (y_pred has shape {y_pred.shape}); "
            "binary_crossentropy is for one probability per sample",
            stacklevel=3,
        )
    return y_true.astype(y_pred.dtype) * (1.0 - smoothing) + smoothing / classes, y_pred


def class_numbers(y_true: Any, y_pred: jax.Array, axis: int = -1) -> jax.Array:
    """Labels as integers, in the shape of the predictions without the axis of the classes."""
    labels = jnp.asarray(y_true)
    if labels.ndim == y_pred.ndim and labels.shape[axis] == 1:
        labels = jnp.squeeze(labels, axis)
    expected = list(y_pred.shape)
    del expected[axis]
    if labels.shape != tuple(expected):
        raise ValueError(
            f"y_true must hold class numbers of shape {tuple(expected)} for y_pred of shape {y_pred.shape}, but has "
            f"shape {jnp.shape(y_true)}; one-hot targets want the categorical loss or metric, not the sparse one"
        )
    return labels.astype("int32")


def _log_probabilities(y_pred: jax.Array, from_logits: bool, axis: int) -> jax.Array:
    if from_logits:
        return jax.nn.log_softmax(y_pred, axis=axis)
    return jnp.log(_away_from_edges(y_pred / jnp.sum(y_pred, axis=axis, keepdims=True)))


def _away_from_edges(probability: jax.Array) -> jax.Array:
    return jnp.clip(probability, config.epsilon(), 1.0 - config.epsilon())
