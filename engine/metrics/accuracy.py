"""How often predictions are right."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from ..losses.crossentropy import class_numbers
from ..losses.shapes import alike
from .means import FunctionMean


def accuracy(y_true: Any, y_pred: Any) -> jax.Array:
    """1 where prediction and target are equal, 0 elsewhere, in their shape."""
    y_true, y_pred = alike(y_true, y_pred)
    return _as_float(y_true == y_pred)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> jax.Array:
    """1 where `y_pred > threshold` says what the label, 0 or 1, says; in their shape."""
    y_true, y_pred = alike(y_true, y_pred)
    return _as_float(y_true == (y_pred > threshold).astype(y_true.dtype))


def categorical_accuracy(y_true: Any, y_pred: Any) -> jax.Array:
    """1 where the largest prediction is that of the one-hot target: `(n, …, c)` gives `(n, …)`."""
    y_true, y_pred = alike(y_true, y_pred)
    return _as_float(jnp.argmax(y_true, axis=-1) == jnp.argmax(y_pred, axis=-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> jax.Array:
    """1 where the largest prediction is that of the class number.

    Labels `(n, …)` or `(n, …, 1)` beside predictions `(n, …, c)` give `(n, …)`.
    """
    y_pred = jnp.asarray(y_pred)
    return _as_float(class_numbers(y_true, y_pred) == jnp.argmax(y_pred, axis=-1))


def _as_float(matches: jax.Array) -> jax.Array:
    return matches.astype(config.floatx())


class Accuracy(FunctionMean):
    """How often predictions equal targets."""

    direction = "up"

    def __init__(self, name: str = "accuracy", dtype: str | None = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(FunctionMean):
    """How often predictions above `threshold` belong to the label 1, and the others to 0."""

    direction = "up"

    def __init__(self, name: str = "binary_accuracy", dtype: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(FunctionMean):
    """How often the largest prediction is that of the one-hot target."""

    direction = "up"

    def __init__(self, name: str = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(FunctionMean):
    """How often the largest prediction is that of the class number."""

    direction = "up"

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> jax.Array:
    """1 where the prediction of the one-hot target is among the largest `k`: `(n, …, c)` gives `(n, …)`."""
    y_true, y_pred = alike(y_true, y_pred)
    return _as_float(_in_top(jnp.argmax(y_true, axis=-1), y_pred, k))


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False) -> jax.Array:
    """1 where the prediction of the class number is among the largest `k`: `(n, …)` gives `(n, …)`.

    With `from_sorted_ids` predictions are class numbers themselves, the best first.
    """
    y_pred = jnp.asarray(y_pred)
    if from_sorted_ids:
        return _as_float(jnp.any(jnp.asarray(y_true, y_pred.dtype)[..., None] == y_pred[..., :k], axis=-1))
    return _as_float(_in_top(class_numbers(y_true, y_pred), y_pred, k))


def _in_top(labels: jax.Array, scores: jax.Array, k: int) -> jax.Array:
    own = jnp.take_along_axis(scores, labels[..., None], axis=-1)
    # What is not a number is not among the largest.
    own = jnp.where(jnp.isnan(own), -jnp.inf, own)
    return jnp.sum(scores > own, axis=-1) < k


class TopKCategoricalAccuracy(FunctionMean):
    """How often the prediction of the one-hot target is among the largest `k`."""

    direction = "up"

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(FunctionMean):
    """How often the prediction of the class number is among the largest `k`."""

    direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        options = {"from_sorted_ids": True} if from_sorted_ids else {}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k, **options)
