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
    y_true, y_pred = alike(y_true, y_pred)
    targets = y_true.astype(y_pred.dtype) * (1.0 - label_smoothing) + 0.5 * label_smoothing
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
    y_true, y_pred = alike(y_true, y_pred)
    classes = y_pred.shape[axis]
    if classes == 1:
        warnings.warn(
            f"the categorical crossentropy of one class is always 0 (y_pred has shape {y_pred.shape}); "
            "binary_crossentropy is for one probability per sample",
            stacklevel=2,
        )
    targets = y_true.astype(y_pred.dtype) * (1.0 - label_smoothing) + label_smoothing / classes
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
